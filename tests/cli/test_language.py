"""The command line speaks the language of the service: help, usage errors, remarks, refusals."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typer._click import core as click

from cli.conftest import Run
from command_help import commands, help_texts
from geosites.cli.console.language import VARIABLE
from geosites.core.errors import Forbidden
from geosites.db.postgres.connection import Store
from geosites.db.privileges import JOURNALED
from geosites.db.reports import sightings
from geosites.permissions.policy import Permission, Principal, Role, decide
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language, texts
from geosites.presentation.journal_labels import subject
from geosites.presentation.permission_labels import ACTS, ROLES
from samples.journal_samples import a_sighting

ENGLISH = frozenset(
    {"a", "again", "all", "already", "an", "and", "any", "are", "argument", "arguments", "as", "at"}
    | {"be", "before", "by", "change", "changed", "command", "commands", "default", "every"}
    | {"expected", "file", "files", "first", "for", "from", "given", "has", "have", "here"}
    | {"invalid", "is", "it", "its", "kept", "last", "latest", "list", "made", "may", "missing"}
    | {"more", "must", "name", "needs", "new", "no", "none", "not", "nothing", "of", "only"}
    | {"option", "options", "or", "other", "print", "read", "removed", "required", "row", "rows"}
    | {"saved", "show", "sites", "so", "such", "than", "that", "the", "their", "them", "then"}
    | {"there", "these", "this", "to", "too", "until", "unknown", "usage", "user", "value", "was"}
    | {"what", "when", "where", "which", "while", "who", "with", "within", "without", "write"}
    | {"written", "yes", "yet", "you", "your"}
)
SAME = frozenset({"a", "argument", "arguments", "options", "option", "usage"})
"""Words of both languages."""
FRENCH = frozenset(
    {"affiche", "au", "aucun", "aucune", "avec", "cette", "compte", "dans", "des", "du", "elle"}
    | {"en", "est", "et", "fichier", "la", "le", "les", "lieu", "liste", "ne", "par", "pas", "pour"}
    | {"que", "qui", "rien", "sa", "sans", "ses", "seulement", "son", "sur", "un", "une"}
)
CODES = re.compile(r"--[\w-]+|`[^`]*`|« [^»]* »|'[^']*'|\[(?:valeurs|one of)[^];]*|\S*[./_=]\S*")
"""Options, values of options, quoted commands, names of files: the same in every language."""


def words_of(text: str) -> set[str]:
    """Return the words of a text in which codes do not count."""
    return set(
        re.findall(r"[a-zà-ÿ]+", CODES.sub(" ", " ".join(COMMANDS.sub(" ", text).split())).lower())
    )


COMMANDS = re.compile(r"(?m)^  [a-z-]+(?=  )|geosites(?: [a-z-]+)*")
"""Names of commands: in a list of them, and where one is to be typed."""


def helps() -> Iterator[tuple[str, str]]:
    root = next(command for _, command in commands())
    for names, command in commands():
        context = click.Context(root, info_name="geosites")
        for name in names:
            context = click.Context(command if name == names[-1] else root, context, name)
        yield " ".join(names), command.get_help(context)


def test_what_is_looked_for_is_found() -> None:
    assert words_of("Write the map to this file.") & (ENGLISH - SAME)
    assert words_of("Écrit la carte dans ce fichier.") & FRENCH


def test_french_help_tells_what_a_command_does_and_never_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the third person throughout ("Affiche…"), and no infinitive ("Afficher…") beside it."""
    monkeypatch.delenv(VARIABLE, raising=False)
    infinitive = re.compile(r"(?!Fichier\b)\w+(?:er|ir|crire|ettre|ndre)\b")
    told = [texts(Language.FRENCH).gettext(text) for text in help_texts()]
    assert len(told) > 200
    assert {text for text in told if infinitive.match(text)} == set()
    assert infinitive.match("Montrer ce qui est compris.")


def test_the_help_of_every_command_is_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    found = {name: words_of(text) & (ENGLISH - SAME) for name, text in helps()}
    assert len(found) > 50
    assert {name: words for name, words in found.items() if words} == {}


def test_the_help_of_every_command_is_english_where_that_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "en")
    found = {name: words_of(text) & FRENCH for name, text in helps()}
    assert {name: words for name, words in found.items() if words} == {}


def test_every_option_and_argument_has_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = [
        (names, parameter.name)
        for names, command in commands()
        for parameter in command.get_params(click.Context(command))
        if not getattr(parameter, "help", None)
    ]
    assert silent == []


USAGE = [
    ((), "Usage : geosites [OPTIONS] COMMANDE"),
    (("db",), "Usage : geosites db [OPTIONS] COMMANDE"),
    (("--",), "Usage : geosites [OPTIONS] COMMANDE"),
    (("hotspot",), "commande inconnue : « hotspot » ; vouliez-vous dire hotspots ?"),
    (("user", "ad"), "commande inconnue : « ad » ; vouliez-vous dire add ?"),
    (("hotspots",), "l’argument SEMAINE manque"),
    (("hotspots", "2022-W40", "x", "y"), "argument inattendu : x y"),
    (("hotspots", "2022-W40", "--pngs", "x"), "option inconnue : --pngs ; vouliez-vous dire --png"),
    (("hotspots", "2022-W40", "--png"), "l’option --png demande une valeur"),
    (("hotspots", "2022-W40", "--json=1"), "l’option --json ne prend pas de valeur"),
    (("user", "add", "x", "--unit", "U"), "l’option --role manque (valeurs : reporter, "),
    (
        ("user", "add", "x", "--role", "king", "--unit", "U"),
        "--role : les valeurs admises sont ",
    ),
    (("displacement", "--before-weeks", "0"), "--before-weeks : la valeur minimale est 1"),
    (("displacement", "--before-weeks", "x"), "--before-weeks : un nombre entier est attendu"),
    (("token", "revoke", "x"), "JETON : un identifiant (UUID) est attendu"),
    (("site", "add", "x", "--lon", "x"), "--lon : un nombre est attendu"),
    (("closure",), "donnez un lieu, ou --all"),
    (("db", "backup", "/"), "/ est un dossier"),
    (("audit", "verify", "--anchors", "/none"), "le fichier /none n’existe pas"),
]


