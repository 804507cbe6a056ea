"""Sites in the browser: add, rename, redraw, merge, retire, restore."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites import services
from geosites.core.errors import NotFound, Outdated, phrase
from geosites.db.geography import site_changes, sites
from geosites.db.geography.site_changes import SiteVersion
from geosites.db.maintenance import store_flags
from geosites.permissions.policy import Permission
from geosites.web import views
from geosites.web.form_data.forms import FilledForm, Mistaken, TypedForm, mistakes, version_of
from geosites.web.form_data.report_dependencies import seen_sites
from geosites.web.form_data.site_forms import TypedSite, empty, made, typed_again
from geosites.web.http.redirects import recorded
from geosites.web.request_context import RequestContext, requires
from geosites.web.views.reporting.report_form import site_choices

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Managing = Annotated[RequestContext, requires(Permission.MANAGE_SITES)]
Slug = Annotated[str, Path(description="The site.", max_length=200)]
Typed = Annotated[TypedSite, Form()]


class TypedUse(TypedForm):
    """Form to merge, retire or restore a site: a confirmation, and the other site."""

    version: str = ""
    sure: str = ""
    into: str = ""
    whole: str = ""


Act = Callable[[sa.Connection, SiteVersion], None]
Using = Annotated[TypedUse, Form()]


@router.get("/new-site")
def show_new(context: Managing) -> Response:
    """Show the form of a new site."""
    return _new_form(context, empty())


@router.post("/new-site")
def add(typed: Typed, context: Managing) -> Response:
    """Record a new site."""
    try:
        with context.begin() as conn:
            site, used = made(conn, context, typed)
            with mistakes("name"):
                site_changes.add(conn, site, used)
    except Mistaken as error:
        return _new_form(context, typed, error.wrong)
    return recorded(context.page.links.site(site.slug))


@router.get("/sites/{slug}/edit")
def show_site_form(slug: Slug, context: Managing) -> Response:
    """Show a site in its form, with its earlier versions."""
    return _form(context, slug)


@router.post("/sites/{slug}/edit")
def edit(slug: Slug, typed: Typed, context: Managing) -> Response:
    """Replace a site by a new version with the form's values."""

    def act(conn: sa.Connection, there: SiteVersion) -> None:
        site, used = made(conn, context, typed, there)
        if (site, used) == (there.site, there.use):
            raise Mistaken({"form": phrase("nothing was changed")})
        with mistakes("aliases"):
            site_changes.edit(conn, site, used, version_of(typed.version))

    return _done(context, slug, act, typed)


@router.post("/sites/{slug}/merge")
def merge(slug: Slug, typed: Using, context: Managing) -> Response:
    """Retire a site in favour of another, which takes over its names."""

    def act(conn: sa.Connection, _: SiteVersion) -> None:
        known = {site.slug for site in seen_sites(conn, context)}
        if typed.into not in known - {slug}:
            raise Mistaken({"into": phrase("choose one of the list")})
        context.asked.require_whole_site(conn, typed.into)
        _require_sure(typed, "sure_merge")
        seen, now = version_of(typed.version), services.reading_time(conn, context.now)
        with mistakes("into"):
            whole = bool(typed.whole)
            site_changes.merge(conn, slug, typed.into, seen, now, whole=whole)

    return _done(context, slug, act, TypedSite(version=typed.version), leads_to=typed.into)


@router.post("/sites/{slug}/retire")
def retire(slug: Slug, typed: Using, context: Managing) -> Response:
    """Retire a site; its records are kept."""

    def act(conn: sa.Connection, _: SiteVersion) -> None:
        _require_sure(typed, "sure")
        seen, now = version_of(typed.version), services.reading_time(conn, context.now)
        with mistakes("sure"):
            site_changes.retire(conn, slug, seen, now)

    return _done(context, slug, act, TypedSite(version=typed.version), leads_to=None)


@router.post("/sites/{slug}/restore")
def restore(slug: Slug, typed: Using, context: Managing) -> Response:
    """Restore a retired site; a merged one takes back what it gave."""

    def act(conn: sa.Connection, there: SiteVersion) -> None:
        other = there.use.merged_into
        undo = other is None or context.asked.sees(sites.get(conn, other).territory)
        with mistakes("sure"):
            site_changes.restore(conn, slug, version_of(typed.version), undo=undo)

    return _done(context, slug, act, TypedSite(version=typed.version))


def _done(
    context: RequestContext,
    slug: str,
    act: Act,
    typed: TypedSite,
    leads_to: str | None = "",
) -> Response:
    """Do an act and lead to the page of a site (None: to all sites), or show the form again."""
    try:
        with context.begin() as conn:
            there = _versions(conn, context, slug)[-1]
            context.asked.require_area(conn, there.site.perimeter)
            act(conn, there)
    except Outdated:
        return _form(context, slug, typed, status=HTTPStatus.CONFLICT)
    except Mistaken as error:
        return _form(context, slug, typed, error.wrong)
    links = context.page.links
    address = links.sites() if leads_to is None else links.site(leads_to or slug)
    return recorded(address)


def _require_sure(typed: TypedUse, field: str) -> None:
    if not typed.sure:
        raise Mistaken({field: phrase("tick that this is meant")})


def _new_form(
    context: RequestContext, typed: TypedSite, wrong: Mapping[str, str] | None = None
) -> Response:
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
        choices = site_choices(seen_sites(conn, context))
    html = views.site_form(page, FilledForm(typed=typed.text(), wrong=wrong or {}), choices)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK)


def _form(
    context: RequestContext,
    slug: str,
    typed: TypedSite | None = None,
    wrong: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    with context.begin() as conn:
        versions = _versions(conn, context, slug)
        last, words = versions[-1], context.page.words
        changed: list[str] = []
        if status is HTTPStatus.CONFLICT:
            seen = [item for item in versions if typed and item.since.isoformat() == typed.version]
            changed = views.site_differences(words, seen[0] if seen else versions[0], last)
        fresh = typed_again(last)
        shown = (typed if typed is not None and typed.shape else fresh).text()
        shown["geojson"] = shown["geojson"] or fresh.geojson
        form = FilledForm(
            typed=shown, wrong=wrong or {}, changed=changed, version=last.since.isoformat()
        )
        page = context.page.marked(store_flags.is_exercise(conn))
        choices = site_choices(seen_sites(conn, context))
    html = views.site_form(page, form, choices, versions)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else status)


def _versions(conn: sa.Connection, context: RequestContext, slug: str) -> list[SiteVersion]:
    """Return the versions of a site in scope; raises `NotFound` for any other."""
    context.asked.require_site(conn, slug)
    versions = site_changes.versions(conn, slug)
    if not versions or versions[-1].until is not None:
        raise NotFound("site", slug)
    return versions
