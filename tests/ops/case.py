"""One operator call as the law tests need it, and the smallest model around it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from rfengine import ops
from rfengine.graph import Array, Graph, Node, Shape
from rfengine.onnx_import import import_onnx
from tests.ops.oracles import OUTPUT, onnxruntime_output

IR_VERSION = 10
DEFAULT_OPSET = 21  # beside an operator of another domain
DUMMY = "image"  # makes a model of constants importable: the engine asks for one spatial input


@dataclass(frozen=True, slots=True)
class Weight:
    """A constant float input with random values between 0.5 and 1.5: positive, so that nothing cancels."""

    shape: Shape


@dataclass(frozen=True, eq=False)
class Drawn:
    """Data of any type, each element one of the given values: those between which the operator tells."""

    shape: Shape
    values: Array

    def sample(self, random: np.random.Generator) -> Array:
        """An array of drawn elements."""
        return np.asarray(self.values[random.integers(len(self.values), size=self.shape)])


Input = Shape | Weight | Drawn | Array | None
Oracle = Callable[[onnx.ModelProto, Mapping[str, Array]], Array]


@dataclass(frozen=True, eq=False)
class Case:
    """One node. An input is data (of a shape, or `Drawn`), a random constant (`Weight`), a given constant, or absent.

    `oracle` computes the output `y` of a model; the table says why wherever it is not onnxruntime. `y` is the first
    output, or that at the position `result`. The opset is that of the operator's domain.
    """

    op: str
    opset: int
    inputs: tuple[Input, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    outputs: int = 1
    oracle: Oracle = onnxruntime_output
    result: int = 0
    domain: str = ""

    @property
    def version(self) -> int:
        return int(onnx.defs.get_schema(self.op, self.opset, self.domain).since_version)

    @property
    def operator(self) -> ops.Operator:
        return ops.find(self.domain, self.op, self.version, node=str(self), opset=self.opset)

    @property
    def has_data(self) -> bool:
        """Whether any input depends on the image."""
        return any(isinstance(each, tuple | Drawn) for each in self.inputs)

    @property
    def drawn(self) -> dict[str, Drawn]:
        """Graph inputs whose elements are drawn from given values."""
        return {f"x{index}": each for index, each in enumerate(self.inputs) if isinstance(each, Drawn)}

    def __str__(self) -> str:
        shapes = ",".join(_label(each) for each in self.inputs)
        attributes = " ".join(f"{key}={_plain(value)}" for key, value in self.attributes.items())
        result = f" -> {self.result}" if self.result else ""
        return f"{self.op}-{self.opset}({shapes}) {attributes}".strip() + result


def at(opsets: Sequence[int], op: str, *inputs: Input, outputs: int = 1, **attributes: Any) -> list[Case]:
    """The same call at several opsets."""
    return [Case(op, opset, inputs, attributes, outputs) for opset in opsets]


def asking(oracle: Oracle, cases: Sequence[Case]) -> list[Case]:
    """The same cases with another oracle than onnxruntime."""
    return [replace(case, oracle=oracle) for case in cases]


def giving(result: int, cases: Sequence[Case]) -> list[Case]:
    """The same cases with another output compared than the first."""
    return [replace(case, result=result, outputs=max(case.outputs, result + 1)) for case in cases]


def int64(*values: int) -> Array:
    """A constant whole-number input."""
    return np.asarray(values, np.int64)


def float32(*values: float) -> Array:
    """A constant float input; scalars are 0-d where the operator wants them so: `float32(1.0).reshape(())`."""
    return np.asarray(values, np.float32)


def model_of(case: Case, *, constant: bool = False) -> onnx.ModelProto:
    """The model `x0, x1, ... -> y`, with data as graph inputs, or (`constant`) as initializers.

    The engine analyses images. A tensor of fewer than three axes is therefore a reshaped input of three, and a model
    without any data has an image that nothing reads.
    """
    random = np.random.default_rng(0)
    nodes: list[onnx.NodeProto] = []
    inputs: dict[str, Shape] = {}
    tensors: dict[str, Array] = {}
    names = []
    for index, each in enumerate(case.inputs):
        name = "" if each is None else f"x{index}"
        names.append(name)
        if isinstance(each, Weight):
            tensors[name] = random.uniform(0.5, 1.5, each.shape).astype(np.float32)
        elif isinstance(each, np.ndarray):
            tensors[name] = each
        elif isinstance(each, Drawn) and constant:
            tensors[name] = each.sample(random)
        elif isinstance(each, Drawn):
            inputs[name] = each.shape
        elif each is not None and constant:
            tensors[name] = random.standard_normal(each).astype(np.float32)
        elif each is not None:
            inputs[name] = each
    if inputs and all(len(shape) < 3 for shape in inputs.values()):
        flat, shape = next(iter(inputs.items()))
        wide = (*(1,) * (3 - len(shape)), *shape)
        nodes.append(helper.make_node("Reshape", [f"{flat}:wide", f"{flat}:shape"], [flat]))
        tensors[f"{flat}:shape"] = np.asarray(shape, np.int64)
        inputs = {f"{flat}:wide": wide, **{k: v for k, v in inputs.items() if k != flat}}
    if not inputs:
        inputs = {DUMMY: (1, 1, 2, 2)}
    results = [OUTPUT if i == case.result else f"y{i}" for i in range(case.outputs)]
    nodes.append(helper.make_node(case.op, names, results, name="it", domain=case.domain, **case.attributes))
    graph = helper.make_graph(
        nodes,
        str(case),
        [helper.make_tensor_value_info(n, _kind(case, n), s) for n, s in inputs.items()],
        [helper.make_empty_tensor_value_info(OUTPUT)],
        [numpy_helper.from_array(array, n) for n, array in tensors.items()],
    )
    opsets = {"": DEFAULT_OPSET, case.domain: case.opset}
    imports = [helper.make_opsetid(domain, opset) for domain, opset in opsets.items()]
    return helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION)


def _kind(case: Case, name: str) -> int:
    drawn = case.drawn.get(name.removesuffix(":wide"))
    return TensorProto.FLOAT if drawn is None else helper.np_dtype_to_tensor_dtype(drawn.values.dtype)


def graph_of(case: Case, *, constant: bool = False) -> Graph:
    """The model of a case, imported."""
    return import_onnx(model_of(case, constant=constant).SerializeToString()).graph


def call_of(case: Case) -> ops.Call:
    """The imported call of a case's node."""
    graph = graph_of(case)
    node: Node = next(node for node in graph.nodes if node.name == "it")
    return ops.Call.of(node, graph)


def _label(each: Input) -> str:
    if each is None:
        return "-"
    if isinstance(each, np.ndarray):
        return _plain(each.tolist()) if each.size <= 16 else f"{_plain(each.shape)}{each.dtype}"
    if isinstance(each, Drawn):
        return f"{_plain(each.shape)}{each.values.dtype}"
    return _plain(each.shape) + "w" if isinstance(each, Weight) else _plain(each)


def _plain(value: Any) -> str:
    if isinstance(value, onnx.TensorProto):
        return f"tensor{tuple(value.dims)}"
    return str(value).replace(" ", "").replace("(", "[").replace(",)", "]").replace(")", "]")
