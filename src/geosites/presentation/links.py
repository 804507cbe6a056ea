"""URLs of the service, with the language if the reader chose it in the URL."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from geosites.core.weeks import IsoWeek
from geosites.presentation.i18n import Language
from geosites.presentation.path_prefix import rooted


@dataclass(frozen=True)
class Links:
    """The pages and layers of this service, for a reader of `language`.

    `chosen`: the language came by `?lang=` and is added to every link between pages. Layers contain
    texts, so their URLs always name the language. `offline`: there is no page to link to, and every
    link is empty.
    """

    language: Language = Language.FRENCH
    chosen: bool = False
    offline: bool = False

    def home(self) -> str:
        """The first page."""
        return self._page("/")

    def week(self, week: IsoWeek | str) -> str:
        """The hotspots of one week."""
        return self._page(f"/maps/hotspots/{week}")

    def whole_week(self, week: IsoWeek | str) -> str:
        """The hotspots of one week, with every place in words and how they are read."""
        page = self.week(week)
        return f"{page}{'&' if '?' in page else '?'}whole=1" if page else page

    def weeks(self) -> str:
        """The hotspots of the latest week."""
        return self._page("/maps/hotspots")

    def sites(self) -> str:
        """Every site with its closure."""
        return self._page("/sites")

    def site(self, slug: str) -> str:
        """One site."""
        return self._page(f"/sites/{quote(slug, safe='')}")

    def new_site(self) -> str:
        """The form to add a site."""
        return self._page("/new-site")

    def site_form(self, slug: str, act: str = "edit") -> str:
        """The form to `edit` a site, or to `merge`, `retire` or `restore` it."""
        return self._page(f"/sites/{quote(slug, safe='')}/{act}")

    def site_closures(self, slug: str) -> str:
        """The closures of one site, and the forms to declare, extend, lift and withdraw one."""
        return self._page(f"/sites/{quote(slug, safe='')}/closures")

    def closure_act(self, closure: object, act: str) -> str:
        """Where to `extend`, `lift`, `withdraw` or `restore` a closure."""
        return self._page(f"/closures/{closure}/{act}")

    def operations(self) -> str:
        """The operations, to be entered and edited."""
        return self._page("/operations")

    def new_operation(self) -> str:
        """The form to enter an operation."""
        return self._page("/new-operation")

    def operation(self, identifier: object, act: str = "") -> str:
        """The form to edit an operation, to `withdraw` it or to `restore` it."""
        return self._page(f"/operations/{identifier}{'/' if act else ''}{act}")

    def accessibility(self) -> str:
        """The declaration of accessibility."""
        return self._page("/accessibility")

    def committee(self, member: str = "") -> str:
        """The page of a member of the committee, or the list of members."""
        return self._page(f"/committee/{quote(member, safe='')}" if member else "/committee")

    def published(self) -> str:
        """Published counts."""
        return self._page("/published-counts")

    def open_data(self, quarter: str = "") -> str:
        """The public table of a quarter, or of the latest."""
        return self._page(f"/open-data/{quarter}" if quarter else "/open-data")

    def report(self) -> str:
        """The form for a sighting."""
        return self._page("/report")

    def receipt(self, sighting: object) -> str:
        """The record of one sighting."""
        return self._page(f"/report/{sighting}")

    def correcting(self, sighting: object) -> str:
        """The form filled in with a recorded sighting, to correct it."""
        path = self.report()
        return f"{path}{'&' if '?' in path else '?'}corrects={sighting}"

    def duplicates(self) -> str:
        """Sightings that may show one scene."""
        return self._page("/duplicates")

    def sighting_checks(self) -> str:
        """The sightings to be checked."""
        return self._page("/sightings")

    def sighting_check(self, sighting: object, back: str | None = None) -> str:
        """One sighting to be checked; `back`: the list it was opened from."""
        path = self._page(f"/sightings/{sighting}")
        if back is None or self.offline:
            return path
        return f"{path}{'&' if '?' in path else '?'}{urlencode({'back': back})}"

    def kept_import(self, key: str, act: str = "") -> str:
        """Result of an import; `withdraw` undoes it, `restore` redoes it."""
        return self._page(f"/imports/{key}{'/' if act else ''}{act}")

    def imports(self, query: str = "") -> str:
        """File import in the browser; `query` has the file and how it is read."""
        start = self._page("/import")
        return start + (f"{'&' if '?' in start else '?'}{query}" if query else "")

    def accounts(self) -> str:
        """The accounts, for administrators."""
        return self._page("/accounts")

    def one_account(self, login: str, act: str = "") -> str:
        """The page of an account for administrators, or an act on it."""
        path = f"/accounts/{quote(login, safe='')}"
        return self._page(f"{path}/{act}" if act else path)

    def subscriptions(self, identifier: object = "", act: str = "") -> str:
        """Alarms and feeds of the own account; one of them, or an act on it."""
        parts = [str(part) for part in (identifier, act) if part]
        return self._page("/".join(["/subscriptions", *parts]))

    def journal(self) -> str:
        """Who did what, when and why."""
        return self._page("/journal")

    def service(self) -> str:
        """How the service does."""
        return self._page("/service")

    def exercise(self) -> str:
        """The exercise: its current day, what was done in it, its reset."""
        return self._page("/exercise")

    def today_layer(self) -> str:
        """The layer of the report form: sites, and today's reports."""
        return self._layer("/layers/today")

    def territories(self) -> str:
        """Every territory, by who was there."""
        return self._page("/territories")

    def territory(self, code: str) -> str:
        """One territory through its weeks."""
        return self._page(f"/territories/{quote(code, safe='')}")

    def rounds(self) -> str:
        """Which sites to visit, when, in what order."""
        return self._page("/rounds")

    def displacement(self, event: str) -> str:
        """What followed one event."""
        return self._page(f"/maps/displacement/{quote(event, safe='')}")

    def events(self) -> str:
        """The operations and closures that can be studied."""
        return self._page("/maps/displacement")

    def ground(self) -> str:
        """The layer of territories."""
        return self._layer("/layers/territories")

    def streets(self) -> str:
        """The layer of streets, water, rails and stations; the same in every language."""
        return rooted("/layers/streets")

    def search(self) -> str:
        """Places by name, for a program."""
        return self._worded(rooted("/search"))

    def week_facts(self, week: IsoWeek | str) -> str:
        """The texts of a week's page beside its map."""
        return self._page(f"/maps/hotspots/{week}/facts")

    def week_layer(self, week: IsoWeek | str) -> str:
        """The layer of one week: density, hotspots, not observed, sites, operations, care."""
        return self._layer(f"/layers/weeks/{week}")

    def site_layer(self, slug: str) -> str:
        """The layer of one site."""
        return self._layer(f"/layers/sites/{quote(slug, safe='')}")

    def displacement_layer(self, event: str) -> str:
        """The layer of one event."""
        return self._layer(f"/layers/displacement/{quote(event, safe='')}")

    def bulletins(self) -> str:
        """The bulletins that were issued."""
        return self._page("/bulletins")

    def monday(self) -> str:
        """The first page of the bulletin of the last week that is over."""
        return self._page("/monday")

    def bulletin(
        self, week: IsoWeek | str, revision: int | None = None, issuing: str | None = None
    ) -> str:
        """The bulletin of one week: its last revision, one of them, or how far its issue is."""
        page = self._page(f"/bulletins/{week}")
        said = {"revision": revision} if issuing is None else {"issuing": issuing}
        if said.get("revision", issuing) is None or self.offline:
            return page
        return f"{page}{'&' if '?' in page else '?'}{urlencode(said)}"

    def bulletin_file(self, week: IsoWeek | str, ending: str, revision: int) -> str:
        """A file of one revision of a bulletin, or its map; all hold words."""
        asked = urlencode({"revision": revision, "lang": self.language.value})
        return rooted(f"/bulletins/{week}{ending}?{asked}")

    def picture(self, address: str, form: str) -> str:
        """A map, given by its page, as a picture."""
        return self._worded(f"{address.partition('?')[0]}.{form}")

    def in_language(self, path: str, language: str) -> str:
        """The page at `path` in another language."""
        return f"{rooted(path)}?{urlencode({'lang': language})}"

    def plain(self, path: str) -> str:
        """Resources with the same URL in every language."""
        return "" if self.offline else rooted(path)

    def _page(self, path: str) -> str:
        if self.offline:
            return ""
        return self._layer(path) if self.chosen else rooted(path)

    def _layer(self, path: str) -> str:
        return self._worded(rooted(path))

    def _worded(self, path: str) -> str:
        return f"{path}?{urlencode({'lang': self.language.value})}"
