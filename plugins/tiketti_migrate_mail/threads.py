"""Which mails are one conversation: RFC 5256, THREAD=REFERENCES (Zawinski's algorithm), without its tree.

Of the tree a ticket needs only who is in it and what its root is. So a container is a number, and a loop is
known by a root that both ends have already (union-find). Each mail is hung below the last mail it names that
is there: what others say of a mail never counts more than what it says itself, a mail that names two threads
does not join them, and nothing depends on the order of folders. Mails that only name what is not there are
one conversation where they name the same and have a person in common.
"""

import struct
from array import array
from collections.abc import Sequence
from itertools import pairwise

from tiketti_migrate_mail.branches import Branches, counterparts
from tiketti_migrate_mail.by_subject import Recent
from tiketti_migrate_mail.envelopes import Envelope
from tiketti_migrate_mail.identities import KEY_SIZE, digest, id_of, is_no_id
from tiketti_migrate_mail.planned import Ours
from tiketti_migrate_mail.requesters import outsiders

__all__ = ["ticket_ids", "tickets_of"]

_DAY = 86400


class _Forest:
    """Containers by number: mails as they come, oldest first, then those of ids that no mail has."""

    def __init__(self, mails: Sequence[Envelope]) -> None:
        self._mails = mails
        self._numbers: dict[int, int] = {}
        self._up = array("q", range(len(mails)))
        for number, mail in enumerate(mails):
            if mail.key:
                # Of several mails with one Message-ID, others can only mean the oldest.
                self._numbers.setdefault(int.from_bytes(mail.key, "little"), number)

    def mail(self, key: int) -> int | None:
        """The mail that an id names."""
        number = self._numbers.get(key)
        return number if number is not None and number < len(self._mails) else None

    def unknown(self, key: int) -> int | None:
        """The container of an id that no mail has; None where a mail has it, or where it is a mere word."""
        number = self._numbers.get(key)
        if number is None and not is_no_id(key):
            number = self._numbers[key] = len(self._up)
            self._up.append(number)
        return None if number is None or number < len(self._mails) else number

    def link(self, parent: int, child: int) -> None:
        """Hang one below the other, unless it hangs somewhere already or that would be a loop."""
        root = self.root(parent)
        if self._up[child] == child and root != child:
            self._up[child] = root

    def root(self, number: int) -> int:
        up = self._up
        while up[number] != number:
            up[number] = up[up[number]]
            number = up[number]
        return number


def ticket_ids(mails: Sequence[Envelope], by: str, ours: Ours) -> list[str]:
    """The ticket of each of the mails, which come oldest first. ``by``: headers, subject or none.

    A ticket's id comes of what its oldest mail names as the first, else of its root, and of whom that mail is
    from or to: it stays when the root is found later, and is never that of somebody else.
    """
    if by == "none":
        return [id_of(digest(b"alone", mail.identity)) for mail in mails]
    forest = _Forest(mails)
    parents = array("q", (_answered(mail, mails, forest, ours) for mail in mails))
    branches = Branches(mails, parents, ours)
    for number, parent in enumerate(parents):
        if parent >= 0:
            forest.link(branches.above(number, parent), number)
    _join_by_unknown(forest, mails, parents, ours)
    if by == "subject":
        _join_by_subject(forest, mails, ours)
    return _named(forest, mails, branches, ours)


def tickets_of(
    mails: Sequence[Envelope], ids: Sequence[str], split_after: int | None
) -> dict[str, list[Envelope]]:
    """The mails by ticket id, oldest first; after longer silence (days) a new ticket begins."""
    found: dict[str, list[Envelope]] = {}
    # Of each thread, the ticket that is going on and when its last mail was written.
    going_on: dict[str, tuple[str, int]] = {}
    for mail, thread in zip(mails, ids, strict=True):
        ticket = thread
        if split_after is not None:
            ticket, last = going_on.get(thread, (thread, mail.date or 0))
            if mail.date is not None:
                if mail.date - last > split_after * _DAY:
                    ticket = id_of(digest(thread.encode(), mail.identity))
                going_on[thread] = ticket, mail.date
        found.setdefault(ticket, []).append(mail)
    return found


