"""Cone cropping and narrowing: the map is that of the whole image, to rounding; every refusal says why."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper

from api_schemas import zoo
from api_schemas.erf import GradientOptions, Policy
from rfengine.errors import BadShape, NotEstimable
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.cone import Cone, Part
from rfengine.estimators.erf import Subject, Unit
from rfengine.estimators.gradient import gradient
from rfengine.estimators.narrowing import narrowed
from rfengine.estimators.units import centre_unit, unit_at, unit_of
from rfengine.graph import Graph, Shape
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec
from tests.calculus.networks import networks
from tests.estimators.naive import naive, noise, subject_of, with_random_weights
from tests.tiny import conv_chain, light, model, weights

ONE = GradientOptions(images=1, dtype="float64", seed=3)


def agrees(subject: Subject, unit: Unit) -> Any:
    """Compare with the whole image; returns what was cropped."""
    images = noise(subject.fields.graph.shape(unit.source), 1, ONE.seed)
    (expected,) = naive(subject.fields, unit.target, unit.index, images)
    if not expected.any():
        return "zero"
    (erf,) = gradient(subject, [unit], ONE)
    np.testing.assert_allclose(erf.values, expected, rtol=1e-9, atol=1e-12 * expected.max())
    return erf.policy["crop"]


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(networks(), st.integers(0, 999), st.data())
def test_random_networks(made: onnx.ModelProto, seed: int, data: st.DataObject) -> None:
    subject = subject_of(with_random_weights(made, seed))
    fields = subject.fields
    target = data.draw(st.sampled_from(fields.feature_maps()))
    extent = fields.extent(target)
    assert extent is not None
    for choice in ("centre", "edge", "corner", data.draw(st.tuples(*(st.integers(0, n - 1) for n in extent)))):
        try:
            unit = unit_of(fields, target, choice)
        except NotEstimable:
            continue
        agrees(subject, unit)


def test_random_networks_are_mostly_cropped() -> None:
    """Else the test above shows nothing."""
    cropped = []

    @settings(deadline=None, max_examples=25, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(networks())
    def count(made: onnx.ModelProto) -> None:
        subject = subject_of(with_random_weights(made, 0))
        target = subject.fields.feature_maps()[-1]
        try:
            cropped.append(not isinstance(agrees(subject, unit_of(subject.fields, target, "corner")), str))
        except NotEstimable:
            return

    count()
    assert sum(cropped) > len(cropped) / 4


def zoo_subject(name: str, shape: Shape) -> Subject:
    return subject_of(bytes(compile_spec(zoo.build(name, input_shape=shape), name=name).SerializeToString()))


@pytest.mark.parametrize("choice", ["centre", "edge", "corner", (11, 37)])
def test_u_net(choice: Any) -> None:
    subject = zoo_subject("unet-2x4", (1, 1, 64, 96))
    assert not isinstance(agrees(subject, unit_of(subject.fields, "out", choice)), str)


@pytest.mark.parametrize(("target", "choice"), [("P3", "corner"), ("P4", (0, 13)), ("class_16", (11, 0))])
def test_feature_pyramid(target: str, choice: Any) -> None:
    subject = pyramid()
    assert not isinstance(agrees(subject, unit_of(subject.fields, target, choice)), str)


def pyramid() -> Subject:
    """A feature pyramid: three stages down, nearest neighbours up, sums across, a head on each level."""
    layers: list[dict[str, Any]] = [
        {"type": "conv", "channels": 4, "kernel": 3, "stride": 4, "padding": 1},
        {"type": "relu"},
        {"type": "conv", "name": "C3", "channels": 4, "kernel": 3, "stride": 2, "padding": 1},
        {"type": "relu"},
        {"type": "conv", "name": "C4", "channels": 4, "kernel": 3, "stride": 2, "padding": 1},
        {"type": "upsample", "name": "up", "scale": 2, "mode": "nearest"},
        {"type": "add", "name": "sum", "from": ["up", "C3"]},
        {"type": "conv", "name": "P3", "channels": 4, "kernel": 3, "padding": 1},
        {"type": "conv", "name": "P4", "from": "C4", "channels": 4, "kernel": 3, "padding": 1},
        {"type": "relu"},
        {"type": "conv", "name": "class_16", "channels": 3, "kernel": 3, "padding": 1},
    ]
    from api_schemas.spec import LayerSpec

    spec = LayerSpec.model_validate({"input": [1, 3, 192, 256], "layers": layers, "init": "he"})
    return subject_of(bytes(compile_spec(spec, name="pyramid").SerializeToString()))


def test_resnet50() -> None:
    subject = subject_of(light("resnet50"), shape=(1, 3, 96, 640), targets=("r171",))
    crop = agrees(subject, centre_unit(subject.fields, "r171"))
    assert crop == [[0, 95], [96, 543]]


def chain(op: str, **attributes: Any) -> bytes:
    """Two convolutions with stride around one more node, on 40 x 56 px."""
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["a"], pads=[1] * 4, strides=[2, 2]),
        helper.make_node(op, ["a", "w2"] if op.startswith("Conv") else ["a"], ["b"], **attributes),
        helper.make_node("Conv", ["b", "w1"], ["y"], pads=[0, 1, 2, 1]),
    ]
    constants = {"w1": weights(3, 3, 3, 3), "w2": weights(3, 3, 3, 3, seed=1)}
    return bytes(model(nodes, inputs={"x": [1, 3, 40, 56]}, constants=constants).SerializeToString())


@pytest.mark.parametrize(
    ("op", "attributes"),
    [
        ("Conv", {"dilations": [3, 2], "pads": [3, 0, 1, 4]}),
        ("ConvTranspose", {"strides": [2, 2], "pads": [1, 0, 0, 1], "output_padding": [1, 0]}),
        ("ConvTranspose", {"strides": [3, 2], "dilations": [2, 1]}),
        ("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1, "pads": [1] * 4}),
        ("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1, "count_include_pad": 1}),
        ("MaxPool", {"kernel_shape": [2, 4], "strides": [2, 3], "ceil_mode": 1}),
        ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"}),
        ("DepthToSpace", {"blocksize": 1}),
        ("Relu", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("choice", ["centre", "edge", "corner", "last"])
def test_padding_phases_and_dilations(op: str, attributes: dict[str, Any], choice: str) -> None:
    subject = subject_of(chain(op, **attributes))
    extent = subject.fields.extent("y")
    assert extent is not None
    last = tuple(n - 3 for n in extent)  # the very last may lie in padding altogether
    unit = unit_at(subject.fields, "y", last) if choice == "last" else unit_of(subject.fields, "y", choice)
    assert not isinstance(agrees(subject, unit), str)


def test_resized_maps() -> None:
    scales = np.asarray([1, 1, 2, 1.5], np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4, strides=[2, 2]),
        helper.make_node("Resize", ["a", "", "scales"], ["b"], mode="linear"),
        helper.make_node("Conv", ["b", "w"], ["y"], pads=[1] * 4),
    ]
    constants = {"w": weights(2, 2, 3, 3), "scales": scales}
    made = model(nodes, inputs={"x": [1, 2, 32, 48]}, constants=constants)
    subject = subject_of(bytes(made.SerializeToString()))
    for choice in ("centre", "corner", (7, 20), (31, 35)):
        assert not isinstance(agrees(subject, unit_of(subject.fields, "y", choice)), str)


def crop_of(data: bytes, options: GradientOptions = ONE, target: str = "y") -> Any:
    subject = subject_of(data)
    return gradient(subject, [unit_of(subject.fields, target, "corner")], options)[0].policy["crop"]


def small(*nodes: onnx.NodeProto, size: tuple[int, int] = (24, 24), **constants: Any) -> bytes:
    """A 3x3 convolution from x to c, then some nodes to y."""
    first = helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4)
    constants = {"w": weights(2, 2, 3, 3), **constants}
    made = model([first, *nodes], inputs={"x": [1, 2, *size]}, constants=constants)
    return bytes(made.SerializeToString())


REFUSALS: dict[str, tuple[Callable[[], bytes], str]] = {
    "global context": (
        lambda: small(
            helper.make_node("GlobalAveragePool", ["c"], ["g"], name="pool"), helper.make_node("Add", ["c", "g"], ["y"])
        ),
        "none: the whole image enters through 'pool'",
    ),
    "a constant for each place": (
        lambda: small(helper.make_node("Add", ["c", "grid"], ["y"], name="add"), grid=weights(1, 1, 24, 24)),
        "none: 'grid', which Add 'add' (version 14) reads, differs from place to place",
    ),
    "a row of constants": (
        lambda: small(helper.make_node("Mul", ["c", "row"], ["y"], name="mul"), row=weights(24)),
        "none: 'row', which Mul 'mul' (version 14) reads, differs from place to place",
    ),
    "a number made from the size": (
        lambda: small(
            helper.make_node("Shape", ["c"], ["n"], start=2, end=3),
            helper.make_node("Cast", ["n"], ["f"], to=onnx.TensorProto.FLOAT),
            helper.make_node("Div", ["c", "f"], ["y"]),
        ),
        "none: the constant 'f' then has other values",
    ),
    "a reshape that does not fit": (
        lambda: small(
            helper.make_node("Reshape", ["c", "to"], ["r"]),
            helper.make_node("Reshape", ["r", "back"], ["y"]),
            to=np.asarray([1, 2, 2, 12, 24]),
            back=np.asarray([1, 2, 24, 24]),
        ),
        "none: 'y' is no feature map of the part",
    ),
    "the corners of a canvas": (
        lambda: small(
            helper.make_node(
                "Resize",
                ["c", "", "", "sizes"],
                ["y"],
                mode="linear",
                coordinate_transformation_mode="align_corners",
            ),
            sizes=np.asarray([1, 2, 48, 48]),
        ),
        "none: the theoretical field is no exact one",
    ),
    "sizes of another ratio": (
        lambda: small(
            helper.make_node("Resize", ["c", "", "", "sizes"], ["y"], mode="nearest"), sizes=np.asarray([1, 2, 48, 48])
        ),
        "none: on a part of the image Resize",
    ),
    "paths of two strides": (
        lambda: small(
            helper.make_node("MaxPool", ["c"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
            helper.make_node("Slice", ["c", "start", "end", "axes"], ["s"]),
            helper.make_node("Add", ["p", "s"], ["y"]),
            start=np.asarray([0, 0]),
            end=np.asarray([12, 12]),
            axes=np.asarray([2, 3]),
        ),
        "none: the theoretical field is no exact one",
    ),
    "the unit sees it all": (
        lambda: small(helper.make_node("Relu", ["c"], ["y"]), size=(2, 2)),
        "none: the unit needs",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case: str) -> None:
    make, said = REFUSALS[case]
    assert crop_of(make()).startswith(said)


def test_blocks_that_do_not_divide_are_refused_before_they_run() -> None:
    """ONNX's inference rounds 11 / 2 down, and no runtime takes it: a part of such a size has no field."""
    data = small(helper.make_node("SpaceToDepth", ["c"], ["y"], blocksize=2), size=(24, 11))
    with pytest.raises(BadShape, match=r"\[1, 2, 24, 11\] does not divide into blocks of 2"):
        receptive_fields(import_onnx(data).graph)


