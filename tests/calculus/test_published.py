"""Every published worked figure, through the path a user takes: layer spec, ONNX, import, analysis, report."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api_schemas.report import TensorField
from api_schemas.spec import LayerSpec
from rfengine.describe import analytic_report
from rfengine.estimators.analytic import receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec
from tests.calculus.published import NETWORKS, Layer

PUBLISHED = json.loads((Path(__file__).parents[1] / "data" / "analytic.json").read_text())


def entries() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every entry by its own words for the network."""
    for section in PUBLISHED.values():
        for entry in section if isinstance(section, list) else ():
            yield next(entry[key] for key in ("layers", "net", "layer") if key in entry), entry


ENTRIES = dict(entries())


def tensors(side: int, layers: list[Layer]) -> dict[str, TensorField]:
    """The report's tensors, in the order of computation."""
    spec = LayerSpec.model_validate({"input": [1, 1, side, side], "layers": layers})
    model = compile_spec(spec, name="published").SerializeToString()
    found = analytic_report(receptive_fields(import_onnx(model).graph)).tensors
    return {name: field for name, field in found.items() if isinstance(field, TensorField)}


def last(tensors: dict[str, TensorField]) -> TensorField:
    return list(tensors.values())[-1]


def of(name: str) -> tuple[TensorField, dict[str, Any]]:
    """The last tensor of a published network, and what is published of it."""
    return last(tensors(*NETWORKS[name])), ENTRIES[name]


def having(*keys: str) -> list[str]:
    return [name for name, entry in ENTRIES.items() if any(key in entry for key in keys)]


def test_every_published_network_is_here():
    assert set(ENTRIES) == set(NETWORKS)


@pytest.mark.parametrize("name", having("rf", "rf_max", "size"))
def test_sizes_strides_and_paddings(name: str):
    field, wanted = of(name)
    assert field.size == [next(wanted[key] for key in ("rf", "rf_max", "size") if key in wanted)] * 2
    for key in ("stride", "padding"):
        if key in wanted:
            assert getattr(field, key) == [wanted[key]] * 2
    assert field.status == "exact"
    assert field.aligned or "focus" in name  # whose four parts lie one pixel apart by design


@pytest.mark.parametrize("name", having("map"))
def test_maps_and_offsets(name: str):
    field, wanted = of(name)
    assert field.shape[2:] == [wanted["map"]] * 2
    assert field.start == [wanted["offset"]] * 2


def test_two_feature_maps_of_one_network():
    (name,) = having("fm0")
    found = tensors(*NETWORKS[name])
    for key in ("fm0", "fm1"):
        field, wanted = found[key], ENTRIES[name][key]
        assert field.shape[2:] == [wanted["map"]] * 2
        assert [field.start, field.stride, field.size] == [[wanted[k]] * 2 for k in ("offset", "stride", "size")]


@pytest.mark.parametrize("name", having("n"))
def test_the_four_numbers_of_seed_004(name: str):
    field, wanted = of(name)
    found = {"n": field.shape[2:], "r": field.size, "j": field.stride, "start": field.start}
    assert found == {key: [wanted[key]] * 2 for key in ("n", "r", "j", "start")}


def test_a_kernel_of_two_sizes():
    (name,) = having("rf_w")
    field, wanted = of(name)
    assert field.size == [wanted["rf_h"], wanted["rf_w"]]
    assert (field.stride, field.padding) == ([wanted["stride"]] * 2, [wanted["padding"]] * 2)


@pytest.mark.parametrize("name", having("unit0"))
def test_a_unit_by_its_pixels(name: str):
    field, wanted = of(name)
    assert [list(axis.intervals[0]) for axis in field.map] == [wanted["unit0"]] * 2


@pytest.mark.parametrize("name", having("error", "clipped_union_extents"))
def test_misaligned_paths_are_named(name: str):
    field, _ = of(name)
    assert not field.aligned
    assert [m.paths for m in field.misaligned] == [("left", "right")]
    assert all(m.node.startswith("add") and any(m.offset) for m in field.misaligned)


def test_paths_of_unequal_stride_hold_on_the_canvas():
    (name,) = having("clipped_union_extents")
    field, wanted = of(name)
    clipped = [[max(0, low), min(7, high)] for low, high in field.map[1].intervals]
    assert clipped == wanted["clipped_union_extents"]
    assert field.status == "canvas"
    assert any("left" in reason and "right" in reason for reason in field.reasons)


def test_a_u_nets_sizes_depend_on_the_phase():
    (name,) = having("sizes_over_one_period")
    field, wanted = of(name)
    assert [sorted(set(sizes)) for sizes in field.sizes_by_phase] == [wanted["sizes_over_one_period"]] * 2
    assert (field.status, field.stride) == ("exact", [1, 1])


def test_a_gate_is_context_and_leaves_the_local_field():
    (name,) = having("local_rf")
    field, wanted = of(name)
    assert field.size == [wanted["local_rf"]] * 2
    assert bool(field.global_context) == wanted["global_context"]
    assert (field.status, field.aligned) == ("exact", True)
