"""Which workers a question goes to."""

from typing import Any

import pytest

from api_schemas.queues import Queue, queue_of
from api_schemas.request import AnalyzeRequest
from jobstore.environment import BadSettingError
from worker.device import choose_device
from worker.settings import GPU_MEMORY, WorkerSettings

CPU = {"device": "cpu"}
COVERAGE = {"objects": {"sizes": [5], "image_size": 32}}

QUESTIONS: list[tuple[dict[str, Any], Queue]] = [
    ({}, Queue.GPU),
    ({"analyses": ["analytic"]}, Queue.CPU),
    ({"analyses": ["analytic"], "gradient": {"device": "cuda"}}, Queue.CPU),
    ({"analyses": ["analytic", "gradient"], "gradient": CPU}, Queue.CPU),
    ({"analyses": ["constant_forward", "gradient"], "gradient": CPU}, Queue.GPU),
    ({"analyses": ["closed_form"], "closed_form": {"device": "cuda"}}, Queue.GPU),
    ({"coverage": {**COVERAGE, "require": {"trf": 1}}}, Queue.CPU),
    ({"coverage": {**COVERAGE, "require": {"erf": 1}}}, Queue.GPU),
    ({"coverage": {**COVERAGE, "require": {"erf": 1}}, "gradient": CPU}, Queue.CPU),
    ({"sweep": {}}, Queue.GPU),
    ({"sweep": {"training": CPU}}, Queue.CPU),
]


@pytest.mark.parametrize(("asked", "queue"), QUESTIONS)
def test_what_a_gpu_suits_goes_to_one_where_there_is_one(asked: dict[str, Any], queue: Queue) -> None:
    request = AnalyzeRequest.model_validate(asked)
    assert queue_of(request, gpu=True) is queue
    assert queue_of(request, gpu=False) is Queue.CPU


@pytest.mark.parametrize(
    ("queue", "gpu_queue", "before", "after"),
    [
        ("cpu", False, {}, {}),
        ("cpu", False, {"CUDA_VISIBLE_DEVICES": "1"}, {"CUDA_VISIBLE_DEVICES": "1"}),
        ("cpu", True, {"CUDA_VISIBLE_DEVICES": "1"}, {"CUDA_VISIBLE_DEVICES": ""}),
    ],
)
def test_workers_of_the_cpu_queue_see_no_gpu_beside_one_for_gpus(
    queue: str, gpu_queue: bool, before: dict[str, str], after: dict[str, str]
) -> None:
    environ = dict(before)
    choose_device(queue, gpu_queue=gpu_queue, engine="none", environ=environ)
    assert environ == after


def test_a_worker_without_a_gpu_is_refused_the_queue_for_gpus() -> None:
    with pytest.raises(BadSettingError, match=r"--queue gpu: .* nvidia-smi"):
        choose_device("gpu", gpu_queue=True, engine="no.such.engine", environ={})


def test_a_gpu_runs_one_job_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFENGINE_CONCURRENCY", "3")
    settings = WorkerSettings.from_environment()
    suited = settings.suited_to("gpu")
    assert (suited.concurrency, suited.gpu_memory) == (1, GPU_MEMORY)
    assert settings.suited_to("cpu") == settings
