"""A database that others administer: first time right, and what is missing is named."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from geosites.db.access.role_setup_script import administrator_block
from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.private_postgres.binaries import binaries
from stores.private_clusters import FAST, place_of, temporary_cluster

COMMAND = (sys.executable, "-c", "from geosites.cli import main; main()")
GEO = str(Path(__file__).parents[2] / "data" / "geo")
PAGE = Path(__file__).parents[2] / "docs" / "operating.md"


@dataclass(frozen=True)
class Server:
    """A server whose logins are let in without a password, as far as they may sign in."""

    cluster: PrivateCluster

    def url(self, role: str, database: str = "geosites") -> str:
        sockets = place_of(self.cluster).sockets
        return f"postgresql://{role}@/{database}?host={sockets}&port=5432"

    def run(self, statement: str, database: str = "geosites") -> None:
        with psycopg.connect(self.url("geosites", database), autocommit=True) as conn:
            conn.execute(sql.SQL(statement))  # type: ignore[arg-type]

    def administer(self, block: str) -> None:
        """Run the block of the administrator by psql."""
        words = [binaries() / "psql", f"--dbname={self.url('geosites', 'postgres')}"]
        subprocess.run(
            [*words, "--set=ON_ERROR_STOP=1", "--quiet"], input=block, text=True, check=True
        )

    def geosites(self, home: Path, *words: str) -> tuple[int, str]:
        """Run a command as the owner, with the login of the service; its code and its words."""
        environment = {
            "PATH": "/usr/bin:/bin",
            "GEOSITES_HOME": str(home),
            "GEOSITES_LANGUAGE": "en",
            "GEOSITES_DATABASE_URL": self.url("geosites_owner"),
            "GEOSITES_SERVICE_URL": self.url("geosites_web"),
            "GEOSITES_JOBS": "",
        }
        ran = subprocess.run(
            [*COMMAND, *words], env=environment, capture_output=True, text=True, check=False
        )
        return ran.returncode, ran.stderr.strip()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with temporary_cluster() as cluster:
        cluster.start(FAST)
        place = place_of(cluster)
        access = place.data / "pg_hba.conf"
        access.write_text("local all geosites_owner,geosites_web trust\n" + access.read_text())
        own = Server(cluster)
        own.run("SELECT pg_reload_conf()", "postgres")
        own.run("DROP DATABASE geosites", "postgres")
        yield own


@pytest.fixture
def administered(server: Server) -> Iterator[Server]:
    server.administer(administrator_block("geosites", "geosites_owner", "geosites_web"))
    yield server
    server.run("DROP DATABASE geosites WITH (FORCE)", "postgres")
    for role in ("geosites_owner", "geosites_web", "geosites_service", "geosites_reader"):
        server.run(f"DROP ROLE IF EXISTS {role}", "postgres")


def test_the_page_shows_the_block_that_the_command_prints() -> None:
    block = administrator_block("geosites", "geosites_owner", "geosites_web")
    assert block in PAGE.read_text()


def test_after_the_block_migration_geography_and_service_need_nothing_else(
    administered: Server, tmp_path: Path
) -> None:
    assert administered.geosites(tmp_path, "db", "migrate")[0] == 0
    assert administered.geosites(tmp_path, "geo", "load", GEO)[0] == 0
    code, said = administered.geosites(tmp_path, "check", "--json")
    assert "rights" not in said, said
    del code


@pytest.mark.parametrize(
    ("undo", "words", "missing"),
    [
        (
            "DROP EXTENSION postgis",
            ("db", "migrate"),
            r"geosites_owner may not create the extension postgis: .*CREATE EXTENSION postgis",
        ),
        (
            "DROP ROLE geosites_reader",
            ("db", "migrate"),
            r"geosites_owner may not create the role geosites_reader",
        ),
        (
            "ALTER SCHEMA public OWNER TO geosites",
            ("db", "migrate"),
            r"geosites_owner lacks the right CREATE on SCHEMA public: .*GRANT CREATE ON SCHEMA",
        ),
        (
            "ALTER DATABASE geosites OWNER TO geosites;"
            "GRANT CONNECT ON DATABASE geosites TO geosites_owner",
            ("db", "migrate"),
            r"geosites_owner lacks the right CREATE on DATABASE geosites",
        ),
    ],
    ids=["extension", "role", "schema", "database"],
)
def test_a_migration_names_the_right_that_it_lacks(
    administered: Server, tmp_path: Path, undo: str, words: tuple[str, ...], missing: str
) -> None:
    if "ROLE" in undo:
        administered.run("REVOKE ALL ON DATABASE geosites FROM geosites_reader")
    administered.run(undo)
    code, said = administered.geosites(tmp_path, *words)
    assert code == 1
    assert re.search(missing, said), said
    assert "\n" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("undo", "missing"),
    [
        (
            "REVOKE geosites_service FROM geosites_web",
            "geosites_web is not a member of geosites_service: .*GRANT geosites_service TO",
        ),
        (
            "REVOKE SELECT ON sighting FROM geosites_service",
            "geosites_web lacks the right SELECT on TABLE sighting",
        ),
        (
            "REVOKE USAGE ON SCHEMA journal FROM geosites_service",
            "geosites_web lacks the right USAGE on SCHEMA journal",
        ),
        (
            "REVOKE CONNECT ON DATABASE geosites FROM geosites_web",
            'permission denied for database "geosites".*CONNECT',
        ),
    ],
    ids=["member", "table", "schema", "connect"],
)
def test_the_service_names_the_right_that_it_lacks_and_does_not_start(
    administered: Server, tmp_path: Path, undo: str, missing: str
) -> None:
    assert administered.geosites(tmp_path, "db", "migrate")[0] == 0
    administered.run(undo)
    code, said = administered.geosites(tmp_path, "serve", "--port", "0")
    assert code == 1
    assert re.search(missing, said), said
    assert "\n" not in said
