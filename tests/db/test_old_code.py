"""The code before the migrations of this release serves each of them; the way back loses nothing.

The tree of the commit before the first that was written, `WRITTEN_FIRST`, is taken from the history
and run as it was, in a process of its own. Without a history (a tarball) there is nothing to run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from conftest import drop_database
from geosites.db import migrate, privileges
from geosites.db.postgres import table_digests
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from samples import web_samples
from stores import signed

ROOT = Path(__file__).parents[2]
VERSIONS = "src/geosites/db/migrations/versions"
SINCE, WRITTEN_FIRST = "0027", "0033"
"""The first migration that is held to this, by number and in time; those before were released."""
WIDENED = {"care_place"}
"""What has a column more, which the way back takes away: its rows are counted."""
MOVES = {"journal.entry", "journal.head", "alembic_version", "job_run", "access_token"}
"""What is written by asking, and by migrating."""
ASKED = (
    "/", "/sites", "/sites/forceval", "/report", "/maps/hotspots", "/api/hotspots/2022-W40",
    "/api/closures", "/api/sites/forceval/closure", "/operations", "/sightings", "/readyz",
    "/ogc/collections/sites/items", "/rounds", "/territories",
)  # fmt: skip

_OLD = """
import json, sys
told = json.load(sys.stdin)
import geosites
assert geosites.__file__.startswith(told["tree"]), geosites.__file__
from starlette.testclient import TestClient
from geosites.db.postgres.connection import Store
from geosites.web.app import create_app
store = Store(told["url"], role=told["role"])
with TestClient(create_app(store), base_url="http://127.0.0.1:8000") as client:
    client.headers.update(told["headers"])
    found = {path: client.get(path).status_code for path in told["asked"]}
    found["report"] = client.post("/api/sightings", json=told["sighting"]).status_code
store.close()
print(json.dumps(found))
"""


def git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=False).stdout


def commit_before() -> str:
    """Return the commit before the one that added `WRITTEN_FIRST`, or nothing without a history."""
    (file,) = (ROOT / VERSIONS).glob(f"{WRITTEN_FIRST}_*.py")
    added = git("log", "-1", "--format=%H", "--diff-filter=A", "--", str(file)).decode().strip()
    return git("rev-parse", "--verify", "-q", f"{added}^").decode().strip() if added else ""


OLD = commit_before()
HELD = [
    revision
    for revision in sorted(path.name[:4] for path in (ROOT / VERSIONS).glob("[0-9]*.py"))
    if revision >= SINCE and OLD
]


def ask_old_code(tree: Path, url: str, sighting: dict[str, Any]) -> dict[str, int]:
    """Return what the code of a tree answers over a store: statuses by what was asked."""
    told = {
        "tree": str(tree),
        "url": url,
        "role": privileges.SERVICE,
        "headers": signed.bearer(Role.COORDINATOR),
        "asked": ASKED,
        "sighting": sighting,
    }
    done = subprocess.run(
        [sys.executable, "-c", _OLD],
        input=json.dumps(told, default=str),
        env={"PYTHONPATH": str(tree / "src"), "PATH": "/usr/bin:/bin", "HOME": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


if HELD:

    @pytest.fixture(params=HELD)
    def revision(request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def old_tree(tmp_path: Path) -> Path:
        packed = git("archive", "--format=tar", OLD, "src", "data")
        subprocess.run(["tar", "-x", "-C", str(tmp_path)], input=packed, check=True)
        return tmp_path

    def test_the_code_before_serves_the_schema_after_and_the_way_back_is_whole(
        small_template: str, new_database: Callable[..., str], old_tree: Path, revision: str
    ) -> None:
        """New schema under old code; then one release back, under old code; then up again."""
        url = new_database(small_template)
        before = sorted(migrate.revisions())[sorted(migrate.revisions()).index(revision) - 1]
        store = Store(url)
        with store.begin() as conn:
            migrate.downgrade(conn, revision)
            privileges.apply(conn) if revision == migrate.head() else None
        first = ask_old_code(old_tree, url, web_samples.sighting())
        assert first == {**dict.fromkeys(ASKED, 200), "report": 201}
        with store.begin() as conn:
            held = table_digests.contents(conn)
            migrate.downgrade(conn, before)
        with store.begin() as conn:
            kept = table_digests.contents(conn)
        assert {table: held[table] for table in kept if table not in MOVES | WIDENED} == {
            table: content for table, content in kept.items() if table not in MOVES | WIDENED
        }
        assert [held[table].rows for table in WIDENED] == [kept[table].rows for table in WIDENED]
        again = ask_old_code(old_tree, url, web_samples.sighting(id=str(uuid4())))
        assert again == {**dict.fromkeys(ASKED, 200), "report": 201}
        with store.begin() as conn:
            migrate.upgrade(conn)
        with store.begin() as conn:
            assert migrate.current(conn) == migrate.head()
            assert table_digests.contents(conn)["sighting"].rows == held["sighting"].rows + 1
        store.close()
        drop_database(url)
