"""Exit codes, help, and the commands about the store."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Run
from geosites import __version__
from geosites.cli.store.store_setup import store_url
from geosites.db.postgres.connection import Store
from geosites.settings import Settings
from plain import plain
from stores.private_clusters import temporary_cluster


@pytest.mark.parametrize("words", [(), ("db",), ("closure",), ("nonsense",), ("hotspots", "--x")])
def test_wrong_usage_exits_with_2(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("db",),
        ("db", "start"),
        ("geo", "load"),
        ("site", "add"),
        ("closure",),
        ("hotspots",),
        ("displacement",),
        ("import",),
        ("export",),
        ("serve",),
        ("server",),
        ("user", "add"),
        ("user", "disable"),
        ("token", "add"),
    ],
)
def test_help_is_everywhere(run: Run, words: tuple[str, ...]) -> None:
    ran = run(*words, "--help")
    assert ran.code == 0
    assert "Usage" in ran.out


@pytest.mark.parametrize("words", ["--version", "version"])
def test_the_version_is_told(run: Run, words: str) -> None:
    ran = run(words)
    assert (ran.code, ran.out) == (0, f"{__version__}\n")


def test_a_private_database_is_not_managed_where_another_is_set(run: Run) -> None:
    ran = run("db", "stop")
    assert ran.code == 1
    assert "GEOSITES_DATABASE_URL" in ran.err


def test_a_store_without_schema_names_the_command(
    run: Run, new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOSITES_DATABASE_URL", new_database())
    ran = run("closure", "forceval")
    assert ran.code == 1
    assert "geosites db migrate" in ran.err
    assert run("db", "migrate").code == 0
    assert run("geo", "load", "--json").document["territories"] == 222
    assert run("closure", "forceval", "--json").document["status"] == "never_closed"


def test_a_site_is_added_where_it_lies(run: Run) -> None:
    words = ("--name", "Canal", "--lon", "2.3719", "--lat", "48.8895", "--radius-m", "80")
    assert run("site", "add", "canal", *words).code == 0
    assert run("closure", "canal", "--json").document["status"] == "never_closed"
    again = run("site", "add", "canal", *words)
    assert (again.code, "déjà enregistré" in again.err) == (1, True)


def test_a_site_outside_every_territory_is_refused(run: Run) -> None:
    ran = run("site", "add", "x", "--name", "X", "--lon", "4", "--lat", "45", "--radius-m", "80")
    assert ran.code == 1
    assert "hors de tout territoire" in ran.err


def test_an_unknown_site_names_near_ones(run: Run) -> None:
    ran = run("closure", "forcval")
    assert ran.code == 1
    assert "forceval" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("instant", ["yesterday", "2023-07-13T12:00:00", "2023-02-30T00:00+01:00"])
def test_an_instant_is_iso_8601_with_an_offset(run: Run, instant: str) -> None:
    ran = run("closure", "forceval", "--as-of", instant)
    assert ran.code == 1
    assert instant in ran.err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "geosites.example"])
def test_beyond_loopback_readers_come_by_https_alone(run: Run, host: str) -> None:
    ran = run("serve", "--host", host)
    assert ran.code == 1
    assert "qu'en HTTPS" in plain(ran.err)
    assert "GEOSITES_PUBLIC_URL" in ran.err


def test_a_bad_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOSITES_POOL_SIZE", "none")
    ran = run("closure", "forceval")
    assert ran.code == 1
    assert "GEOSITES_POOL_SIZE: 'none': un nombre entier est attendu" in ran.err


def test_a_site_by_mistake_is_removed_and_one_with_a_past_is_not(run: Run) -> None:
    words = ("--name", "Canal", "--lon", "2.3719", "--lat", "48.8895", "--radius-m", "80")
    assert run("site", "add", "canal", *words).code == 0
    assert run("site", "remove", "canal").code == 0
    assert run("closure", "canal").code == 1


def test_a_site_that_is_referred_to_stays_and_a_process_of_its_own_says_by_what(
    small: Store,
) -> None:
    """Alone in a process, where nothing else has read all the tables that refer to sites."""
    command = [sys.executable, "-c", "from geosites.cli import main; main()"]
    where = {**os.environ, "GEOSITES_DATABASE_URL": small.url}
    ran = subprocess.run(
        [*command, "site", "remove", "forceval"], env=where, capture_output=True, text=True
    )
    assert ran.returncode == 1
    assert "ceci y renvoie\u00a0: " in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "postgresql://utilisateur@hôte"),
        ("mysql://root@localhost/x", "injoignable|postgresql://utilisateur@hôte"),
        ("postgresql://localhost:1/nothing", "injoignable"),
    ],
)
def test_an_address_without_a_database_is_told_at_once(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("GEOSITES_DATABASE_URL", url)
    ran = run("closure", "forceval")
    assert ran.code == 1
    assert re.search(said, ran.err)
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", ["serve", "server"])
def test_a_port_that_is_taken_is_told(run: Run, command: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ran = run(command, "--port", str(other.getsockname()[1]))
    assert ran.code == 1
    assert "déjà utilisé ; choisissez-en un autre avec --port" in plain(ran.err)


def test_before_the_geography_the_advice_is_to_ask_later(run: Run) -> None:
    ran = run("hotspots", "2022-W40", "--as-known-at", "2019-01-01T00:00:00+01:00")
    assert ran.code == 1
    assert "à un instant ultérieur" in ran.err


def test_a_week_that_nobody_saw_is_told_once(run: Run) -> None:
    ran = run("hotspots", "2019-W10")
    assert (ran.code, ran.out.count("on observé")) == (0, 1)


def test_an_export_of_no_time_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    times = ("--since", "2023-01-02T00:00:00Z", "--until", "2023-01-01T00:00:00Z")
    ran = run("export", "sightings", str(file), *times)
    assert (ran.code, file.exists()) == (1, False)
    assert "il n'y a rien à partir du" in plain(ran.err)


def test_a_new_private_store_says_where_it_is_made(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GEOSITES_DATABASE_URL", raising=False)
    with temporary_cluster() as cluster:
        monkeypatch.setenv("GEOSITES_HOME", str(cluster.home))
        first = store_url(Settings())
        assert (
            f"nouvelle base sous {cluster.home} (définissez GEOSITES_HOME" in capfd.readouterr().err
        )
        assert store_url(Settings()) == first
        assert capfd.readouterr().err == ""


def test_a_store_that_holds_the_exercise_does_not_become_empty_in_silence(
    exercise_template: str, new_database: Callable[..., str]
) -> None:
    asked = [str(Path(sys.executable).with_name("geosites")), "server", "--check", "--empty"]
    where = {**os.environ, "GEOSITES_DATABASE_URL": new_database(exercise_template)}
    ran = subprocess.run(asked, env=where, capture_output=True, text=True, check=True)
    assert "la base contient l'exercice ; définissez un autre GEOSITES_HOME" in plain(ran.stderr)


def test_the_classes_of_density_are_chosen_for_every_map(run: Run) -> None:
    assert run("geo", "classes").out == "0.2 0.5 1 2 5\n"
    assert run("geo", "classes", "0.1", "0.3", "1", "3", "10").out == "0.1 0.3 1 3 10\n"
    assert run("geo", "classes").out == "0.1 0.3 1 3 10\n"
    assert run("geo", "classes", "3", "1").code == 1
