"""A day at the coordinator's desk, done in a real browser: from adding accounts to the export.

`Day` does it step by step through the pages alone; the test asks what came of each step, and the
program of pictures takes one of each.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from playwright.sync_api import Browser, BrowserContext, Page, expect

from geosites.auth import totp
from geosites.core import city
from screenshots.browser_watch import Watched, watch

PASSWORDS = {"psp-19e-liaison": "un soir de juin 1907", "coordination-nord": "la Villette au matin"}
SITE = "jardins-eole"
PATIENCE_MS = 120_000
ISSUED_MS = 600_000
WRONG, RIGHT = 99_999, 9
MINUTE = dt.timedelta(minutes=1)
WEEK = "2023-W52"
Look = Callable[[str, Page], None]


@dataclass
class Day:
    """The browsers of an administrator, a liaison and a coordinator over one service.

    `look` is called after each step with its name and the page as it is then.
    """

    browser: Browser
    base: str
    look: Look
    folder: Path
    watched: list[Watched] = field(default_factory=list)
    first_passwords: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)

    def steps(self, login: str, password: str) -> Iterator[str]:
        """Do the day, and yield the name of each step once it is done."""
        admin = self._arrive(login, password)
        yield self._seen("admin-signs-in", admin)
        self._add_account(admin, "psp-19e-liaison", "reporter", "PSP 19")
        yield self._seen("liaison-slip", admin)
        self._add_account(admin, "coordination-nord", "coordinator", "PP-DSPAP")
        yield self._seen("coordinator-slip", admin)
        liaison = self._arrive("psp-19e-liaison", narrow=True)
        self._report(liaison)
        yield self._seen("liaison-reports", liaison)
        desk = self._arrive("coordination-nord")
        desk.goto(self.base + "/")
        yield self._seen("alarm-first", desk)
        self._verify(desk)
        yield self._seen("verified", desk)
        self._enter_operation(desk)
        yield self._seen("operation-drawn", desk)
        desk.get_by_role("button", name="Enregistrer").click()
        desk.wait_for_url("**/operations#recorded")
        yield self._seen("operations", desk)
        self._give_an_end(desk)
        yield self._seen("closure-with-an-end", desk)
        self._extend(desk)
        yield self._seen("extension-previewed", desk)
        desk.get_by_role("button", name="Enregistrer").click()
        desk.wait_for_url(f"**/sites/{SITE}#recorded")
        yield self._seen("extended", desk)
        self._preview_workbook(desk)
        yield self._seen("workbook-previewed", desk)
        desk.get_by_label("J’ai vérifié").check()
        desk.get_by_role("button", name="Importer tel qu’il est lu ici").click()
        desk.wait_for_url(re.compile("done"))
        yield self._seen("imported", desk)
        self._find_wrong_count(desk)
        yield self._seen("wrong-count", desk)
        self._correct(desk)
        yield self._seen("corrected", desk)
        self._publish(desk)
        yield self._seen("bulletin", desk)
        self._export(desk)
        yield self._seen("exported", desk)

    # each step ----------------------------------------------------------------------------------

    def _arrive(self, login: str, password: str | None = None, *, narrow: bool = False) -> Page:
        size = {"width": 390, "height": 844} if narrow else {"width": 1280, "height": 860}
        context: BrowserContext = self.browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            locale="fr-FR",
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE_MS)
        one = watch(context.new_page(), self.base)
        self.watched.append(one)
        page = one.page
        page.goto(self.base + "/")
        self.passwords[login] = password or self.first_passwords[login]
        self._sign_in(page, login, self.passwords[login])
        if password is None:
            self._choose_password(page, login)
        if not narrow:
            page.goto(self.base + "/account")
            self._set_up_second_factor(page, login)
        return page

    def _sign_in(self, page: Page, login: str, password: str) -> None:
        page.get_by_label("Identifiant").fill(login)
        page.get_by_label("Mot de passe").fill(password)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_load_state()

    def _choose_password(self, page: Page, login: str) -> None:
        page.wait_for_url("**/account")
        page.get_by_label("Mot de passe actuel").first.fill(self.first_passwords[login])
        page.get_by_label("Nouveau mot de passe, 12 caractères ou plus").fill(PASSWORDS[login])
        page.get_by_label("Le même encore une fois").fill(PASSWORDS[login])
        page.get_by_role("button", name="Changer le mot de passe").click()
        self.passwords[login] = PASSWORDS[login]
        expect(page.get_by_role("status").first).to_be_visible()

    def _set_up_second_factor(self, page: Page, login: str) -> None:
        page.get_by_label("Mot de passe actuel").last.fill(self.passwords[login])
        page.get_by_role("button", name="Mettre en place un second facteur").click()
        secret = page.locator("section code").first.inner_text()
        page.get_by_label("Code du second facteur").fill(totp.code(secret, dt.datetime.now(dt.UTC)))
        page.get_by_role("button", name="Confirmer").click()
        expect(page.locator(".codes")).to_be_visible()

    def _add_account(self, page: Page, login: str, role: str, unit: str) -> None:
        page.get_by_role("navigation").get_by_role("link", name="Comptes").click()
        page.get_by_label("Identifiant", exact=True).fill(login)
        page.get_by_label("Rôle").select_option(role)
        page.get_by_label("Unité").fill(unit)
        if role == "reporter":
            page.get_by_text("Choisir des territoires").click()
            for code in ("75118", "75119"):
                page.get_by_label(f"({code})").check()
        page.get_by_role("button", name="Ajouter").click()
        self.first_passwords[login] = page.locator(".slip code").nth(1).inner_text()

    def _report(self, page: Page) -> None:
        page.goto(self.base + "/report")
        page.locator("[name=site]").select_option(SITE)
        page.get_by_role("textbox", name="Combien de personnes").fill("10")
        page.get_by_role("button", name="Envoyer", exact=True).click()
        expect(page.locator("#latest li, #items li").first).to_contain_text(
            "Envoyé", timeout=20_000
        )

    def _verify(self, page: Page) -> None:
        page.locator("#alarms .action").first.click()
        line = page.locator(".checks li, #decide-title").first
        expect(line).to_be_visible()
        page.locator("select[name=decision]").first.select_option("verified:on_the_spot")
        page.get_by_role("button", name="Enregistrer", exact=True).first.click()
        page.wait_for_load_state()

    def _enter_operation(self, page: Page) -> None:
        page.goto(self.base + "/operations")
        page.get_by_role("link", name="Saisir une opération").first.click()
        page.get_by_label("Lieu", exact=True).last.select_option(SITE)
        box = page.locator("#drawing")
        size = box.bounding_box() or {"width": 0, "height": 0}
        for east in (0, 60):
            middle = {"x": size["width"] / 2 + east, "y": size["height"] / 2}
            box.click(position=middle, delay=20)  # type: ignore[arg-type]
            page.wait_for_timeout(350)
        end = dt.datetime.now(city.zone())
        begin = max(end - dt.timedelta(minutes=45), end.replace(hour=0, minute=0))
        begin = min(begin, end - MINUTE)  # in the first minute of a day
        page.get_by_label("Début").fill(f"{begin:%Y-%m-%dT%H:%M}")
        page.get_by_label("Fin", exact=True).fill(f"{end:%Y-%m-%dT%H:%M}")
        page.get_by_label("Personnes dispersées").fill("12")
        page.get_by_label("Interpellations").fill("1")

    def _give_an_end(self, page: Page) -> None:
        """Give the closure, which holds until further notice, the end that an order sets."""
        page.goto(f"{self.base}/sites/{SITE}")
        page.get_by_role("link", name=re.compile("une fermeture")).click()
        page.get_by_role("link", name="Lever").first.click()
        end = dt.datetime.now(city.zone()) + dt.timedelta(days=30)
        page.get_by_label("Nouvelle fin").fill(f"{end:%Y-%m-%dT}08:00")
        page.get_by_label("Motif").select_option("order_ended")
        page.get_by_role("button", name="Voir ce qui changerait").click()
        page.get_by_role("button", name="Enregistrer").click()
        page.wait_for_url(f"**/sites/{SITE}#recorded")

    def _extend(self, page: Page) -> None:
        page.get_by_role("link", name=re.compile("une fermeture")).click()
        page.get_by_role("link", name="Prolonger").first.click()
        page.get_by_label("Jusqu’à nouvel ordre, sans fin").check()
        page.get_by_label("Motif").select_option("still_needed")
        page.get_by_label("Référence juridique").fill("2024-0012")
        page.get_by_role("button", name="Voir ce qui changerait").click()

    def _preview_workbook(self, page: Page) -> None:
        path = self.folder / "releves-mairie.xlsx"
        path.write_bytes(workbook())
        page.get_by_role("link", name="Import", exact=True).first.click()
        page.locator("input[type=file]").set_input_files(path)
        page.get_by_role("button", name="Examiner").click()
        page.get_by_role("button", name="Relire").wait_for()
        columns = page.locator("details", has_text="Colonnes").first
        if columns.get_attribute("open") is None:
            columns.locator("summary").click()
        for theirs, ours in COLUMNS.items():
            page.get_by_label(theirs).select_option(ours)
        with page.expect_navigation():
            page.get_by_role("button", name="Relire").click()
        page.get_by_role("button", name="Importer tel qu’il est lu ici").wait_for()

    def _find_wrong_count(self, page: Page) -> None:
        page.get_by_role("link", name="À vérifier").click()
        page.get_by_role("link", name=re.compile(r"99.999")).first.click()

    def _correct(self, page: Page) -> None:
        page.get_by_label("Combien de personnes").fill(str(RIGHT))
        page.locator("#correct").locator("..").get_by_label("Motif").select_option(index=1)
        page.get_by_role("button", name="Enregistrer la correction").click()
        page.wait_for_load_state()

    def _publish(self, page: Page) -> None:
        page.get_by_role("link", name="Bulletins").click()
        page.get_by_role("link", name="Relire et publier").click()
        page.wait_for_url(f"**/bulletins/{WEEK}")
        page.get_by_role("button", name=re.compile("Publier")).click()
        page.get_by_role("link", name=re.compile("PDF")).first.wait_for(timeout=ISSUED_MS)

    def _export(self, page: Page) -> None:
        page.goto(self.base + "/export")
        page.get_by_label("Objet").select_option("sightings")
        page.get_by_label("Format").select_option("xlsx")
        page.get_by_label("Du (jour)").fill("2023-12-25")
        page.get_by_label("Au (jour inclus)").fill("2024-01-01")
        page.get_by_label("Motif").fill("point hebdomadaire")
        with page.expect_download() as awaited:
            page.get_by_role("button", name="Exporter").click()
        awaited.value.save_as(self.folder / "semaine.xlsx")

    def _seen(self, name: str, page: Page) -> str:
        for layer in Watched(page, self.base).layers() if page.locator(".canvas").count() else []:
            page.locator(f'.canvas[data-{layer}="ready"]').wait_for(timeout=30_000)
        self.look(name, page)
        return name


COLUMNS = {
    "Date et heure": "observed_at",
    "Long.": "lon",
    "Lat.": "lat",
    "Nb de personnes": "headcount",
}


def workbook() -> bytes:
    """Return a town hall's workbook: French dates, decimal commas, a remark, a slip of the pen."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Relevés"
    sheet.append([*COLUMNS, "Remarques"])
    for row in (
        ("29/12/2023 09:15", "2,36990", "48,88370", "7", ""),
        ("29/12/2023 17:40", "2,36620", "48,88750", "0", "rien"),
        ("30/12/2023 10:05", "2,38990", "48,89990", str(WRONG), "saisi deux fois"),
    ):
        sheet.append(row)
    made = BytesIO()
    book.save(made)
    return made.getvalue()
