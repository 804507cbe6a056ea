"""Formatting of numbers, days and places.

A count is "about", an interval is written out, what nobody saw is "not observed" and never 0.
Functions return text in the reader's language without markup: the caller escapes it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass

from babel import dates, numbers

from geosites.core import city
from geosites.core.errors import GeositesError, Phrase, QuotedNames, os_reason
from geosites.core.weeks import IsoWeek
from geosites.presentation.i18n import Language, texts


class _InGuillemets(str):
    """A text that French messages quote."""

    __slots__ = ()

    def __repr__(self) -> str:
        inside = str.__repr__(self)[1:-1].replace("\\'", "'")
        return f"«\u202f{inside}\u202f»"


_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True)
class Words:
    """The vocabulary of one language."""

    language: Language = Language.FRENCH

    def say(self, message: str, **values: object) -> str:
        """Return a text, with `%(name)s` filled from `values`."""
        text = texts(self.language).gettext(message)
        if ")r" in text:
            values = {name: self._quoting(value) for name, value in values.items()}
        return text % values if values else text

    def say_many(self, one: str, many: str, count: int, **values: object) -> str:
        """Return a text in the singular or the plural; `%(count)s` is the written number."""
        text = texts(self.language).ngettext(one, many, count)
        return text % {"count": self.number(count), **values}

    def typeset(self, name: str) -> str:
        """Return a name with the apostrophes of print in French, whatever its source had."""
        return re.sub(r"(?<=\w)'(?=\w)", "’", name) if self.language is Language.FRENCH else name

    def territory(self) -> str:
        """Return what a territory is called at the head of a column: the city's own word."""
        tiles = [level for level in city.current().levels if level.tiles]
        own = len(tiles) == 1
        return self.capital(tiles[0].called(self.language)) if own else self.say("Territory")

    def territories(self) -> str:
        """Return what territories are called over a table: the city's own word."""
        tiles = [level for level in city.current().levels if level.tiles]
        own = len(tiles) == 1
        if own:
            return self.capital(tiles[0].called(self.language, several=True))
        return self.say("Territories")

    def retold(self, message: str) -> str:
        """Return a message, such as that of an error, in this language."""
        if not isinstance(message, Phrase):
            return message
        values = {name: self._retold_value(value) for name, value in message.values.items()}
        return self.say(message.text, **values)

    def _retold_value(self, value: object) -> object:
        if isinstance(value, QuotedNames):
            return ", ".join(map(self.quoted, value))
        if isinstance(value, str):
            return self._quotable(self.retold(value))
        if isinstance(value, Exception):
            return self._cause(value)
        return self.moment(value) if isinstance(value, dt.date) else value

    def _cause(self, error: Exception) -> str:
        """Return why something failed; texts of a library, which are in English only, in quotes.

        They can be searched for if nothing else helps.
        """
        if isinstance(error, GeositesError):
            return self.retold(error.message)
        if isinstance(error, OSError) and error.errno:
            return self.retold(os_reason(error))
        told = error.args[0] if isinstance(error, KeyError) and error.args else error
        return self.quoted(" ".join(str(told).split()))

    def quoted(self, text: str) -> str:
        """Return a text in quotes; what does not print is escaped."""
        return repr(self._quotable(text))

    def _quoting(self, value: object) -> object:
        return self._quotable(value) if type(value) is str else value

    def _quotable(self, text: str) -> str:
        """Return a text that `%r` puts in the quotes of this language, and escapes as ever."""
        return _InGuillemets(text) if self.language is Language.FRENCH else text

    def sentence(self, message: str) -> str:
        """Return a message as a separate sentence."""
        return self.capital(self.retold(message)) + "."

    # numbers -----------------------------------------------------------------------------------

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number with the language's separators: 1234.5 gives `1 234,5` in French."""
        pattern = "#,##0" + ("." + "#" * decimals if decimals else "")
        return str(numbers.format_decimal(value, format=pattern, locale=self.language.locale))

    def significant(self, value: float, digits: int = 2) -> str:
        """Return a number with significant digits: 0.0516 gives `0,052`."""
        if value == 0:
            return self.number(0)
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        return self.number(round(value, decimals), decimals)

    def signed(self, value: float) -> str:
        """Return a change as a whole number with its sign; a real minus, not a hyphen."""
        whole = round(value)
        sign = "+" if whole > 0 else "−" if whole < 0 else "±"
        return f"{sign}{self.number(abs(whole))}"

    def percent(self, share: float | None) -> str:
        """Return a share in percent; never `100 %` if it is not certain."""
        if share is None or math.isnan(share):
            return self.say("not observed")
        if 0 < share < 0.01:
            return self.say("less than %(share)s", share=self._percent(0.01))
        if 0.99 < share < 1:
            return self.say("more than %(share)s", share=self._percent(0.99))
        return self._percent(share)

    def _percent(self, share: float) -> str:
        return str(numbers.format_percent(share, locale=self.language.locale))

    def p_value(self, p: float) -> str:
        """Return a p value: `p = 0,021`, or `p < 0,001`."""
        if p < 0.001:
            return f"p\u00a0<\u00a0{self.number(0.001, 3)}"
        return f"p\u00a0=\u00a0{self.number(round(p, 3), 3)}"

    def heads(self, value: float | None) -> str:
        """Return a head count in words: 86.7 gives `environ 87 personnes`."""
        if value is None or math.isnan(value):
            return self.say("not observed")
        if value <= 0:
            return self.say("nobody seen")
        if round(value) == 0:
            return self.say("less than one person")
        return self.say_many("about %(count)s person", "about %(count)s people", round(value))

    def count(self, heads: float) -> str:
        """Return heads for a column of numbers: whole, and `< 1` where few were seen, never 0."""
        return "<\u00a01" if heads > 0 and round(heads) == 0 else self.number(round(heads))

    def present(self, value: float) -> str:
        """Return who is there, in words: `environ 87 personnes présentes`."""
        if round(value) < 1:
            return self.heads(value)
        return self.say_many(
            "about %(count)s person present", "about %(count)s people present", round(value)
        )

    def capital(self, text: str) -> str:
        """Return a text that begins with a capital letter."""
        return text[:1].upper() + text[1:]

    def interval(self, low: float, high: float) -> str:
        """Return an interval written out: `entre 9 et 21`."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return self.say("interval not known")
        return self.say("between %(low)s and %(high)s", low=self._end(low), high=self._end(high))

    def _end(self, value: float) -> str:
        """Return an end as a whole number; with a decimal where it would else be called 0."""
        decimals = 1 if round(value) == 0 else 0
        size = self.number(round(abs(value), decimals), decimals)
        return f"−{size}" if value < 0 and size != self.number(0) else size

    def metres(self, length_m: float) -> str:
        """Return a distance: `130 m`, or `1,2 km` from a kilometre on."""
        if length_m < 100:
            return f"{self.number(round(length_m))}\u00a0m"
        if length_m < 995:
            return f"{self.number(round(length_m, -1))}\u00a0m"
        return f"{self.number(length_m / 1000, 1)}\u00a0km"

    def hectares(self, area_ha: float) -> str:
        """Return an area: `3 ha`, with one decimal below ten."""
        return f"{self.number(area_ha, 1 if area_ha < 10 else 0)}\u00a0ha"

    def nth_week(self, count: int) -> str:
        """Return how long something has been there: `3e semaine`, `3rd week`."""
        return self.say("%(nth)s week", nth=self._nth(count))

    def _nth(self, count: int) -> str:
        if self.language is Language.FRENCH:
            return "1re" if count == 1 else f"{self.number(count)}e"
        if self.language is not Language.ENGLISH:
            return f"{self.number(count)}."
        teens = count % 100 in (11, 12, 13)
        return f"{self.number(count)}{'th' if teens else _ENDINGS.get(count % 10, 'th')}"

    # times -------------------------------------------------------------------------------------

    def day(self, moment: dt.date, near: dt.date | None = None) -> str:
        """Return a local day: `5 octobre 2022`; without the year where `near` has the same."""
        day = _local_day(moment)
        same_year = near is not None and _local_day(near).year == day.year
        message = f"{self._ordinal(day.day)}\u00a0{self._month(day)}"
        return message if same_year else f"{message} {day.year}"

    def local_day(self, moment: dt.date | dt.datetime) -> dt.date:
        """Return the day in the city on which something was."""
        return _local_day(moment)

    def instant(self, moment: dt.datetime) -> str:
        """Return an instant on the city's clocks: `5 octobre 2022, 6 h 30`."""
        return f"{self.day(moment)}, {self.clock(moment)}"

    def moment(self, moment: dt.date | dt.datetime) -> str:
        """Return an instant, or only the day if no more may be shown."""
        return self.instant(moment) if isinstance(moment, dt.datetime) else self.day(moment)

    def clock(self, moment: dt.datetime) -> str:
        """Return the time of day on the city's clocks: `6 h 30`, or `06:30` in English."""
        local = moment.astimezone(city.zone())
        return self.language.clock.format(local)

    def week(self, week: IsoWeek) -> str:
        """Return a week with its days: `semaine 40 (3–9 octobre 2022)`."""
        return self.say(
            "week %(number)s (%(days)s)",
            number=week.number,
            days=self.span(week.monday, week.sunday),
        )

    def span(self, first: dt.date, last: dt.date) -> str:
        """Return days from `first` to `last`, without repeating the same month or year."""
        if first.year != last.year:
            return f"{self.day(first)} – {self.day(last)}"
        if first.month != last.month:
            return f"{self._ordinal(first.day)}\u00a0{self._month(first)} – {self.day(last)}"
        return f"{self._ordinal(first.day)}–{self.day(last)}"

    def ago(self, moment: dt.datetime, now: dt.datetime) -> str:
        """Return the number of local days between `moment` and `now`: `il y a 2 jours`."""
        days = (_local_day(now) - _local_day(moment)).days
        if days < 0:
            return self.day(moment, near=now)
        if days == 0:
            return self.say("today")
        if days == 1:
            return self.say("yesterday")
        return self.say_many("%(count)s day ago", "%(count)s days ago", days)

    def _ordinal(self, day: int) -> str:
        return self.language.first_of_month if day == 1 else str(day)

    def month(self, day: dt.date) -> str:
        """Return a month, short: `janv. 2023`."""
        return str(dates.format_date(day, "MMM y", locale=self.language.locale))

    def months(self) -> list[str]:
        """Return the twelve months, in full."""
        return [str(name) for name in dates.get_month_names(locale=self.language.locale).values()]

    def _month(self, day: dt.date) -> str:
        return str(dates.format_date(day, "MMMM", locale=self.language.locale))


def _local_day(moment: dt.date | dt.datetime) -> dt.date:
    return moment.astimezone(city.zone()).date() if isinstance(moment, dt.datetime) else moment
