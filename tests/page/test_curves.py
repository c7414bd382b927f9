"""Curves over the distance: what the page draws is what the engine measures, to the last bit."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from api_schemas.report import ErfEntry, Metrics
from rfengine.estimators.erf import ErfMap, Unit
from rfengine.map_files import map_arrays, npz
from rfengine.metrics import measure, profiles
from rfengine.metrics.luo import TWO_SIGMA
from rfengine.metrics.plane import Plane
from rfengine.plots.fits import fit_curves
from rfengine.plots.measured import MeasuredMap
from tests.page.browser import in_module

Floats = NDArray[np.float64]
LEVELS = (0.5, 0.05, 0.0012)
# Canvas, centre and field of units inside, at the border, on a pixel and between two, on one to three axes.
UNITS = {
    "on a pixel": ((33, 41), (16.5, 20.5), ((4, 28), (6, 34))),
    "between two": ((32, 32), (14.0, 18.0), ((2, 25), (8, 27))),
    "at a corner": ((24, 30), (1.5, 28.5), ((-9, 11), (18, 38))),
    "outside": ((20, 20), (-2.5, 21.5), ((-8, 2), (16, 26))),
    "a signal": ((64,), (30.5,), ((11, 49),)),
    "a volume": ((9, 12, 15), (4.5, 6.0, 7.5), ((1, 7), (2, 9), (3, 11))),
}
# What the page makes of an .npz, as lists.
CURVES = """
const from = (name) => import(new URL(`../${name}`, address));
const { readNpz } = await from("lib/npz.js");
const { planeOf } = await from("profiles/plane.js");
const { energyOf, energySides } = await from("profiles/energy.js");
const { fitsOf } = await from("profiles/fits.js");
const bytes = Uint8Array.from(atob(argument.npz), (letter) => letter.charCodeAt(0));
const plane = planeOf(await readNpz(bytes));
const plain = ({ x, y }) => ({ x: [...x], y: [...y] });
const { radial, axes } = module.profilesOf(plane);
return {
  radial: plain(radial),
  axes: axes.map(plain),
  low: axes.map(({ low }) => [...low]),
  beyond: plain(module.beyondOf(plane)),
  luo: module.luoLevel(plane),
  axisRadii: argument.levels.map((level) => module.axisRadius(plane, level)),
  radialRadii: argument.levels.map((level) => module.radialRadius(plane, level)),
  sides: energySides(energyOf(plane)),
  fits: fitsOf(plane, argument.metrics).map(({ key, isBest, at }) => ({ key, isBest, y: argument.at.map(at) })),
};
"""


def made_map(name: str) -> ErfMap:
    """A map with a peak, a slope and ragged flanks, zero outside its field; float32, as the artifact keeps it."""
    canvas, centre, hull = UNITS[name]
    draw = np.random.default_rng(len(name))
    offsets = [np.arange(n) + 0.5 - c for n, c in zip(canvas, centre, strict=True)]
    square = sum(np.square(d) / (6 + 2 * axis) ** 2 for axis, d in enumerate(np.meshgrid(*offsets, indexing="ij")))
    values = np.exp(-np.asarray(square)) * draw.uniform(0.2, 1.0, canvas)
    seen = tuple((max(first, 0), min(last, n - 1)) for (first, last), n in zip(hull, canvas, strict=True))
    inside = np.zeros(canvas, bool)
    inside[tuple(slice(first, last + 1) for first, last in seen)] = True
    values = np.where(inside, values, 0.0)
    unit = Unit("out", "input", (1,) * len(canvas), hull, seen, centre, canvas, local=True)
    return ErfMap(unit, (values / values.max()).astype(np.float32).astype(np.float64), {}, {})


def measured(erf: ErfMap) -> Metrics:
    """What the engine makes of it."""
    return measure(erf.values, centre=erf.unit.centre, trf=erf.unit.trf, levels=LEVELS)


def drawn(tab: Page, static: str, packed: bytes, metrics: Metrics, at: Sequence[float] = ()) -> dict[str, Any]:
    """What the page makes of an .npz: curves, radii at all levels, energy sides, and the fits at some distances."""
    argument = {
        "npz": base64.b64encode(packed).decode(), "levels": list(LEVELS), "metrics": metrics.model_dump(), "at": [*at]
    }  # fmt: skip
    found: dict[str, Any] = in_module(tab, static + "js/profiles/curves.js", CURVES, argument)
    return found


def check_curves(found: dict[str, Any], values: Floats, centre: tuple[float, ...]) -> None:
    """The page's profiles are the engine's."""
    engine = profiles(values, centre)
    for curve, ours in ((engine.radial, found["radial"]), *zip(engine.axes, found["axes"], strict=True)):
        assert ours["x"] == curve.distance.tolist()
        assert ours["y"] == curve.value.tolist()


@pytest.mark.parametrize("name", UNITS)
def test_the_page_draws_what_the_engine_measures(modules: Page, static: str, name: str) -> None:
    erf = made_map(name)
    metrics = measured(erf)
    found = drawn(modules, static, npz(map_arrays(erf)), metrics)
    check_curves(found, erf.values, erf.unit.centre)
    assert found["sides"] == metrics.energy_side
    assert found["axisRadii"] == [metrics.radius_px.axis.get(str(level)) for level in LEVELS]
    assert found["radialRadii"] == [metrics.radius_px.radial[str(level)] for level in LEVELS]
    plane = Plane.of(erf.values, erf.unit.centre)
    assert found["luo"] == TWO_SIGMA * plane.core_value / float(plane.values.max())


@pytest.mark.parametrize("name", UNITS)
def test_a_level_is_met_where_the_highest_falls_below_it(modules: Page, static: str, name: str) -> None:
    erf = made_map(name)
    metrics = measured(erf)
    found = drawn(modules, static, npz(map_arrays(erf)), metrics)
    x, y = np.array(found["beyond"]["x"]), np.array(found["beyond"]["y"])
    assert np.all(np.diff(x) >= 0)
    assert np.all(np.diff(y) <= 0)
    for level in LEVELS:
        assert x[y >= level].max() == metrics.radius_px.radial[str(level)]


@pytest.mark.parametrize("name", UNITS)
def test_fits_are_drawn_as_the_engine_draws_them(modules: Page, static: str, name: str) -> None:
    erf = made_map(name)
    metrics = measured(erf)
    entry = ErfEntry(
        unit=list(erf.unit.index), centre_px=list(erf.unit.centre), canvas=list(erf.unit.canvas), inputs={}, policy={},
        support_inside_trf=True, metrics=metrics,
    )  # fmt: skip
    at = np.linspace(0.0, 12.0, 25)
    ours = drawn(modules, static, npz(map_arrays(erf)), metrics, at.tolist())["fits"]
    theirs = fit_curves(MeasuredMap(erf.values, entry, "out", "gradient", "", erf.unit.hull))
    assert [(fit["key"], fit["isBest"]) for fit in ours] == [(fit.name, fit.is_best) for fit in theirs]
    for mine, fit in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine["y"], fit.at(at), rtol=1e-9, atol=1e-300)


def test_the_maps_of_a_job_agree_with_its_report(modules: Page, static: str, answered: str) -> None:
    service, _, job = answered.partition("/#")
    report = httpx.get(f"{service}{job}/report").json()
    for target, (entry, *_) in report["gradient"].items():
        name = next(name for name in entry["artifacts"] if name.endswith(".npz"))
        packed = httpx.get(f"{service}{job}/artifacts/{name}").content
        metrics = Metrics.model_validate(entry["metrics"])
        found = drawn(modules, static, packed, metrics)
        arrays = np.load(io.BytesIO(packed))
        whole = np.zeros(arrays["canvas"])
        at = [slice(first, first + n) for first, n in zip(arrays["origin"], arrays["map"].shape, strict=True)]
        whole[tuple(at)] = arrays["map"]
        check_curves(found, whole, tuple(arrays["centre"].tolist()))
        assert found["sides"] == metrics.energy_side, target
        assert found["axisRadii"][-1] == metrics.radius_px.axis["0.0012"], target
        assert found["radialRadii"][-1] == metrics.radius_px.radial["0.0012"], target
