import pytest

from rfengine.reports.text import common_prefix, extent, per_axis, shorten


@pytest.mark.parametrize(
    ("name", "width", "short"),
    [
        ("conv1", 8, "conv1"),
        ("conv1", 5, "conv1"),
        ("abcdefghij", 7, "abc…hij"),
        ("abcdefghij", 6, "ab…hij"),
        ("", 4, ""),
    ],
)
def test_both_ends_of_a_name_stay(name: str, width: int, short: str) -> None:
    assert shorten(name, width) == short


def test_what_cannot_be_printed_is_replaced() -> None:
    assert shorten("a\x1b[0m\nb", 20) == "a�[0m�b"


def test_figures_per_axis() -> None:
    assert per_axis([4, 4]) == "4"
    assert per_axis([4, 4.0]) == "4"
    assert per_axis([0.5, 4]) == "0.5×4"
    assert extent([19, 19]) == "19 × 19"


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        (["net/a/x", "net/a/y", "net/b"], "net/"),
        (["model.22.cv1", "model.22.cv2"], "model.22."),
        (["conv1", "conv2"], ""),
        (["/a", "/b"], ""),
        (["net/a"], ""),
        (["net/", "net/a"], ""),
        ([], ""),
    ],
)
def test_a_prefix_is_shared_by_whole_parts_of_names(names: list[str], prefix: str) -> None:
    assert common_prefix(names) == prefix
