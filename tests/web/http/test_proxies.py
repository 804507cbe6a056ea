"""The service behind nginx, Caddy and Apache, as deploy/proxy sets them up, under a path.

Each runs where it is installed; elsewhere its tests are left out, and counted aloud.
"""

from __future__ import annotations

import re
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from bench import tls
from bench.ports import free_port

from geosites.db.postgres.connection import Store
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from left_out import NEEDS, PROGRAMS
from stores import signed
from web.conftest import NOW, as_service

SNIPPETS = Path(__file__).parents[3] / "deploy" / "proxy"
ROOT = "/counts"
LIMIT_S = 120.0
HTML = {"Accept": "text/html"}


@dataclass(frozen=True)
class Ports:
    """Where the proxy listens, and where the service does."""

    proxy: int
    service: int


def nginx(folder: Path, ports: Ports, pem: Path) -> Sequence[str]:
    return tls.nginx(folder, ports.proxy, ports.service, pem)


def caddy(folder: Path, ports: Ports, pem: Path) -> Sequence[str]:
    text = (SNIPPETS / "Caddyfile").read_text()
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{ports.service}")
    text = text.replace(
        "geosites.example {",
        f"{{\n admin off\n auto_https disable_redirects\n}}\n"
        f"https://geosites.example:{ports.proxy} {{\n tls {pem} {pem}",
    )
    (folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def apache(folder: Path, ports: Ports, pem: Path) -> Sequence[str]:
    text = (SNIPPETS / "apache.conf").read_text()
    text = re.sub(r"/etc/ssl/geosites/\w+\.pem", str(pem), text)
    text = text.replace("*:443", f"127.0.0.1:{ports.proxy}")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{ports.service}")
    modules = (
        "mpm_event",
        "ssl",
        "proxy",
        "proxy_http",
        "headers",
        "alias",
        "authz_core",
        "socache_shmcb",
    )
    loaded = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules
    )
    (folder / "apache.conf").write_text(
        f"ServerRoot {folder}\nServerName localhost\nPidFile {folder}/apache.pid\n{loaded}\n"
        f"DefaultRuntimeDir {folder}\nErrorLog /dev/stderr\nUser nobody\nGroup nogroup\n"
        f"Listen 127.0.0.1:{ports.proxy}\n{text}"
    )
    return ["apache2", "-D", "FOREGROUND", "-f", str(folder / "apache.conf")]


PROXIES: dict[str, Callable[[Path, Ports, Path], Sequence[str]]] = {
    "nginx": nginx,
    "caddy": caddy,
    "apache2": apache,
}
EACH = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in PROXIES]


@contextmanager
def service(store: Store, port: int, public_url: str) -> Iterator[None]:
    config = WebConfig(
        clock=lambda: NOW,
        public_url=public_url,
        hosts=("127.0.0.1", "geosites.example"),
        secure=True,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(store, config),
            port=port,
            log_level="warning",
            proxy_headers=True,
            forwarded_allow_ips="127.0.0.1",
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


class Resolved(httpx2.HTTPTransport):
    """Asks 127.0.0.1 for whatever host, as if its name led there."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


@pytest.fixture(params=EACH)
def through(
    request: pytest.FixtureRequest, small_store: Store, tmp_path: Path
) -> Iterator[httpx2.Client]:
    """Return a client of the proxy, which serves the service under a path of another port."""
    ports, pem = Ports(free_port(), free_port()), tls.certificate(tmp_path)
    tmp_path.chmod(0o755)
    words = PROXIES[request.param](tmp_path, ports, pem)
    public = f"https://geosites.example:{ports.proxy}"
    trusted = ssl.create_default_context(cafile=str(pem))
    with (
        as_service(small_store) as served,
        service(served, ports.service, f"{public}{ROOT}"),
        (tmp_path / "proxy.log").open("wb") as log,
        subprocess.Popen(
            words, stdout=log, stderr=log, env={"PATH": PROGRAMS, "HOME": str(tmp_path)}
        ) as running,
    ):
        client = httpx2.Client(base_url=public, transport=Resolved(verify=trusted))
        try:
            ends = time.monotonic() + LIMIT_S
            while not _answers(client):
                told = (tmp_path / "proxy.log").read_text()
                assert running.poll() is None, told
                assert time.monotonic() < ends, told
                threading.Event().wait(0.1)
            yield client
        finally:
            client.close()
            running.terminate()


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get(f"{ROOT}/healthz").status_code == 200
    except httpx2.HTTPError:
        return False


def test_every_proxy_that_is_set_up_is_tested_or_missed_aloud() -> None:
    assert set(PROXIES) <= set(NEEDS)
    assert {path.name for path in SNIPPETS.iterdir()} == {"nginx.conf", "Caddyfile", "apache.conf"}


def test_a_reader_signs_in_through_the_proxy_and_every_link_leads_back(
    through: httpx2.Client,
) -> None:
    public = str(through.base_url).rstrip("/")
    leads = through.get(f"{ROOT}/sites", headers=HTML)
    assert leads.status_code == 303
    assert leads.headers["location"].startswith(f"{ROOT}/sign-in?next=")
    page = through.get(leads.headers["location"], headers=HTML)
    found = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
    assert found
    assert [one for one in found if not one.startswith(f"{ROOT}/")] == []
    style = next(one for one in found if ".css" in one)
    assert through.get(style).status_code == 200
    assert "strict-transport-security" in page.headers
    wrong = {"login": "nobody", "password": "not the one"}
    ours = {"Origin": public, "Sec-Fetch-Site": "same-origin", **HTML}
    assert through.post(f"{ROOT}/sign-in", data=wrong, headers=ours).status_code == 401
    theirs = {**ours, "Origin": "https://geosites.example:1"}
    assert through.post(f"{ROOT}/sign-in", data=wrong, headers=theirs).status_code == 403


def test_documents_name_the_public_address_and_large_bodies_are_refused(
    through: httpx2.Client,
) -> None:
    shown: dict[str, Any] = signed.bearer()
    led = through.get(f"{ROOT}/ogc/?f=json", headers=shown, follow_redirects=True)
    assert led.url.path == f"{ROOT}/ogc"
    landing = led.json()
    public = str(through.base_url).rstrip("/")
    assert {link["href"].startswith(f"{public}{ROOT}/ogc") for link in landing["links"]} == {True}
    answer = through.post(
        f"{ROOT}/api/sightings", content=b"x" * 21_000_000, headers={**shown, "Expect": ""}
    )
    # Apache says 502 where the service has refused the body before all of it was passed on
    assert answer.status_code in (413, 502)


def test_metrics_are_not_told_to_the_outside(through: httpx2.Client) -> None:
    assert through.get(f"{ROOT}/metrics").status_code == 404
    assert through.get("/metrics").status_code == 404
