"""The zoo's registry: what it lists, what it refuses, and that asking costs nothing before a network is built."""

import subprocess
import sys

import pytest

from api_schemas import zoo
from api_schemas.zoo.registry import register


def test_names_are_listed_once_and_in_order():
    listed = [entry.name for entry in zoo.names()]
    assert listed == sorted(set(listed))
    assert {"resnet50", "inception_v2-no-separable-conv", "nopool-8", "unet"} <= set(listed)
    assert all(entry.title and entry.source and entry.endpoints for entry in zoo.names())


@pytest.mark.parametrize(("wrong", "meant"), [("resnet_50", "resnet50"), ("inceptionv3", "inception_v3")])
def test_an_unknown_name_is_told_the_nearest(wrong: str, meant: str):
    with pytest.raises(zoo.ZooError, match=f"no zoo network is named '{wrong}'; did you mean .*'{meant}'"):
        zoo.build(wrong)


@pytest.mark.parametrize("name", ["nopool", "nopool-0", "nopool-8x", "nopool-08", "nopool-res-", "unet-12345", ""])
def test_a_name_that_no_family_gives(name: str):
    with pytest.raises(zoo.ZooError, match=r"families: nopool-<depth>\[x<maps>\]"):
        zoo.build(name)


def test_a_network_is_refused_twice():
    entry = zoo.names()[0]
    with pytest.raises(ValueError, match=f"two networks in the zoo are named '{entry.name}'"):
        register(entry, lambda shape: {})


def test_a_family_needs_a_usual_member():
    entry = zoo.names()[0].model_copy(update={"name": "net", "family": "net-<depth>"})
    with pytest.raises(ValueError, match="'net' is no member of its own family 'net-<depth>'"):
        register(entry, lambda shape, depth: {})


def test_another_shape():
    assert zoo.build("resnet18").input == (1, 3, 224, 224)
    assert zoo.build("resnet18", input_shape=(2, 1, 65, 97)).input == (2, 1, 65, 97)


@pytest.mark.parametrize("shape", [(3, 224, 224), (1, 3, 224)])
def test_a_shape_with_other_axes(shape: tuple[int, ...]):
    with pytest.raises(zoo.ZooError, match=r"takes a shape like \[1, 3, 224, 224\]"):
        zoo.build("resnet18", input_shape=shape)


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("resnet18", (1, 3, 0, 224), r"resnet18.*input.2: .*greater than or equal to 1"),
        ("nopool-9999", None, "layers: .*at most 10000"),
        ("unet-40", None, "channels"),
    ],
)
def test_what_the_language_refuses(name: str, shape: tuple[int, ...] | None, said: str):
    with pytest.raises(zoo.ZooError, match=said):
        zoo.build(name, input_shape=shape)


def test_importing_the_zoo_is_light():
    heavy = "import sys, api_schemas.zoo; print(sorted({'torch', 'onnx', 'numpy', 'rfengine'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
