"""What the page computes of fields, and the arrays it reads, against the engine and numpy."""

import base64
import io
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray
from playwright.sync_api import Error, Page

from api_schemas import zoo
from api_schemas.initialisers import Constant
from rfengine.coverage.heads import level_name
from rfengine.describe import analytic_report
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.map_files import npz
from rfengine.onnx_import import import_onnx
from rfengine.queries import Runs, centre_of, pixels_of
from rfengine.spec_import import compile_spec
from tests.calculus.networks import networks
from tests.page.browser import in_module

SHAPES = {
    "minimal_grid": (1, 3, 64, 64),
    "unet-4": (1, 1, 96, 80),
    "resnet18": (1, 3, 64, 96),
    "retinanet_resnet50": (1, 3, 128, 160),
    "yolov8n": (1, 3, 96, 96),
}
STEP = 7  # a network of hundreds of tensors is looked at in steps
# Every unit along the diagonal meets every unit of each axis; points are between pixels, on them, and on the border.
LOOK = """
  const { tensor, points } = argument;
  const count = Math.max(...tensor.units);
  const diagonal = [...Array(count).keys()].map((i) => tensor.units.map((n) => i % n));
  return {
    fields: diagonal.map((unit) => Object.values(module.fieldOf(tensor, unit))),
    back: diagonal.map((unit) => module.unitAt(tensor, module.pointOf(tensor, unit, tensor.units))),
    nearest: points.map((point) => module.unitAt(tensor, point)),
    least: module.guaranteedSize(tensor),
  };
"""


def hull(runs: Runs) -> list[int] | None:
    return [runs[0][0], runs[-1][1]] if runs else None


def nearest(centres: list[float | None], point: float) -> int:
    """The unit with its centre nearest to a point, the first of several; the same as the engine says it."""
    away = [float("inf") if centre is None else abs(centre - point) for centre in centres]
    return away.index(min(away))


def agree(page: Page, static: str, fields: Fields, *, every: int = 1) -> None:
    """Assert that the page says of the units of every tensor, or of some, what the engine says."""
    described = analytic_report(fields).tensors
    for name in [*described][::-every]:
        tensor = described[name].model_dump(mode="json")
        if "by_input" in tensor:
            continue
        units, canvas = tensor["units"], fields.canvas(next(iter(fields.spatial(name))))
        points = [[side * share for side in canvas] for share in (0, 0.13, 0.5, 0.77, 1)]
        points += [[min(place + 0.5, side) for side in canvas] for place in range(0, max(canvas), 5)]
        found = in_module(page, static + "js/lib/field.js", LOOK, {"tensor": tensor, "points": points})

        diagonal = [[i % n for n in units] for i in range(max(units))]
        assert found["fields"] == [[hull(runs) for runs in pixels_of(fields, name, unit)] for unit in diagonal], name
        by_unit = [centre_of(fields, name, unit) for unit in diagonal]
        centres = [[by_unit[i][axis] for i in range(n)] for axis, n in enumerate(units)]
        expected = [[nearest(*pair) for pair in zip(centres, point, strict=True)] for point in points]
        assert found["nearest"] == expected, name
        for unit, back in zip(diagonal, found["back"], strict=True):
            for axis, (i, j) in enumerate(zip(unit, back, strict=True)):
                assert centres[axis][i] is None or centres[axis][i] == centres[axis][j], (name, unit)
        assert found["least"] == [min(sizes[:n]) for sizes, n in zip(tensor["sizes_by_phase"], units, strict=True)]


@pytest.mark.parametrize("network", SHAPES)
def test_every_unit_sees_what_the_engine_says(modules: Page, static: str, network: str) -> None:
    spec = zoo.build(network, input_shape=SHAPES[network]).model_copy(update={"init": Constant()})
    fields = receptive_fields(import_onnx(compile_spec(spec, name=network).SerializeToString()).graph)
    agree(modules, static, fields, every=STEP if len(fields.feature_maps()) > 50 else 1)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(networks())
def test_units_of_random_networks_see_what_the_engine_says(modules: Page, static: str, model: onnx.ModelProto) -> None:
    agree(modules, static, receptive_fields(import_onnx(model.SerializeToString()).graph))


