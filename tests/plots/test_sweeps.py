"""Pictures of trainability sweeps: every training, boundary and estimate where it belongs, words apart."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from api_schemas.sweep_result import Radii, SweepResult, SweepRow
from rfengine import plots
from rfengine.pictures import Album
from rfengine.plots import marks, style, sweep_marks
from rfengine.plots.sweep_distance import logistic
from rfengine.plots.sweep_grid import column_widths
from tests.plots.examples import EXAMPLES, chain, colours, legends, overlaps, pixels, places, rectangles, words
from tests.sweeps import FITS, QUICK, grid, result, row, run

NOT_FOUND = {"boundary_px": None, "interval_px": None, "width_px": None, "failures": None}
BELOW = row(2, boundary="below", **NOT_FOUND)
ABOVE = row(40, boundary="above", **NOT_FOUND)
OPEN = row(24, boundary="open", **NOT_FOUND, radii=None)
FAILED = QUICK.rows[1].model_copy(
    update={"runs": (*QUICK.rows[1].runs, run(10, 3, None), run(17, 0, None), run(17, 1, None))}
)
FAR = row(50, 44.0, network="fcn_resnet50", radii=Radii(trf=213.5, constant_forward=59), distances=(8, 110))
FULL = grid(range(2, 49), range(7, 49))
SWEEPS = {
    "quick": QUICK,
    "the seed's grid": FULL,
    "three seeds at each": grid((2, 4, 8, 16, 32), range(7, 25), seeds=3),
    "beyond the range": result([BELOW, row(8), OPEN, ABOVE]),
    "failed": result([row(8), FAILED], fits=FITS[:1]),
    "one network": result([FAR]),
}
ROWS = {
    "found": row(8), "below": BELOW, "above": ABOVE, "open": OPEN, "failed": FAILED, "far": FAR, "grid": FULL.rows[20],
    "one training": row(8, runs=(run(7, 0, 1.0),), trainings=1),
    "only failures": row(8, runs=(run(7, 0, None),), trainings=1, boundary="open", **NOT_FOUND),
}  # fmt: skip

every_sweep = pytest.mark.parametrize("shown", SWEEPS.values(), ids=SWEEPS)
every_row = pytest.mark.parametrize("shown", ROWS.values(), ids=ROWS)


def check(figure: Figure, recwarn: pytest.WarningsRecorder) -> None:
    picture = pixels(figure)
    assert colours(picture) > 50
    assert all((edge == 255).all() for edge in (picture[:8], picture[-3:], picture[:, :8], picture[:, -3:]))
    assert overlaps(figure) == []
    assert [str(w.message) for w in recwarn] == []
    assert len(style.svg(figure)) < 400_000


@every_sweep
@pytest.mark.parametrize("draw", [plots.sweep_heatmap, plots.sweep_boundary])
def test_every_sweep_gives_pictures_over_depth(
    draw: Callable[[SweepResult], Figure], shown: SweepResult, recwarn: pytest.WarningsRecorder
) -> None:
    check(draw(shown), recwarn)


@every_row
@pytest.mark.parametrize("draw", [plots.sweep_row, plots.sweep_learning])
def test_every_network_gives_pictures(draw: Callable[..., Figure], shown: SweepRow, recwarn) -> None:
    check(draw(shown, QUICK.options), recwarn)


def test_equal_results_give_equal_bytes() -> None:
    assert style.png(plots.sweep_heatmap(QUICK)) == style.png(plots.sweep_heatmap(QUICK.model_copy(deep=True)))


def test_a_cell_has_the_mean_of_its_seeds_and_a_dot_for_each() -> None:
    figure = plots.sweep_heatmap(QUICK)
    axes = figure.axes[0]
    cells, dots = axes.collections[:2]
    expected = {}
    for one in QUICK.rows:
        for each in one.runs:
            expected.setdefault((one.depth, each.distance_px), []).append(each.accuracy)
    drawn = {}
    for path, value in zip(cells.get_paths(), cells.get_array(), strict=True):
        (left, low), (right, high) = path.vertices.min(axis=0), path.vertices.max(axis=0)
        assert (right - left, high - low) == (4, 1)
        drawn[(left + right) / 2, (low + high) / 2] = value
    assert drawn.keys() == expected.keys()
    assert all(drawn[key] == pytest.approx(np.mean(expected[key])) for key in expected)
    assert sorted(dots.get_array()) == sorted(accuracy for all_ in expected.values() for accuracy in all_)
    assert {"not trained", "each training of a cell"} <= set(legends(figure))


def test_what_was_not_trained_is_no_accuracy() -> None:
    grey = places(pixels(plots.sweep_heatmap(QUICK)), marks.NOT_READ)
    assert len(grey) > 100_000
    full = plots.sweep_heatmap(FULL)
    assert "not trained" not in legends(full)
    assert not len(places(pixels(full), marks.NOT_READ))
    # A whole grid once over needs no dots, and its cells are pixels in the SVG.
    assert "each training of a cell" not in legends(full)
    assert full.axes[0].collections[0].get_rasterized()


def test_columns_stand_about_their_depths() -> None:
    assert column_widths([8, 12, 16]) == [4, 4, 4]
    assert column_widths([2, 4, 8, 16]) == [2, 2, 4, 8]
    assert column_widths([50]) == [1]


def bars(axes: Axes) -> dict[float, tuple[float, float]]:
    """Ends of the intervals by depth."""
    (container,) = axes.containers
    return {s[0, 0]: (s[0, 1], s[1, 1]) for s in container.lines[2][0].get_segments()}


@pytest.mark.parametrize("draw", [plots.sweep_heatmap, plots.sweep_boundary])
def test_the_boundary_has_its_interval_and_what_lies_beyond_is_told(draw: Callable[[SweepResult], Figure]) -> None:
    figure = draw(SWEEPS["beyond the range"])
    axes = figure.axes[0]
    (found,) = [container.lines[0].get_xydata().tolist() for container in axes.containers]
    assert found == [[8, pytest.approx(3 * 8**0.5)]]
    assert bars(axes) == {8: pytest.approx((3 * 8**0.5 - 0.6, 3 * 8**0.5 + 0.8))}
    for label, at in (("boundary below the range", [2, 7]), ("boundary above the range", [40, ABOVE.distances[1]])):
        (line,) = [line for line in axes.lines if line.get_label() == label]
        # On the heatmap at its edge where nothing was trained as far as that.
        assert line.get_xydata().tolist() == [[at[0], min(at[1], np.floor(axes.get_ylim()[1]))]]
        assert label in legends(figure)


@pytest.mark.parametrize("draw", [plots.sweep_heatmap, plots.sweep_boundary])
def test_fits_and_three_roots_are_drawn_with_their_words(draw: Callable[[SweepResult], Figure]) -> None:
    figure = draw(QUICK)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    for label, law in (
        ("fit 2.98 ± 0.06 · √N, R² 0.994", lambda n: 2.98 * np.sqrt(n)),
        ("fit 5.02 + 0.44 ± 0.05 · N, R² 0.981", lambda n: 5.02 + 0.44 * n),
        ("3 √N", lambda n: 3 * np.sqrt(n)),
    ):
        np.testing.assert_allclose(lines[label].get_ydata(), law(lines[label].get_xdata()))
        assert label in legends(figure)


def test_theory_stands_beside_the_boundary() -> None:
    figure = plots.sweep_boundary(QUICK)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert lines["theoretical field, radius"].get_xydata().tolist() == [[8, 8.5], [12, 12.5], [16, 16.5]]
    assert lines["constant forward, radius at 0.0012"].get_ydata().tolist() == [8, 10, 12]
    assert to_rgba(lines["theoretical field, radius"].get_color()) == to_rgba(style.TRF)
    # A field that grows far beyond all else leaves the picture.
    assert plots.sweep_boundary(FULL).axes[0].get_ylim()[1] < 30


def test_a_row_shows_every_training_by_how_it_ended() -> None:
    figure = plots.sweep_row(FAILED, QUICK.options)
    axes = figure.axes[0]
    dots = {line.get_label(): line.get_xydata() for line in axes.lines if "trained" in line.get_label()}
    solved = [each for each in FAILED.runs if each.status == "solved"]
    ended = [each for each in FAILED.runs if each.status == "ended"]
    assert sorted(np.rint(dots[f"trained until solved ({len(solved)})"][:, 0])) == sorted(r.distance_px for r in solved)
    assert sorted(dots[f"trained to the end ({len(ended)})"][:, 1]) == sorted(r.accuracy for r in ended)
    (failed,) = [line for line in axes.lines if line.get_label() == "failed, without an accuracy (3)"]
    assert (failed.get_ydata() < 0.4).all()
    # Trainings of one distance stand side by side.
    every = [tuple(point) for points in dots.values() for point in points.tolist()]
    assert len(set(every)) == len(every)


def test_a_row_shows_the_fit_its_interval_and_the_theory() -> None:
    shown = QUICK.rows[0]
    figure = plots.sweep_row(shown, QUICK.options)
    axes = figure.axes[0]
    (curve,) = [line for line in axes.lines if line.get_label().startswith("logistic fit, scale 0.4")]
    assert np.interp(shown.boundary_px, *curve.get_xydata().T) == pytest.approx(0.75, abs=0.005)
    upright = [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1]
    radii = shown.radii
    for at in (shown.boundary_px, radii.trf, radii.constant_forward, radii.closed_form, radii.clt):
        assert at in upright
    band = axes.patches[0]
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx(shown.interval_px)
    said = legends(figure)
    assert "theoretical field, radius 8.5 px" in said
    assert "3 √N 8.5 px" in said
    assert any("boundary 8.5 px, 95 % interval 7.9–9.3 px · 3 % of trainings" in line for line in words(figure))


def test_the_logistic_falls_from_one_to_guessing() -> None:
    distance = np.array([0.0, 3 * 8**0.5, 100.0])
    assert logistic(row(8), distance).tolist() == pytest.approx([1.0, 0.75, 0.5])
    step = logistic(row(8, width_px=0.0), np.array([8.0, 9.0]))
    assert step.tolist() == pytest.approx([1.0, 0.5])
    assert logistic(BELOW, distance) is None


def test_a_field_far_beyond_the_trainings_does_not_press_them_together() -> None:
    figure = plots.sweep_row(FAR, QUICK.options)
    assert figure.axes[0].get_xlim()[1] < 65
    assert "theoretical field, radius 213.5 px, beyond the picture" in legends(figure)


def test_what_was_searched_without_a_boundary_is_said() -> None:
    assert any("boundary below 7 px" in line for line in words(plots.sweep_row(BELOW, QUICK.options)))
    assert any("boundary open: too few trainings" in line for line in words(plots.sweep_row(OPEN, QUICK.options)))


def test_a_guess_is_not_drawn_as_a_boundary() -> None:
    guess = row(24, 13.3, boundary="open")
    figure = plots.sweep_row(guess, QUICK.options)
    assert "a first guess at the fit" in legends(figure)
    assert "boundary open: too few trainings · searched 7 to 45 px" in words(figure)
    assert "95 % interval of the boundary" not in legends(figure)
    assert guess.boundary_px not in [line.get_xdata()[0] for line in figure.axes[0].lines]
    for draw in (plots.sweep_heatmap, plots.sweep_boundary):
        assert not draw(result([guess, row(40, boundary="open")])).axes[0].containers


def test_solved_trainings_stand_apart_from_those_that_were_not() -> None:
    solved, unsolved, _ = plots.sweep_learning(FAILED, QUICK.options).axes
    ends = {
        axes: [line.get_xydata()[-1].tolist() for line in axes.lines if line.get_linestyle() == "-"]
        for axes in (solved, unsolved)
    }
    for axes, runs in ((solved, "solved"), (unsolved, "ended")):
        for each in FAILED.runs:
            if each.status == runs:
                assert list(each.accuracies[-1]) in ends[axes]
    assert unsolved.get_title(loc="left") == "not solved: 11, 3 of them failed (crosses)"
    assert solved.get_ylim() == unsolved.get_ylim()


def test_a_training_to_the_end_is_solved_where_all_is_right() -> None:
    solved = plots.sweep_learning(FULL.rows[20], FULL.options).axes[0]
    right = sum(each.accuracy >= 0.99 for each in FULL.rows[20].runs)
    assert solved.get_title(loc="left") == f"solved: {right}"


def test_the_field_before_and_after_stands_on_one_scale(recwarn: pytest.WarningsRecorder) -> None:
    before = chain(10, (64, 48), (22, 13))
    after = replace(before, values=np.sqrt(before.values))
    figure = plots.sweep_grown(before, after, run(9, 1, 1.0), accuracy=0.996)
    check(figure, recwarn)
    maps = figure.axes[:2]
    assert maps[0].get_xlim() == maps[1].get_xlim()
    assert maps[0].images[0].norm.vmin == maps[1].images[0].norm.vmin
    for axes in maps:
        assert (-10.5, -10.5, 21, 21) in rectangles(axes)
        assert [p.radius for p in axes.patches if hasattr(p, "radius")] == [9]
    table = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert {"before training", "after training"} <= set(table)
    assert "trained at 9 px, seed 1: accuracy 0.996" in " ".join(words(figure))
    beyond = plots.sweep_grown(before, after, run(15, 0, None, network="nopool-10"), accuracy=None)
    assert beyond.axes[0].get_xlim()[1] > 15
    assert words(beyond)[0] == "Before and after training: effective field of nopool-10"
    assert "distance of the mark, 9 px" in legends(figure)


def samples(n: int, height: int, width: int) -> tuple[np.ndarray, np.ndarray, list[bool]]:
    draw = np.random.default_rng(0)
    labels = [bool(number % 2) for number in range(n)]
    targets = np.zeros((n, 2, height, width))
    for number, label in enumerate(labels):
        targets[number, int(label), height // 2, width // 2] = 1.0
    return draw.random((n, height, width)), targets, labels


@pytest.mark.parametrize("shape", [(1, 30, 20), (6, 28, 20), (8, 128, 128), (12, 20, 60)])
@pytest.mark.parametrize("answered", [False, True])
def test_samples_of_any_size(shape: tuple[int, int, int], answered: bool, recwarn: pytest.WarningsRecorder) -> None:
    images, targets, labels = samples(*shape)
    more = {"outputs": targets * 0.9, "answers": [True] * shape[0]} if answered else {}
    figure = plots.sweep_samples(images, targets, labels, title="Images of e_symbol", notes=["mark at 9 px"], **more)
    assert overlaps(figure) == []
    assert [str(w.message) for w in recwarn] == []
    rows = 5 if answered else 3
    panels = [axes for axes in figure.axes if axes.images]
    assert len(panels) == rows * shape[0]
    np.testing.assert_array_equal(panels[0].images[0].get_array(), images[0])
    np.testing.assert_array_equal(panels[2 * shape[0]].images[0].get_array(), targets[0, 1])
    assert [axes.texts[0].get_text() for axes in panels[: shape[0]]] == ["ё" if label else "е" for label in labels]
    if answered:
        assert panels[0].texts[1].get_text() == "✗ ё"
    boxes = panels[0].get_position()
    inches = boxes.width * figure.get_figwidth(), boxes.height * figure.get_figheight()
    assert inches[0] / inches[1] == pytest.approx(shape[2] / shape[1])


def test_what_cannot_be_drawn_is_refused() -> None:
    images, targets, labels = samples(3, 8, 8)
    for wrong in ((images, targets[:, :1], labels), (images, targets, labels[:2]), (images[:0], targets[:0], [])):
        with pytest.raises(ValueError, match=r"expected images \[n, H, W\]"):
            plots.sweep_samples(*wrong)
    for draw in (plots.sweep_heatmap, plots.sweep_boundary):
        with pytest.raises(ValueError, match="none of 1 networks has a depth"):
            draw(result([row(8).model_copy(update={"depth": None})]))
    bare = row(8, runs=())
    with pytest.raises(ValueError, match="no runs"):
        plots.sweep_heatmap(result([bare]))
    for draw in (plots.sweep_row, plots.sweep_learning):
        with pytest.raises(ValueError, match="runs"):
            draw(bare, QUICK.options)


def test_odd_names_are_cut_and_never_mathematics() -> None:
    odd = row(8, network="$\\frac{" + "x" * 200)
    for figure in (plots.sweep_row(odd, QUICK.options), plots.sweep_heatmap(result([odd, row(12)]))):
        assert overlaps(figure) == []


def test_all_pictures_of_a_sweep_go_into_the_album_by_name(tmp_path: Path) -> None:
    album, first = Album(tmp_path), QUICK.rows[0]
    names = [
        *album.sweep(QUICK),
        *album.sweep_row(first, QUICK.options),
        *album.grown(run(6, 0, 1.0), EXAMPLES["inside"], EXAMPLES["inside"], accuracy=1.0),
    ]
    assert [name for name in names if name.endswith(".png")] == [
        "sweep.heatmap.png", "sweep.boundary.png", "nopool-res-8x16.accuracy.png", "nopool-res-8x16.learning.png",
        "nopool-res-8x16.grown-6px-seed0.png",
    ]  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == {a.name for a in album.artifacts} == set(names)


def test_trainings_that_never_looked_have_no_picture_of_their_way(tmp_path: Path) -> None:
    blind = row(8, runs=(run(7, 0, None, accuracies=[]),), boundary="open", **NOT_FOUND)
    names = Album(tmp_path).sweep_row(blind, QUICK.options)
    assert names == ["nopool-res-8x16.accuracy.png", "nopool-res-8x16.accuracy.svg"]


def test_samples_go_into_the_album_by_name(tmp_path: Path) -> None:
    assert Album(tmp_path).samples("e_symbol", *samples(2, 8, 8)) == ["e_symbol.samples.png", "e_symbol.samples.svg"]


def test_estimators_have_one_look_in_every_picture() -> None:
    assert len({json.dumps(look) for look in sweep_marks.LOOKS.values()}) == len(sweep_marks.LOOKS)
