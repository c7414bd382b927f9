from api_schemas.job import ErfSummary, TargetSummary
from rfengine.reports.summary import summarise
from tests.coverage import examples as coverage
from tests.reports.examples import WARNING, erf, field, report, tensor, two_inputs


def test_targets_with_their_main_figures() -> None:
    brief = summarise(
        report(
            {"a": tensor([3, 3]), "b": tensor([19, 27], 4, status="canvas")},
            ["b"],
            constant_forward={
                "b": [erf(11.7, {"0.0012": 8}, {"0.0012": 8.1}), erf(5.0, {"0.0012": 2}, {"0.0012": 2.0})]
            },
            warnings=(WARNING,),
        )
    )
    assert brief.warnings == 1
    assert brief.targets == {
        "b": TargetSummary(
            size=[19, 27],
            stride=[4, 4],
            padding=[9, 13],
            status="canvas",
            constant_forward=ErfSummary(luo_size=11.7, radius=8, energy_side_95=11),
            gradient=None,
        )
    }


def test_the_radius_is_of_the_first_level_asked_for_even_where_the_axes_do_not_reach_it() -> None:
    entries = {"a": [erf(11.7, {"0.0012": 8}, {"0.5": 2.1, "0.0012": 8.1})]}
    brief = summarise(report({"a": tensor([21, 21])}, ["a"], gradient=entries))
    assert brief.targets["a"].gradient == ErfSummary(luo_size=11.7, radius=None, energy_side_95=11)


def test_of_several_inputs_the_largest_field_speaks() -> None:
    both = two_inputs(left=field([5, 5]), right=field([9, 7], 2))
    assert summarise(report({"join": both}, ["join"])).targets["join"].size == [9, 7]


def test_without_the_analytic_part_there_are_no_sizes_to_sum_up() -> None:
    assert summarise(report(None, ["a"], gradient={"a": [erf(3.0, {}, {})]})).targets == {}


def test_a_check_in_brief_names_the_first_failures() -> None:
    brief = summarise(coverage.report(coverage.regressed())).coverage
    assert brief is not None
    assert (brief.verdict, brief.covered, brief.objects, brief.share) == ("fail", 924, 1000, 0.924)
    assert len(brief.failures) == 5
    assert brief.failures[0].startswith("92.4 % of 1000 objects")
    assert summarise(report(None, [])).coverage is None
