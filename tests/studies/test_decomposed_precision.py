"""The rounding of the decomposed kernels: the arithmetics against exact fractions, the page against the data."""

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from benchmarks import decomposed_precision as study
from benchmarks.arithmetics import Doubles, FixedPoint

DOCS = Path(__file__).parents[2] / "docs" / "studies"
DATA = json.loads((DOCS / "data" / "decomposed-precision.json").read_text(encoding="utf-8"))
PAGE = (DOCS / "decomposed-precision.md").read_text(encoding="utf-8")
# Unit roundoff of what is stored between layers.
ROUNDOFF = {
    "float32": 2.0**-24,
    "float32, compensated": 2.0**-24,
    "float32, by axes": 2.0**-24,
    "float64": 2.0**-53,
    "float64, compensated": 2.0**-53,
    "float64, by axes": 2.0**-53,
    "80 bits": float(np.finfo(np.longdouble).eps) / 2,
    "double-double": 2.0**-104,
    "256 bits, fixed point": 2.0**-256,
}


@pytest.fixture(autouse=True)
def _bits() -> Iterator[None]:
    with mpmath.workprec(study.BITS), np.errstate(all="ignore"):
        yield


def exactly(values: Any) -> list[Fraction]:
    return [Fraction(*float(value).as_integer_ratio()) for value in values]


def thirds() -> np.ndarray[Any, np.dtype[Any]]:
    return np.array([mpmath.mpf(1) / 3, mpmath.mpf(-5) / 7, mpmath.mpf(1) / 3], object)


def test_double_double_and_fixed_point_against_fractions() -> None:
    line = [Fraction(1, 3), Fraction(-5, 7), Fraction(1, 3)]
    expected = {(0, 0): Fraction(1)}
    for _ in range(5):
        grown: dict[tuple[int, int], Fraction] = {}
        for (y, x), value in expected.items():
            for i, a in enumerate(line):
                for j, b in enumerate(line):
                    grown[y + i, x + j] = grown.get((y + i, x + j), Fraction(0)) + a * b * value
        expected = grown
    pairs, whole = Doubles(), FixedPoint(256)
    image, integers = pairs.start, whole.start
    for _ in range(5):
        image, integers = pairs.layer(image, thirds()), whole.layer(integers, thirds())
    for (y, x), value in expected.items():
        high, low = exactly((image[0][y, x], image[1][y, x]))
        assert abs(high + low - value) < Fraction(1, 2**100)
        assert abs(Fraction(int(integers[y, x]), 2**256) - value) < Fraction(1, 2**250)


@pytest.mark.parametrize("name", ROUNDOFF)
def test_a_shallow_product_is_off_by_some_roundoffs(name: str) -> None:
    found = study.error(4, "balanced", study.ARITHMETICS[name])
    assert 0 <= found < 500 * ROUNDOFF[name]


@pytest.mark.parametrize("order", study.ORDERS)
@pytest.mark.parametrize("depth", [1, 2, 7, 12])
def test_an_order_takes_every_factor_once(order: str, depth: int) -> None:
    assert sorted(study.factor_order(depth, order)) == list(range(1, depth + 1))


# A long double has 64 bits on x86, and fewer or more elsewhere.
ROWS = [row for row in DATA["arithmetics"] if row["arithmetic"] != "80 bits" or np.finfo(np.longdouble).nmant == 63]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['order']}-{row['arithmetic']}")
def test_a_row_is_found_again(row: dict[str, Any]) -> None:
    for depth in (8, 12):
        if str(depth) in row["errors"]:
            found = study.error(depth, row["order"], study.ARITHMETICS[row["arithmetic"]])
            assert found == pytest.approx(row["errors"][str(depth)], rel=0.1)


@pytest.mark.parametrize(("order", "name", "depth"), [("natural", "float32", 8), ("seed", "float32", 14)])
def test_how_long_it_lasts_is_found_again(order: str, name: str, depth: int) -> None:
    row = next(r for r in DATA["arithmetics"] if (r["order"], r["arithmetic"]) == (order, name))
    assert row["lasts_to"] == study.lasts(study.errors(order, name)) == depth


def test_the_page_holds_the_tables_and_the_command() -> None:
    assert study.tables(DATA) in PAGE
    assert "python -m benchmarks.decomposed_precision --json docs/studies/data/decomposed-precision.json" in PAGE
    for picture in re.findall(r"\]\((\.\./[^)]*\.png)\)", PAGE):
        assert (DOCS / picture).is_file()


def lasts_to(kind: str, order: str, name: str) -> int:
    key = {"arithmetics": "arithmetic", "nets": "run"}[kind]
    return int(next(r for r in DATA[kind] if (r["order"], r[key]) == (order, name))["lasts_to"])


def test_what_the_page_says_is_what_the_data_say() -> None:
    words = " ".join(PAGE.split())
    said = (
        ("In natural order float32 lasts to {} layers and float64 to {}", "natural", ("float32", "float64")),
        ("in the seed's to {} and 32", "seed", ("float32",)),
        ("in balanced order to {} and to the end", "balanced", ("float32",)),
        ("{} layers in 80 bits, {} in double-double", "seed", ("80 bits", "double-double")),
        (
            "{} layers in float32 and {} in float64, as without",
            "seed",
            ("float32, compensated", "float64, compensated"),
        ),
        ("({} layers in float32, {} in float64)", "seed", ("float32, by axes", "float64, by axes")),
        ("lasts to {} layers, as float32 itself", "balanced", ("float64, weights of float32",)),
    )
    for sentence, order, names in said:
        assert sentence.format(*(lasts_to("arithmetics", order, name) for name in names)) in words
    assert lasts_to("arithmetics", "balanced", "float64") == DATA["deepest"]
    assert f"the seed's order lasts to {lasts_to('nets', 'seed', 'float32')} layers here" in words
    assert f"lasts to {lasts_to('nets', 'balanced', 'float32')} layers in float32" in words
    assert f"stop at {lasts_to('nets', 'balanced', 'float64, weights drawn in float32')};" in words
    assert f"or {lasts_to('nets', 'seed', 'float64')} in float64" in words


def test_every_decimal_in_its_words_is_a_figure_of_the_data() -> None:
    known = {f"{value:g}" for kind, key in (("arithmetics", "errors"), ("nets", "unevenness"))
             for row in DATA[kind] for value in row[key].values()}  # fmt: skip
    known |= {f"{row['factor_per_layer']:g}" for row in DATA["arithmetics"]} | {"0.9"}
    words = PAGE.replace(study.tables(DATA), "")
    for said in re.findall(r"(?<![\w.])\d+\.\d+(?:e-\d+)?", words):
        assert said in known, said
