"""A small detector with two heads, its policies, and a way to run it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import helper

from api_schemas.policy import CoveragePolicy
from api_schemas.recommend import RecommendOptions, RecommendResult
from rfengine.coverage.check import check
from rfengine.coverage.objects import read_objects
from rfengine.coverage.recommend import by_fields, recommend
from rfengine.coverage.recommend.subject import Subject
from tests.tiny import model, weights

SIDE = 64
CHANNELS = 4
OUTPUTS = ("box_8", "class_8", "box_16", "class_16")


def detector() -> onnx.ModelProto:
    """Four convolutions of stride 2 (c1 to c4), and box and class branches of 3x3 and 1x1 on c3 and c4.

    Theoretical fields: 31 px at stride 8, 63 px at stride 16.
    """
    nodes: list[onnx.NodeProto] = []
    constants: dict[str, Any] = {}

    def conv(name: str, source: str, kernel: int, stride: int = 1, relu: bool = True) -> None:
        read = 3 if source == "x" else CHANNELS
        constants[f"{name}.weight"] = weights(CHANNELS, read, kernel, kernel, seed=len(nodes))
        made = f"{name}.conv" if relu else name
        nodes.append(
            helper.make_node(
                "Conv", [source, f"{name}.weight"], [made], name=made, pads=[kernel // 2] * 4, strides=[stride] * 2
            )
        )
        if relu:
            nodes.append(helper.make_node("Relu", [made], [name], name=name))

    for number in range(1, 5):
        conv(f"c{number}", f"c{number - 1}" if number > 1 else "x", 3, 2)
    for stride, source in ((8, "c3"), (16, "c4")):
        for branch in ("box", "class"):
            conv(f"{branch}_{stride}.1", source, 3)
            conv(f"{branch}_{stride}", f"{branch}_{stride}.1", 1, relu=False)
    return model(nodes, inputs={"x": [1, 3, SIDE, SIDE]}, outputs=OUTPUTS, constants=constants)


def policy(sizes: list[float], require: Mapping[str, Any], **fields: Any) -> CoveragePolicy:
    """A policy for objects of these sides in images as large as the input."""
    return CoveragePolicy.model_validate(
        {"objects": {"sizes": sizes, "image_size": SIDE}, "require": require, **fields}
    )


# Needs 90 px of the coarse head's 63; needs strides of 5 px where the finest is 8; has all that it needs.
TOO_LARGE = policy([10, 60], {"trf": 1.5})
TOO_SMALL = policy([5, 20], {"trf": 1, "stride": 1})
FITS = policy([16, 20], {"trf": 1.5, "stride": 1})


def recommended(asked: CoveragePolicy, data: onnx.ModelProto | bytes | None = None, **options: Any) -> RecommendResult:
    """What is recommended for the small detector, or another model."""
    found = detector() if data is None else data
    return recommend(
        found if isinstance(found, bytes) else found.SerializeToString(),
        asked,
        read_objects(asked.objects, None),
        RecommendOptions(**options),
        name="detector",
        analysed=by_fields,
        input_shape={},
    )


def subject(asked: CoveragePolicy, made: onnx.ModelProto | None = None) -> Subject:
    """The small detector, checked."""
    made = made or detector()
    known = by_fields(made.SerializeToString(), {}, asked)
    result, checked = check(asked, read_objects(asked.objects, None), known.heads, known.canvas)
    return Subject(made, asked, known, result, checked)


def run(made: onnx.ModelProto, side: int = SIDE) -> dict[str, np.ndarray]:
    """The outputs for one image, by onnxruntime, after ONNX's checker has passed the model."""
    import onnxruntime as ort

    copy = onnx.ModelProto()
    copy.CopyFrom(made)
    for value in copy.graph.output:
        value.type.tensor_type.shape.SetInParent()
    onnx.checker.check_model(copy)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
    image = np.random.default_rng(0).standard_normal((1, 3, side, side)).astype(np.float32)
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, {"x": image}), strict=True))
