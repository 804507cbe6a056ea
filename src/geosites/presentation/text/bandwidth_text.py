"""The bandwidth study as sentences and a table."""

from __future__ import annotations

from geosites.analysis.hotspots.bandwidth_forecast import BandwidthStudy
from geosites.presentation.formatting import Words
from geosites.presentation.tables.table import Cell, Table, TableColumn


def statement(words: Words, study: BandwidthStudy) -> list[str]:
    """Return the recommendation of the study, or why there is none; the policy is not changed."""
    rests = words.say_many(
        "Based on %(count)s week with people present.",
        "Based on %(count)s weeks with people present.",
        study.weeks,
    )
    if study.recommended_m is not None:
        best = words.metres(study.recommended_m)
        return [words.say("The next week is best forecast with %(metres)s.", metres=best), rests]
    nothing = words.say("No bandwidth is recommended.")
    if study.forecasts[0] == max(study.forecasts, key=lambda item: item.log_likelihood):
        why = words.say("The best is the smallest: the same places are reported again and again.")
    else:
        why = words.say("The best is the largest: nothing clusters.")
    return [nothing, why, rests]


def table(words: Words, study: BandwidthStudy) -> Table:
    """Return every bandwidth with its scores."""
    return Table(
        caption=words.say("How well each bandwidth forecasts the next week"),
        columns=(
            TableColumn(words.say("Bandwidth"), numeric=True),
            TableColumn(words.say("Log likelihood"), numeric=True),
            TableColumn(words.say("PAI"), numeric=True),
        ),
        rows=tuple(
            (
                Cell(words.metres(item.bandwidth_m)),
                Cell(words.number(item.log_likelihood, 3)),
                Cell(words.number(item.pai, 1)),
            )
            for item in study.forecasts
        ),
        empty=words.say("not observed"),
    )
