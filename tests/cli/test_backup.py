"""Backups on the command line: one file out, the very same store back, proof in between."""

from __future__ import annotations

import datetime as dt
import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from conftest import database_name
from geosites.core.errors import Refused, StoreUnavailable
from geosites.db import journal_entries, migrate, privileges
from geosites.db.postgres import table_digests
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.journal.chain import judge
from geosites.ops import backup
from geosites.ops.private_postgres import PrivateCluster
from plain import plain
from samples.journal_samples import a_sighting

Run = Callable[..., Any]
NewDatabase = Callable[..., str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def saved(
    template: str, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a backup of a store with one sighting, which was corrected."""
    store = Store(new_database(template))
    with store.begin() as conn:
        one = a_sighting()
        sightings.add(conn, one)
        sightings.correct(conn, one)
    file = tmp_path_factory.mktemp("saved") / "store.geosites"
    backup.back_up(store, file)
    store.close()
    return file


@pytest.fixture
def empty(new_database: NewDatabase) -> Iterator[Store]:
    """Return an empty database, which has no schema either."""
    store = Store(new_database())
    yield store
    store.close()


def held(store: Store) -> dict[str, table_digests.Content]:
    with store.begin() as conn:
        found = table_digests.contents(conn)
    store.close()
    return found


def again(store: Store) -> Store:
    """Return the store opened anew: a restore closes the one it was given."""
    return Store(store.url)


def repacked(file: Path, target: Path, **members: bytes) -> Path:
    """Return a copy of a backup in which some members are others."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, members.get(name.replace(".", "_"), old.read(name)))
    return target


def databases(store: Store) -> set[str]:
    with psycopg.connect(store.url) as conn:
        found = conn.execute("SELECT datname FROM pg_database WHERE datname LIKE '%\\_re%'")
        return {row[0] for row in found if row[0].startswith(database_name(store.url))}


def test_a_backup_says_what_it_holds_and_is_for_its_owner_alone(
    run: Run, store: Store, tmp_path: Path
) -> None:
    before = held(store)
    file = tmp_path / "store.geosites"
    document = run("db", "backup", str(file), "--json").document
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert document["tables"]["sighting"]["rows"] == 0
    assert document["tables"]["site"]["rows"] == before["site"].rows
    assert document["schema"] == migrate.head()
    assert [one["chain"] for one in document["heads"]] == list(range(16))
    with zipfile.ZipFile(file) as packed:
        assert json.loads(packed.read("about.json"))["sha256"] == document["sha256"]
    with again(store).begin() as conn:
        last = journal_entries.latest(conn, most=1)[0]
    assert (last.kind, last.what, last.recipient) == ("communication", "backup", file.name)


def test_what_is_restored_is_the_same_and_guarded_the_same(saved: Path, empty: Store) -> None:
    about = backup.restore(empty, saved).about
    found, journaled = held(again(empty)), {"journal.entry", "journal.head"}
    assert {t for t, c in about.tables.items() if c != found[t]} == journaled
    store = again(empty)
    with store.begin() as conn:
        entries = sa.text("SELECT count(*) FROM journal.entry")
        assert conn.execute(entries).scalar_one() == about.tables["journal.entry"].rows + 1
        for table in privileges.RIGHTS:
            privilege = sa.text("SELECT has_table_privilege(:role, :table, 'SELECT')")
            assert conn.execute(
                privilege, {"role": privileges.SERVICE, "table": table}
            ).scalar_one()
        seal = "has_function_privilege('public', 'journal.seal()', 'EXECUTE')"
        assert conn.execute(sa.text(f"SELECT {seal}")).scalar_one() is False
        migrate.check(conn)
    served = Store(empty.url, role=privileges.SERVICE)
    with served.begin() as conn:
        assert sightings.add(conn, a_sighting())
    with store.begin() as conn:
        assert judge(conn, []).sound
        assert sightings.count(conn) == 2
    served.close()
    store.close()


def test_what_is_no_backup_makes_no_store(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GEOSITES_DATABASE_URL")
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path / "home"))
    (tmp_path / "none.geosites").write_text("no backup")
    done = run("db", "restore", str(tmp_path / "none.geosites"))
    assert (done.code, "pas une sauvegarde complète" in done.err) == (1, True)
    assert not (tmp_path / "home").exists()


def test_a_store_that_holds_rows_is_replaced_only_when_told_to_and_kept(
    run: Run, store: Store, saved: Path
) -> None:
    done = run("db", "restore", str(saved))
    assert done.code == 1
    assert "--replace" in done.err
    done = run("db", "restore", str(saved), "--replace", "--json")
    kept = Path(done.document["kept"])
    assert kept.parent == saved.parent
    assert held(again(store))["sighting"].rows == 2
    assert backup.read_about(kept).tables["sighting"].rows == 0
    assert run("db", "restore", str(kept), "--replace").code == 0
    assert run("audit", "verify").code == 0
    assert held(again(store))["sighting"].rows == 0


def test_a_store_in_use_is_not_replaced(saved: Path, empty: Store) -> None:
    with Store(empty.url).begin() as conn:
        conn.execute(sa.text("SELECT 1"))
        with pytest.raises(Refused, match=r"in use \(geosites\)"):
            backup.restore(empty, saved)


def test_two_restores_do_not_mix(saved: Path, empty: Store) -> None:
    lock = f"SELECT pg_advisory_lock(hashtext('restore {database_name(empty.url)}'))"
    maintenance = psycopg.conninfo.make_conninfo(empty.url, dbname="postgres")
    with psycopg.connect(maintenance) as conn:
        conn.execute(lock)
        with pytest.raises(Refused, match="another restore"):
            backup.restore(empty, saved)


def test_what_a_killed_restore_left_is_cleared_away(saved: Path, empty: Store) -> None:
    name = database_name(empty.url)
    with psycopg.connect(empty.url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}_restoring")
        conn.execute(f"CREATE DATABASE {name}_replaced")
    backup.restore(empty, saved)
    assert databases(empty) == set()


@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:-2000]), "not a whole backup"),
        (lambda file: file.write_bytes(b""), "not a whole backup"),
        (lambda file: file.write_text("id,lon,lat\n"), "not a whole backup"),
        (lambda file: file.unlink(), "there is no file"),
    ],
)
def test_a_bad_file_is_refused_and_nothing_changes(
    saved: Path, empty: Store, tmp_path: Path, bend: Callable[[Path], object], said: str
) -> None:
    file = tmp_path / "bent.geosites"
    file.write_bytes(saved.read_bytes())
    bend(file)
    with pytest.raises(Refused, match=said):
        backup.restore(empty, file)
    assert held(again(empty)) == {}