def test_not_asked_for() -> None:
    assert crop_of(conv_chain(2), ONE.model_copy(update={"crop": "never"}), "c2") == "none: not asked for"


def test_a_policy_decides_what_is_global() -> None:
    """In training mode a normalisation reads the whole batch; the identity makes a gate local."""
    norm = helper.make_node("BatchNormalization", ["c", "s", "b", "b", "v"], ["y"], name="norm")
    data = small(norm, s=np.ones(2, np.float32), b=np.zeros(2, np.float32), v=np.ones(2, np.float32))
    training = ONE.model_copy(update={"policy": Policy(norm="training")})
    assert crop_of(data, training) == "none: the whole image enters through 'norm'"
    assert crop_of(data) == [[0, 1], [0, 1]]
    gate = small(
        helper.make_node("GlobalAveragePool", ["c"], ["g"], name="pool"), helper.make_node("Mul", ["c", "g"], ["y"])
    )
    linear = ONE.model_copy(update={"policy": Policy(activations="identity")})
    assert crop_of(gate, linear) == [[0, 1], [0, 1]]


def test_several_images() -> None:
    nodes = [helper.make_node("Conv", ["a", "w"], ["c"], pads=[1] * 4), helper.make_node("Add", ["c", "b"], ["y"])]
    made = model(nodes, inputs={"a": [1, 2, 24, 24], "b": [1, 2, 24, 24]}, constants={"w": weights(2, 2, 3, 3)})
    fields = receptive_fields(import_onnx(bytes(made.SerializeToString())).graph)
    (erf,) = gradient(Subject(fields), [centre_unit(fields, "y")], ONE)
    assert erf.policy["crop"] == "none: the target sees several images ('a', 'b')"


