"""Maps as data: what lies in the files, that they are the same for the same maps, and how many there are."""

import builtins
import hashlib
import io
import zipfile
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api_schemas.report import ErfEntry, Report
from api_schemas.request import AnalyzeRequest
from rfengine.analysis import analyze
from rfengine.estimators.erf import ErfMap, Unit
from rfengine.map_files import map_arrays, npz
from rfengine.pictures import MOST_DRAWN
from tests.plots.test_album import heads
from tests.tiny import conv_chain

ERF = AnalyzeRequest(analyses="constant_forward", constant_forward={"units": ["centre", "corner"]})


def entries(report: Report) -> list[ErfEntry]:
    return [entry for by_target in report.effective.values() for each in by_target.values() for entry in each]


def files(entry: ErfEntry) -> list[str]:
    return [name for name in entry.artifacts if name.endswith(".npz")]


def erf(values: Any) -> ErfMap:
    values = np.asarray(values, np.float64)
    ends = tuple((0, n - 1) for n in values.shape)
    centre = tuple(n / 2 for n in values.shape)
    unit = Unit("t", "x", tuple(n // 4 for n in values.shape), ends, ends, centre, values.shape, local=True)
    return ErfMap(unit, values, {}, {})


@pytest.mark.parametrize("shape", [(9,), (7, 12), (4, 6, 5)])
def test_a_map_comes_back_whole(shape: tuple[int, ...]) -> None:
    """Also one whose values are far too small for float32, and one that touches the canvas' border."""
    filled = tuple(slice(n // 3, n) for n in shape)
    values = np.zeros(shape)
    values[filled] = np.random.default_rng(3).random(values[filled].shape) * 1e-200 + 1e-220
    with np.load(io.BytesIO(npz(map_arrays(erf(values))))) as found:
        kinds = {name: found[name].dtype.name for name in found.files}
        assert kinds == {
            "map": "float32", "scale": "float64", "origin": "int32", "canvas": "int32", "centre": "float64",
            "unit": "int32",
        }  # fmt: skip
        assert tuple(found["canvas"]) == shape
        assert tuple(found["origin"]) == tuple(n // 3 for n in shape)
        assert tuple(found["centre"]) == tuple(n / 2 for n in shape)
        assert tuple(found["unit"]) == tuple(n // 4 for n in shape)
        assert found["map"].max() == 1
        whole = np.zeros(shape)
        whole[tuple(slice(o, o + n) for o, n in zip(found["origin"], found["map"].shape, strict=True))] = found["map"]
        np.testing.assert_allclose(whole * found["scale"], values, rtol=1e-6)


def test_a_map_of_nothing_is_empty() -> None:
    arrays = map_arrays(erf(np.zeros((4, 5))))
    assert (arrays["map"].shape, arrays["scale"]) == ((0, 0), 0)


def test_equal_maps_are_equal_files_that_are_packed() -> None:
    arrays = map_arrays(erf(np.ones((64, 64))))
    assert npz(arrays) == npz({name: array.copy() for name, array in arrays.items()})
    assert len(npz(arrays)) < 64 * 64
    with zipfile.ZipFile(io.BytesIO(npz(arrays))) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_entry_has_its_map_also_where_nothing_is_drawn(tmp_path: Path) -> None:
    report = analyze(heads(MOST_DRAWN + 2), ERF, out=tmp_path)
    found = entries(report)
    assert len(found) == 2 * (MOST_DRAWN + 2)
    assert len({name for entry in found for name in files(entry)}) == len(found)
    listed = {artifact.name: artifact for artifact in report.artifacts}
    for entry in found:
        (name,) = files(entry)
        content = (tmp_path / name).read_bytes()
        assert (listed[name].sha256, listed[name].media_type) == (
            hashlib.sha256(content).hexdigest(),
            "application/zip",
        )
        with np.load(tmp_path / name) as arrays:
            assert (list(arrays["unit"]), list(arrays["canvas"])) == (entry.unit, entry.canvas)
            assert list(arrays["centre"]) == entry.centre_px
            mass = float(arrays["map"].sum(dtype=np.float64)) * float(arrays["scale"])
        assert mass == pytest.approx(entry.metrics.mass, rel=1e-5)
    assert files(found[0]) == ["head0.constant_forward.npz"]
    assert files(found[1]) == ["head0.constant_forward.unit-0-0.npz"]


def test_maps_need_nothing_that_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str, *rest: Any, **more: Any) -> Any:
        assert not name.startswith("matplotlib")
        return builtins_import(name, *rest, **more)

    builtins_import, spec = builtins.__import__, util.find_spec
    monkeypatch.setattr("rfengine.run.find_spec", lambda name: None if name == "matplotlib" else spec(name))
    monkeypatch.setattr(builtins, "__import__", without)
    report = analyze(conv_chain(3), ERF, out=tmp_path)
    assert [warning.code for warning in report.warnings if "pictures" in warning.code] == ["no-pictures"]
    assert {artifact.name for artifact in report.artifacts} == {
        "c3.constant_forward.npz", "c3.constant_forward.unit-0-0.npz"
    }  # fmt: skip


def test_there_are_so_many_bytes_of_them_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = analyze(conv_chain(3), ERF, out=tmp_path).artifacts[-1].bytes
    for limit, value in (("MOST_DATA", 2 * size), ("MOST_MAPS", 2)):
        with monkeypatch.context() as patch:
            patch.setattr(f"rfengine.pictures.{limit}", value)
            report = analyze(heads(3), ERF, out=tmp_path)
        assert 0 < sum(len(files(entry)) for entry in entries(report)) < 6
        (warning,) = [warning for warning in report.warnings if warning.code == "maps-left-out"]
        assert "fewer targets" in warning.message


def test_without_a_folder_there_are_none() -> None:
    assert not any(files(entry) for entry in entries(analyze(conv_chain(3), ERF, out=None)))
