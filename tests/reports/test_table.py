import io

import pytest
from rich.console import Console

from api_schemas.report import Report
from rfengine.reports.table import Row, render, rows
from tests.reports.examples import field, report, tensor, two_inputs


def printed(what: Report, width: int) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(render(what))
    return stream.getvalue()


def test_rows_say_a_figure_once_where_the_axes_agree() -> None:
    found = rows(
        report(
            {
                "a": tensor([19, 19], 4),
                "b": tensor([19, 27], 0.5, op="Resize", status="upper_bound", aligned=False, global_context=["se"]),
            },
            ["b"],
        )
    )
    assert found == (
        Row("a", "Conv", "1×8×56×56", "19", "4", "9", "0.5", "exact", (), aligned=True, target=False),
        Row(
            "b",
            "Resize",
            "1×8×56×56",
            "19×27",
            "0.5",
            "9×13",
            "0.5",
            "upper bound",
            ("se",),
            aligned=False,
            target=True,
        ),
    )


def test_a_tensor_of_two_inputs_has_two_rows() -> None:
    both = two_inputs(left=field([5, 5]), right=field([9, 7], 2))
    found = rows(report({"join": both}, ["join"]))
    assert [(row.tensor, row.size, row.target) for row in found] == [
        ("join ← left", "5", True),
        ("join ← right", "9×7", True),
    ]


def test_a_report_without_fields_has_an_empty_table() -> None:
    assert rows(report(None, ["a"])) == ()
    assert "tensor" in printed(report(None, ["a"]), 80)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_terminal_gets_every_figure_at_any_width(width: int) -> None:
    tensors = {
        "a": tensor([19, 19], 4),
        "/model.22/cv2.0/very/long/name/of/a/tensor/that/goes/on/Conv_output_0": tensor(
            [1234, 1235],
            32,
            op="BatchNormalization",
            start=[0.5, -12.5],
            aligned=False,
            global_context=["g", "h"],
        ),
    }
    text = printed(report(tensors, [list(tensors)[1]]), width)
    for word in ("19", "1234×1235", "32", "616×617", "0.5×-12.5"):
        assert word in text
    if width == 200:
        assert "misaligned, global ×2" in text
    marked = [line for line in text.splitlines() if line.lstrip().startswith("▶") and "1234×1235" in line]
    assert len(marked) == 1


def test_a_strangers_names_are_words_not_commands() -> None:
    text = printed(report({"[red]x[/red]\x1b[2J\n": tensor([3, 3])}, []), 120)
    assert "[red]x[/red]" in text
    assert "\x1b" not in text


def test_what_all_names_begin_with_is_said_once() -> None:
    names = [f"resnet_v1_50/block1/unit_1/bottleneck/conv{i}" for i in (1, 2)]
    text = printed(report({name: tensor([19, 19], 4, op="BatchNormalization") for name in names}, names[:1]), 80)
    shown = [line.replace("▶", " ").split()[0] for line in text.splitlines() if " 19 " in line]
    assert shown == ["conv1", "conv2"]
    assert "All names begin with resnet_v1_50/blo" in " ".join(text.split())


def test_names_that_differ_early_keep_their_ends() -> None:
    names = ["first/of/two/very/long/names/conv_one", "other/of/two/very/long/names/conv_two"]
    text = printed(report({name: tensor([1234, 1235], 4) for name in names}, []), 80)
    shown = [line.split()[0] for line in text.splitlines() if "1234×1235" in line]
    assert [(name[0], name.count("…"), name[-3:]) for name in shown] == [("…", 1, "one"), ("…", 1, "two")]
