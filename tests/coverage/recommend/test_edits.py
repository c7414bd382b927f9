"""Every edit leaves a model that ONNX's checker passes and onnxruntime runs, with the outputs it means to leave."""

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from api_schemas.recommend import KINDS
from rfengine.coverage.recommend import by_fields, proposals
from rfengine.coverage.recommend.constants import add_array, add_fill, array_of, drawn, lighten
from rfengine.coverage.recommend.kernels import dilated, embedded, widened
from rfengine.coverage.recommend.sites import Site, sites
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.trial import Trial
from rfengine.estimators.analytic import receptive_fields
from rfengine.graph import Value
from rfengine.onnx_import import import_onnx
from tests.coverage.recommend.detector import FITS, TOO_LARGE, TOO_SMALL, run, subject
from tests.real_models import GRAPHS, filled
from tests.tiny import model, weights


def _trials(of: Subject) -> list[Trial]:
    return [
        trial
        for proposal in proposals().values()
        for family in proposal(of)
        for trial in family.trials
        if trial.edit is not None
    ]


def _edited(of: Subject, trial: Trial) -> onnx.ModelProto:
    made = onnx.ModelProto()
    made.CopyFrom(of.model)
    assert trial.edit is not None
    trial.edit(made, add_array)
    return made


def test_every_kind_proposes() -> None:
    assert set(proposals()) == set(KINDS)
    said = [f for p in proposals().values() for asked in (TOO_LARGE, TOO_SMALL, FITS) for f in p(subject(asked))]
    assert all(family.trials for family in said)


@pytest.mark.parametrize("asked", [TOO_LARGE, TOO_SMALL, FITS], ids=["too large", "too small", "fits"])
def test_every_edit_runs(asked) -> None:
    of = subject(asked)
    before = run(of.model)
    trials = _trials(of)
    assert trials
    for trial in trials:
        after = run(_edited(of, trial))
        assert all(np.isfinite(value).all() for value in after.values()), trial.title
        if trial.keeps == "grids":
            assert {name: value.shape for name, value in after.items()} == {
                name: value.shape for name, value in before.items()
            }, trial.title


def test_wider_kernels_compute_what_the_old_ones_did() -> None:
    of = subject(TOO_LARGE)
    before = run(of.model)
    for site in sites(of):
        made = _edited(of, Trial("", "", {}, edit=widened(site, (7, 7), draws=False)))
        after = run(made)
        assert all(np.allclose(before[name], after[name], atol=1e-5) for name in before)
        drew = run(_edited(of, Trial("", "", {}, edit=widened(site, (7, 7), draws=True))))
        assert any(not np.allclose(before[name], drew[name], atol=1e-3) for name in before)


@settings(max_examples=15, deadline=None)
@given(
    kernel=st.tuples(st.integers(1, 4), st.integers(2, 4)),
    dilations=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    pads=st.tuples(*[st.integers(0, 2)] * 4),
    padding=st.sampled_from(["pads", "SAME_UPPER", "SAME_LOWER", "VALID"]),
    times=st.integers(2, 3),
    more=st.sampled_from([2, 4]),
)
def test_any_padding_grows_with_the_window(kernel, dilations, pads, padding, times, more) -> None:
    dilations = (1, 1) if padding.startswith("SAME") else dilations  # onnxruntime takes no more
    attributes = {"pads": list(pads)} if padding == "pads" else {"auto_pad": padding}
    weight = weights(2, 3, *kernel)
    conv = helper.make_node("Conv", ["x", "w"], ["y"], name="c", dilations=list(dilations), **attributes)
    made = model([conv], inputs={"x": [1, 3, 12, 12]}, constants={"w": weight})
    site = Site(("y",), ("c",), (Value("w", weight.dtype, weight.shape),), kernel, dilations, (12, 12))
    before = run(made, 12)["y"]
    wider = onnx.ModelProto()
    wider.CopyFrom(made)
    widened(site, tuple(k + more for k in kernel), draws=False)(wider, add_array)
    after = run(wider, 12)["y"]
    assert after.shape == before.shape
    assert np.allclose(after, before, atol=1e-5)
    dilated(site, tuple(d * times for d in dilations))(made, add_array)
    assert run(made, 12)["y"].shape == before.shape


def test_a_kernel_in_the_middle_of_a_wider_one() -> None:
    weight = np.arange(1, 10, dtype=np.float32).reshape(1, 1, 3, 3)
    wider = embedded(weight, (5, 7))
    assert wider.shape == (1, 1, 5, 7)
    assert (wider[:, :, 1:4, 2:5] == weight).all()
    assert wider.sum() == weight.sum()
    drew = embedded(weight, (5, 7), draws=True)
    assert (drew[:, :, 1:4, 2:5] == weight).all()
    assert (drew == 0).sum() == 0


def test_drawn_weights_are_seeded_by_their_name() -> None:
    shape = (64, 32, 3, 3)
    assert (drawn("a", shape) == drawn("a", shape)).all()
    assert (drawn("a", shape) != drawn("b", shape)).any()
    assert abs(drawn("a", shape).var() * 32 * 9 / 2 - 1) < 0.05


@pytest.mark.parametrize(
    "data",
    [
        filled(GRAPHS / "resnet18__dynd.onnx"),
        filled(GRAPHS / "retinanet_r50_fpn_heads.onnx"),
        filled(GRAPHS / "mobilenet_v3_large__dyn.onnx"),
    ],
    ids=["resnet18", "retinanet", "mobilenet_v3"],
)
def test_fields_do_not_depend_on_the_values_of_weights(data) -> None:
    lighter = onnx.ModelProto.FromString(data)
    lighten(lighter)
    assert lighter.ByteSize() < len(data) / 5
    whole = receptive_fields(import_onnx(data).graph)
    found = receptive_fields(import_onnx(lighter.SerializeToString()).graph)
    assert found.maps == whole.maps


def test_an_edit_of_the_light_model_comes_to_the_fields_of_the_whole() -> None:
    of = subject(TOO_LARGE)
    for trial in _trials(of):
        assert trial.edit is not None
        lighter = onnx.ModelProto()
        lighter.CopyFrom(of.model)
        lighten(lighter)
        trial.edit(lighter, add_fill)
        asked = trial.policy or of.policy
        found = by_fields(lighter.SerializeToString(), {}, asked)
        assert found.heads == by_fields(_edited(of, trial).SerializeToString(), {}, asked).heads, trial.title


def test_values_of_constants() -> None:
    node = helper.make_node("Constant", [], ["k"], value=onnx.numpy_helper.from_array(np.float32([1, 2])))
    made = model(
        [node, helper.make_node("Mul", ["x", "k"], ["y"])], inputs={"x": [2]}, constants={"w": np.float32([3])}
    )
    for name, expected in (("k", [1, 2]), ("w", [3])):
        found = array_of(made, name)
        assert found is not None
        assert list(found) == expected
    assert array_of(made, "y") is None
