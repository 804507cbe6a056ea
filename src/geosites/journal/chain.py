"""Verify the journal: recompute every hash chain from its start, and check every anchor.

The database is not trusted to verify itself: hashes are recomputed from the rows that were read.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from operator import attrgetter

import sqlalchemy as sa

from geosites.core.errors import GeositesError, phrase
from geosites.db import journal_entries
from geosites.db.journal_entries import ChainMark, Entry, anchor_of
from geosites.db.schema.journal import CHAINS, JournalKind
from geosites.journal.anchor_lines import JournalAnchor, parse_anchor

PRUNED = "journal.entry"
"""What the entry that attests a checkpoint is about."""

MOST_UNANCHORED = 500
"""Entries up to which a store that nobody serves may be without an anchor."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An inconsistency and its position: the chain and the number, if known."""

    chain: int | None
    seq: int | None
    what: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Result of verifying the chains. `anchors_too_old` refer to entries that retention removed."""

    entries: int
    anchors_met: int
    anchors_too_old: int
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Return whether nothing was found."""
        return not self.faults

    def document(self) -> dict[str, object]:
        """Return the verdict as JSON."""
        return {"sound": self.sound, **asdict(self)}


@dataclass(frozen=True, kw_only=True)
class _Followed:
    last: ChainMark
    entries: int
    attested: frozenset[str]
    passed: dict[int, bytes]
    faults: tuple[Fault, ...]


def genesis(chain: int) -> ChainMark:
    """Return what the first entry of a chain follows."""
    seed = hashlib.sha256(f"geosites journal {chain}".encode()).digest()
    return ChainMark(chain=chain, seq=0, hash=seed)


