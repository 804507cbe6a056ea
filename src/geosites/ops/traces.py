"""Request traces for an OpenTelemetry collector that the operator configures; none by default.

A trace shows how long each part of a response took. Its allowed attributes are listed here, because
it leaves the service: no requested URL, no query, no name, no client.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opentelemetry import trace

from geosites import __version__
from geosites.core.errors import Refused

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

REQUEST_ID = "geosites.request_id"
KEPT = frozenset(
    {
        REQUEST_ID,
        "code.function.name",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
    }
)
"""Allowed attributes: of a URL only the route template."""
WAIT_S = 5
"""How long the collector may take; a trace that it does not take is dropped."""


def name_request(name: str) -> None:
    """Put the id of the request that is answered into its trace, if there is one."""
    trace.get_current_span().set_attribute(REQUEST_ID, name)


def tracer_provider(url: str) -> trace.TracerProvider:
    """Return the provider that sends traces to a collector, by OTLP over HTTP, in the background.

    Clients cannot decide whether a request is traced. Raises `Refused` if the packages of the extra
    `traces` are missing.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON
        from requests import Session
    except ImportError as missing:
        raise Refused(
            "GEOSITES_TRACES_URL is set, and the packages for traces are not installed: "
            "python -m pip install geosites[traces]"
        ) from missing
    direct = Session()
    direct.trust_env = False  # neither a proxy nor a password of the environment
    sending = OTLPSpanExporter(endpoint=url, timeout=WAIT_S, session=direct)
    resource = Resource({"service.name": "geosites", "service.version": __version__})
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource)
    provider.add_span_processor(BatchSpanProcessor(_bared(sending)))
    return provider


def _bared(sending: SpanExporter) -> SpanExporter:
    """Return an exporter that passes on only the attributes in `KEPT`."""
    from opentelemetry.sdk.trace.export import SpanExporter

    class Bared(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return sending.export([_bare(span) for span in spans])

        def shutdown(self) -> None:
            sending.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return sending.force_flush(timeout_millis)

    return Bared()


def _bare(span: ReadableSpan) -> ReadableSpan:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace.status import Status

    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={key: told for key, told in (span.attributes or {}).items() if key in KEPT},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
