"""Sign-in page and own account page."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from geosites.auth.own_account import OwnAccount
from geosites.auth.passwords import LONGEST, SHORTEST
from geosites.presentation.permission_labels import role_word
from geosites.presentation.template_rendering import Page
from geosites.web.form_data.unsent_forms import UnsentForm


def sign_in(
    page: Page,
    back: str | None,
    *,
    login: str = "",
    wrong: bool = False,
    wait_s: int | None = None,
    provider: bool = False,
    unknown: bool = False,
    unsent: UnsentForm | None = None,
) -> str:
    """Return the form to sign in with; `back` is where it leads, `wait_s` how long to wait.

    `unsent`: a form that was sent when its session had ended. `provider`: there is an identity
    provider to sign in by; `unknown`: it signed nobody in.
    """
    onward = None
    if provider:
        onward = page.links.plain("/sign-in/oidc") + (
            f"?next={quote(back, safe='')}" if back else ""
        )
    return page.html(
        "access/sign_in.html",
        here="",
        back=back,
        login=login,
        wrong=wrong,
        wait_s=wait_s,
        onward=onward,
        unknown=unknown,
        unsent=unsent,
        longest=LONGEST,
    )


def unsent_form(page: Page, kept: UnsentForm, login: str) -> str:
    """Return the page that offers an account to send what was typed before a session ended."""
    return page.html("access/unsent_form.html", here="", kept=kept, login=login)


def signed_out(page: Page, onward: str) -> str:
    """Return the page that leads on to sign out at the identity provider too."""
    return page.html("access/signed_out.html", here="", onward=onward)


def account(
    page: Page,
    state: OwnAccount,
    ground: Sequence[str],
    *,
    done: str | None = None,
    trouble: str | None = None,
    codes: Sequence[str] = (),
) -> str:
    """Return the own account page; `codes` are new recovery codes, shown once.

    `ground`: the names of its territories. After a change it links to the first page.
    """
    role = role_word(page.words, state.principal.role)
    return page.html(
        "access/own_account.html",
        here="account",
        shortest=SHORTEST,
        longest=LONGEST,
        state=state,
        role=role,
        ground=ground,
        onward=_first_page(page),
        done=done,
        trouble=trouble,
        codes=codes,
    )


def _first_page(page: Page) -> str:
    """Return where the work of an account begins: who reports and checks nothing, reports."""
    if page.may("manage accounts"):
        return page.links.accounts()
    reports = page.may("report sighting") and not page.may("check sightings")
    return page.links.report() if reports else page.links.home()