def test_a_byte_that_turned_is_found(saved: Path, tmp_path: Path) -> None:
    file = tmp_path / "bent.geosites"
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(Refused, match="not a whole backup"):
        backup.read_about(file)


def test_another_dump_in_the_same_file_is_found(saved: Path, tmp_path: Path) -> None:
    bent = repacked(saved, tmp_path / "bent.geosites", store_dump=b"PGDMP")
    with pytest.raises(Refused, match="another digest"):
        backup.read_about(bent)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("schema", "9999", "does not know yet"),
        ("format", 2, "newer geosites"),
        ("tables", 7, "cannot be read"),
    ],
)
def test_what_a_newer_geosites_made_is_refused(
    saved: Path, tmp_path: Path, key: str, value: object, said: str
) -> None:
    with zipfile.ZipFile(saved) as packed:
        about = json.loads(packed.read("about.json"))
    text = json.dumps(about | {key: value}).encode()
    with pytest.raises(Refused, match=said):
        backup.read_about(repacked(saved, tmp_path / "bent.geosites", about_json=text))


def test_a_dump_that_is_not_what_was_said_is_never_put_in_place(
    saved: Path, empty: Store, tmp_path: Path
) -> None:
    with zipfile.ZipFile(saved) as packed:
        about = json.loads(packed.read("about.json"))
    about["tables"]["sighting"]["rows"] += 1
    text = json.dumps(about).encode()
    bent = repacked(saved, tmp_path / "bent.geosites", about_json=text)
    with pytest.raises(Refused, match="sighting: 3 rows"):
        backup.restore(empty, bent)
    assert held(again(empty)) == {}
    assert databases(empty) == set()


