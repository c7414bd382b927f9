import io

import pytest
from rich.console import Console

from api_schemas.report import ErfEntry, ShapeFit, ShapeFits
from rfengine.reports.effective import render_effective
from tests.reports.examples import erf, report, tensor


def shapes(exponent: float) -> ShapeFits:
    fit = ShapeFit(scale=[1.0, 1.0], kl=0.1)
    generalised = ShapeFit(scale=[1.0, 1.0], exponent=exponent, kl=0.0)
    return ShapeFits(gaussian=fit, box=fit, laplace=fit, generalised=generalised, dependence=0.0)


def entry(shape: str | None) -> ErfEntry:
    found = erf(11.7, {"0.0012": 8}, {"0.0012": 8.1})
    metrics = found.metrics.model_copy(update={"best_shape": shape, "shapes": shapes(3.44)})
    return found.model_copy(update={"metrics": metrics})


@pytest.mark.parametrize(
    ("shape", "word"),
    [("gaussian", "Gaussian"), ("laplace", "Laplace"), ("box", "box"), ("generalised", "exp -x^3.4"), (None, "0.0012")],
)
def test_a_row_has_the_main_figures_and_ends_with_the_shape(shape: str | None, word: str) -> None:
    table = render_effective(report({"t": tensor([9, 9])}, ["t"], gradient={"t": [entry(shape)]}))
    assert table is not None
    stream = io.StringIO()
    Console(file=stream, width=80, color_system=None).print(table)
    row = next(line for line in stream.getvalue().splitlines() if "gradient" in line)
    for figure in ("t ", "11.7", "50%", "11", "8 at 0.0012"):
        assert figure in row
    assert row.rstrip().endswith(word)


@pytest.mark.parametrize("width", [80, 120])
def test_a_long_target_makes_room_for_the_figures(width: int) -> None:
    name = "resnet_v1_50/block4/unit_3/bottleneck_v1/conv3"
    large = entry("gaussian").model_copy(update={"unit": [112, 112]})
    found = report({name: tensor([9, 9])}, [name], constant_forward={name: [large]})
    table = render_effective(found)
    assert table is not None
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(table)
    row = next(line for line in stream.getvalue().splitlines() if "constant_forward" in line)
    assert row.split()[0].startswith("…") or width == 120
    assert row.split()[0].endswith("conv3")
    assert row.rstrip().endswith("8 at 0.0012  Gaussian")


def test_a_report_without_effective_fields_has_no_table() -> None:
    assert render_effective(report({"t": tensor([9, 9])}, ["t"])) is None
