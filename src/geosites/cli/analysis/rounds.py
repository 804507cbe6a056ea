"""`geosites rounds`: plan one shift of several crews."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geosites import services
from geosites.analysis.rounds import ShiftLimits
from geosites.cli.analysis.map_files import targets, write
from geosites.cli.analysis.queries import exercise_note
from geosites.cli.console.output import (
    AsJson,
    parse_instant,
    print_json,
    print_statement,
    print_table,
    words,
)
from geosites.cli.store.store_setup import open_store, present
from geosites.core.weeks import DayPart
from geosites.maps import embedded_basemap, map_data
from geosites.presentation.links import Links
from geosites.settings import Settings


def rounds(
    crews: Annotated[int, typer.Option(min=1, max=12, help="Number of crews.")] = 1,
    minutes: Annotated[
        int, typer.Option(min=30, max=720, help="Length of the shift in minutes.")
    ] = 240,
    part: Annotated[
        DayPart | None,
        typer.Option(help="Part of the day; by default the one in which visits tell most."),
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only this territory; repeatable.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Point in time; by default now.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the sheets to this .pdf file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show where to look next: the stops of each crew in one shift, and what each is for."""
    sheets = targets({"--pdf": (pdf, ("pdf",))})
    limits = ShiftLimits(crews=crews, shift_min=minutes)
    with open_store(Settings()) as store, store.begin() as conn:
        instant = parse_instant(as_of) if as_of else present(conn)
        plan = services.round_plan(conn, instant, limits, part=part, within=scope or ()).document()
        view = embedded_basemap.around_stops(plan["rounds"])
        streets = map_data.streets(conn, view=view) if sheets else None
    if streets is not None:
        from geosites.maps.round_map import round_map
        from geosites.presentation.round_sheet_pdf import round_plan_pdf

        maps = [round_map(words(), streets, [crew]) for crew in plan["rounds"]]
        write(sheets, {"pdf": lambda: round_plan_pdf(words(), plan, maps)})
    if as_json:
        print_json(plan)
        return
    from geosites.presentation.text import round_plan_text as text
    from geosites.presentation.text.people_present_text import standing_statement

    print_statement([*exercise_note(words(), plan), *text.plan_statement(words(), plan)])
    for crew in plan["rounds"]:
        print_table(text.crew_table(words(), Links(), plan, crew))
    beside = (standing_statement, text.studies_statement, text.chance_statement)
    print_statement([line for told in beside for line in told(words(), plan)])
