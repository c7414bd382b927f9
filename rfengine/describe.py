"""Engine values to the report's models: the one place where exact maps become the numbers that clients read."""

from collections.abc import Mapping
from math import prod

from api_schemas.approximations import Approximations
from api_schemas.report import Analytic, AxisMap, FieldReport, Misalignment, TensorField, TensorFields
from rfengine.calculus.field import AxisField, status_of
from rfengine.calculus.index_map import IndexMap
from rfengine.estimators.analytic import Fields
from rfengine.estimators.probe import Outcome, Verification
from rfengine.estimators.steps import steps

Verifications = Mapping[str, Verification]  # by input
Formulas = Mapping[str, Mapping[str, Approximations]]  # by input and tensor


def analytic_report(
    fields: Fields,
    verifications: Verifications | None = None,
    formulas: Formulas | None = None,
    source: str | None = None,
) -> Analytic:
    """Every tensor that has the spatial axes of an input, in the order of computation.

    `source` is the intermediate tensor that the fields are relative to, where it is not the model's input.
    """
    several = len(fields.axes) > 1
    reads = _reads(fields)
    tensors: dict[str, TensorField | TensorFields] = {}
    for node in fields.graph.nodes:
        for name in node.outputs:
            spatial = fields.spatial(name) if name else {}
            if not spatial:
                continue
            described = {
                image: _verified(_field(fields, name, image, axes), name, (verifications or {}).get(image))
                for image, axes in spatial.items()
            }
            for image, found in (formulas or {}).items():
                if image in described and name in found:
                    described[image] = described[image].model_copy(update={"approximations": found[name]})
            first, axes = next(iter(spatial.items()))
            head = {
                "op": node.op,
                "shape": list(fields.graph.shape(name)),
                "axes": list(fields.axes[first]),
                "units": [axis.length for axis in axes],
                "reads": reads.get(name, {}),
            }
            if several:
                tensors[name] = TensorFields(**head, by_input=described)
            else:
                tensors[name] = TensorField(**head, **dict(next(iter(described.values()))))
    return Analytic(source=source, tensors=tensors)


def _reads(fields: Fields) -> dict[str, dict[str, list[int]]]:
    """Per tensor, the feature maps it is made from and how many of their units one of its spans, at most."""
    found: dict[str, dict[str, list[int]]] = {}
    for image in fields.by_input:
        for step in steps(fields, image):
            known, window = found.setdefault(step.tensor, {}), list(step.window)
            known[step.before] = list(map(max, known.get(step.before, window), window))
    return found


def _field(fields: Fields, tensor: str, source: str, axes: tuple[AxisField, ...]) -> FieldReport:
    field = fields.by_input[source][tensor]
    maps = [axis.map for axis in axes]
    status, reasons = status_of(field)
    misaligned = _misaligned(axes)
    return FieldReport(
        size=[max(m.sizes) for m in maps],
        sizes_by_phase=[list(m.sizes) for m in maps],
        stride=[_number(m) for m in maps],
        padding=[_padding(m) for m in maps],
        start=[float(m.centre(0) or 0) for m in maps],
        map=[AxisMap(p=m.p, q=m.q, intervals=list(m.intervals)) for m in maps],
        density=float(prod(m.density for m in maps)),
        status=status.value,
        reasons=reasons,
        aligned=not misaligned,
        misaligned=misaligned,
        global_context=list(field.whole),
        clipped_share=fields.clipped_share(tensor, source),
    )


def _misaligned(axes: tuple[AxisField, ...]) -> tuple[Misalignment, ...]:
    """The meetings of paths that are off centre on any axis, with the offset on every axis."""
    offsets = [{(off.node, off.paths): float(off.offset) for off in axis.off_centre} for axis in axes]
    meetings = dict.fromkeys(meeting for found in offsets for meeting in found)
    return tuple(
        Misalignment(node=node, paths=paths, offset=[found.get((node, paths), 0.0) for found in offsets])
        for node, paths in meetings
    )


def _verified(described: FieldReport, tensor: str, found: Verification | None) -> FieldReport:
    """The field with what the probe found of it."""
    outcome = found.outcomes.get(tensor) if found is not None else None
    if outcome is None or found is None:
        return described
    update: dict[str, object] = {"verified": outcome.value}
    if outcome is Outcome.REFUTED:
        update |= {"status": "refuted", "reasons": (*described.reasons, found.contradictions[tensor])}
    return described.model_copy(update=update)


def _number(m: IndexMap) -> int | float:
    return m.p if m.q == 1 else int(m.slope) if m.slope.denominator == 1 else float(m.slope)


def _padding(m: IndexMap) -> int:
    hull = m.at(0).hull
    return 0 if hull is None else -hull[0]