def test_maps_go_on_beyond_their_units_and_may_be_flipped(modules: Page, static: str) -> None:
    flipped = {"p": -3, "q": 2, "intervals": [[10, 14], None]}
    body = "return [-3, -2, -1, 0, 1, 2, 5].map((unit) => module.intervalOf(argument, unit))"
    expected = [None, [13, 17], None, [10, 14], None, [7, 11], None]
    assert in_module(modules, static + "js/lib/field.js", body, flipped) == expected


def test_only_phases_that_occur_count(modules: Page, static: str) -> None:
    tensor = {"axes": ["w"], "units": [2], "map": [{"p": 3, "q": 3, "intervals": [[0, 6], [1, 5], [2, 4]]}]}
    assert in_module(modules, static + "js/lib/field.js", "return module.guaranteedSize(argument)", tensor) == [5]


def test_heads_are_called_as_the_engine_calls_them(modules: Page, static: str) -> None:
    strides: list[list[float]] = [
        [1, 1],
        [8, 8],
        [128, 128],
        [100, 100],
        [32, 16],
        [16 / 3, 16 / 3],
        [0.5, 0.5],
        [0, 0],
        [4],
        [2, 2, 2],
    ]
    body = "return argument.map((stride) => module.headName(stride))"
    assert in_module(modules, static + "js/lib/field.js", body, strides) == [level_name(stride) for stride in strides]


READ = """
  const bytes = Uint8Array.from(atob(argument), (letter) => letter.charCodeAt(0));
  const arrays = await module.readNpz(bytes);
  const sent = (value) => (Number.isFinite(Number(value)) ? Number(value) : `${value}`);
  return Object.fromEntries(Object.entries(arrays).map(([name, { shape, dtype, data }]) =>
    [name, { shape, dtype, values: Array.from(data, sent) }]));
"""
ARRAYS: dict[str, NDArray[Any]] = {
    "map": np.random.default_rng(0).random((37, 53)).astype(np.float32),
    "cube": np.arange(24, dtype=np.float64).reshape(2, 3, 4) / 7,
    "scale": np.array(1e-300),
    "origin": np.array([-3, 70000], np.int32),
    "long": np.array([2**40, -1], np.int64),
    "head": np.array([-1, 0, 4], np.int8),
    "mask": np.array([2**32 - 1], np.uint32),
    "flags": np.array([True, False]),
    "odd": np.array([np.inf, -np.inf], np.float32),
    "none": np.zeros((0, 3), np.float32),
    "large": np.zeros((300, 400), np.uint16),
}


def read(page: Page, static: str, content: bytes) -> Any:
    return in_module(page, static + "js/lib/npz.js", READ, base64.b64encode(content).decode())


def saved(form: Any, arrays: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    form(file, **arrays)
    return file.getvalue()


FORMS = {
    "stored": lambda arrays: saved(np.savez, arrays),
    "deflated": lambda arrays: saved(np.savez_compressed, arrays),
    "the engine's": npz,
}


@pytest.mark.parametrize("form", FORMS)
def test_arrays_are_read_as_numpy_wrote_them(modules: Page, static: str, form: str) -> None:
    found = read(modules, static, FORMS[form](ARRAYS))
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name]["shape"] == list(array.shape)
        assert found[name]["dtype"] == array.dtype.str[1:]
        values = [float(value) for value in found[name]["values"]]
        assert values == array.astype(np.float64).ravel().tolist(), name


REFUSED = {
    "column by column": (saved(np.savez, {"a": np.ones((2, 3), order="F")}), "row by row"),
    "big-endian": (saved(np.savez, {"a": np.ones(3, ">f4")}), "little-endian"),
    "text": (saved(np.savez, {"a": np.array("text")}), "plain numbers"),
    "no archive": (b"<html>not found</html>", "no zip directory"),
    "cut short": (saved(np.savez, {"a": np.ones(100)})[:300], "no zip directory"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_read_is_refused_with_the_reason(modules: Page, static: str, case: str) -> None:
    content, reason = REFUSED[case]
    with pytest.raises(Error, match=reason):
        read(modules, static, content)