def cone_of(graph: Graph) -> Cone:
    return Cone(receptive_fields(graph), "x", "y")


def padded(size: int, **attributes: Any) -> Graph:
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="conv", **attributes)
    made = model([node], inputs={"x": [1, 1, size, size]}, constants={"w": weights(1, 1, 3, 3)})
    return import_onnx(bytes(made.SerializeToString())).graph


def test_the_proof_refuses_a_part_that_is_too_small() -> None:
    graph = padded(16, pads=[1] * 4)
    cone, fields = cone_of(graph), receptive_fields(graph)
    unit = centre_unit(fields, "y")
    assert cone.index_in(padded(3, pads=[1] * 4), Part((7, 7), (3, 3)), unit) == (1, 1)
    shifted = cone.index_in(padded(3, pads=[1] * 4), Part((8, 8), (3, 3)), unit)
    assert shifted == "on a part of the image the unit of 'y' does not compute the same"
    assert isinstance(cone.index_in(padded(2, pads=[1] * 4), Part((7, 7), (2, 2)), unit), str)
    corner = unit_at(fields, "y", (0, 0))
    assert cone.index_in(padded(4, pads=[1] * 4), Part((0, 0), (4, 4)), corner) == (0, 0)
    # The same window, but the pixel before it is real there and padding here.
    assert isinstance(cone.index_in(padded(4, pads=[1] * 4), Part((1, 1), (4, 4)), unit_at(fields, "y", (1, 1))), str)