def link(previous: bytes, entry: Entry) -> bytes:
    """Return the hash that seals `entry` after the entry with the hash `previous`.

    SHA-256 over the previous hash and each part with its length in characters, `-` if there is
    none, so that no two entries have the same encoding. The instant is in microseconds.
    """
    parts = (
        str(entry.chain),
        str(entry.seq),
        str((entry.at - _EPOCH) // _MICROSECOND),
        str(entry.kind),
        entry.actor,
        entry.role,
        entry.unit,
        entry.channel,
        entry.motive,
        entry.what,
        entry.refs,
        entry.recipient,
    )
    message = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(previous + message.encode()).digest()


def judge(conn: sa.Connection, outside: Sequence[JournalAnchor]) -> Verdict:
    """Verify the journal of a store against anchors from outside and those on its bulletins.

    The transaction has to hold still (`journal_entries.hold_still`).
    """
    printed, faults = list[JournalAnchor](), list[Fault]()
    for line in journal_entries.printed_anchors(conn):
        try:
            printed.append(parse_anchor(line))
        except GeositesError as error:
            faults.append(
                Fault(
                    chain=None, seq=None, what=phrase("a bulletin: %(error)s", error=error.message)
                )
            )
    verdict = verify(
        journal_entries.chains(conn),
        journal_entries.heads(conn),
        journal_entries.checkpoints(conn),
        [*outside, *printed],
        faults,
    )
    return replace(verdict, faults=(*verdict.faults, *_unproven(conn, verdict)))


def _unproven(conn: sa.Connection, verdict: Verdict) -> Iterator[Fault]:
    """Yield why nothing outside the database speaks for a journal that has been used."""
    if not verdict.entries and journal_entries.is_used(conn):
        yield Fault(chain=None, seq=None, what=phrase("the journal is empty, and the store is not"))
    anchored = verdict.anchors_met or verdict.anchors_too_old
    if anchored or any(fault.chain is None for fault in verdict.faults):
        return
    if verdict.entries >= MOST_UNANCHORED or journal_entries.was_anchored(conn):
        what = phrase(
            "no anchor is at hand for %(entries)s entries: whether the latest ones are missing "
            "cannot be told",
            entries=verdict.entries,
        )
        yield Fault(chain=None, seq=None, what=what)


def verify(
    entries: Iterable[Entry],
    heads: Sequence[ChainMark],
    checkpoints: Sequence[ChainMark],
    anchors: Sequence[JournalAnchor],
    known: Sequence[Fault] = (),
) -> Verdict:
    """Follow every chain and hold it against its head, its checkpoint and the anchors.

    `entries` come by chain and number; all are read from one state of the database. `known` are
    faults found before.
    """
    starts = {chain: genesis(chain) for chain in range(CHAINS)}
    starts.update((mark.chain, mark) for mark in checkpoints)
    wanted = {(chain, seq) for item in anchors for chain, seq in enumerate(item.numbers)}
    followed = _follow_all(entries, starts, wanted)
    faults = [*known, *(fault for item in followed.values() for fault in item.faults)]
    faults += _ends(followed, heads)
    faults += _unattested(followed, checkpoints)
    met, too_old, missed = _meet(anchors, followed, starts)
    return Verdict(
        entries=sum(item.entries for item in followed.values()),
        anchors_met=met,
        anchors_too_old=too_old,
        faults=(*faults, *missed),
    )


def _follow_all(
    entries: Iterable[Entry], starts: dict[int, ChainMark], wanted: set[tuple[int, int]]
) -> dict[int, _Followed]:
    result = {
        chain: _follow(rows, starts.get(chain, genesis(chain)), wanted)
        for chain, rows in groupby(entries, attrgetter("chain"))
    }
    return {**{chain: _follow((), start, wanted) for chain, start in starts.items()}, **result}


def _follow(rows: Iterable[Entry], start: ChainMark, wanted: set[tuple[int, int]]) -> _Followed:
    last, count, attested = start, 0, set[str]()
    passed, faults = {start.seq: start.hash}, list[Fault]()
    for entry in rows:
        faults.extend(_step(last, entry))
        count, last = count + 1, ChainMark(chain=entry.chain, seq=entry.seq, hash=entry.hash)
        if (entry.chain, entry.seq) in wanted:
            passed[entry.seq] = entry.hash
        if entry.kind == JournalKind.ERASURE and entry.what == PRUNED:
            attested.update(_names(entry.refs))
    return _Followed(
        last=last, entries=count, attested=frozenset(attested), passed=passed, faults=tuple(faults)
    )


def _step(last: ChainMark, entry: Entry) -> Iterator[Fault]:
    """Yield the errors of an entry, given the previous one."""
    if entry.seq <= last.seq:
        yield _fault(entry, phrase("an entry is where none may be: inserted, or erased already"))
    elif entry.seq > last.seq + 1:
        first, removed = last.seq + 1, phrase("removed: %(first)s", first=last.seq + 1)
        if entry.seq > first + 1:
            end = entry.seq - 1
            removed = phrase("removed: %(first)s to %(last)s", first=first, last=end)
        yield Fault(chain=entry.chain, seq=first, what=removed)
    elif link(last.hash, entry) != entry.hash:
        yield _fault(entry, phrase("changed, swapped or inserted: its hash does not follow"))


def _names(refs: str) -> Iterable[str]:
    try:
        names = json.loads(refs)
    except ValueError:
        return ()
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else ()


def _ends(followed: dict[int, _Followed], heads: Sequence[ChainMark]) -> Iterator[Fault]:
    ends = {mark.chain: mark for mark in heads}
    for chain, item in sorted(followed.items()):
        end = ends.get(chain)
        if end is None:
            yield Fault(chain=chain, seq=None, what=phrase("the chain has no head"))
        elif end.seq != item.last.seq:
            what = phrase(
                "the chain ends at %(last)s and not at %(end)s: its tail is not whole",
                last=item.last.seq,
                end=end.seq,
            )
            yield Fault(chain=chain, seq=min(end.seq, item.last.seq) + 1, what=what)
        elif end.hash != item.last.hash:
            what = phrase("the last entry is not the one of the head")
            yield Fault(chain=chain, seq=end.seq, what=what)


def _unattested(
    followed: dict[int, _Followed], checkpoints: Sequence[ChainMark]
) -> Iterator[Fault]:
    attested = {name for item in followed.values() for name in item.attested}
    for mark in {mark.chain: mark for mark in checkpoints}.values():
        if mark.attested not in attested:
            what = phrase("entries were erased up to here, and no entry of the journal says so")
            yield Fault(chain=mark.chain, seq=mark.seq, what=what)


def _meet(
    anchors: Sequence[JournalAnchor], followed: dict[int, _Followed], starts: dict[int, ChainMark]
) -> tuple[int, int, list[Fault]]:
    met, too_old, faults = 0, 0, list[Fault]()
    since: str | dt.datetime = phrase("the beginning")
    for item in sorted(anchors, key=attrgetter("instant")):
        if any(seq < starts[chain].seq for chain, seq in enumerate(item.numbers)):
            too_old += 1
            continue
        fault = _missed(item, followed, since)
        if fault is None:
            met, since = met + 1, item.instant
        else:
            faults.append(fault)
    return met, too_old, faults


def _missed(
    one: JournalAnchor, followed: dict[int, _Followed], since: str | dt.datetime
) -> Fault | None:
    for chain, seq in enumerate(one.numbers):
        if seq not in followed[chain].passed:
            what = phrase(
                "the anchor of %(when)s knows entry %(entry)s, which is not there",
                when=one.instant,
                entry=seq,
            )
            return Fault(chain=chain, seq=followed[chain].last.seq + 1, what=what)
    marks = [
        ChainMark(chain=chain, seq=seq, hash=followed[chain].passed[seq])
        for chain, seq in enumerate(one.numbers)
    ]
    if anchor_of(one.instant, marks) == one.line:
        return None
    what = phrase(
        "the anchor of %(when)s is not met: rewritten between %(since)s and then",
        when=one.instant,
        since=since,
    )
    return Fault(chain=None, seq=None, what=what)


def _fault(entry: Entry, what: str) -> Fault:
    return Fault(chain=entry.chain, seq=entry.seq, what=what)
