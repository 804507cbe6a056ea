"""Options of a simulated city and its event, in four groups that can be combined."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from geosites.simulation.city import City
from geosites.simulation.patrols import EVEN

MOVED = 0.6

NIGHT_HEAVY = (3.0, 1.0, 1.0, 2.0)
"""Heads by part of the day at a scene of the night, three times those of the morning."""


class Happening(StrEnum):
    """What the event truly does to the target."""

    NOTHING = "nothing"
    HALVING = "a halving"
    MOVE = "60 % to two neighbours"
    FALL = "60 % gone"
    NEW_PLACE = "60 % to new ground"
    SPLIT = "half to new ground beside"


TO_NEW_GROUND = {Happening.NEW_PLACE: MOVED, Happening.SPLIT: 0.5}
"""The share that goes to a place where nobody was before."""


class Turn(StrEnum):
    """How patrols turn from night to day."""

    NO = "no"
    TARGET = "at the target"
    TARGET_GRADUALLY = "at the target, over eight weeks"
    CITY = "in the whole city"


class Unreported(StrEnum):
    """Whose zeros are not reported, by default from the event on."""

    NOBODYS = "nobody's"
    TARGET = "at the target"
    TERRITORY = "in the territory of the nearest neighbour"
    UNIT = "by the unit that goes to the target most"
    LATE = "70 % of the last three weeks, everywhere"
    BEGUN = "at the target, before the event: they are reported from then on"


@dataclass(frozen=True, kw_only=True)
class Counting:
    """Variation of counts between visits, and of positions around the centre.

    Counts have variance m + d m^2, with d of each place uniform over `dispersion`; `empty` is the
    share of visits at which the scene is away (the others see more, with the same mean); `outliers`
    the share of counts times ten. Positions are off by `jitter_m`, uniform over places; `large`:
    the target and this number of the largest other places are visited anywhere on 250 x 350 m.
    `day_factor` are the levels by part of the day, with unchanged mean over the hours.
    """

    dispersion: tuple[float, float] = (0.5, 0.5)
    empty: float = 0.0
    outliers: float = 0.0
    jitter_m: tuple[float, float] = (30.0, 30.0)
    large: int | None = None
    extent_m: tuple[float, float] = (250.0, 350.0)
    day_factor: tuple[float, float, float, float] = EVEN


@dataclass(frozen=True, kw_only=True)
class Patrols:
    """Effort of patrols, and recording.

    `uneven`: effort differs by place and week; `shifted`: the target is visited three times as
    often from the event on; `follow`: share of the effort that goes where heads are. `scattered`
    visits a week go anywhere except where a scene would be seen (120 m), and see nobody, or with
    `passer_by` one person; a new place is found after `found_after` weeks. `crews` is the number of
    crews that make each visit together; `doubled` is the share reported twice. `by_position`: the
    territory of a visit is that of its position, not of its place.
    """

    uneven: bool = False
    shifted: bool = False
    follow: float = 0.0
    scattered: float = 0.0
    passer_by: float = 0.03
    found_after: tuple[int, int] = (1, 3)
    turn: Turn = Turn.NO
    unreported: Unreported = Unreported.NOBODYS
    crews: int = 1
    doubled: float = 0.0
    by_position: bool = False


@dataclass(frozen=True, kw_only=True)
class SimulatedEvent:
    """What happens in the week of the event, and beside it.

    `distance_m`: distance of the new place; `cleared`: no scattered visit went there before.
    `trend`: weekly change of the target before and after, `common` the level of all places from the
    event on; `border`: a place nearby is on a border; `second`: four weeks later another operation
    takes 60 % of a place 300 m away; `arrival`: number of people who come to a new place in the
    week of the event, from outside the city and not because of it.
    """

    happening: Happening = Happening.NOTHING
    distance_m: float = 490.0
    cleared: bool = False
    trend: float = 0.0
    common: float = 1.0
    border: bool = False
    second: bool = False
    arrival: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All parameters of a world, without the random seed."""

    city: City = field(default_factory=City)
    counting: Counting = field(default_factory=Counting)
    patrols: Patrols = field(default_factory=Patrols)
    event: SimulatedEvent = field(default_factory=SimulatedEvent)


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How often a city is visited, and for how long before the event.

    `visits` per place and week on the mean, `weeks_before` the event; the weeks after it stay.
    """

    visits: float
    weeks_before: int

    def given(self, plan: Plan) -> Plan:
        """Return the plan with this effort and nothing else changed."""
        after = plan.city.weeks - plan.city.event_week
        city = replace(
            plan.city,
            visits=self.visits,
            weeks=self.weeks_before + after,
            event_week=self.weeks_before,
        )
        return replace(plan, city=city)