def test_the_proof_sees_padding_by_its_distance() -> None:
    """Unit 2 reads -3, 1, 5. With a pixel cut off, unit 1 reads the same two pixels, and padding one further out."""
    window: dict[str, Any] = {"pads": [5] * 4, "dilations": [4, 4]}
    cone = cone_of(padded(16, **window))
    unit = unit_at(cone.fields, "y", (2, 2))
    assert cone.index_in(padded(12, **window), Part((0, 0), (12, 12)), unit) == (2, 2)
    inner = unit_at(cone.fields, "y", (6, 6))
    assert cone.index_in(padded(12, **window), Part((1, 1), (12, 12)), inner) == (5, 5)
    assert isinstance(cone.index_in(padded(12, **window), Part((0, 1), (12, 12)), unit), str)


def test_narrowing_makes_a_pyramid() -> None:
    """Five 3x3 convolutions for one unit: 11, 9, 7, 5, 3 and 1 units of the maps, and nothing else."""
    graph = import_onnx(conv_chain(5, side=64)).graph
    fields = receptive_fields(graph)
    cone = Cone(fields, "x", "c5")
    unit = centre_unit(fields, "c5")
    small_graph = narrowed(graph, cone.needed(graph, Part((0, 0), (64, 64)), unit))
    sizes = {name: small_graph.shape(name)[2:] for name in ("c1", "c2", "c3", "c4", "c5")}
    assert sizes == {"c1": (9, 9), "c2": (7, 7), "c3": (5, 5), "c4": (3, 3), "c5": (1, 1)}
    assert [node.op for node in small_graph.nodes] == ["Slice", *["Conv"] * 5]
    assert cone.index_in(small_graph, Part((0, 0), (64, 64)), unit) == (0, 0)


def test_a_wrong_narrowing_is_refused() -> None:
    graph = import_onnx(conv_chain(3, side=32)).graph
    cone = Cone(receptive_fields(graph), "x", "c3")
    whole, unit = Part((0, 0), (32, 32)), centre_unit(cone.fields, "c3")
    needed = dict(cone.needed(graph, whole, unit))
    needed["c3"] = {2: (3, 3), 3: (3, 3)}
    assert isinstance(cone.index_in(narrowed(graph, needed), whole, unit), str)
