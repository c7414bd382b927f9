"""Accuracy over the theoretical field: the published figures, and the fits by another way."""

import json
from pathlib import Path

import numpy as np
import pytest

from rfengine.oracles.published import published

DOCS = Path(__file__).parents[2] / "docs" / "studies"
DATA = json.loads((DOCS / "data" / "accuracy-and-trf.json").read_text(encoding="utf-8"))
# Araujo, Norris and Sim 2019: the data of the figure.
ARTICLE = {
    "alexnet_v2": (195, 57.20),
    "vgg_16": (212, 71.50),
    "inception_v2": (699, 73.90),
    "inception_v3": (1311, 78.00),
    "inception_v4": (2071, 80.20),
    "inception_resnet_v2": (3039, 80.40),
    "resnet_v1_50": (483, 75.20),
    "resnet_v1_101": (1027, 76.40),
    "resnet_v1_152": (1507, 76.80),
    "mobilenet_v1": (315, 70.90),
}
# TF-slim's tables of checkpoints.
SLIM = {"mobilenet_v1_075": 68.4, "resnet_v2_50": 75.6, "resnet_v2_101": 77.0, "resnet_v2_152": 77.8}


def points(series: str) -> dict[str, tuple[float, float]]:
    rows = [row for row in DATA["rows"] if row["series"] == series]
    return {
        row["parameters"]["net"]: (row["measures"]["size"]["mean"], row["measures"]["top1"]["mean"]) for row in rows
    }


def test_the_ten_are_those_of_the_article() -> None:
    assert points("ten networks of the article") == ARTICLE


def test_the_others_are_those_and_the_checkpoints_of_tf_slim() -> None:
    assert points("the ten without AlexNet") == {net: at for net, at in ARTICLE.items() if net != "alexnet_v2"}
    more = points("the ten and four more of TF-slim")
    assert {net: more[net][1] for net in more.keys() - ARTICLE.keys()} == SLIM
    assert {net: more[net] for net in ARTICLE} == ARTICLE


def test_sizes_are_those_of_the_published_table() -> None:
    deepest: dict[str, int] = {}
    for row in published("tf_slim_endpoints.json")["rows"]:
        deepest[row["model"]] = max(deepest.get(row["model"], 0), row["rf"])
    for net, (size, _) in points("the ten and four more of TF-slim").items():
        assert size == deepest[net]


@pytest.mark.parametrize("fit", DATA["fits"], ids=lambda fit: fit["series"])
def test_a_fit_is_the_least_squares_of_accuracy_on_the_logarithm(fit: dict[str, float | str]) -> None:
    size, accuracy = np.array(list(points(str(fit["series"])).values())).T
    matrix = np.stack([np.ones_like(size), np.log(size)], axis=1)
    (intercept, slope), *_ = np.linalg.lstsq(matrix, accuracy, rcond=None)
    assert fit["slope"] == pytest.approx(slope)
    assert fit["intercept"] == pytest.approx(intercept)
    assert fit["r2"] == pytest.approx(np.corrcoef(np.log(size), accuracy)[0, 1] ** 2)


def test_the_page_names_the_sources_the_caveat_and_what_is_left_out() -> None:
    page = (DOCS / "accuracy-and-trf.md").read_text(encoding="utf-8")
    for words in ("10.23915/distill.00021", "research/slim", "no cause", "resnet_v1_200", "correlation"):
        assert words in page
    assert (DOCS / "../images/studies/accuracy-and-trf-networks.png").is_file()
