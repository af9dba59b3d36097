"""Links between tickets: which codes a text is sent with, what it waits for, and what its closing note tells.

A text waits for the tickets that come before its own, and takes no code of one that comes later, even where
that happens to be there already: what a run writes must not hang on who was quicker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tiketti_migrate.records import LinkNote, Message
from tiketti_migrate.store import Ledger, LinkedTicket, Row

__all__ = ["Linked", "Linking"]


@dataclass(frozen=True)
class Linked:
    """``codes`` of linked tickets by source id; ``unlinked``: the other linked tickets."""

    codes: Mapping[str, str] = field(default_factory=dict)
    unlinked: tuple[str, ...] = ()


_NONE = Linked()


class Linking:
    """Decides from the ledger; ``stuck``: tickets whose lanes gave up in this run."""

    def __init__(self, ledger: Ledger, stuck: set[str]) -> None:
        self._ledger = ledger
        self._stuck = stuck
        self._begun = ledger.links.last_settled()

    def of_text(self, row: Row, text: Message) -> Linked | int:
        """For a message, or the ticket that takes it along; or the row of another ticket to wait for."""
        asked = [ticket for ticket in dict.fromkeys(text.links.values()) if ticket != row.lane]
        if not asked:
            return _NONE
        found = self._ledger.links.tickets(asked)
        if row.doubt_mark is not None:
            return _as_before(row, asked, found)
        own = self._ledger.links.position(row.lane)
        earlier = [one for one in found if one.position < own and one.will_come]
        # The last of them: by then most of the others are there.
        awaited = max((one for one in earlier if one.source_id not in self._stuck), key=_place, default=None)
        if awaited is not None:
            return awaited.row
        return _linked(asked, [one for one in found if one.position < own or one.settled_no <= self._begun])

    def of_note(self, row: Row, note: LinkNote) -> Linked | None:
        """What a closing note tells, nothing where that is needless; None when it is too early for it."""
        if self._ledger.lanes.next_row(note.source_id) is not None:
            return None
        listed = list(dict.fromkeys(note.ticket_ids))
        if row.doubt_mark is not None:
            return _as_before(row, listed, self._ledger.links.tickets(listed))
        untold = self._ledger.links.untold(note.source_id)
        found = self._ledger.links.tickets(untold.intersection(listed))
        if any(one.will_come for one in found):
            return None
        return _linked(listed, found)


def _as_before(row: Row, asked: list[str], found: list[LinkedTicket]) -> Linked:
    """An attempt that may still turn up says what it was sent with."""
    return _linked(asked, [one for one in found if one.source_id not in row.unlinked])


def _linked(asked: list[str], given: list[LinkedTicket]) -> Linked:
    codes = {one.source_id: one.code for one in given if one.code is not None}
    return Linked(codes, tuple(ticket for ticket in asked if ticket not in codes))


def _place(ticket: LinkedTicket) -> int:
    return ticket.position
