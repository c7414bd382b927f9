"""Which keys a model knows at a place of a fault."""

from api_schemas.initialisers import Circular
from api_schemas.keys import keys_at
from api_schemas.request import AnalyzeRequest
from api_schemas.sweep import SweepOptions, Training


def test_keys_of_the_whole_and_of_what_lies_in_it() -> None:
    assert keys_at(SweepOptions, []) == sorted(SweepOptions.model_fields)
    assert keys_at(AnalyzeRequest, ["sweep", "training"]) == sorted(Training.model_fields)
    assert keys_at(AnalyzeRequest, ["sweep", "dataset", "e_dot", "elastic"]) == ["amplitude", "kernel"]


def test_a_unions_member_is_known_by_its_name_and_all_of_them_without() -> None:
    assert keys_at(SweepOptions, ["weights", "circular"]) == sorted(Circular.model_fields)
    assert {"amplitude", "gain", "bound"} <= set(keys_at(SweepOptions, ["weights"]))


def test_places_in_lists_lead_on() -> None:
    assert "at" in keys_at(AnalyzeRequest, ["gradient", "units", 0])
