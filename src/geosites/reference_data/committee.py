"""Members of a city's committee and the content of their pages, from `committee.json`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geosites.core import city
from geosites.core.errors import NotFound, Refused
from geosites.reference_data.json_files import Entry, each

SECTIONS = frozenset({"closures", "operations", "care"})


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member: `sections` besides the week; `territories` are prefixes of codes, empty is all."""

    key: str
    name: str
    sections: frozenset[str]
    territories: tuple[str, ...] = ()

    def sees(self, code: str) -> bool:
        """Return whether a territory is one of the member's."""
        return not self.territories or code.startswith(self.territories)


def members() -> list[Member]:
    """Return the members in the order of the file; none if the city has no such file.

    Stores of cities other than the one included in geosites have none.
    """
    path = city.folder() / "committee.json"
    here = city.current() == city.packaged()
    return read_members(path) if here and path.is_file() else []


def member(key: str) -> Member:
    """Return one member; raises `NotFound`."""
    found = next((item for item in members() if item.key == key), None)
    if found is None:
        raise NotFound("member of the committee", key)
    return found


def read_members(path: Path) -> list[Member]:
    """Return the members of a file; raises `Refused` for a section that there is not."""
    return each(path, _member)


def _member(entry: Entry) -> Member:
    sections = frozenset(entry["sections"])
    if not sections <= SECTIONS:
        raise Refused(
            "%(section)s is not a section", section=", ".join(sorted(sections - SECTIONS))
        )
    return Member(
        key=entry["key"],
        name=entry["name"],
        sections=sections,
        territories=tuple(entry.get("territories", ())),
    )
