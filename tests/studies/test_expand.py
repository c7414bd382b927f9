"""Studies to runs: every combination, in order, each with a key; what draws nothing runs once."""

import pytest

from rfengine.studies import Run, expand
from tests.studies.examples import example, study

SPEC = {"input": [1, 1, 9, 9], "layers": [{"type": "conv", "name": "c", "channels": 2, "kernel": 3}]}


def test_series_by_series_network_by_network_seed_by_seed() -> None:
    runs, cells = list(expand(example())), list(example().cells())
    assert [(cells[run.cell].series, cells[run.cell].parameters["depth"], run.seed) for run in runs] == [
        *(("ReLU", depth, seed) for depth in (2, 4) for seed in (0, 1, 2)),
        *(("one constant", depth, 0) for depth in (2, 4)),
    ]
    assert [cell.name for cell in cells] == ["2 layers", "4 layers"] * 2


def test_the_same_study_has_the_same_keys_and_no_two_runs_share_one() -> None:
    keys = [run.key for run in expand(example())]
    assert keys == [run.key for run in expand(example())]
    assert len(set(keys)) == len(keys)


def test_cases_times_grid_with_the_last_parameter_running_fastest() -> None:
    network = {"spec": SPEC, "cases": [{"a": 1}, {"a": 2}], "grid": {"b": ["x", "y"], "c": [0.5, 1.5]}}
    cells = study(networks=[network], series=[], fits=[], figures=[], columns={}).cells()
    assert [tuple(cell.parameters.values()) for cell in cells] == [
        (a, b, c) for a in (1, 2) for b in ("x", "y") for c in (0.5, 1.5)
    ]


def test_parameters_keep_their_type_alone_and_become_words_in_a_text() -> None:
    (first, *_) = expand(example())
    spec = first.setting.spec
    assert spec is not None
    assert (spec.layers[0].model_dump()["times"], first.setting.target) == (2, "conv_2")


def gradient_runs(**changes: object) -> list[Run]:
    network = {"spec": SPEC}
    return list(expand(study(networks=[network], series=[], fits=[], figures=[], columns={}, **changes)))


def test_each_seed_has_its_own_block_of_draws() -> None:
    runs = gradient_runs(options={"draws": 20, "policy": {"weights": "he"}})
    firsts = [run.setting.options.policy.weights.seed for run in runs]  # type: ignore[union-attr]
    assert firsts == [0, 20, 40]
    assert [run.setting.options.seed for run in runs] == firsts  # type: ignore[union-attr]


def test_without_drawn_weights_the_seed_is_that_of_the_networks_own() -> None:
    inits = [run.setting.spec.init for run in gradient_runs(options={})]  # type: ignore[union-attr]
    assert [(init.name, init.seed) for init in inits] == [("he", 0), ("he", 1), ("he", 2)]
    zoo = {"zoo": "nopool-3x2", "input_shape": [1, 1, 9, 9]}
    runs = expand(study(networks=[zoo], series=[], options={}, fits=[], figures=[], columns={}))
    found = [run.setting.init for run in runs]
    assert [(init.name, init.seed) for init in found if init] == [("xavier", 0), ("xavier", 1), ("xavier", 2)]


def test_a_list_of_seeds_is_taken_as_it_is() -> None:
    assert [run.seed for run in gradient_runs(seeds=[7, 3])] == [7, 3]


def test_a_seed_in_the_network_makes_every_run_one_of_its_own() -> None:
    dropping = {"input": [1, 1, 9, 9], "layers": [*SPEC["layers"], {"type": "dropout", "seed": "{seed}"}]}  # type: ignore[misc]
    changes = {"series": [], "estimator": "analytic", "options": {}, "measures": {"trf": "trf"}}
    rest = {"fits": [], "figures": [], "columns": {}}
    runs = list(expand(study(networks=[{"spec": dropping}], **changes, **rest)))
    assert [run.setting.spec.layers[1].model_dump()["seed"] for run in runs] == [0, 1, 2]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("below", "above", "weights", "images"),
    [
        ({"images": 3, "policy": {"weights": "he"}}, {"policy": {"activations": "identity"}}, "he", 3),
        ({"policy": {"weights": "he"}}, {"policy": {"weights": {"name": "xavier"}}, "images": 2}, "xavier", 2),
        (
            {"policy": {"weights": {"name": "centre_suppressed", "centre": 0.5}}},
            {"policy": {"weights": {"name": "he"}}},
            "he",
            4,
        ),
    ],
)
def test_options_of_a_series_are_laid_over_the_studys(
    below: dict[str, object], above: dict[str, object], weights: str, images: int
) -> None:
    series = [{"name": "one", "options": above}]
    changes = {"networks": [{"spec": SPEC}], "fits": [], "figures": [], "columns": {}}
    (run,) = expand(study(options=below, series=series, seeds=1, **changes))
    assert run.setting.options.policy.weights.name == weights  # type: ignore[union-attr]
    assert run.setting.options.images == images  # type: ignore[union-attr]