def test_a_file_that_cannot_be_written_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written"):
        backup.back_up(store, tmp_path / "nowhere" / "store.geosites")
    with pytest.raises(Refused, match="cannot be written"):
        backup.back_up(store, Path("/dev/full/store.geosites"))
    gone = Store(store.url.replace("/test_", "/gone_"), wait_s=0.2)
    with pytest.raises(StoreUnavailable):
        backup.back_up(gone, tmp_path / "store.geosites")
    gone.close()
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_a_store_has_nothing_to_back_up(empty: Store, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not a database of geosites"):
        backup.back_up(empty, tmp_path / "store.geosites")


def test_a_backup_of_an_older_schema_is_brought_to_the_newest(
    empty: Store, new_database: NewDatabase, tmp_path: Path
) -> None:
    old = Store(new_database())
    with old.begin() as conn:
        migrate.upgrade(conn, "0003")
        conn.execute(sa.text("INSERT INTO mark VALUES ('kept', 'yes')"))
    file = tmp_path / "old.geosites"
    assert backup.back_up(old, file).anchor is None
    old.close()
    assert backup.restore(empty, file).about.schema == "0003"
    with again(empty).begin() as conn:
        assert migrate.current(conn) == migrate.head()
        assert conn.execute(sa.text("SELECT value FROM mark")).scalar_one() == "yes"


def test_verify_restores_elsewhere_and_finds_all_of_it(
    run: Run, saved: Path, tmp_path: Path
) -> None:
    found = run("db", "verify", str(saved), "--json")
    assert found.code == 0
    assert found.document["sound"] is True
    assert found.document["journal"]["anchors_met"] == 1
    with zipfile.ZipFile(saved) as packed:
        about = json.loads(packed.read("about.json"))
    about["tables"]["site"]["digest"] = "0-0"
    bent = repacked(saved, tmp_path / "b.geosites", about_json=json.dumps(about).encode())
    done = run("db", "verify", str(bent))
    assert done.code == 1
    assert plain(done.out).startswith("site : lignes : ")


def test_a_store_is_verified_as_it_stands_with_the_anchors_of_its_home(
    run: Run, store: Store
) -> None:
    assert run("audit", "anchor").code == 0
    found = run("db", "verify", "--json")
    assert found.document["journal"]["anchors_met"] == 2
    with store.begin() as conn:
        conn.execute(sa.text("SET LOCAL session_replication_role = replica"))
        conn.execute(sa.text("DELETE FROM journal.entry"))
    found = run("db", "verify")
    assert (found.code, "La base n'est PAS complète." in plain(found.out)) == (1, True)


def test_a_restore_needs_a_login_that_may_make_databases(
    saved: Path, empty: Store, cluster: PrivateCluster
) -> None:
    limited = Store(empty.url.replace("geosites@", "geosites_web@"))
    cluster.service_url()
    with pytest.raises(Refused, match="may not create or rename"):
        backup.restore(limited, saved)
    limited.close()


def test_an_instant_of_a_backup_is_its_own(saved: Path) -> None:
    about = backup.read_about(saved)
    assert about.made_at.tzinfo is not None
    assert abs(dt.datetime.now(dt.UTC) - about.made_at) < dt.timedelta(hours=1)
    assert saved.stat().st_size > about.dump_bytes


def test_the_owner_restores_where_the_administrator_put_extensions(
    saved: Path, new_database: NewDatabase, cluster: PrivateCluster
) -> None:
    """It may create no extension; who may connect is as before, and everybody may not."""
    url = new_database()
    name, owner, reader = database_name(url), "geosites_web", "geosites_reader"
    cluster.service_url()
    with psycopg.connect(url, autocommit=True) as admin:
        for statement in (
            f"ALTER ROLE {owner} CREATEDB",
            f"ALTER DATABASE {name} OWNER TO {owner}",
            f"REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {name} TO {reader}",
            "CREATE EXTENSION IF NOT EXISTS postgis",
            "CREATE EXTENSION IF NOT EXISTS btree_gist",
        ):
            admin.execute(statement)
    store = Store(url.replace("geosites@", f"{owner}@"))
    try:
        backup.restore(store, saved)
    finally:
        store.close()
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"ALTER ROLE {owner} NOCREATEDB")
    with psycopg.connect(url) as admin:
        rows = admin.execute("SELECT count(*) FROM sighting").fetchone()
        granted = admin.execute(
            "SELECT grantee::regrole::text, privilege_type"
            " FROM pg_database, aclexplode(datacl) WHERE datname = %s AND grantee <> datdba",
            (name,),
        ).fetchall()
    assert rows == (2,)
    assert granted == [(reader, "CONNECT")]
