"""What an If gives, whichever branch it takes."""

from rfengine.errors import UnsupportedOperator
from rfengine.graph import UNKNOWN, Node, Value


def either(node: Node) -> dict[str, Value]:
    """The outputs of a node by its branches: a length that differs between them depends on the data.

    Raises:
        UnsupportedOperator: the branches differ in type, or in the number of axes or outputs.
    """
    results = [[body.values[name] for name in body.outputs] for body in node.bodies.values()]
    if any(len(values) != len(node.outputs) for values in results):
        raise UnsupportedOperator(f"{node}: its branches do not give its {len(node.outputs)} outputs; export it again")
    found = {}
    for name, one, other in zip(node.outputs, *results, strict=True):
        if len(one.shape) != len(other.shape) or one.dtype != other.dtype:
            raise UnsupportedOperator(
                f"{node}: '{name}' is {one.dtype}{list(one.shape)} or {other.dtype}{list(other.shape)} by the branch; "
                "name a target before this node to analyse the part up to it"
            )
        lengths = zip(one.shape, other.shape, strict=True)
        found[name] = Value(name, one.dtype, tuple(a if a == b else UNKNOWN for a, b in lengths))
    return found