@pytest.mark.parametrize(("words", "message"), USAGE)
def test_wrong_usage_is_told_in_french(run: Run, words: Sequence[str], message: str) -> None:
    ran = run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err.replace("\u202f", " ").replace("\u00a0", " ")
    assert words_of(ran.err) & (ENGLISH - SAME) == set()


@pytest.mark.parametrize("words", [words for words, _ in USAGE])
def test_wrong_usage_is_told_in_english_where_that_is_set(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: Sequence[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "en")
    ran = run(*words)
    assert ran.code == 2
    assert words_of(ran.err) & FRENCH == set()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GEOSITES_POOL_SIZE", "0", "la valeur minimale est 1"),
        ("GEOSITES_SMTP_PORT", "70000", "la valeur maximale est 65535"),
        ("GEOSITES_NOTES", "perhaps", "true ou false est attendu"),
        ("GEOSITES_LANGUAGE", "de", "les valeurs admises sont"),
        ("GEOSITES_PUBLIC_URL", "here", "la valeur doit avoir la forme"),
    ],
)
def test_a_bad_setting_is_told_in_french(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = run("closure", "forceval")
    assert ran.code == 1
    assert f"{name}: '{value}': {message}" in ran.err


def remarks(run: Run, store: Store, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the commands that print more than an answer, and what they print."""
    with store.begin() as conn:
        long_ago = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)
        sightings.add(conn, a_sighting(long_ago))
    rows = folder / "rows.csv"
    rows.write_text("observed_at,lon,lat,headcount\n2022-10-05T06:30:00+02:00,2.37,48.88,x\n")
    place = ("--lon", "2.3719", "--lat", "48.8895", "--radius-m", "80")
    closed = ("--from", "2022-10-05T08:00:00+02:00", "--reason", "order")
    for words in (
        ("user", "add", "psp-18e-liaison", "--role", "coordinator", "--unit", "U", "--totp"),
        ("user", "reset", "psp-18e-liaison"),
        ("token", "add", "test-reporter", "--act", "report sighting"),
        ("token", "list"),
        ("user", "disable", "psp-18e-liaison"),
        ("user", "list"),
        ("geo", "load"),
        ("site", "add", "canal", "--name", "Canal", *place),
        ("closures", "declare", "stalingrad", *closed),
        ("closures", "declare", "stalingrad", *closed),
        ("closures", "list"),
        ("closures", "lift", "stalingrad", "--reason", "purpose_met"),
        ("closures", "history", "stalingrad"),
        ("closures", "rounds"),
        ("site", "remove", "canal"),
        ("alarms", "subscribe", "email", "a@example.org"),
        ("alarms", "list"),
        ("alarms", "send"),
        ("alarms", "dead"),
        ("alarms", "retry"),
        ("mapping", "list"),
        ("import", "sightings", str(rows)),
        ("export", "sightings", str(folder / "out.csv")),
        ("retention", "run", "--dry-run"),
        ("retention", "run"),
        ("retention", "certificates"),
        ("audit", "verify"),
        ("audit", "anchor"),
        ("audit", "list"),
        ("db", "migrate"),
        ("db", "backup", str(folder / "b.geosites")),
        ("closure", "nowhere"),
        ("closure", "stalingrad", "--as-of", "2022-10-05T08:00:00"),
        ("closure", "--all"),
        ("db", "stop"),
        ("db", "archive", "off"),
    ):
        ran = run(*words)
        yield " ".join(words), f"{ran.out}\n{ran.err}"


NAMES = re.compile(r"\b(sha256 .*|geosites-journal-1 .*|\S*\d\S*|unit of .*|report sighting)")
"""Digests, ids and passwords, and names that the test gave."""


@pytest.mark.parametrize(("language", "foreign"), [("fr", ENGLISH - SAME), ("en", FRENCH - {"la"})])
def test_what_commands_print_is_in_one_language(
    run: Run,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    foreign: frozenset[str],
) -> None:
    monkeypatch.setenv(VARIABLE, language)
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    printed = dict(remarks(run, store, tmp_path))
    found = {name: words_of(NAMES.sub(" ", text)) & foreign for name, text in printed.items()}
    assert {name: words for name, words in found.items() if words} == {}
    assert not any(re.search(r"\d\d:\d\d:\d\d\.\d|\+00:00", text) for text in printed.values())


def test_a_refusal_of_the_policy_is_told_in_one_language() -> None:
    principal = Principal(login="x", role=Role.ADMIN, unit="U")
    with pytest.raises(Forbidden) as caught:
        decide(principal, Permission.READ_WEEK)
    told = Words(Language.FRENCH).retold(caught.value.message)
    role, act = "le rôle «\u202fadministration\u202f»", "consulter une semaine"
    assert told == f"{role} ne donne pas ce droit\u00a0: {act}"
    assert Words(Language.ENGLISH).retold(caught.value.message) == (
        "administrator: not allowed to read a week"
    )


def test_roles_and_permissions_all_have_a_word() -> None:
    assert set(ROLES) == set(Role)
    assert set(ACTS) == set(Permission)


def test_every_table_of_the_journal_has_a_word() -> None:
    words = Words(Language.FRENCH)
    unnamed = {name for name in JOURNALED if subject(words, name) == name}
    assert unnamed == {"bulletin"}  # the same word in both languages
