"""Every published worked figure, through the path a user takes: layer spec, ONNX, import, analysis, report."""

from collections.abc import Iterator
from typing import Any

import pytest

from api_schemas.report import TensorField
from api_schemas.spec import LayerSpec
from rfengine.oracles.answer import Answer, answer
from rfengine.oracles.networks import networks
from rfengine.oracles.published import published
from tests.calculus.small_networks import Layer, resnet, u_net

PUBLISHED = published("analytic.json")


def entries() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every entry by its own words for the network."""
    for section in PUBLISHED.values():
        for entry in section if isinstance(section, list) else ():
            yield next(entry[key] for key in ("layers", "net", "layer") if key in entry), entry


ENTRIES = dict(entries())


def answered(name: str) -> Answer:
    return answer(networks()[name].spec, name="published")


def of(name: str) -> tuple[TensorField, dict[str, Any]]:
    """The tensor of a published network that figures are of, and what is published of it."""
    found = answered(name)
    return found.tensors[networks()[name].tensor or found.last], ENTRIES[name]


def having(*keys: str) -> list[str]:
    return [name for name, entry in ENTRIES.items() if any(key in entry for key in keys)]


def test_every_published_network_is_here():
    assert set(ENTRIES) == set(networks())


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
    found = answered(name).tensors
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


# What the package takes from the zoo, written out a second time.
WRITTEN = {
    "ResNet-18 layer4": (224, resnet((2, 2, 2, 2), bottleneck=False)),
    "ResNet-50 layer4": (224, resnet((3, 4, 6, 3), bottleneck=True)),
    "ResNet-50 layer3": (224, resnet((3, 4, 6), bottleneck=True)),
    "U-Net depth 3, two conv3 SAME per block, maxpool2, convtranspose k2 s2, concat skips, final 1x1": (64, u_net(3)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_zoos_networks_are_the_published_ones(name: str):
    side, layers = WRITTEN[name]
    found = written(side, layers)
    field, _ = of(name)
    assert (found.map, found.units) == (field.map, field.units)


def written(side: int, layers: list[Layer]) -> TensorField:
    found = answer(LayerSpec.model_validate({"input": [1, 1, side, side], "layers": layers}), name="written")
    return found.tensors[found.last]


def test_every_network_of_the_zoo_is_written_out():
    assert {name for name, network in networks().items() if network.tensor} == set(WRITTEN)
