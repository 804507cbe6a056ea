"""Free texts (note, reason, unit, source, reference): refused if they identify a person.

The rules refuse too much rather than too little; the message names the kind of identifier that was
found and never repeats it. Reasons may refer to files by number and date; names of services and
sources may also have capitals and web addresses.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from enum import Enum

from geosites.core.errors import Phrase, Refused, phrase
from geosites.validation.free_text.first_names import FIRST_NAMES, WORDS_TOO
from geosites.validation.free_text.place_words import PLACE_WORDS

LONGEST = 140


class TextKind(Enum):
    """Purpose of a free text, which determines what it may contain."""

    NOTE = "note"
    MOTIVE = "motive"
    NAME = "name"


_GAP = r"[\W_]*"
"""Separators between the digits of a number."""
_MONTH = r"(?:janv|févr|fevr|mars|avril|avr|mai|juin|juil|août|aout|sept|oct|nov|déc|dec)\w*\.?"
_STREET = (
    r"(?:rue|avenue|av|boulevard|bd|boul|quai|place|pl|square|impasse|allée|allee|chemin|cours|"
    r"passage|villa|cité|cite|route|sente|sentier|esplanade|faubourg|fbg|fg|mail|parvis|résidence)"
)
_PLACE = (
    rf"(?:{_STREET}|porte|pont|parc|jardin|jardins|gare|métro|metro|station|arrêt|canal|bassin|"
    r"quartier|école|ecole|lycée|collège|crèche|hôpital|hopital|église|stade|gymnase|piscine|"
    r"bibliothèque|mairie|tunnel|passerelle|rotonde|butte|côté|secteur|angle|saint|sainte|st|ste)"
)
_PATTERNS = (
    (
        phrase("an e-mail address"),
        r"\S\s?@\s?\S|\baro+base\b|[(\[{<]\s*(?:a|at|@|chez)\s*[)\]}>]",
    ),
    (
        phrase("a social security number"),
        rf"\b[1-478]{_GAP}\d\d{_GAP}\d\d{_GAP}(?:\d\d|2[ab]){_GAP}\d{{3}}{_GAP}\d{{3}}",
    ),
    (
        phrase("a telephone number"),
        rf"(?:\+|\b00)\d(?:{_GAP}\d){{7,}}|\b0{_GAP}[1-9](?:{_GAP}\d){{8}}\b",
    ),
    (
        phrase("words that name somebody"),
        r"\b(?:prénomm|surnomm|dénomm|nommée?s?\b|appelée?s?\b|alias\b|s['’]appelle|prénom|prenom"
        r"|patronyme|identité|nom de famille)",
    ),
    (
        phrase("a title before a name"),
        r"\b(?:monsieur|madame|mademoiselle|maître|docteur|mme|mmes|mlle)\s+\w|\b(?:mr|dr)\.?\s+\w",
    ),
)
_OF_NOTES = (
    (phrase("an e-mail address"), r"\w\s?(?:\.|\bpoint|\bdot)\s?(?:fr|com|org|net|eu)\b"),
    (
        phrase("a date, which may be one of birth"),
        rf"\b\d{{1,2}}\s*[/.\-]\s*\d{{1,2}}\s*[/.\-]\s*(?:\d\d){{1,2}}\b"
        rf"|\b(?:19|20)\d\d\s*[/.\-]\s*\d{{1,2}}\s*[/.\-]\s*\d{{1,2}}\b"
        rf"|\b\d{{1,2}}(?:er)?\s+{_MONTH}\s+(?:19|20)?\d\d\b|\bnée?s?\s+(?:le|en|à|a|vers)\b",
    ),
    (phrase("a number plate"), r"\b[a-z]{2}-\d{3}-[a-z]{2}\b|\b[a-z]{2}\d{3}[a-z]{2}\b"),
    (phrase("a number that may tell a person"), rf"\d(?:{_GAP}\d){{7,}}"),
    (
        phrase("an address with its number"),
        rf"\b\d{{1,4}}\s*(?:(?:bis|ter|quater|[a-d])\s*)?(?:,\s*)?{_STREET}\b\.?"
        rf"|\b{_STREET}\b[^\d,;.]{{1,40}}\bn(?:°|o|uméro|umero)?\s*\d|\b(?:n°|numéro|numero)\s*\d",
    ),
    (
        phrase("a number plate"),
        r"(?-i:\b[A-Z]{2} ?\d{3} ?[A-Z]{2}\b|\b\d{1,4} ?[A-Z]{2,3} ?\d\d\b)",
    ),
)
_RULES = tuple((what, re.compile(pattern, re.IGNORECASE)) for what, pattern in _PATTERNS)
_NOTE_RULES = tuple((what, re.compile(pattern, re.IGNORECASE)) for what, pattern in _OF_NOTES)
_CAPITALS = (
    (phrase("initials"), re.compile(r"(?<![\w.])[A-ZÀ-Ý]\.[\s\-]?[A-ZÀ-Ý]\.?(?![\w.])")),
    (phrase("a title before a name"), re.compile(r"\b(?:M|MM|Me|Pr)\.?\s+[A-ZÀ-Ý]")),
)
_PARTICLE = r"(?:de|du|des|la|le|les|l['’]|d['’]|et|à|au|aux|en|sur|sous)"
_NAMED_PLACE = re.compile(
    rf"\b{_PLACE}\b\.?[\s\-]*(?:{_PARTICLE}[\s\-]*)*(?-i:[A-ZÀ-Ý][\w’'\-]*+)"
    rf"(?:[\s\-]++(?:{_PARTICLE}[\s\-]*+)*(?-i:[A-ZÀ-Ý][\w’'\-]*+)){{0,3}}",
    re.IGNORECASE,
)
_KNOWN_PLACES = re.compile(
    r"\b(?:Marx|Max)[ -]Dormoy|\bRosa[ -]Parks|\bLouis[ -]Blanc|\bJean[ -]Jaurès|\bLa Chapelle"
    r"|\bLa Villette|\bPhilippe de Girard|\bPorte [A-ZÀ-Ý]\w+|\bSeine-Saint-Denis|\bParis\b"
    r"|\bSaint[ -](?:Denis|Ouen|Martin|Bernard)",
)
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")


_MOST_NAMES = 3
_FUNCTIONS = frozenset(
    [
        "analyse",
        "centre",
        "comptes",
        "coordination",
        "equipe",
        "est",
        "jour",
        "liaison",
        "mairie",
        "nord",
        "nuit",
        "ouest",
        "partenaire",
        "police",
        "poste",
        "service",
        "sud",
        "unite",
    ]
)
"""Words in logins beside which an ambiguous first name is not considered a name."""


def reason_against(note: str, kind: TextKind = TextKind.NOTE) -> Phrase | None:
    """Return why a text is refused, or None if it is accepted.

    The reason is a phrase such as `holds a telephone number`; nothing of the text is in it.
    """
    plain = unicodedata.normalize("NFKC", note)
    if kind is TextKind.NOTE and len(plain) > LONGEST:
        return phrase("is longer than %(longest)s characters", longest=LONGEST)
    if any(unicodedata.category(letter).startswith("C") for letter in plain):
        return phrase("has characters that cannot be seen")
    if any(not _is_latin(letter) for letter in plain):
        return phrase("has letters of another script")
    result = next(_found(plain, kind), None)
    return None if result is None else phrase("holds %(found)s", found=result)


def require_impersonal(name: str, text: str | None, kind: TextKind = TextKind.NAME) -> None:
    """Raise `Refused` for a text that identifies a person; `name` is the field's."""
    reason = reason_against(text, kind) if text else None
    if reason is not None:
        raise Refused(
            "%(name)s: %(reason)s; a text names services and files, no person",
            name=name,
            reason=reason,
        )


