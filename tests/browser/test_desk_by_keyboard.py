"""Every act of the desk by keyboard alone, with and without script: reached by Tab, typed, sent.

Fields are filled as somebody does who has no mouse: text is typed, a choice is reached by arrows, a
box is ticked with the space bar, a day and a time are typed part by part. Nothing is focused by a
program.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ElementHandle, FileChooser, Page, Response
from starlette.testclient import TestClient

from browser.test_access import AXE, violations
from geosites.alarms.own_subscriptions import Ways
from geosites.db.postgres.connection import Store
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.desk_acts import ACTS, HERE, NOW, Desk, DeskAct, Opening, a_role_for, routes_of_forms
from screenshots.browser_watch import serve, watch
from web.conftest import as_service

MOST_STEPS = 600
PATIENCE_MS = 120_000
"""A bulletin is drafted before its page is there, and the machine may be busy."""
IS_ACTIVE = "(one) => one === document.activeElement"
FORM = """([form]) => [...document.querySelectorAll("form[method=post]")].find((one) =>
  new RegExp(`^${form}$`).test(new URL(one.action).pathname))"""
FIELD = """([form, name, value]) => {
  const found = [...form.elements].filter((one) => one.name === name && one.type !== "hidden");
  return found.find((one) => one.type !== "checkbox" || one.value === value) ?? null;
}"""
FOLDED = "(form) => form.closest('details:not([open])')?.querySelector('summary') ?? null"
BUTTON = "(form) => form.querySelector('button:not([type=button])')"


@pytest.fixture(scope="module")
def config() -> tuple[list[dt.datetime], WebConfig]:
    """Return a clock that acts set, and the settings of a service that goes by it."""
    clock = [NOW]
    ways = Ways(mail=True)
    return clock, WebConfig(clock=lambda: clock[0], ways=ways, import_wait_s=600)


@pytest.fixture(scope="module")
def desk(
    template: str,
    new_database: Callable[..., str],
    config: tuple[list[dt.datetime], WebConfig],
) -> Iterator[Desk]:
    """Return what acts are begun with, over a store without sightings."""
    store = Store(new_database(template))
    with as_service(store) as limited:
        app = create_app(limited, config[1])
        with TestClient(app, base_url=HERE) as client:
            yield Desk(client, store, config[0])
    store.close()


@pytest.fixture(scope="module")
def address(desk: Desk, config: tuple[list[dt.datetime], WebConfig]) -> Iterator[str]:
    """Return the address of a service over the same store and by the same clock."""
    with as_service(desk.store) as limited:
        yield from serve(create_app(limited, config[1]))


@pytest.mark.parametrize("act", ACTS, ids=[act.route for act in ACTS])
def test_an_act_is_done_by_keyboard_alone(
    browser: Browser, address: str, desk: Desk, act: DeskAct, tmp_path: Path
) -> None:
    done(browser, address, desk, act, tmp_path)


@pytest.mark.parametrize("act", ACTS, ids=[act.route for act in ACTS])
def test_an_act_is_done_without_script(
    browser: Browser, address: str, desk: Desk, act: DeskAct, tmp_path: Path
) -> None:
    done(browser, address, desk, act, tmp_path, script=False)


def done(
    browser: Browser, address: str, desk: Desk, act: DeskAct, folder: Path, *, script: bool = True
) -> None:
    """Do an act in a browser, and see that it is recorded; with script axe looks on."""
    desk.mark_exercise(on=act.exercise)
    desk.clock[0] = NOW
    visitor = act.maker(desk, a_role_for(routes_of_forms(desk.client.app)[act.route]))  # type: ignore[arg-type]
    opening = act.start(desk, visitor)
    context = browser.new_context(locale="fr-FR", java_script_enabled=script)
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "geosites", "value": visitor.login, "url": address}])
    watched = watch(context.new_page(), address)
    page = watched.page
    dialogs: list[FileChooser] = []
    page.on("filechooser", lambda one: dialogs.append(one))  # long before it is needed
    if script:
        page.clock.set_fixed_time(desk.clock[0])
    page.goto(address + opening.page)
    looked = serious if script else (lambda _: [])
    before, wrong = desk.state(), {"form": looked(page)}
    send(page, act, opening, folder, dialogs)
    if act.previewed:
        page.wait_for_selector("[name=confirmed]", state="attached")
        wrong["preview"] = looked(page)
        press_button(page, form_of(page, act.route))
    if act.route == "/import":  # sent by script, which leads on when the file has come
        page.wait_for_url("**/import?*upload=*")
    if act.writes:
        wait_until(page, lambda: desk.state() != before)
    assert page.locator("[aria-invalid=true], .mistake:visible").count() == 0
    page.wait_for_load_state()
    wrong["afterwards"] = looked(page)
    assert {name: found for name, found in wrong.items() if found} == {}
    assert watched.wrong == []
    context.close()
    desk.mark_exercise(on=False)


def serious(page: Page) -> list[str]:
    """Return what axe finds on a page."""
    page.evaluate(AXE)
    return violations(page)


def send(
    page: Page, act: DeskAct, opening: Opening, folder: Path, dialogs: list[FileChooser]
) -> None:
    """Fill a form in and send it."""
    form = form_of(page, act.route)
    if opening.file is not None:
        name, content = opening.file
        (folder / name).write_bytes(content)
        choose_file(page, field(form, "file"), folder / name, dialogs)
    for name, values in opening.typed.items():
        for value in [values] if isinstance(values, str) else values:
            found = field(form, name, value)
            if found is not None:
                fill(page, found, value)
    press_button(page, form)


def form_of(page: Page, route: str) -> ElementHandle:
    parts = [r"[^/]+" if part.startswith("{") else part for part in route.split("/")]
    found = page.evaluate_handle(FORM, ["/".join(parts)]).as_element()
    assert found is not None, (route, page.url, page.locator("main").inner_text()[:500])
    return found


def field(form: ElementHandle, name: str, value: str = "") -> ElementHandle | None:
    """Return a field that somebody sees; None where it is filled in for them."""
    return form.owner_frame().evaluate_handle(FIELD, [form, name, value]).as_element()  # type: ignore[union-attr]


def tab_to(page: Page, wanted: ElementHandle) -> None:
    """Press Tab until a field or button is reached."""
    for _ in range(MOST_STEPS):
        if wanted.evaluate(IS_ACTIVE):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached: {wanted.evaluate('(one) => one.outerHTML')}")


def fill(page: Page, found: ElementHandle, value: str) -> None:
    tab_to(page, found)
    kind = found.evaluate("(one) => one.type")
    if kind == "checkbox":
        if not found.is_checked():
            page.keyboard.press("Space")
    elif kind == "select-one":
        choose(page, found, value)
    elif kind == "datetime-local":
        at = dt.datetime.fromisoformat(value)
        type_parts(page, [f"{at:%m}", f"{at:%d}", f"{at:%Y}", f"{at:%I}", f"{at:%M}", f"{at:%p}"])
    else:
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(value)
    if kind not in ("checkbox", "password"):
        assert found.evaluate("(one) => one.value") == value


def type_parts(page: Page, parts: Sequence[str]) -> None:
    """Type a day and a time: two digits lead on to the next part by themselves, a year does not."""
    for part in parts:
        page.keyboard.type(part)
        if len(part) == 4:
            page.keyboard.press("ArrowRight")


def choose(page: Page, found: ElementHandle, value: str) -> None:
    """Go through the options of a choice by arrows."""
    page.keyboard.press("Home")
    for _ in range(200):
        if found.evaluate("(one) => one.value") == value:
            return
        page.keyboard.press("ArrowDown")


def choose_file(
    page: Page, found: ElementHandle | None, file: Path, dialogs: list[FileChooser]
) -> None:
    assert found is not None
    tab_to(page, found)
    page.keyboard.press("Enter")
    wait_until(page, lambda: bool(dialogs))
    dialogs[0].set_files(file)


def press_button(page: Page, form: ElementHandle) -> None:
    button = form.evaluate_handle(BUTTON).as_element()
    assert button is not None
    folded = form.evaluate_handle(FOLDED).as_element()
    if folded is not None:
        tab_to(page, folded)
        page.keyboard.press("Enter")
    tab_to(page, button)
    came: list[object] = []

    def note(one: object) -> None:
        """Note the next page, a file, or the answer to the form that a script sends and stays."""
        if not isinstance(one, Response) or "/api/" in one.url:
            came.append(one)

    for event in ("framenavigated", "download", "response"):
        page.on(event, note)  # type: ignore[call-overload]
    page.keyboard.press("Enter")
    wait_until(page, lambda: bool(came))  # else what follows looks at the page that is being left
    for event in ("framenavigated", "download", "response"):
        page.remove_listener(event, note)
    page.wait_for_load_state()


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_MS // 50):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError((page.url, page.locator("main").inner_text()[:800]))
