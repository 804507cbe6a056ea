"""Round plans as sentences and tables, for page, command line and print."""

from __future__ import annotations

from geosites.core.documents.closures import StoppingFigures
from geosites.core.documents.round_plan import (
    CrewRoundDocument,
    PlannedStopRow,
    RoundPlanDocument,
    StopReason,
)
from geosites.presentation.formatting import Words
from geosites.presentation.labels import day_part_word
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.text.location_text import near_text
from geosites.presentation.text.stopping_rule_text import cost_reading, state_with_stopping
from geosites.presentation.text.walking_route_text import directions, way_length, ways_reading


def plan_statement(words: Words, plan: RoundPlanDocument) -> list[str]:
    """Return what the shift is, and which due visits it does not reach."""
    stops = sum(len(crew["stops"]) for crew in plan["rounds"])
    sentences = [
        words.say_many(
            "%(when)s: %(count)s stop for %(crews)s, %(minutes)s at most.",
            "%(when)s: %(count)s stops for %(crews)s, %(minutes)s at most.",
            stops,
            when=words.capital(day_part_word(words, plan["day_part"])),
            crews=words.say_many("%(count)s crew", "%(count)s crews", plan["crews"]),
            minutes=duration(words, plan["shift_min"]),
        )
    ]
    if plan["missed"]:
        names = ", ".join(item["name"] for item in plan["missed"])
        sentences.append(words.say("Due, but not reached: %(names)s.", names=names))
    return sentences


def chance_statement(words: Words, plan: RoundPlanDocument) -> list[str]:
    """Return the probability of all squares, and the progress on the list of the sample."""
    chance = plan["chance"]
    return [
        words.say(
            "If %(rounds)s rounds are made in four weeks, every square of %(side)s has a chance to "
            "be the start of one: %(least)s at least, %(median)s or more for half of the "
            "%(cells)s squares.",
            rounds=words.number(chance["rounds"]),
            side=words.metres(chance["cell_m"]),
            least=_small(words, chance["least"]),
            median=_small(words, chance["median"]),
            cells=words.number(chance["cells"]),
        ),
        _classes(words, plan),
        words.say(
            "Of the %(listed)s squares drawn on %(day)s for four weeks, %(seen)s were visited.",
            listed=words.number(chance["listed"]),
            day=words.day(chance["drawn_on"]),
            seen=words.number(chance["seen"]),
        ),
    ]


def _classes(words: Words, plan: RoundPlanDocument) -> str:
    """Return how many squares have which probability, and how many none."""
    parts, above = [], ""
    for item in plan["chance"]["classes"]:
        count, least = words.number(item["cells"]), words.percent(item["least"])
        if not item["least"]:
            parts.append(words.say("%(count)s less than %(share)s", count=count, share=above))
        elif not above:
            parts.append(words.say("%(count)s at least %(share)s", count=count, share=least))
        else:
            parts.append(
                words.say("%(count)s from %(low)s to %(high)s", count=count, low=least, high=above)
            )
        above = least
    return words.say(
        "Squares by their chance: %(list)s; without any: %(without)s.",
        list=", ".join(parts),
        without=words.number(plan["chance"]["without"]),
    )


def studies_statement(words: Words, plan: RoundPlanDocument) -> list[str]:
    """Return which studies are under way and how many of their places were seen too rarely."""
    sentences = [
        words.say(
            "Study of %(day)s under way until %(end)s: %(thin)s of %(places)s places were seen in "
            "fewer weeks than it needs.",
            day=words.day(study["at"]),
            end=words.day(study["last_day"]),
            thin=words.number(study["thin"]),
            places=words.number(study["places"]),
        )
        for study in plan["studies"]
    ]
    left = plan["studies_left_out"]
    if left:
        sentences.append(
            words.say_many(
                "%(count)s older study is left out.", "%(count)s older studies are left out.", left
            )
        )
    return sentences


def plan_reading(words: Words, plan: RoundPlanDocument) -> list[str]:
    """Return how a plan is meant."""
    return [
        words.say(
            "Stops are chosen by what a visit would tell, not by how many people are expected: "
            "nothing is forecast, and ground that nobody visited is drawn, never ranked."
        ),
        words.say(
            "Each round begins at a square of the sample. What is too far to walk is ridden."
        ),
        ways_reading(words, _later_ways(plan)),
        *filter(None, [cost_reading(words, _rules(plan))]),
        words.say("“Nobody there” is an answer too: please report it, with 0."),
    ]


def _rules(plan: RoundPlanDocument) -> list[StoppingFigures | None]:
    return [stop["stopping"] for crew in plan["rounds"] for stop in crew["stops"]]


def crew_title(words: Words, crew: CrewRoundDocument) -> str:
    """Return the heading of a round: `Équipe 1 : 7 étapes, 5,2 km à pied, 3 h 40`."""
    stops = words.say_many("%(count)s stop", "%(count)s stops", len(crew["stops"]))
    return words.say(
        "Crew %(crew)s: %(stops)s, %(way)s on foot, %(time)s",
        crew=words.number(crew["crew"]),
        stops=stops,
        way=words.metres(crew["length_m"]),
        time=duration(words, crew["minutes"]),
    )


