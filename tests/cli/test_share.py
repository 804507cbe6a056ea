"""`geosites share`: the key, adding, asking, listing and forgetting another service."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cli.conftest import Run
from geosites.core.job_schedule import ServiceJob
from geosites.db.maintenance import job_table
from geosites.db.postgres.connection import Store


@pytest.fixture
def share(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    monkeypatch.setenv("GEOSITES_LANGUAGE", "en")
    monkeypatch.setenv("GEOSITES_PUBLIC_URL", "https://dept.example/")
    return lambda *words: run("share", *words)


def test_the_key_is_made_once_for_its_owner_alone(share: Run, tmp_path: Path) -> None:
    first, second = share("key"), share("key")
    assert (first.code, first.out) == (0, second.out)
    assert first.out.startswith("dept.example/share+")
    file = tmp_path / "share" / "share.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_service_is_added_listed_and_forgotten(share: Run, tmp_path: Path, store: Store) -> None:
    token = tmp_path / "other.token"
    token.write_text("geosites_x\n")
    key = share("key").out.strip()
    words = ("add", "other", "http://127.0.0.1:9/outil/", "--key", key, "--token-file", str(token))
    assert share(*words).code == 0
    again = share(*words)
    assert (again.code, "is taken" in again.err) == (1, True)
    listed = share("list", "--json").document
    (peer,) = listed["services"]
    assert (peer["name"], peer["address"]) == ("other", "http://127.0.0.1:9/outil")
    assert (peer["changes"], peer["told_at"], listed["closures"]) == (0, None, [])
    pulled = share("pull", "--json")
    assert pulled.code == 1
    assert "does not answer" in pulled.document["failed"]["other"]
    with store.begin() as conn:
        run = next(run for run in job_table.runs(conn) if run.job is ServiceJob.SHARE)
    assert run.error is not None
    assert "other does not answer" in run.error
    assert share("remove", "other").code == 0
    assert share("list", "--json").document["services"] == []
    assert share("pull").code == 1
    assert share("remove", "other").code == 1


@pytest.mark.parametrize(
    ("address", "key", "token"),
    [
        ("http://dept.example", "", "x"),
        ("https://dept.example", "no key", "x"),
        ("https://dept.example", "", None),
        ("https://dept.example", "", ""),
    ],
)
def test_what_cannot_be_asked_is_refused(
    share: Run, tmp_path: Path, address: str, key: str, token: str | None
) -> None:
    file = tmp_path / "token"
    if token is not None:
        file.write_text(token)
    known = key or share("key").out.strip()
    assert share("add", "other", address, "--key", known, "--token-file", str(file)).code == 1
    assert share("list", "--json").document["services"] == []
