"""Files through the browser: uploaded, previewed, confirmed; nobody else's, nowhere else."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.core.errors import Conflict, NotFound, Refused
from geosites.db.closure import reactivation_hazard
from geosites.db.postgres.connection import Store
from geosites.db.schema.accounts import account
from geosites.db.schema.sightings import sighting
from geosites.imports import import_file, saved_mappings
from geosites.imports.import_progress import ImportProgress, ImportStage
from geosites.imports.mapping import ColumnMapping
from geosites.permissions.policy import Role
from geosites.services.closure_status.reactivation_hazard import BASIS
from geosites.validation import FileKind
from geosites.web.data_files import waiting_uploads
from geosites.web.data_files.import_jobs import ImportJob
from samples.hostile import ATTACKS, COMPUTED
from stores import signed
from web.conftest import NOW

Clients = Callable[..., TestClient]
FRENCH = (
    "quand;long;lat;combien;obs\n"
    "05/10/2022 14:30;2,3899;48,8998;12;RAS\n"
    "05/10/2022 15:00;2,3700;48,8850;0;\n"
).encode("cp1252")
PLAIN = b"observed_at,lon,lat,headcount\n2022-10-05T14:30,2.3899,48.8998,12\n"
MATCHED = ["observed_at", "lon", "lat", "headcount", ""]


def upload(client: TestClient, content: bytes, name: str = "file.csv", **fields: str) -> str:
    """Upload a file; return the address of its preview."""
    answer = client.post(
        "/import", files={"file": (name, content)}, data=fields, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def confirm(client: TestClient, page: str, **more: str) -> object:
    """Press the button of a preview: send the hidden fields of its form."""
    form = page[page.index("/import/confirm") :]
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")])
    data: dict[str, list[str]] = {}
    for name, value in found:
        data.setdefault(name, []).append(unescape(value))
    return client.post("/import/confirm", data={**data, **more}, follow_redirects=False)


def test_a_file_is_seen_before_it_comes_in(client: TestClient) -> None:
    address = upload(client, PLAIN)
    page = client.get(address).text
    assert "1 would be added" in page or "serait ajoutée" in page
    assert '<svg class="rows"' in page
    assert client.get("/api/hotspots/2022-W40").json()["visits"] == 0
    answer = confirm(client, page)
    assert (answer.status_code, answer.headers["location"]) == (303, "/import?done=true")
    assert client.get("/api/hotspots/2022-W40").json()["visits"] == 1
    last = client.get("/import?done=true").text
    assert "file.csv" in last[last.index('id="last"') :]
    assert client.get(address).status_code == 404


def test_columns_are_matched_and_what_is_proposed_is_shown_and_confirmed(
    client: TestClient,
) -> None:
    address = upload(client, FRENCH)
    first = client.get(address, params={**dict(parse_qsl(urlsplit(address).query))})
    assert first.status_code == 200
    assert 'role="alert"' in first.text
    query = [*parse_qsl(urlsplit(address).query), *(("column", name) for name in MATCHED)]
    page = client.get("/import", params=query, headers={"accept-language": "en"}).text
    assert "2 would be added" in page
    assert "Day and time of the observation is written as dd/mm/yyyy hh:min" in page
    assert "05/10/2022 14:30 is read as 2022-10-05T14:30:00" in page
    assert "%d" not in re.sub(r'placeholder="[^"]*"', "", page)
    assert "decimal comma, such as 2,3899" in page
    answer = confirm(client, page, save_as="mairie-10")
    assert answer.headers["location"] == "/import?done=true"
    again = upload(client, FRENCH, saved="mairie-10")
    assert "2 already there" in client.get(again, headers={"accept-language": "en"}).text


def test_a_mapping_that_others_saved_is_told_and_not_taken_away(
    client: TestClient, store: Store
) -> None:
    """The second who saves under a name sees what the first one said, and imports nothing yet."""
    client.headers["accept-language"] = "en"
    theirs = ColumnMapping(columns={"observed_at": ("Jour",), "headcount": ("nombre",)})
    with store.begin() as conn:
        saved_mappings.save(conn, "mairie-10", theirs)
    address = upload(client, FRENCH)
    query = [*parse_qsl(urlsplit(address).query), *(("column", name) for name in MATCHED)]
    page = client.get("/import", params=query, headers={"accept-language": "en"}).text
    for name, said in {"mairie-10": "says something else", "Mairie 10": "small letters"}.items():
        refused = confirm(client, page, save_as=name)
        assert refused.status_code == 409
        assert said in unescape(refused.text)
        assert f'name="save_as" value="{name}"' in refused.text
        assert ('name="replace"' in refused.text) is (name == "mairie-10")
        assert client.get("/api/hotspots/2022-W40").json()["visits"] == 0
    told = unescape(confirm(client, page, save_as="mairie-10").text)
    assert "Jour" in told.partition('id="changed"')[2].partition("</ul>")[0]
    with store.begin() as conn:
        assert saved_mappings.get(conn, "mairie-10") == theirs
        with pytest.raises(Conflict):
            saved_mappings.save_beside(conn, "mairie-10", ColumnMapping())
        saved_mappings.save_beside(conn, "mairie-10", theirs)
    done = confirm(client, page, save_as="mairie-10", replace="true")
    assert done.headers["location"] == "/import?done=true"
    with store.begin() as conn:
        assert saved_mappings.get(conn, "mairie-10") != theirs


def test_every_bad_row_stands_beside_its_reason_and_there_is_no_button(client: TestClient) -> None:
    bad = PLAIN + b"2022-10-05T14:30,2.3899,48.8998,x\n2022-10-05T14:30,5.4,43.3,1\n"
    page = client.get(upload(client, bad), headers={"accept-language": "en"}).text
    assert "2 rows at fault" in page
    assert "lies outside every territory" in page
    assert "/import/confirm" not in page


def test_what_is_read_passed_over_and_listed_is_told_as_on_a_page(client: TestClient) -> None:
    columns, row = PLAIN.splitlines()[:2]
    more = columns + b",agent,note\n" + row + b",a,b\n"
    page = unescape(client.get(upload(client, more)).text)
    assert "séparateur «\u202f,\u202f»" in page
    assert "Colonnes laissées de côté\u00a0: «\u202fagent\u202f», «\u202fnote\u202f»." in page
    bad = columns + b"\n" + b"\n".join(b"2022-10-05T25:30,2.3899,48.8998,1" for _ in range(150))
    page = client.get(upload(client, bad)).text
    assert "Les 100 premières sont ci-dessous." in page
    page = client.get(upload(client, columns + b"\n")).text
    assert "Le fichier a un en-tête et aucune ligne.<" in page


def test_bad_rows_can_be_left_out(client: TestClient) -> None:
    address = upload(client, PLAIN + b"2022-10-05T14:30,5.4,43.3,1\n")
    page = client.get(f"{address}&max_rejects=1", headers={"accept-language": "en"}).text
    assert "left out: 0 on purpose, 1 at fault" in page
    assert confirm(client, page).headers["location"] == "/import?done=true"


def test_rows_outside_the_scope_are_refused(make_client: Clients, store: Store) -> None:
    with store.begin() as conn:
        held = sa.update(account).where(account.c.login == signed.login(Role.COORDINATOR))
        conn.execute(held.values(scope=["75118"]))
    client = make_client()
    inside = PLAIN.replace(b"2.3899,48.8998", b"2.3605,48.8905")
    page = client.get(upload(client, inside), headers={"accept-language": "en"}).text
    assert "1 would be added" in page
    page = client.get(upload(client, PLAIN), headers={"accept-language": "en"}).text
    assert "lies outside your territories" in page


@pytest.mark.parametrize("role", [Role.REPORTER, Role.ANALYST, Role.PARTNER, Role.ADMIN])
def test_only_coordinators_import(make_client: Clients, role: Role) -> None:
    client = make_client(role)
    assert client.get("/import").status_code == 403
    files = {"file": ("file.csv", PLAIN)}
    assert client.post("/import", files=files).status_code == 403
    assert client.post("/import/confirm", data={"upload": "x"}).status_code == 403


def test_a_foreign_page_imports_nothing(client: TestClient) -> None:
    headers = {"authorization": "", "cookie": "geosites=x", "sec-fetch-site": "cross-site"}
    files = {"file": ("file.csv", PLAIN)}
    assert client.post("/import", files=files, headers=headers).status_code == 403


def test_an_upload_is_nobody_elses(client: TestClient) -> None:
    address = upload(client, PLAIN)
    token = dict(parse_qsl(urlsplit(address).query))["upload"]
    assert waiting_uploads.find(signed.login(Role.COORDINATOR), token).read_bytes() == PLAIN
    with pytest.raises(NotFound):
        waiting_uploads.find("another", token)


@pytest.mark.parametrize("token", ["", "x", "../../etc/passwd", "a" * 32])
def test_a_token_that_is_none_finds_nothing(client: TestClient, token: str) -> None:
    answer = client.post("/import/confirm", data={"upload": token}, follow_redirects=False)
    assert answer.status_code == 404


def test_a_body_over_the_limit_is_refused(make_client: Clients) -> None:
    client = make_client(upload_limit_bytes=5_000)
    files = {"file": ("file.csv", b"x" * 10_000)}
    assert client.post("/import", files=files).status_code == 413


@pytest.mark.parametrize("text", ATTACKS)
def test_hostile_text_in_a_file_is_text(client: TestClient, text: str) -> None:
    quoted = text.replace('"', '""')
    content = f'observed_at,lon,lat,headcount,unit,"{quoted}"\n2022-10-05,2.38,48.89,"{quoted}",,\n'
    address = upload(client, content.encode(), f"{text[:40]}.csv")
    page = client.get(address).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert COMPUTED not in page


def test_an_export_asks_why(client: TestClient) -> None:
    assert 'name="motive"' in client.get("/export?kind=operations").text
    chosen = {"kind": "sightings", "form": "csv", "first": "2022-10-03", "motive": "weekly map"}
    answer = client.get("/export", params=chosen, follow_redirects=False)
    assert answer.status_code == 303
    address = answer.headers["location"]
    assert address.startswith("/api/export/sightings.csv?motive=weekly+map&since=2022-10-02T22")
    assert client.get(address).status_code == 200


def test_a_part_of_a_file_is_asked_for_as_http_says(client: TestClient) -> None:
    address = "/api/export/sites.csv?motive=weekly+figures"
    size = len(client.get(address).content)
    assert client.get(address, headers={"range": "lines=1-2"}).status_code == 200
    beyond = client.get(address, headers={"range": f"bytes={size + 10}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert client.get(address, headers={"range": "bytes=0-9"}).status_code == 206


LOCK = sa.select(sa.func.pg_advisory_xact_lock(7_205_175_100))
"""Imports wait for one another under this number."""
MOST_S = 120.0


@contextmanager
def others_at_it(store: Store) -> Iterator[None]:
    """Let another import be under way within the block."""
    with store.begin() as conn:
        conn.execute(LOCK)
        yield


def followed(client: TestClient, address: str) -> str:
    """Ask an address as its page does by itself, until nothing is under way there."""
    end = time.monotonic() + MOST_S
    while 'id="under-way"' in (page := client.get(address).text):
        assert time.monotonic() < end
        time.sleep(0.05)
    return page


def test_a_file_that_takes_long_is_followed_and_survives_a_reload(
    make_client: Clients, store: Store
) -> None:
    client = make_client(import_wait_s=0)
    client.headers["accept-language"] = "en"
    with others_at_it(store):
        address = upload(client, PLAIN)
        for _ in range(2):
            page = client.get(address).text
            assert "Reading the file" in page
            assert "Writing" not in page
            assert '<noscript><meta http-equiv="refresh"' in page
            assert re.findall(r'<a href="(/import[?][^"]+)">See its progress', page)
            assert "/import/confirm" not in page
    page = followed(client, address)
    assert "1 would be added" in page
    with others_at_it(store):
        there = confirm(client, page, save_as="mairie-19").headers["location"]  # type: ignore[attr-defined]
        assert "writing=true" in there
        for _ in range(2):
            assert "Writing" in client.get(there).text
        confirm(client, page)
    done = followed(client, there)
    assert "Imported: the result is the first line below." in done
    with store.begin() as conn:
        assert reactivation_hazard.totals(conn, BASIS) is not None, "the next answer is ready"
    assert client.get("/api/hotspots/2022-W40").json()["visits"] == 1
    assert "mairie-19" in done
    assert client.get(address).status_code == 404
    assert "Imported" in client.get(there).text, "asked again later"


def test_an_import_whose_process_died_is_told(client: TestClient) -> None:
    address = upload(client, PLAIN)
    page = client.get(address, headers={"accept-language": "en"}).text
    writing = f"{address}&writing=true"
    assert client.get(writing).status_code == 404, "nobody confirmed"
    folder = waiting_uploads.place(
        signed.login(Role.COORDINATOR), re.findall("upload=([^&]+)", address)[0]
    )
    choices = '{"kind":"sightings","saved":"","sheet":"","layer":"","encoding":"","delimiter":"",'
    choices += '"zone":"","time":"","decimal":"","where":"","max_rejects":0,"heads":"","column":[],'
    ImportJob.of(folder, choices + '"sure":false,"writing":true}').folder.mkdir()
    told = client.get(writing, headers={"accept-language": "en"}).text
    assert "The import was interrupted; nothing was written." in told
    assert confirm(client, page).headers["location"] == "/import?done=true"  # type: ignore[attr-defined]


def test_each_stage_of_an_import_is_told(conn: sa.Connection, tmp_path: Path) -> None:
    rows, told = 12_000, list[ImportProgress]()
    path = tmp_path / "many.csv"
    lines = [
        f"2022-10-05T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02},2.39,48.89,{n % 9}\n"
        for n in range(rows)
    ]
    path.write_text("observed_at,lon,lat,headcount\n" + "".join(lines))
    report = import_file(conn, FileKind.SIGHTINGS, path, now=NOW, progress=told.append)
    assert report.added == rows
    stages = list(dict.fromkeys(one.stage for one in told))
    assert stages == [ImportStage.READING, ImportStage.CHECKING, ImportStage.WRITING]
    read = [one for one in told if one.stage is ImportStage.READING][-1]
    assert (read.rows, read.bytes_read) == (rows, path.stat().st_size)
    written = [one.written for one in told if one.stage is ImportStage.WRITING]
    assert written[0] == 0
    assert written[-1] == rows
    assert len(written) > 2
    assert written == sorted(written)


def test_uploads_are_kept_where_nobody_else_writes(
    tmp_path: Path, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    upload(client, PLAIN)
    (folder,) = tmp_path.iterdir()
    folder.chmod(0o777)
    with pytest.raises(Refused, match="others may write there"):
        waiting_uploads.place("somebody", "x" * 32)


def test_columns_are_named_in_words(client: TestClient) -> None:
    page = client.get(upload(client, FRENCH), headers={"accept-language": "fr"}).text
    assert '<option value="observed_at">Date et heure de l’observation</option>' in page
    assert not re.search(r"<option[^>]*>[a-z]+_[a-z_]+</option>", page)


def test_columns_that_are_missing_are_named_in_words(client: TestClient) -> None:
    file = b"Quand;Nb\n05/10/2022 14:00;12\n"
    page = client.get(upload(client, file), headers={"accept-language": "fr"}).text
    (reason,) = re.findall(r'role="alert">([^<]*)<', page)
    assert "Date et heure de l’observation" in reason
    assert "Nombre de personnes" in reason
    assert "observed_at" not in reason
    assert "sightings" not in reason


OF_A_CITY = b"""ID,Date,Primary Type,Latitude,Longitude
1,09/25/2022 02:30:00 PM,NARCOTICS,48.8998,2.3899
2,09/25/2022 12:05:00 AM,NARCOTICS,48.8850,2.3700
"""


def test_a_file_of_a_city_comes_in_without_a_programmer(client: TestClient, store: Store) -> None:
    english = {"accept-language": "en"}
    address = upload(client, OF_A_CITY)
    first = client.get(address, headers=english).text
    assert re.search(r'<option value="lon" selected>', first)
    assert "Number of people" in re.findall(r'role="alert">([^<]*)<', first)[0]
    chosen = [("column", name) for name in ("", "observed_at", "", "lat", "lon")]
    query = [*parse_qsl(urlsplit(address).query), *chosen, ("heads", "1")]
    page = client.get("/import", params=query, headers=english).text
    assert "2 would be added" in page
    confirm(client, page, save_as="chicago-open")
    again = upload(client, OF_A_CITY, saved="chicago-open")
    assert "2 already there" in client.get(again, headers=english).text
    with store.begin() as conn:
        told = conn.execute(sa.select(sighting.c.observed_at, sighting.c.headcount)).all()
    assert sorted((at.isoformat(), heads) for at, heads in told) == [
        ("2022-09-24T22:05:00+00:00", 1),
        ("2022-09-25T12:30:00+00:00", 1),
    ]


DOUBTFUL = (
    b"observed_at,lon,lat,headcount\n2022-10-05T14:30,2.3899,48.8998,99999\n"
    b"2022-10-05T15:30,2.3899,48.8998,12\n"
)


def test_an_unlikely_count_is_told_and_asks_for_a_tick(client: TestClient) -> None:
    client.headers["accept-language"] = "en"
    address = upload(client, DOUBTFUL)
    page = client.get(address).text
    told = page[page.index('id="doubtful"') : page.index("/import/confirm")]
    assert "1 count is higher than usual" in told
    for said in (">2<", "99999", "99999 people: is the count right?"):
        assert said in told
    assert 'name="sure" value="true" required' in page
    early = confirm(client, page)
    assert early.status_code == 409
    assert "Nothing was imported: say whether the counts are right" in early.text
    assert client.get("/api/hotspots/2022-W40").json()["visits"] == 0
    answer = confirm(client, page, sure="true")
    assert (answer.status_code, answer.headers["location"]) == (303, "/import?done=true")
    assert client.get("/api/hotspots/2022-W40").json()["visits"] == 2
    again = client.get(upload(client, DOUBTFUL)).text
    assert 'name="sure"' not in again


def test_an_unlikely_count_that_no_preview_told_is_not_written(client: TestClient) -> None:
    """The tick is asked by what writes, too: a form that was made up is no way around it."""
    client.headers["accept-language"] = "en"
    upload_key = dict(parse_qsl(urlsplit(upload(client, DOUBTFUL)).query))["upload"]
    data = {"upload": upload_key, "kind": "sightings"}
    answer = client.post("/import/confirm", data=data)
    assert "counts to be confirmed: 1, the first on line 2 (99999 people)" in answer.text
    assert client.get("/api/hotspots/2022-W40").json()["visits"] == 0


def test_a_place_in_one_column_is_proposed_and_comes_in(client: TestClient, store: Store) -> None:
    english = {"accept-language": "en"}
    content = 'ID;quand;Coordonnées GPS;combien\n1;05/10/2022 midi;"48.8998, 2.3899";1 200\n'
    address = upload(client, content.encode())
    first = client.get(address, headers=english).text
    assert re.search(r'<option value="lat_lon" selected>Latitude, then longitude', first)
    chosen = [("column", name) for name in ("id", "observed_at", "lat_lon", "headcount")]
    query = [*parse_qsl(urlsplit(address).query), *chosen]
    page = client.get("/import", params=query, headers=english).text
    assert "1 would be added" in page
    caution = page[page.index('class="caution"') :]
    assert "holds numbers and no UUIDs" in caution[: caution.index("</div>")]
    confirm(client, page, sure="true")
    with store.begin() as conn:
        told = conn.execute(sa.select(sighting.c.observed_at, sighting.c.headcount)).all()
    assert [(at.isoformat(), heads) for at, heads in told] == [("2022-10-05T10:00:00+00:00", 1200)]
