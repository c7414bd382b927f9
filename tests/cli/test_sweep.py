"""`rfengine sweep`: words to a request, answers to tables and files, Ctrl-C to a line that says how to go on."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api_schemas.job import Job, JobStatus
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import SweepPartResult
from rfengine.cli.client import Client
from rfengine.cli.main import app
from rfengine.cli.sweep import ask_sweep
from rfengine.training import local
from tests.sweeps import OPEN_ROW, QUICK, report, result, run
from tests.tiny import conv_chain


def cli(*words: object) -> Result:
    return CliRunner().invoke(app, ["sweep", *(str(word) for word in words)], env={"COLUMNS": "120"})


class Trainer:
    """Stands in for the trainings: notes what it was asked and answers at once."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.answer = report(QUICK)

    def __call__(self, model: bytes | None, request: AnalyzeRequest, **words: Any) -> Report:
        self.asked = {"model": model, "request": request, **words}
        words["progress"]("nopool-res-8x16: 12 px, seed 0, step 250: 0.98", 0.5)
        if words["out"]:
            (words["out"] / "sweep.heatmap.png").write_bytes(b"drawn")
        return self.answer


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    stand_in = Trainer()
    monkeypatch.setattr(local, "run_sweep", stand_in)
    return stand_in


def test_table_report_and_pictures(trainer: Trainer, tmp_path: Path) -> None:
    found = cli("--json", tmp_path / "deep" / "r.json", "--out", tmp_path / "pictures", "--checkpoints", tmp_path / "c")
    assert found.exit_code == 0, found.output
    assert "nopool-res-12x16" in found.stdout
    assert "step-pixels" in found.stdout
    assert Report.model_validate_json((tmp_path / "deep" / "r.json").read_text()).sweep == QUICK
    assert (tmp_path / "pictures" / "sweep.heatmap.png").is_file()
    assert trainer.asked["store"] == tmp_path / "c"
    assert trainer.asked["out"] == tmp_path / "pictures"
    assert trainer.asked["model"] is None
    assert trainer.asked["name"] == "sweep"


def test_the_report_on_stdout_is_the_report_alone(trainer: Trainer) -> None:
    assert json.loads(cli("--json", "-").stdout)["sweep"]["complete"] is True
    assert trainer.asked["store"] is None


def test_a_sweep_without_a_boundary_is_an_answer(trainer: Trainer) -> None:
    trainer.answer = report(result([OPEN_ROW]))
    found = cli()
    assert found.exit_code == 0
    assert "open" in found.stdout


def asked(**words: Any) -> AnalyzeRequest:
    given = {"model": None, "preset": None, "depths": None, "options": None, "target": None} | words
    return ask_sweep(given.pop("model"), **given).request


def test_words_become_a_request(tmp_path: Path) -> None:
    bare = asked()
    assert [analysis.value for analysis in bare.analyses] == ["sweep"]
    assert bare.sweep is not None
    assert bare.sweep.depths == (8, 12, 16)
    file = tmp_path / "options.yaml"
    file.write_text("preset: quick\ndepths: [4]\nseeds: 2\ntraining: {steps: 10}\n")
    swept = asked(preset="seed", depths="2-4, 8,3", options=str(file)).sweep
    assert swept is not None
    # What stands on the line wins over the file; what stands in the file wins over the preset.
    assert (swept.preset, swept.depths) == ("seed", (2, 3, 4, 8))
    assert (swept.seeds, swept.method, swept.training.steps, swept.training.canvas) == (2, "grid", 10, 128)


def test_a_model_a_spec_or_a_zoo_name(tmp_path: Path, trainer: Trainer) -> None:
    (tmp_path / "net.onnx").write_bytes(conv_chain(3))
    (tmp_path / "two.yaml").write_text("input: [1, 3, 8, 8]\nlayers: [{type: conv, channels: 4, kernel: 3}]\n")
    assert cli(tmp_path / "net.onnx", "--target", "c2").exit_code == 0
    assert trainer.asked["model"] == conv_chain(3)
    assert trainer.asked["name"] == "net"
    assert trainer.asked["request"].targets == ("c2",)
    assert cli(tmp_path / "two.yaml").exit_code == 0
    assert trainer.asked["request"].spec is not None
    assert asked(model="zoo:nopool-4").zoo == "nopool-4"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nope.onnx"], "nope.onnx: no such file; give an .onnx file"),
        (["nope.onnx"], "or leave MODEL out for the seed's nets"),
        (["zoo:resnet1"], "no zoo network is named 'resnet1'; did you mean 'resnet18'"),
        (["--preset", "quik"], "--preset quik: no such preset; did you mean 'quick'?"),
        (["--depths", "8,x"], "--depths 8,x: expected whole numbers such as 8,12,16, or a range such as 2-48"),
        (["--depths", "9-4"], "--depths 9-4: expected whole numbers"),
        (["--depths", "-4"], "--depths -4: expected whole numbers"),
        (["--depths", "8,"], "--depths 8,: expected whole numbers"),
        (["--depths", "1,8"], "--depths 1,8: Input should be greater than or equal to 2, got 1"),
        (["--depths", "2-999999999999"], "--depths 2-999999999999: "),
        (["--depths", "8", "zoo:nopool-4"], "--depths 8: it is of the seed's nets, zoo:nopool-4 has its own"),
        (["--target", "c1"], "--target c1: the seed's nets have one output; give a MODEL, or drop --target"),
        (["--options", '{"trainings": 0}'], "--options: trainings: Input should be greater than or equal to 1, got 0"),
        (["--options", '{"seedz": 3}'], "--options: seedz: no such key; did you mean 'seeds'?"),
        (["--options", '{"training": {"setps": 3}}'], "--options: training.setps: no such key; did you mean 'steps'?"),
        (
            ["--options", '{"weights": {"name": "circular", "amplitud": 3}}'],
            "--options: weights.amplitud: no such key; did you mean 'amplitude'?",
        ),
        (["--options", "nofile.yaml"], "--options nofile.yaml: neither a JSON object nor a file"),
        (["--options", '{"a": [}'], "--options: not valid JSON or YAML"),
        (["--options", '{"distances": [3, 9]}'], "--options: distances: 3 px: below 7 px the letter"),
        (["--checkpoints", "c", "--server", "http://127.0.0.1:9"], "--checkpoints is for trainings in this process"),
        (["--out", "/dev/null/x"], "/dev/null/x: cannot be used as a folder"),
    ],
)  # fmt: skip
def test_bad_words_are_named_with_exit_code_2(words: list[str], says: str, trainer: Trainer) -> None:
    found = cli(*words)
    assert found.exit_code == 2, found.output
    assert says in " ".join(found.stderr.split())
    assert not trainer.asked


