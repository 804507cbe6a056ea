"""Detection documents: the share of people that crews count, from double counts."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict


class SeenShare(TypedDict):
    """The share of the people present that a crew sees, with its 90 % interval.

    `pairs` and `joint` are the scenes counted twice, and those of them with a joint count.
    """

    pairs: int
    joint: int
    method: str
    value: float
    low: float
    high: float


class BoundedValue(TypedDict):
    """A value and its 90 % interval; `high` is null where there is no upper bound."""

    value: float
    low: float
    high: float | None


class DetectionParameters(TypedDict):
    """Parameters: maximum distance and time between two counts of one scene."""

    within_m: float
    within_min: float
    level: float
    fewest_pairs: int
    fewest_joint: int
    fewest_people: float
    group: float


class DetectionDocument(TypedDict):
    """The share of the people present that a crew sees, or the `reason` why there is no estimate.

    `counted` is the mean of the two crews over all scenes counted twice, `present` the people at
    them. `one_by_one` is the interval of `unseen` if nobody is missed in a group, `likely` a second
    opinion, and `overdispersion` the variance relative to independent misses. Partners get no
    numbers of people.
    """

    start: dt.datetime
    end: dt.datetime
    as_known_at: dt.datetime | None
    exercise: bool
    pairs: int
    joint: int
    contradictory: int | None
    counted: float | None
    method: str | None
    reason: str | None
    seen: BoundedValue | None
    unseen: BoundedValue | None
    present: BoundedValue | None
    one_by_one: BoundedValue | None
    likely: float | None
    overdispersion: BoundedValue | None
    in_groups: bool
    parameters: DetectionParameters
