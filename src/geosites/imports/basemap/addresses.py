"""House numbers from the Base Adresse Nationale (`adresses-75.csv.gz`) or from a map file."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from geosites.analysis.name_search import folded, house_number, suffix_of
from geosites.core import crs
from geosites.core.errors import Refused, os_reason
from geosites.db.geography.street_map import Address
from geosites.imports.basemap.houses import Houses

CREDIT = "Base Adresse Nationale, Licence Ouverte 2.0"
COLUMNS = ("numero", "rep", "nom_voie", "nom_commune", "lon", "lat")
_ROWS = 50_000
_LONGEST = 200


def read_addresses(path: Path) -> Iterator[Address]:
    """Yield the house numbers of a file of the BAN, plain or compressed; 0 and 9999 are not houses.

    Raises `Refused` with the file's name if it is missing, empty, truncated or another table.
    """
    if not path.is_file():
        raise Refused("%(path)s: there is no such file", path=path)
    try:
        if path.stat().st_size == 0:
            raise Refused("%(path)s: the file is empty", path=path)
        yield from _rows(path)
    except gzip.BadGzipFile as error:
        raise Refused("%(path)s: no table of addresses", path=path) from error
    except (EOFError, zlib.error) as error:
        raise Refused("%(path)s: the file is cut short", path=path) from error
    except OSError as error:
        raise Refused(
            "%(path)s: cannot be read: %(reason)s", path=path, reason=os_reason(error)
        ) from error


def of_map(houses: Houses) -> Iterator[Address]:
    """Yield the house numbers of a street map."""
    for number, street, city, (x, y) in zip(
        houses.number, houses.street, houses.city, houses.xy, strict=True
    ):
        for one in number.replace(",", ";").split(";"):
            made = _address(one, "", street, city, float(x), float(y))
            if made is not None:
                yield made


def _rows(path: Path) -> Iterator[Address]:
    count = 0
    try:
        for table in _tables(path):
            missing = [name for name in COLUMNS if name not in table.columns]
            if missing:
                raise Refused(
                    "%(path)s: no table of addresses, the column %(column)s is missing",
                    path=path,
                    column=missing[0],
                )
            for address in _addresses(table):
                count += 1
                yield address
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError) as error:
        raise Refused("%(path)s: no table of addresses", path=path) from error
    if count == 0:
        raise Refused("%(path)s: holds no address", path=path)


def _tables(path: Path) -> Iterator[pd.DataFrame]:
    with pd.read_csv(
        path, sep=";", dtype=str, keep_default_na=False, chunksize=_ROWS, encoding="utf-8-sig"
    ) as tables:
        yield from tables


def _addresses(table: pd.DataFrame) -> Iterator[Address]:
    degrees = table[["lon", "lat"]].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    on_earth = np.isfinite(degrees).all(axis=1) & (np.abs(degrees) <= (180, 90)).all(axis=1)
    kept = table[on_earth]
    xy = crs.to_metric(degrees[on_earth]).round(1).tolist()
    columns = (kept[name] for name in COLUMNS[:4])
    for number, suffix, street, city, (x, y) in zip(*columns, xy, strict=True):
        made = _address(number, suffix, street, city, x, y)
        if made is not None:
            yield made


def _address(
    number: str, suffix: str, street: str, city: str, x: float, y: float
) -> Address | None:
    """Return a house number, or None if it is invalid."""
    whole = house_number(number.lower().replace(" ", ""))
    if whole is None or whole[0] in (0, 9999) or not 0 < len(street) <= _LONGEST:
        return None
    house, joined = whole
    return Address(
        key=" ".join(folded(street)),
        house=house,
        suffix=joined or suffix_of(suffix)[:_LONGEST],
        street=street,
        city=city[:_LONGEST],
        x=x,
        y=y,
    )
