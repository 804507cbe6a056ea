"""Traces of requests as a collector takes them: how long it took, and nothing of what was asked."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from starlette.testclient import TestClient

from geosites.core.errors import Refused
from geosites.ops import traces
from stores import signed
from web.conftest import Clients

SECRET = "nobody-may-be-told"


class Collector:
    """A collector of the tests: what it took, as bytes and as spans."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        taken = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                packed = self.headers.get("Content-Encoding") == "gzip"
                taken.append(gzip.decompress(body) if packed else body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"

    def spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def provider(collector: Collector) -> Iterator[TracerProvider]:
    made = traces.tracer_provider(collector.url)
    assert isinstance(made, TracerProvider)
    yield made
    made.shutdown()


@pytest.fixture
def traced(make_client: Clients, provider: TracerProvider) -> TestClient:
    return make_client(tracer_provider=provider)


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def test_a_request_and_its_parts_are_one_trace_with_the_id_of_the_log(
    traced: TestClient, provider: TracerProvider, collector: Collector
) -> None:
    answer = traced.get("/api/closures")
    assert answer.status_code == 200
    provider.force_flush()
    spans = collector.spans()
    (whole,) = [span for span in spans if not span.parent_span_id]
    assert whole.name == "GET /api/closures"
    told = attributes(whole)
    assert told["http.response.status_code"] == 200
    assert told[traces.REQUEST_ID] == answer.headers["x-request-id"]
    assert {span.trace_id for span in spans} == {whole.trace_id}
    assert {"fastapi.endpoint", "fastapi.dependencies"} <= {span.name for span in spans}
    parts = [span for span in spans if span.parent_span_id]
    assert all(whole.start_time_unix_nano <= span.start_time_unix_nano for span in parts)
    assert all(span.end_time_unix_nano <= whole.end_time_unix_nano for span in parts)


@pytest.mark.parametrize(
    "path",
    [
        f"/sites/{SECRET}",
        f"/search?q={SECRET}",
        f"/{SECRET}/not/there",
        f"/api/hotspots?week={SECRET}",
    ],
)
def test_nothing_of_what_was_asked_is_told(
    traced: TestClient, provider: TracerProvider, collector: Collector, path: str
) -> None:
    sent = {"User-Agent": SECRET, "Cookie": f"geosites={SECRET}", "X-Forwarded-For": "203.0.113.7"}
    traced.get(path, headers={**sent, "baggage": f"who={SECRET}"})
    traced.post(path, headers=sent, json={SECRET: SECRET})
    provider.force_flush()
    spans = collector.spans()
    assert spans
    body = b"".join(collector.bodies)
    for secret in (SECRET, "203.0.113.7", signed.login(signed.Role.COORDINATOR), "testclient"):
        assert secret.encode() not in body
    assert {key for span in spans for key in attributes(span)} <= traces.KEPT


def test_who_asks_does_not_decide_whether_it_is_traced(
    traced: TestClient, provider: TracerProvider, collector: Collector
) -> None:
    unsampled = f"00-{'a' * 32}-{'b' * 16}-00"
    traced.get("/healthz", headers={"traceparent": unsampled})
    provider.force_flush()
    assert "GET /healthz" in {span.name for span in collector.spans()}


def test_a_collector_that_is_gone_costs_no_answer(make_client: Clients) -> None:
    gone = Collector()
    gone.server.server_close()
    provider = traces.tracer_provider(gone.url)
    assert isinstance(provider, TracerProvider)
    assert make_client(tracer_provider=provider).get("/healthz").status_code == 200
    provider.shutdown()


def test_by_default_there_is_none(make_client: Clients) -> None:
    client = make_client()
    client.get("/healthz")
    assert not client.app._native_telemetry.enabled()  # type: ignore[attr-defined]


def test_without_its_packages_the_start_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(Refused, match=r"geosites\[traces\]"):
        traces.tracer_provider("http://127.0.0.1:4318/v1/traces")