def _unpacked(keys: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(keys) // KEY_SIZE}Q", keys) if keys else ()


def _answered(mail: Envelope, mails: Sequence[Envelope], forest: _Forest, ours: Ours) -> int:
    """The last mail it names that is there, or -1."""
    for key in reversed(_unpacked(mail.references)):
        number = forest.mail(key)
        if number is not None and (not is_no_id(key) or _have_met(mail, mails[number], ours)):
            return number
    return -1


def _have_met(mail: Envelope, other: Envelope, ours: Ours) -> bool:
    return not set(outsiders(mail, ours)).isdisjoint(outsiders(other, ours))


def _join_by_unknown(forest: _Forest, mails: Sequence[Envelope], parents: Sequence[int], ours: Ours) -> None:
    """Join mails that answer nothing that is there by what they say of what is not."""
    answers: list[tuple[int, int]] = []
    for number, mail in enumerate(mails):
        if mail.references:
            keys = _unpacked(mail.references)
            _note_unknown(forest, keys)
            unknown = map(forest.unknown, reversed(keys)) if parents[number] < 0 else ()
            answers += [(number, one) for one in unknown if one is not None][:1]
    groups: dict[int, set[int]] = {}
    for number, named in answers:
        top = forest.root(named)
        groups.setdefault(top, {top} if top < len(mails) else set()).add(number)
    joined = [sorted(group) for group in groups.values() if len(group) > 1]
    people = _people(forest, mails, {root for group in joined for root in group}, ours) if joined else {}
    for group in joined:
        _join_acquainted(forest, group, people)


def _note_unknown(forest: _Forest, keys: Sequence[int]) -> None:
    for older, younger in pairwise(keys):
        child = forest.unknown(younger)
        if child is not None:
            mail = forest.mail(older)
            parent = forest.unknown(older) if mail is None else mail
            if parent is not None:
                forest.link(parent, child)


def _people(forest: _Forest, mails: Sequence[Envelope], roots: set[int], ours: Ours) -> dict[int, list[str]]:
    """Of these trees the outsiders of their first mail that has any."""
    found: dict[int, list[str]] = {}
    for number, mail in enumerate(mails):
        root = forest.root(number)
        if root in roots and root not in found and (people := counterparts(mail, ours)):
            found[root] = people
    return found


def _join_acquainted(forest: _Forest, group: Sequence[int], people: dict[int, list[str]]) -> None:
    """Those with a person in common are one; those with nobody go with the others where these are one."""
    first: dict[str, int] = {}
    for root in group:
        for person in people.get(root, ()):
            forest.link(first.setdefault(person, root), forest.root(root))
    parts = {forest.root(root) for root in group if root in people}
    if len(parts) == 1:
        [part] = parts
        for root in group:
            forest.link(part, root)


def _join_by_subject(forest: _Forest, mails: Sequence[Envelope], ours: Ours) -> None:
    recent = Recent(ours)
    for number, mail in enumerate(mails):
        others = {forest.root(other) for other in recent.answered_by(mail)}
        if len(others) == 1:
            forest.link(others.pop(), forest.root(number))
        recent.add(mail, number)


def _named(forest: _Forest, mails: Sequence[Envelope], branches: Branches, ours: Ours) -> list[str]:
    apart = {forest.root(head) for head in branches.heads.values()}
    ids: dict[int, str] = {}
    # Gmail's threads win, but for branches; a mail without one goes with the oldest of its own that has one.
    for number, mail in enumerate(mails):
        if mail.thread and (root := forest.root(number)) not in apart:
            ids.setdefault(root, _gmail(mail.thread))
    found = []
    for number, mail in enumerate(mails):
        root = forest.root(number)
        if root not in ids:
            ids[root] = _id(forest, mails, mail, root, ours)
        found.append(_gmail(mail.thread) if mail.thread and root not in apart else ids[root])
    return found


def _id(forest: _Forest, mails: Sequence[Envelope], oldest: Envelope, root: int, ours: Ours) -> str:
    who = next(iter(counterparts(oldest, ours)), "")
    top = mails[root].key if root == forest.mail(int.from_bytes(mails[root].key, "little")) else b""
    top = top or mails[root].identity[:KEY_SIZE]
    first = next((key for key in _unpacked(oldest.references) if not is_no_id(key)), None)
    if who and first is not None:
        number = forest.mail(first)
        if number is None or forest.root(number) == root:
            top = first.to_bytes(KEY_SIZE, "little")
    return id_of(digest(b"thread", top, who.encode("utf-8", "replace")))


def _gmail(thread: str) -> str:
    return f"gm-{thread}"