def doubt_about_login(login: str) -> Phrase | None:
    """Return the warning for a login that is clearly a person's name, such as `jean-dupont`.

    It contains a first name, beside at most two other words that are not places. An ambiguous first
    name (Jean, Pierre) counts if no other word names a function.
    """
    parts = [part for part in re.split(r"[^\W\d_]*\d\w*|[\W_]+", login.casefold()) if part]
    bare = [part for part in parts if part not in PLACE_WORDS]
    known = FIRST_NAMES - WORDS_TOO if len(bare) == 1 or _FUNCTIONS & {*bare} else FIRST_NAMES
    named = any(part in known for part in bare)
    if not named or not len(bare) == len(parts) <= _MOST_NAMES:
        return None
    return phrase(
        "%(login)s reads as the name of a person: an account is named by a function, such as "
        "psp-18e-liaison. Disable it and add another.",
        login=login,
    )


def _is_latin(letter: str) -> bool:
    """Return whether a character is none that looks like a Latin letter or digit and is another."""
    known = unicodedata.name(letter, "")
    return not letter.isalnum() or "LATIN" in known or letter in "0123456789°ªº"


def _found(text: str, kind: TextKind) -> Iterator[Phrase]:
    rules = _RULES + (_NOTE_RULES if kind is TextKind.NOTE else ()) + _CAPITALS
    yield from (what for what, pattern in rules if pattern.search(text))
    bare = _NAMED_PLACE.sub(" · ", _KNOWN_PLACES.sub(" · ", text))
    if _names_somebody(bare, capitals=kind is not TextKind.NAME):
        yield phrase("what looks like a person's name")


def _names_somebody(text: str, *, capitals: bool) -> bool:
    """Return whether a first name is in a text without its places, or two words with `capitals`."""
    words = [(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]
    if any(_is_first_name(word) for word, _, _ in words):
        return True
    if not capitals:
        return False
    pairs = itertools.pairwise(words)
    return any(
        _unknown(item[0]) and _unknown(other[0]) and text[item[2] : other[1]].strip(" -,") == ""
        for item, other in pairs
    )


def _is_first_name(word: str) -> bool:
    parts = [part for part in re.split(r"['’\-]", word) if part]
    return any(
        part.casefold() in FIRST_NAMES and (part[0].isupper() or part.casefold() not in WORDS_TOO)
        for part in parts
    )


def _unknown(word: str) -> bool:
    return word[0].isupper() and not word.isupper() and word.casefold() not in PLACE_WORDS