def crew_table(
    words: Words, links: Links, plan: RoundPlanDocument, crew: CrewRoundDocument
) -> Table:
    """Return the stops of a crew, in the order to go."""
    say = words.say
    return Table(
        caption=crew_title(words, crew),
        columns=(
            TableColumn(say("Stop")),
            TableColumn(say("What for")),
            TableColumn(say("Way"), numeric=True),
            TableColumn(say("After"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(
                    f"{number}. {stop_name(words, stop)}",
                    links.site(stop["site"]) if stop["site"] else None,
                    note=stop_ground(words, stop),
                ),
                Cell(words.say("; ").join(reasons(words, plan, stop)), shape=stop["status"]),
                Cell(way(words, stop) if number > 1 else "–"),
                Cell(duration(words, stop["arrives_min"])),
            )
            for number, stop in enumerate(crew["stops"], start=1)
        ),
        empty="",
    )


def stop_name(words: Words, stop: PlannedStopRow) -> str:
    """Return what a stop is called: the site, or the street or station that a square is at."""
    if stop["name"]:
        return stop["name"]
    near = near_text(words, stop["whereabouts"])
    if near:
        return words.capital(near)
    where = stop["quartier"] or stop["territory"] or "–"
    return words.say("Square in %(where)s", where=where)


def stop_ground(words: Words, stop: PlannedStopRow) -> str:
    """Return the location of a stop, the position of a square, and the streets to it."""
    parts = [stop["quartier"], stop["territory"]]
    if not stop["name"]:
        parts.append(words.say("square of 100 m"))
        parts.append(f"{words.number(stop['lat'], 4)} N, {words.number(stop['lon'], 4)} E")
    parts.append(streets(words, stop))
    return " · ".join(part for part in dict.fromkeys(parts) if part)


def streets(words: Words, stop: PlannedStopRow) -> str:
    """Return the streets that lead to a stop on foot; empty where none is known."""
    return "" if stop["ridden"] else directions(words, stop["along"])


def way(words: Words, stop: PlannedStopRow) -> str:
    """Return the way from the stop before, and that it is ridden where it is."""
    metres = way_length(words, stop["leg_m"], stop["way"])
    return words.say("%(way)s, ridden", way=metres) if stop["ridden"] else metres


def _later_ways(plan: RoundPlanDocument) -> list[str]:
    """Return what the ways between stops rest on; to the first stop there is none."""
    later = [stop["way"] for crew in plan["rounds"] for stop in crew["stops"][1:]]
    return later or [stop["way"] for crew in plan["rounds"] for stop in crew["stops"]]


def reasons(words: Words, plan: RoundPlanDocument, stop: PlannedStopRow) -> list[str]:
    """Return the reasons of a stop, each as part of a line, without negligible ones."""
    told = [_reason(words, plan, stop, reason) for reason in worth_telling(stop)]
    return list(dict.fromkeys(text for text in told if text))


def worth_telling(stop: PlannedStopRow) -> list[StopReason]:
    """Return the reasons of a stop, without a closure for which no visit is worth its cost.

    It is kept if there is no other reason.
    """
    rule, codes = stop["stopping"], {reason["code"] for reason in stop["why"]}
    settled = rule is not None and not rule["worth_visits"] and "due" not in codes
    others = [reason for reason in stop["why"] if reason["code"] != "closure"]
    return others if settled and others else list(stop["why"])


def _reason(words: Words, plan: RoundPlanDocument, stop: PlannedStopRow, reason: StopReason) -> str:
    code = reason["code"]
    if code == "sample":
        return words.say("drawn for the sample")
    if code == "due" and stop["due"] is not None:
        day = words.day(stop["due"], near=plan["as_of"])
        if stop["due"] > plan["as_of"]:
            return words.say("visit due by %(day)s", day=day)
        return words.say("visit due since %(day)s", day=day)
    if code == "closure" and stop["status"] is not None:
        return state_with_stopping(words, stop["status"], stop["p_clear"], stop["stopping"])
    if code == "study":
        return _study_place(words, reason)
    if code == "total" and stop["days_seen"] is not None:
        if not stop["days_seen"]:
            return words.say("not seen for 28 days")
        return words.say_many(
            "weighs in the total of the city, seen on %(count)s day of 28",
            "weighs in the total of the city, seen on %(count)s days of 28",
            stop["days_seen"],
        )
    return ""


def _study_place(words: Words, reason: StopReason) -> str:
    if reason["role"] is None or reason["weeks"] is None or reason["needed"] is None:
        return words.say("place of a study under way")
    role = {
        "target": words.say("target of a study"),
        "control": words.say("control of a study"),
        "new": words.say("new place of a study"),
    }[reason["role"]]
    return words.say_many(
        "%(role)s, seen in %(count)s week, %(needed)s needed",
        "%(role)s, seen in %(count)s weeks, %(needed)s needed",
        reason["weeks"],
        role=role,
        needed=words.number(reason["needed"]),
    )


def duration(words: Words, minutes: float) -> str:
    """Return minutes in words: `45 min`, `3 h 40`."""
    hours, rest = divmod(round(minutes), 60)
    if not hours:
        return words.say("%(minutes)s min", minutes=rest)
    return words.say("%(hours)s h %(minutes)s", hours=hours, minutes=f"{rest:02d}")


def _small(words: Words, share: float) -> str:
    """Return a probability with two significant digits, since many are below one per cent."""
    if share >= 0.01:
        return words.percent(share)
    return words.say("1 in %(count)s", count=words.significant(1 / share))
