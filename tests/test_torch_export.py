"""torch modules by torch's own exporter: the fields are those of the same network as a spec; refusals by name."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

import rfengine
from api_schemas.spec import LayerSpec
from rfengine.errors import BadInput, LimitExceeded, MissingExtra, NotExportable
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.limits import Limits
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec
from rfengine.torch_export import from_torch

README = Path(__file__).parents[1] / "README.md"
CANVAS = (1, 3, 40, 36)


def chain() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2, padding=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
        nn.Conv2d(8, 8, (3, 1), dilation=(2, 1), padding=(2, 0)),
    )


CHAIN = [
    {"type": "conv", "channels": 8, "kernel": 5, "stride": 2, "padding": 2},
    {"type": "batch_norm"},
    {"type": "relu"},
    {"type": "max_pool", "kernel": 3, "stride": 2, "padding": 1},
    {"type": "conv", "channels": 8, "kernel": [3, 1], "dilation": [2, 1], "padding": [2, 0]},
]


class Pyramid(nn.Module):
    """A level of a feature pyramid: upsampled by 2, joined with what it came from, and upsampled once more."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.down = nn.Conv2d(4, 4, 3, stride=2, padding=1)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear")
        self.out = nn.ConvTranspose2d(4, 2, 4, stride=2, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        stem = self.stem(image)
        joined = stem + nn.functional.interpolate(self.down(stem), size=stem.shape[2:])
        upsampled: Tensor = self.out(self.up(joined))
        return upsampled


PYRAMID = [
    {"type": "conv", "name": "stem", "channels": 4, "kernel": 3, "padding": 1},
    {"type": "conv", "channels": 4, "kernel": 3, "stride": 2, "padding": 1},
    {"type": "resize", "name": "back", "size": [40, 36]},
    {"type": "add", "from": ["stem", "back"]},
    {"type": "upsample", "scale": 2, "mode": "linear"},
    {"type": "transposed_conv", "channels": 2, "kernel": 4, "stride": 2, "padding": 1},
]


def last_maps(data: bytes) -> list[Any]:
    """Exact maps of the last feature map: rows, then columns."""
    fields: Fields = receptive_fields(import_onnx(data).graph)
    (axes,) = fields.spatial(fields.feature_maps()[-1]).values()
    return [(axis.map, axis.length) for axis in axes]


@pytest.mark.parametrize(("module", "layers"), [(chain, CHAIN), (Pyramid, PYRAMID)], ids=["convolutions", "upsampling"])
def test_fields_are_those_of_the_network_as_a_spec(module: Any, layers: list[dict[str, Any]]) -> None:
    spec = LayerSpec.model_validate({"input": CANVAS, "layers": layers})
    described = bytes(compile_spec(spec, name="spec").SerializeToString())
    assert last_maps(from_torch(module(), torch.zeros(CANVAS))) == last_maps(described)


def test_values_are_those_of_the_module() -> None:
    module, image = chain(), torch.rand(CANVAS)
    for norm in (part for part in module.modules() if isinstance(part, nn.BatchNorm2d)):
        nn.init.uniform_(norm.running_var, 0.5, 2.0)
    session = onnxruntime.InferenceSession(from_torch(module, image))
    (found,) = session.run(None, {session.get_inputs()[0].name: image.numpy()})
    with torch.inference_mode():
        np.testing.assert_allclose(found, module.eval()(image).numpy(), rtol=1e-4, atol=1e-5)


def test_the_module_is_left_as_it_was() -> None:
    module = chain().train()
    module[1].eval()  # a frozen norm inside a network in training
    modes = [part.training for part in module.modules()]
    state = {name: value.clone() for name, value in module.state_dict().items()}
    from_torch(module, torch.rand(CANVAS))
    assert [part.training for part in module.modules()] == modes
    assert all(torch.equal(value, state[name]) for name, value in module.state_dict().items())


class Branches(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.sum() > 0:
            return x * 2
        return x - 1


def test_a_branch_on_values_is_refused_with_its_line(capfd: pytest.CaptureFixture[str]) -> None:
    module = Branches().train()
    said = (
        r"torch module Branches: torch.onnx.export refuses it: Could not guard on data-dependent expression .*"
        r"test_torch_export.py:\d+ in forward: if x.sum\(\) > 0:\); change what it names \(a branch on values can be "
    )
    with pytest.raises(NotExportable, match=said):
        from_torch(module, torch.zeros(1, 3, 8, 8))
    assert module.training
    assert capfd.readouterr() == ("", "")


def test_an_example_that_does_not_fit_is_refused_with_torchs_words() -> None:
    with pytest.raises(NotExportable, match=r"module Conv2d: .* to have 3 channels, but got 4 .*the example fits"):
        from_torch(nn.Conv2d(3, 3, 1), torch.zeros(1, 4, 8, 8))


class Pair(nn.Module):
    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return left - right


def test_several_inputs_are_a_tuple() -> None:
    image = torch.zeros(1, 3, 8, 8)
    graph = import_onnx(from_torch(Pair(), (image, image), name="pair")).graph
    assert graph.inputs == ("left", "right")


@pytest.mark.parametrize(
    ("module", "example", "says"),
    [
        (nn.ReLU, torch.zeros(1), "no torch.nn.Module; pass an instance"),
        (nn.ReLU(), np.zeros(3), r"the example holds ndarray array\(\[0., 0., 0.\]\); pass a tensor or a tuple"),
        (nn.ReLU(), [torch.zeros(1)], "the example holds list"),
        (Pair(), (torch.zeros(1), 3), "the example holds int 3"),
    ],
    ids=["a class", "an array", "a list", "a number"],
)
def test_what_is_no_module_and_no_example(module: Any, example: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        from_torch(module, example)


def test_weights_are_counted_before_they_are_written() -> None:
    with pytest.raises(LimitExceeded, match=r"torch module Linear: bytes of its weights: 14,400,240,000 passes"):
        from_torch(nn.Linear(60_000, 60_000, device="meta"), torch.zeros(1, 60_000))
    with pytest.raises(LimitExceeded, match="file_bytes=100"):
        from_torch(chain(), torch.zeros(CANVAS), limits=Limits(file_bytes=100))


@pytest.mark.parametrize("missing", ["torch", "onnxscript"])
def test_a_missing_extra_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, image = Pair(), torch.zeros(1, 1, 4, 4)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra, match=r"exporting a torch module needs .* pip install 'rfengine\[torch\]'"):
        from_torch(module, (image, image))


def test_the_package_offers_it_and_loads_no_torch_for_it() -> None:
    assert rfengine.from_torch is from_torch
    code = "import sys, rfengine; rfengine.from_torch; rfengine.import_onnx; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_readmes_lines(tmp_path: Path) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"torch": torch, "net": chain(), "folder": tmp_path}
    exec(lines.replace("224, 224", "64, 64"), names)
    # Unit 3 is centred at 12: 9 px of convolution and pooling, along rows at 4, 12 and 20.
    assert (names["rows"], names["columns"]) == (((0, 24),), ((8, 16),))
    assert set(names["report"].targets) == {names["last"]}
    assert list(tmp_path.glob("*.png"))
