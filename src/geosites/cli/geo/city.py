"""`geosites city`: set up a city from one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.analysis.map_files import targets
from geosites.cli.console.language import language, say
from geosites.cli.console.output import AsJson, answers, print_json, remarks, words
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store
from geosites.core import city
from geosites.core.city import CITY_FILE
from geosites.core.errors import Refused
from geosites.db.geography import city as city_store
from geosites.imports.city.declaration import as_toml
from geosites.imports.city.folder import Understood, understood
from geosites.imports.city.found_files import Choices
from geosites.imports.city.start import Started, start
from geosites.maps.city_map import city_file
from geosites.settings import Settings

app = App("The city: set the store up for one from a folder.")
MAP = "city.html"
_SHOWN = 12


@app.callback()
def city_group() -> None:
    """Read nothing before the command: there is one so far."""


@app.command()
def init(
    folder: Annotated[
        Path,
        typer.Argument(help="A folder of boundary files, with city.toml or without."),
    ],
    code: Annotated[
        str | None, typer.Option(metavar="FIELD", help="The field that holds the code.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="FIELD", help="The field that holds the name.")
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD|NAME",
            help="The field that holds the level, or what the territories are called.",
        ),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(metavar="TZ", help="The clocks, such as America/New_York.")
    ] = None,
    metric: Annotated[
        int | None, typer.Option(metavar="EPSG", help="The reference in metres; UTM otherwise.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="What the city is called.")] = None,
    as_proposed: Annotated[
        bool, typer.Option("--as-proposed", help="Confirm the clocks that are proposed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what is understood, and write nothing.")
    ] = False,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE.html", help="The map; by default beside the store."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set an empty store up for a city: understand its folder, repair borders, draw the map."""
    settings = Settings()
    targets({"--map": (map_file, ("html",))})
    choices = Choices(
        code=code, name=name, level=level, zone=zone, metric=metric, title=title,
        as_proposed=as_proposed,
    )  # fmt: skip
    found = understood(folder, choices)
    started = None if dry_run else _started(settings, folder, found)
    if dry_run:
        city.use(found.city)
    drawn = map_file or (None if dry_run else settings.home / MAP)
    if drawn is not None:
        drawn.parent.mkdir(parents=True, exist_ok=True)
        drawn.write_text(
            city_file(language(), found.territories, _statement(found)), encoding="utf-8"
        )
    written = None if dry_run else _kept(folder, found)
    if written is None and not dry_run:
        _tell_otherwise(folder, choices, found)
    if as_json:
        print_json(_document(found, started, drawn, written))
        return
    _tell(found, drawn, written)


def _started(settings: Settings, folder: Path, found: Understood) -> Started:
    with open_store(settings, geography=False) as store:
        with store.begin() as conn:
            city_store.add_levels(conn, found.city)
        with store.begin() as conn:
            return start(conn, folder, found)


def _kept(folder: Path, found: Understood) -> Path | None:
    """Write `city.toml` where the folder has none and can be written to; return its path."""
    path = folder / CITY_FILE
    if path.exists():
        return None
    try:
        path.write_text(as_toml(found.city, found.sources), encoding="utf-8")
    except OSError:
        return None
    return path


def _tell_otherwise(folder: Path, choices: Choices, found: Understood) -> None:
    """Warn that `city.toml` contradicts the options of this run."""
    path = folder / CITY_FILE
    said = {"code": choices.code, "name": choices.name, "level": choices.level,
            "zone": choices.zone, "metric": choices.metric, "title": choices.title}  # fmt: skip
    options = [f"--{name}" for name, value in said.items() if value is not None]
    if not options or not path.exists():
        return
    if _says_otherwise(folder, found):
        remarks.print(
            say(
                "%(path)s is unchanged and differs from the options (%(options)s): "
                "write them into it, or remove it and run this again",
                path=path,
                options=", ".join(options),
            ),
            markup=False,
        )


def _says_otherwise(folder: Path, found: Understood) -> bool:
    """Return whether the folder without the options gives another city."""
    try:
        alone = understood(folder, Choices(as_proposed=True))
    except Refused:
        return True
    codes = [[item.code for item in one.territories] for one in (alone, found)]
    return alone.city != found.city or codes[0] != codes[1]


def _statement(found: Understood) -> list[str]:
    here = found.city
    return [
        say(
            "%(name)s: clocks of %(zone)s, metres of EPSG:%(metric)s.",
            name=here.name,
            zone=here.zone,
            metric=here.metric,
        ),
        *(
            f"{here.level(level).called(language(), several=True)}{say(': ')}{count}."
            for level, count in _counts(found).items()
        ),
    ]


def _counts(found: Understood) -> dict[str, int]:
    levels = [item.level for item in found.territories]
    return {level: levels.count(level) for level in dict.fromkeys(levels)}


def _tell(found: Understood, drawn: Path | None, written: Path | None) -> None:
    for sentence in _statement(found):
        answers.print(sentence, markup=False)
    for file, fields in found.fields.items():
        told = ", ".join(f"{key} = {value}" for key, value in fields.document().items())
        answers.print(f"{file} ({found.references[file]}): {told}", markup=False)
    for proposal in found.proposals:
        remarks.print(say("proposed: %(what)s", what=words().retold(proposal)), markup=False)
    for warning in found.warnings:
        remarks.print(words().retold(warning), markup=False)
    for item in found.territories[:_SHOWN]:
        km2 = words().number(item.area.area / 1e6, 2)
        answers.print(f"  {item.code}  {item.name}  {km2} km²", markup=False)
    if len(found.territories) > _SHOWN:
        answers.print("  …")
    if written is not None:
        remarks.print(say("%(path)s is written.", path=written), markup=False)
    if drawn is not None:
        remarks.print(say("The map: %(path)s", path=drawn), markup=False)


def _document(
    found: Understood, started: Started | None, drawn: Path | None, written: Path | None
) -> dict[str, object]:
    return {
        "city": found.city.document(),
        "territories": [
            {
                "code": item.code,
                "name": item.name,
                "level": item.level,
                "parent": item.parent,
                "area_km2": round(item.area.area / 1e6, 4),
            }
            for item in found.territories
        ],
        "fields": {file: fields.document() for file, fields in found.fields.items()},
        "references": dict(found.references),
        "proposals": list(found.proposals),
        "warnings": list(found.warnings),
        "written": started is not None,
        "sites": started.sites if started else 0,
        "care_places": started.care_places if started else 0,
        "city_file": None if written is None else str(written),
        "map": None if drawn is None else str(drawn),
    }
