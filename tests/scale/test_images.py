"""The compose file and the Dockerfile say what the process tests run, and nothing that is not there."""

import json
import os
import re
import shutil
import subprocess
import sys
from typing import Any

import httpx
import pytest
import yaml

from tests.scale.deployed import Running, Scaled, command, compose
from tests.service.processes import ROOT, free_port

DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES: dict[str, Any] = compose()["services"]
SECRETS = {"RFENGINE_API_KEY": "k" * 64, "POSTGRES_PASSWORD": "p" * 64, "S3_SECRET_KEY": "s" * 64}


def stage(name: str) -> str:
    """The instructions of one stage, continued lines joined."""
    found = re.search(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1].replace("\\\n", " ")


def instruction(name: str, word: str) -> list[str]:
    """The JSON array of the last instruction of a kind in a stage."""
    arrays = re.findall(rf"^{word}\b.*?(\[.*\])$", stage(name), re.MULTILINE)
    words: list[str] = json.loads(arrays[-1])
    return words


@pytest.mark.parametrize(("service", "image"), [("api", "api"), ("worker-cpu", "worker")])
def test_images_start_what_compose_starts(service: str, image: str) -> None:
    assert SERVICES[service]["build"]["target"] == image
    assert instruction(image, "CMD") == SERVICES[service]["command"]


def test_what_keeps_state_or_runs_models_is_hardened() -> None:
    for name in ("api", "worker-cpu", "worker-gpu", "bucket"):
        service = SERVICES[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert "no-new-privileges:true" in service["security_opt"]
    for name in ("worker-cpu", "worker-gpu", "redis", "postgres", "s3"):
        assert SERVICES[name]["networks"] == ["stores"], "nobody outside reaches it"
        assert "ports" not in SERVICES[name]
    assert compose()["networks"]["stores"] == {"internal": True}
    assert all("healthcheck" in SERVICES[name] for name in ("redis", "postgres", "s3"))
    for image in ("api", "worker"):
        assert instruction(image, "HEALTHCHECK")
        assert "USER" not in stage(image)
    assert re.search(r"^USER 10001:10001$", stage("runtime"), re.MULTILINE)


def test_the_broker_keeps_what_it_is_told() -> None:
    words = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in words
    assert "--maxmemory-policy noeviction" in words


def test_a_gpu_is_reserved_for_the_worker_that_needs_one() -> None:
    (device,) = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]
    assert command("worker-gpu")[-1] == "gpu"


def test_every_name_is_declared() -> None:
    whole = compose()
    for service in SERVICES.values():
        assert set(service["networks"]) <= set(whole["networks"])
        assert set(service.get("secrets", ())) <= set(whole["secrets"])
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        named = [volume.partition(":")[0] for volume in service.get("volumes", ()) if volume[0] not in "/."]
        assert set(named) <= set(whole["volumes"])


def test_every_setting_is_one_that_is_read() -> None:
    sources = "".join(
        path.read_text() for room in ("jobstore", "service", "worker") for path in (ROOT / room).glob("*.py")
    )
    set_here = {name for service in SERVICES.values() for name in service.get("environment", {})}
    set_here |= set(re.findall(r"\b(RFENGINE_[A-Z_]+)=", DOCKERFILE))
    ours = {name for name in set_here if name.startswith("RFENGINE_")}
    assert {"RFENGINE_API_KEY", "RFENGINE_BROKER_URL", "RFENGINE_GPU_QUEUE", "RFENGINE_WORKER_METRICS"} <= ours
    assert [name for name in sorted(ours) if f'"{name}"' not in sources] == []


def test_prometheus_asks_services_that_there_are() -> None:
    config = yaml.safe_load((ROOT / "docker" / "prometheus.yml").read_text())
    ports = {
        name: dns["port"] for job in config["scrape_configs"] for dns in job["dns_sd_configs"] for name in dns["names"]
    }
    assert ports == {"api": 8000, "worker-cpu": 9108, "worker-gpu": 9108}
    assert set(ports) <= set(SERVICES)


def test_the_context_has_what_is_copied() -> None:
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [word for line in re.findall(r"^COPY ([^-].*)$", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]]
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / name).exists() for name in copied)


def test_the_client_reads_the_file_where_there_is_one() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        return  # no compose on this machine; the tests above read the file themselves
    words = [docker, "compose", "--profile", "gpu", "--profile", "metrics", "config", "--quiet"]
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, **SECRETS}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_bucket_is_made_once(s3_endpoint: str, scaled: Scaled) -> None:
    settings = {"RFENGINE_ARTIFACT_URL": "s3://made-by-compose"}
    for _ in range(2):
        with scaled.process(command("bucket"), **settings) as made:
            assert made.wait(30.0) == 0
    assert httpx.head(f"{s3_endpoint}/made-by-compose").status_code == 200


def test_health_is_what_the_images_ask_for(running: Running) -> None:
    _, *words = instruction("api", "HEALTHCHECK")
    for port, healthy in ((running.one.url.rpartition(":")[2], True), (str(free_port()), False)):
        check = [sys.executable, *(word.replace("8000", port) for word in words)]
        done = subprocess.run(check, check=False, stderr=subprocess.DEVNULL)
        assert (done.returncode == 0) is healthy
