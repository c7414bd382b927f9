"""Three URLs make a deployment; a bad value is named."""

from pathlib import Path

import pytest

from jobstore.database import open_database
from jobstore.environment import BadSettingError
from jobstore.settings import StoreSettings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BROKER_URL", "DATABASE_URL", "ARTIFACT_URL", "DATA", "LEASE", "MAX_LOSSES"):
        monkeypatch.delenv(f"RFENGINE_{name}", raising=False)


def test_the_default_is_one_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RFENGINE_DATA", str(tmp_path / "d"))
    settings = StoreSettings.from_environment()
    urls = (settings.broker_url, settings.database_url, settings.artifact_url)
    assert all(str(tmp_path / "d") in url for url in urls)
    open_database(settings.database_url).close()
    assert (tmp_path / "d" / "ledger.db").exists()


def test_urls_are_taken_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFENGINE_BROKER_URL", "redis://broker/0")
    monkeypatch.setenv("RFENGINE_DATABASE_URL", "postgresql+psycopg://db/rf")
    monkeypatch.setenv("RFENGINE_ARTIFACT_URL", "s3://bucket/prefix")
    settings = StoreSettings.from_environment()
    assert settings.broker_url == "redis://broker/0"
    assert settings.database_url == "postgresql+psycopg://db/rf"
    assert settings.artifact_url == "s3://bucket/prefix"


@pytest.mark.parametrize("value", ["soon", "nan", "-1", "0"])
def test_a_bad_number_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RFENGINE_LEASE", value)
    with pytest.raises(BadSettingError, match=f"RFENGINE_LEASE='{value}'"):
        StoreSettings.from_environment()


def test_a_fraction_is_not_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFENGINE_MAX_LOSSES", "2.5")
    with pytest.raises(BadSettingError, match="whole number"):
        StoreSettings.from_environment()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_url_without_a_driver_gets_ours(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("RFENGINE_DATABASE_URL", f"{scheme}://rf:secret@db/rf")
    assert StoreSettings.from_environment().database_url == "postgresql+psycopg://rf:secret@db/rf"


def test_a_client_that_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobstore.settings.find_spec", lambda _: None)
    monkeypatch.setenv("RFENGINE_BROKER_URL", "rediss://:secret@broker/0")
    with pytest.raises(BadSettingError, match=r"RFENGINE_BROKER_URL: rediss:// needs .*rfengine\[scale\]") as raised:
        StoreSettings.from_environment()
    assert "secret" not in str(raised.value)
