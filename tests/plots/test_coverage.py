"""Pictures of a coverage check: what is not covered is always seen, limits and fields are where they belong."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from api_schemas.coverage import CoverageResult
from rfengine import plots
from rfengine.coverage.checked import Checked
from rfengine.pictures import Album
from rfengine.plots import coverage_bars, coverage_marks, coverage_plane, style
from rfengine.reports.text import percent
from tests.coverage.examples import head as plain_head
from tests.coverage.examples import one_bin
from tests.plots import coverage_examples
from tests.plots.coverage_examples import EXAMPLES, RETINANET, Example, Sees, check, coco_like
from tests.plots.examples import colours, legends, overlaps, pixels, places, rectangles, words

Draw = Callable[[CoverageResult, Checked], Figure]
every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
both = pytest.mark.parametrize("draw", [plots.coverage_sizes, plots.coverage_scatter])


def sound(figure: Figure, recwarn: pytest.WarningsRecorder) -> None:
    picture = pixels(figure)
    assert colours(picture) > 50
    assert all((edge == 255).all() for edge in (picture[:8], picture[-3:], picture[:, :8], picture[:, -3:]))
    assert overlaps(figure) == []
    assert [str(w.message) for w in recwarn] == []
    assert len(style.svg(figure)) < 300_000


@every_example
@both
def test_every_check_gives_pictures(draw: Draw, example: Callable[[], Example], recwarn) -> None:
    sound(draw(*example()), recwarn)


@both
def test_as_many_objects_as_coco_give_small_pictures(draw: Draw, recwarn: pytest.WarningsRecorder) -> None:
    result, checked = coverage_examples.yolo()
    assert result.objects.objects == 860_000
    sound(draw(result, checked), recwarn)


@both
def test_equal_results_give_equal_bytes(draw: Draw) -> None:
    assert style.png(draw(*coverage_examples.three())) == style.png(draw(*coverage_examples.three()))


@both
def test_nothing_is_refused(draw: Draw) -> None:
    result, checked = coverage_examples.one()
    nothing = Checked(**{name: column[:0] for name, column in vars(checked).items()})
    with pytest.raises(ValueError, match="no object to show"):
        draw(result, nothing)


def bars(axes: Axes, gid: str) -> dict[float, tuple[float, float]]:
    """Bottom and top of the bars by their left edge."""
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_gid() == gid]
    return {bar.get_x(): (bar.get_y(), bar.get_y() + bar.get_height()) for bar in found}


def test_bars_hold_every_object_and_what_is_not_covered_lies_on_top() -> None:
    count = np.random.default_rng(3).integers(1, 9, 700)
    result, checked = check(RETINANET, *coco_like(700, canvas=512), count=count, canvas=(512, 512))
    axes = plots.coverage_sizes(result, checked).axes[0]
    expected: dict[tuple[str, int], int] = {}
    for h, w, n, head, binding in zip(
        checked.height, checked.width, checked.count, checked.head, checked.binding, strict=True
    ):
        who = RETINANET[head].name if binding == -1 else "uncovered"
        key = who, int(np.floor(4 * np.log2(max(h, w))))
        expected[key] = expected.get(key, 0) + int(n)
    tops: dict[int, float] = {}
    for name in (*(head.name for head in RETINANET), "uncovered"):
        for left, (bottom, top) in bars(axes, name).items():
            at = round(4 * np.log2(left))
            assert bottom == tops.get(at, 0.0)
            assert top - bottom == expected.pop((name, at), 0)
            tops[at] = top
    assert expected == {}
    assert sum(tops.values()) == count.sum() == result.objects.objects
    red = [patch for patch in axes.patches if patch.get_gid() == "uncovered"]
    assert {to_rgba(patch.get_facecolor()) for patch in red} == {to_rgba(style.VERMILION)}


def test_one_uncovered_object_of_many_is_seen() -> None:
    # In a bar of 100,000 it is no pixel high; the ribbon and the plane show it.
    result, checked = check([Sees("P3", 8, 911)], [60, 60], [60, 7.9], count=[99_999, 1])
    ribbon = plots.coverage_sizes(result, checked).axes[1].collections[0]
    (shade,) = ribbon.get_facecolors()
    covered = plots.coverage_sizes(*check([Sees("P3", 8, 911)], [60], [60])).axes[1].collections[0]
    (pale,) = covered.get_facecolors()
    assert np.abs(shade - pale).max() > 0.1
    assert np.abs(shade[:3] - to_rgb(style.VERMILION)).sum() < np.abs(pale[:3] - to_rgb(style.VERMILION)).sum()
    assert len(places(pixels(plots.coverage_scatter(result, checked))[:-200], style.VERMILION)) > 50


def test_every_head_has_its_row_from_fine_to_coarse() -> None:
    result, checked = coverage_examples.yolo()
    shuffled = result.model_copy(update={"heads": [result.heads[at] for at in (2, 0, 1)]})
    head = np.where(checked.head >= 0, np.array([1, 2, 0])[checked.head], -1)
    moved = Checked(**{**vars(checked), "head": head})
    for figure in (plots.coverage_sizes(result, checked), plots.coverage_sizes(shuffled, moved)):
        strip = figure.axes[2]
        assert [label.get_text() for label in strip.get_yticklabels()] == ["P3", "P4", "P5"]
        rows = {p.get_y() + 0.3: (p.get_x(), p.get_x() + p.get_width()) for p in strip.patches if p.get_y() > -0.31}
        spans = [rows[y] for y in sorted(rows) if y in (0, 1, 2)]
        assert spans == [pytest.approx((8, 119)), pytest.approx((16, 185)), pytest.approx((32, 301))]
        marks = {(line.get_xdata()[0], line.get_ydata()[0]) for line in strip.lines}
        assert marks == {
            (8, 0), (119, 0), (911, 0), (16, 1), (185, 1), (1007, 1), (32, 2), (301, 2), (1263, 2)
        }  # fmt: skip
    assert style.png(plots.coverage_scatter(result, checked)) == style.png(plots.coverage_scatter(shuffled, moved))


def test_sizes_outside_all_heads_are_shaded_and_said() -> None:
    result, checked = coverage_examples.retinanet()
    figure = plots.coverage_sizes(result, checked)
    low, high = figure.axes[0].get_xlim()
    for axes in (figure.axes[0], figure.axes[2]):
        shaded = [p for p in axes.patches if to_rgba(p.get_facecolor()) == to_rgba(coverage_marks.NO_HEAD)]
        ends = [(p.get_x(), p.get_x() + p.get_width()) for p in shaded]
        assert ends == [pytest.approx((low, 8)), pytest.approx((1963 / 1.5, high))]
    assert any("no head covers squares below 8 or above 1309 px" in line for line in words(figure))
    assert "squares that no head may cover" in legends(figure)
    assert "squares that no head may cover" not in legends(plots.coverage_sizes(*coverage_examples.no_limits()))


def test_cells_hold_every_object() -> None:
    result, checked = coverage_examples.retinanet()
    height, width = coverage_marks.sides(checked)
    limits = coverage_plane._limits(height, width, result.heads)
    counts = coverage_plane._counts(height, width, checked, limits, len(result.heads))
    assert counts.sum(axis=(1, 2)).tolist() == [*(head.covered for head in result.heads), result.uncovered]
    steps = np.geomspace(*limits, coverage_plane.CELLS + 1)
    h, w = int(np.argmax(height)), int(np.argmin(width))
    assert counts[:, np.searchsorted(steps, height[h]) - 1].sum() > 0
    assert counts[:, :, np.searchsorted(steps, width[w]) - 1].sum() > 0
    assert counts[:, : np.searchsorted(steps, height.min()) - 1].sum() == 0


def test_cells_without_a_covered_object_are_red_and_none_is_hidden() -> None:
    result, checked = coverage_examples.retinanet()
    axes = plots.coverage_scatter(result, checked).axes[0]
    below, above = axes.collections[:2]
    inset = axes.collections[2]
    height, width = coverage_marks.sides(checked)
    counts = coverage_plane._counts(height, width, checked, axes.get_xlim(), len(result.heads))
    red = above.get_array()
    whole = red[..., 3] > 0
    assert (red[whole][:, :3] == to_rgb(style.VERMILION)).all()
    assert (red[whole][:, 3] >= coverage_plane.FAINTEST_UNCOVERED).all()
    assert np.count_nonzero(whole) + len(inset.get_offsets()) == np.count_nonzero(counts[-1])
    assert below.get_zorder() < above.get_zorder() < inset.get_zorder()
    assert not (whole & (below.get_array()[..., 3] > 0) & (counts[-1] == 0)).any()


def test_boxes_stand_at_the_limits_of_the_heads() -> None:
    result, checked = coverage_examples.three()
    axes = plots.coverage_scatter(result, checked).axes[0]
    assert rectangles(axes) == [(8, 8, 111, 111), (16, 16, 169, 169), (32, 32, 269, 269)]
    assert [text.get_text() for text in axes.texts] == ["P3 ≤ 119", "P4 ≤ 185", "P5 ≤ 301"]
    covered, missed = axes.collections
    assert sorted(covered.get_offsets().tolist()) == [[30, 40], [200, 180]]
    assert missed.get_offsets().tolist() == [[5, 6]]
    assert missed.get_zorder() > max(patch.get_zorder() for patch in axes.patches) > covered.get_zorder()
    assert axes.get_xlim() == axes.get_ylim()


def test_a_head_without_limits_has_an_open_box() -> None:
    axes = plots.coverage_scatter(*coverage_examples.no_limits()).axes[0]
    (low, high) = axes.get_xlim()
    assert all(left < low and left + width > high for left, _, width, _ in rectangles(axes))
    assert [text.get_text() for text in axes.texts] == ["P3 no limit", "P4 no limit"]
    assert "smallest to largest square of a head" not in legends(axes.figure)


def test_one_size_alone_has_ticks_around_it() -> None:
    result, checked = check([Sees("P3", 1, 9000)], [50], [50])
    axes = plots.coverage_scatter(result, checked).axes[0]
    low, high = axes.get_xlim()
    assert low < 32 < 64 < high
    assert {32, 64} <= set(axes.get_xticks())


def test_heads_are_darker_the_coarser_they_are_and_never_red() -> None:
    for count in (1, 2, 3, 5, 12):
        heads = [plain_head("P3", [one_bin("<32", 1, 1)], 0.1, stride=[2.0**k] * 2) for k in range(count)]
        shades = np.array([to_rgb(colour) for colour in coverage_marks.head_colours(heads)])
        light = shades @ [0.299, 0.587, 0.114]
        assert (np.diff(light) < 0).all()
        # Red is less than blue in every head's colour, far more in that of the uncovered: no colour vision mixes them.
        assert (shades[:, 0] < shades[:, 2]).all()


spans = st.lists(st.tuples(st.integers(0, 60), st.one_of(st.none(), st.integers(0, 60))), max_size=6)


@given(spans, st.integers(0, 70))
def test_gaps_are_where_no_head_is(limits: list[tuple[int, int | None]], size: int) -> None:
    heads = [plain_head("P3", [one_bin("<32", 1, 1)], 0.1, smallest_px=low, largest_px=high) for low, high in limits]
    middle = size + 0.5
    covered = any(low <= middle and (high is None or middle <= high) for low, high in limits)
    found = coverage_marks.gaps(heads)
    assert covered == (not any(low <= middle <= high for low, high in found))
    assert found == sorted(found)
    said = coverage_marks.gap_words(heads)
    assert (said == "every square has a head that may cover it") == (not found)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ([], "no head covers a square of any size"),
        ([(20, 10)], "no head covers a square of any size"),
        ([(8, None)], "no head covers squares below 8 px"),
        ([(None, 100.04)], "no head covers squares above 100 px"),
        ([(8, 16), (20, None)], "no head covers squares below 8 or from 16 to 20 px"),
        ([(8, 16), (20, 30), (40, 50), (60, 90)], "no head covers squares below 8, in 3 gaps between or above 90 px"),
    ],
)
def test_gaps_are_said_in_words(limits: list[tuple[float | None, float | None]], said: str) -> None:
    heads = [plain_head("P3", [one_bin("<32", 1, 1)], 0.1, smallest_px=low, largest_px=high) for low, high in limits]
    assert coverage_marks.gap_words(heads) == said


@pytest.mark.parametrize(
    ("covered", "objects", "said"),
    [(3, 3, "100 %"), (99_999, 100_000, "99.9 %"), (1, 100_000, "<0.1 %"), (0, 7, "0 %"), (2, 3, "66.7 %")],
)
def test_all_is_said_of_all_only(covered: int, objects: int, said: str) -> None:
    assert percent(covered / objects) == said


def test_long_names_are_told_apart() -> None:
    names = [f"model.22.heads.{at}.regression/Conv_output_0" for at in (3, 14)]
    assert coverage_marks.short_names(names, 24) == ["…3…", "…14…"]
    assert coverage_marks.short_names(["P3", "P4"], 4) == ["P3", "P4"]
    assert coverage_marks.short_names(["a" * 50], 9) == ["aaaa…aaaa"]
    figure = plots.coverage_sizes(*coverage_examples.many_heads())
    rows = [label.get_text() for label in figure.axes[2].get_yticklabels()]
    assert len(set(rows)) == len(rows) == 12
    assert max(map(len, rows)) <= coverage_bars.LONGEST_NAME


def test_all_pictures_of_a_check_go_into_the_album_by_name(tmp_path: Path) -> None:
    album = Album(tmp_path)
    names = album.coverage(*coverage_examples.three())
    kinds = ("sizes", "scatter", "worst")
    assert names == [f"coverage.{kind}.{suffix}" for kind in kinds for suffix in ("png", "svg")]
    assert {path.name for path in tmp_path.iterdir()} == {a.name for a in album.artifacts} == set(names)
    other = tmp_path / "all"
    other.mkdir()
    assert not any("worst" in name for name in Album(other).coverage(*coverage_examples.one()))