def interrupt(*_: Any, **__: Any) -> Report:
    raise KeyboardInterrupt


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local, "run_sweep", interrupt)
    kept = SweepPartResult(runs=(run(7, 0, 1.0), run(7, 1, 1.0)))
    (tmp_path / "a.run.json").write_text(kept.model_dump_json())
    found = cli("--checkpoints", tmp_path)
    assert found.exit_code == 130
    said = " ".join(found.stderr.split())
    assert f"2 finished trainings are kept in {tmp_path}; the same command goes on from there" in said
    (tmp_path / "b.7-1x1.ckpt").write_bytes(b"")
    said = " ".join(cli("--checkpoints", tmp_path).stderr.split())
    assert "2 finished trainings and the state of 1 begun are kept" in said
    bare = cli()
    assert bare.exit_code == 130
    assert "nothing was kept; with --checkpoints DIR finished trainings are" in " ".join(bare.stderr.split())


JOB = {
    "id": "1f", "status": "waiting", "stage": "waiting for 6 of 12 parts", "progress": 0.5, "request": {},
    "created_at": "2025-01-01T00:00:00Z", "cache_key": "k",
    "links": {"self": "/jobs/1f", "report": "/jobs/1f/report", "artifacts": "/jobs/1f/artifacts"},
}  # fmt: skip


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A server that is asked for one job, which waits for its parts."""
    sent: list[Any] = []

    def submit(_client: Client, question: Any) -> Job:
        sent.append(question)
        return Job.model_validate(JOB)

    monkeypatch.setattr(Client, "submit", submit)
    return sent


def test_ctrl_c_leaves_a_servers_job_alone_and_says_where_it_is(server, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(_client: Client, job: Job, on_change: Any) -> Job:
        on_change(job)
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "wait", wait)
    found = cli("--server", "http://127.0.0.1:9/")
    assert found.exit_code == 130
    said = " ".join(found.stderr.split())
    assert "the job goes on at http://127.0.0.1:9/jobs/1f" in said
    assert "curl -X POST http://127.0.0.1:9/jobs/1f/cancel" in said
    assert server[0].model is None
    assert server[0].request.sweep is not None


def test_a_job_that_waits_for_its_parts_is_shown_as_it_goes(server, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(_client: Client, job: Job, on_change: Any) -> Job:
        on_change(job)
        return job.model_copy(update={"status": JobStatus.SUCCEEDED})

    monkeypatch.setattr(Client, "wait", wait)
    monkeypatch.setattr(Client, "report", lambda *_: report(QUICK))
    found = cli("--server", "http://127.0.0.1:9")
    assert found.exit_code == 0, found.output
    assert "waiting for 6 of 12 parts" in found.stderr
    assert "nopool-res-16x16" in found.stdout


PAGE = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_are_understood(trainer: Trainer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    rfengine sweep ?(.*?)(?:  #.*)?$", PAGE, re.MULTILINE)
    assert len(commands) == 6
    for command in commands:
        if "--server" not in command:
            found = cli(*shlex.split(command))
            assert found.exit_code == 0, found.output
    bodies = re.findall(r"(?:--json |request=)'?({.*?})'", PAGE)
    assert len(bodies) == 2
    for body in bodies:
        assert AnalyzeRequest.model_validate_json(body).sweep is not None


def test_the_page_has_every_option_and_every_picture() -> None:
    assert [name for name in SweepOptions.model_fields if f"`{name}`" not in PAGE] == []
    assert all(f"`{name}`" in PAGE for name in ("sweep.heatmap", "sweep.boundary", "<network>.accuracy"))
