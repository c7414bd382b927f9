"""docs/layer-spec.md: its examples are networks that do what it says of them, and no layer is missing."""

import re
from pathlib import Path

import pytest

from api_schemas.spec_items import ITEM_TYPES
from rfengine.estimators.analytic import receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec, load_spec
from tests.spec.helpers import run

PAGE = (Path(__file__).parents[2] / "docs" / "layer-spec.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FIRST, TRANSFORMER = BLOCKS


@pytest.mark.parametrize("text", BLOCKS, ids=["first", "transformer"])
def test_an_example_runs(text: str) -> None:
    model = compile_spec(load_spec(text), name="example")
    assert all(answer.size for answer in run(model).values())


def test_each_round_of_the_example_adds_its_own_layers() -> None:
    reads = {layer.name: layer.sources for layer in load_spec(FIRST).network().layers}
    assert [reads[f"sum_{i}"] for i in (1, 2, 3, 4)] == [
        ("act_1", "stem"),
        ("act_2", "sum_1"),
        ("act_3", "sum_2"),
        ("act_4", "sum_3"),
    ]


def test_the_transformers_fields_are_as_the_page_says() -> None:
    model = compile_spec(load_spec(TRANSFORMER), name="example")
    fields = receptive_fields(import_onnx(model.SerializeToString()).graph)
    for name in ("block1", "block2"):
        (said,) = re.findall(rf"`{name}`[^;.]*?(\d+) px", PAGE)
        (axes,) = fields.spatial(name).values()
        assert [set(axis.map.sizes) for axis in axes] == [{int(said)}] * 2
        assert fields.by_input["input"][name].whole == ()


def test_every_layer_is_named() -> None:
    assert {kind for kind in ITEM_TYPES if f"`{kind}`" not in PAGE} == set()
