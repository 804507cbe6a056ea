"""The report form as an installable app: manifest, service worker, offline page."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites.db.maintenance import store_flags
from geosites.presentation import palette, static_assets
from geosites.presentation.basemap_attribution import BaseMap
from geosites.presentation.i18n import Language
from geosites.presentation.offline_files import OFFLINE_FILES
from geosites.presentation.path_prefix import rooted
from geosites.presentation.template_rendering import Page
from geosites.web import views
from geosites.web.http.query_params import page_of

router = APIRouter(include_in_schema=False)

MANIFEST = "application/manifest+json"
SHELL = "/report/shell"


@router.get("/manifest.webmanifest")
def manifest(request: Request) -> Response:
    """Return what a phone shows of the form when it is installed."""
    words = page_of(request).words
    document = {
        "id": rooted("/report"),
        "name": "geosites",
        "short_name": "geosites",
        "description": words.say("Report how many people are at a place."),
        "lang": words.language.value,
        "start_url": rooted("/report"),
        "scope": rooted("/"),
        "display": "standalone",
        "background_color": palette.day("paper"),
        "theme_color": palette.day("accent"),
        "icons": [
            {"src": static_assets.asset("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *(_icon(size) for size in (192, 512)),
        ],
    }
    return Response(json.dumps(document, ensure_ascii=False), media_type=MANIFEST)


def _icon(size: int) -> dict[str, str]:
    form = {"sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
    return {"src": static_assets.asset(f"icon-{size}.png"), **form}


@router.get("/worker.js")
def worker(request: Request) -> Response:
    """Return the service worker, which caches the form's page and files; it changes with them."""
    shells = {language: rooted(f"{SHELL}?lang={language}") for language in Language}
    drawn_by = (*OFFLINE_FILES, *(("vector_tiles.js",) if _basemap(request, vector=True) else ()))
    files = [*shells.values(), *map(static_assets.asset, drawn_by)]
    drawn = [_shell(request, language) for language in shells]
    content = [*files, *drawn, static_assets.sent("service_worker.js")]
    version = hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]
    known = (
        f"const LANGUAGES = {json.dumps(list(Language))}, VERSION = {json.dumps(version)},"
        f" FILES = {json.dumps(files)};\n"
    )
    parts = (
        static_assets.sent(name) for name in ("outbox.js", "outbox_send.js", "service_worker.js")
    )
    script = "\n".join(["const geosites = {};", known, *parts])
    return Response(script, media_type="text/javascript")


@router.get(SHELL, response_class=HTMLResponse)
def shell(request: Request) -> str:
    """Return the form for caching on the phone, without any data of the store."""
    return _shell(request, page_of(request).words.language)


def _shell(request: Request, language: Language) -> str:
    page = Page.of(language, True, "/report", request.scope["nonce"])
    with request.app.state.store.begin() as conn:
        marked = page.marked(store_flags.is_exercise(conn))
    marked = replace(marked, basemap=_basemap(request))
    filled = views.Filled(kept=True, plausible_heads=request.app.state.config.plausible_heads)
    return views.report(marked, filled, [], [])


def _basemap(request: Request, *, vector: bool = False) -> BaseMap | None:
    """Return the configured base map, only if it has vector tiles where that is required."""
    found = page_of(request).basemap
    return None if found is None or (vector and not found.vector) else found
