"""The album: every picture as PNG and SVG, under a name that says target, estimator and unit."""

import hashlib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np

from rfengine.estimators.erf import ErfMap, Unit
from rfengine.metrics.profile import Curve
from rfengine.pictures import Album, Estimate, slug
from rfengine.plots import DepthProfile, DepthSize, MeasuredMap, Series, Study
from tests.plots.examples import EXAMPLES, pixels


def estimate(
    shown: MeasuredMap, *, target: str = "r171", index: tuple[int, ...] = (3, 3), estimator: str = "gradient"
) -> Estimate:
    unit = Unit(
        target=target,
        source="x",
        index=index,
        hull=shown.field,
        seen=tuple((max(a, 0), min(b, n - 1)) for (a, b), n in zip(shown.field, shown.values.shape, strict=True)),
        centre=tuple(shown.entry.centre_px),
        canvas=tuple(shown.entry.canvas),
        local=True,
    )
    erf = ErfMap(unit, shown.values, inputs=shown.entry.inputs, policy=shown.entry.policy)
    return Estimate(erf, shown.entry.model_copy(update={"unit": list(index)}), estimator, "constant weights")


INSIDE, CORNER = EXAMPLES["inside"], EXAMPLES["corner"]


def effective(album: Album, one: Estimate) -> list[str]:
    return album.effective(one.erf, one.entry, estimator=one.estimator, computed=one.computed)


def test_a_map_gives_heatmap_and_profile_each_as_png_and_svg(tmp_path: Path) -> None:
    album = Album(tmp_path)
    names = effective(album, estimate(INSIDE))
    assert names == [
        "r171.gradient.png", "r171.gradient.svg", "r171.gradient.profile.png", "r171.gradient.profile.svg"
    ]  # fmt: skip
    assert names == [artifact.name for artifact in album.artifacts]
    for artifact in album.artifacts:
        data = (tmp_path / artifact.name).read_bytes()
        assert artifact.sha256 == hashlib.sha256(data).hexdigest()
        assert artifact.media_type == {"png": "image/png", "svg": "image/svg+xml"}[artifact.name[-3:]]
        assert "r171, unit [3, 3]" in artifact.title
    assert pixels((tmp_path / "r171.gradient.png").read_bytes()).shape[2] == 3
    assert ElementTree.parse(tmp_path / "r171.gradient.svg").getroot().tag.endswith("svg")


def test_further_units_of_a_target_have_their_index_in_the_name(tmp_path: Path) -> None:
    album = Album(tmp_path)
    assert "r171.gradient.png" in effective(album, estimate(INSIDE))
    assert effective(album, estimate(CORNER, index=(0, 0)))[0] == "r171.gradient.unit-0-0.png"
    assert effective(album, estimate(INSIDE, estimator="closed_form"))[0] == "r171.closed_form.png"
    assert album.on_image(estimate(CORNER, index=(0, 0)))[0] == "r171.gradient.unit-0-0.on-image.png"
    assert len({artifact.name for artifact in album.artifacts}) == len(album.artifacts) == 14


def test_tensors_of_one_slug_are_counted(tmp_path: Path) -> None:
    album = Album(tmp_path)
    effective(album, estimate(INSIDE, target="a/b"))
    assert effective(album, estimate(INSIDE, target="a.b"))[:2] == ["a-b.gradient-2.png", "a-b.gradient-2.svg"]
    assert len(slug("x/" * 300)) <= 80


def test_over_an_image_and_side_by_side(tmp_path: Path) -> None:
    album = Album(tmp_path)
    picture = np.full((8, 8, 3), (255, 0, 0), np.uint8)
    assert album.on_image(estimate(INSIDE), picture=picture) == [
        "r171.gradient.on-image.png",
        "r171.gradient.on-image.svg",
    ]
    assert album.on_image(estimate(EXAMPLES["signal"], index=(3,))) == []
    pair = [estimate(INSIDE), estimate(INSIDE, estimator="constant_forward")]
    assert album.estimators(pair) == ["r171.estimators.png", "r171.estimators.svg"]


def test_over_depth_and_studies(tmp_path: Path) -> None:
    album = Album(tmp_path)
    layers = [DepthProfile(f"c{n}", n, Curve(np.arange(3.0), np.array([1.0, 0.5, 0.1]))) for n in (1, 2)]
    sizes = [DepthSize(n, 2 * n + 1, 2.0, {"95": 3}) for n in (1, 2)]
    assert album.depth_profiles("plain-20", layers, title="Profiles", notes=["constant"], levels=(0.2,)) == [
        "plain-20.depth-profiles.png", "plain-20.depth-profiles.svg"
    ]  # fmt: skip
    assert album.depth_sizes("plain-20", sizes, title="Sizes", notes=[])[0] == "plain-20.depth-sizes.png"
    study = Study("Distance", "depth", "px", [Series("a", [1, 2], [1, 2])])
    assert album.study("e symbol/xavier", study) == ["e-symbol-xavier.png", "e-symbol-xavier.svg"]
