"""What is handed out to run the service: every file named is there, every command exists."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from geosites.cli import main
from geosites.core.job_schedule import ServiceJob
from geosites.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
PROGRAM = "/opt/geosites/.venv/bin/geosites"
SANDBOX = {
    "NoNewPrivileges": "true",
    "ProtectSystem": "strict",
    "ProtectHome": "true",
    "PrivateTmp": "true",
    "CapabilityBoundingSet": "",
    "IPAddressDeny": "any",
    "User": "geosites",
}


def said(unit: Path) -> dict[str, str]:
    """Return what a unit sets, the last value of each name."""
    lines = unit.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def instructions() -> list[tuple[str, str]]:
    """Return the steps of the Containerfile, each with what it is told."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def require_command(words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Fail unless `geosites` knows the command and every option in these words."""
    options = [word for word in words if word.startswith("--")]
    command = [word for word in words[: len(words) - 2 * len(options)] if word[0].isalpha()]
    monkeypatch.setattr("sys.argv", ["geosites", *command[:2], "--help"])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code in (None, 0)
    shown = capsys.readouterr().out
    assert [option for option in options if option not in shown] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_every_unit(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        assert unit.read_text(encoding="utf-8").startswith("[Unit]\n")
        return
    for one in UNITS:
        text = one.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true")
        (tmp_path / one.name).write_text(text)
    argv = ["systemd-analyze", "verify", "--man=no", f"./{unit.name}"]
    verified = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda unit: unit.name)
def test_every_service_is_shut_in(unit: Path) -> None:
    assert {name: said(unit).get(name) for name in SANDBOX} == SANDBOX


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda unit: unit.name)
def test_every_unit_runs_a_command_there_is(
    unit: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in {"ExecStart", "ExecStop"} & set(said(unit)):
        program, *words = shlex.split(said(unit)[name])
        assert program == PROGRAM
        require_command(words, capsys, monkeypatch)


def test_the_service_has_more_time_to_stop_than_it_gives_what_is_under_way() -> None:
    unit = said(DEPLOY / "geosites.service")
    assert unit["KillMode"] == "mixed"
    assert int(unit["TimeoutStopSec"].rstrip("s")) > Settings.model_fields["stop_wait_s"].default


def test_the_private_database_is_not_killed_with_the_service() -> None:
    assert said(DEPLOY / "geosites-database.service")["KillMode"] == "process"
    assert "RemoveIPC" not in said(DEPLOY / "geosites.service")
    assert said(DEPLOY / "geosites-database.service")["RequiredBy"] == "geosites.service"


def test_the_containerfile_copies_what_is_there() -> None:
    copied = [
        source
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    ]
    assert copied
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert any("--require-hashes" in rest for word, rest in instructions() if word == "RUN")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{source}" for source in copied} <= set(ignored)


def test_every_stage_of_the_image_stands_on_the_base_that_is_given() -> None:
    words = [word for word, _ in instructions()]
    assert words.index("ARG") < words.index("FROM")
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert bases == ["${BASE}"] * 2


def test_the_container_runs_as_nobody_special_and_serves(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = dict(instructions())
    assert steps["USER"] == "geosites"
    program, *words = json.loads(steps["CMD"])
    assert program == "geosites"
    require_command(words, capsys, monkeypatch)


def test_the_compose_file_builds_from_what_is_there_and_waits_for_what_it_needs(
    compose: Any,
) -> None:
    services = compose["services"]
    build = services["service"]["build"]
    context = (DEPLOY / build["context"]).resolve()
    assert (context / build["dockerfile"]).is_file()
    for name in ("prepare", "service"):
        assert set(services[name]["depends_on"]) <= set(services)
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"] is True
    assert all(port.startswith("127.0.0.1:") for port in services["service"]["ports"])
    volumes = {one.split(":")[0] for one in services["service"]["volumes"]}
    assert volumes <= set(compose["volumes"])


def test_the_compose_file_sets_what_can_be_set(compose: Any) -> None:
    names = {f"GEOSITES_{name.upper()}" for name in Settings.model_fields}
    assert set(compose["services"]["service"]["environment"]) <= names


def test_the_compose_file_has_no_secret_in_it(compose: Any) -> None:
    database = compose["services"]["database"]["environment"]
    assert database["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert (
        "geosites:${POSTGRES_PASSWORD:?"
        in (compose["services"]["service"]["environment"]["GEOSITES_DATABASE_URL"])
    )


def test_the_page_on_operating_names_every_unit_and_measure() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    measures = (ROOT / "src/geosites/web/monitoring/metrics.py").read_text(encoding="utf-8")
    gauges = re.findall(r'_gauge\(\s*"(\w+)"', measures)
    assert len(gauges) >= 5
    told = [unit.name for unit in UNITS] + [f"geosites_{name}" for name in gauges]
    assert [name for name in told if name not in text] == []


@pytest.mark.parametrize("level", ["run", "dev", "bench"])
def test_every_package_is_pinned_by_the_hashes_of_its_files(level: str) -> None:
    text = (ROOT / "requirements" / f"{level}.txt").read_text(encoding="utf-8")
    lines = text.replace("\\\n", " ").splitlines()
    packages = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert len(packages) > 20
    assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []
    common = (ROOT / "script" / "_common.sh").read_text(encoding="utf-8")
    assert "--require-hashes" in common


MONITORING = DEPLOY / "monitoring"


def measured() -> set[str]:
    """Return the names of the measures that the code tells."""
    files = ("src/geosites/web/monitoring/metrics.py", "src/geosites/services/metrics.py")
    code = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    named = set(re.findall(r'"(?:geosites_)?([a-z]+(?:_[a-z]+)+)"', code))
    named |= set(re.findall(r'"geosites_([a-z_]+)"', code))
    jobs = {f"job_{name}" for name in re.findall(r'_by_job\("(\w+)"', code)}
    return {f"geosites_{name}" for name in named | jobs}


@pytest.mark.parametrize("file", ["geosites.rules.yml", "geosites.dashboard.json"])
def test_rules_and_dashboard_ask_only_for_what_is_measured(file: str) -> None:
    text = (MONITORING / file).read_text(encoding="utf-8")
    asked = {re.sub("_bucket$", "", name) for name in re.findall(r"geosites_[a-z_]+", text)}
    assert len(asked) >= 8
    assert {name for name in asked if name not in measured()} == set()


def test_the_dashboard_has_a_query_in_every_panel() -> None:
    board = json.loads((MONITORING / "geosites.dashboard.json").read_text(encoding="utf-8"))
    assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) >= 12


def test_prometheus_takes_the_rules_and_they_say_what_they_should() -> None:
    if shutil.which("promtool") is None:
        assert (MONITORING / "geosites.rules.test.yml").is_file()
        return
    for words in (
        ["check", "rules", "geosites.rules.yml"],
        ["test", "rules", "geosites.rules.test.yml"],
    ):
        argv = ["promtool", *words]
        done = subprocess.run(argv, cwd=MONITORING, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_compose_leaves_no_job_undone(compose: Any) -> None:
    wanted = set(compose["services"]["service"]["environment"]["GEOSITES_JOBS"].split(","))
    assert {job.value for job in ServiceJob} - wanted == {"backup"}
    assert "pg_dump" in compose["services"]["backup"]["command"][-1]
    assert compose["services"]["backup"]["image"] == compose["services"]["database"]["image"]
