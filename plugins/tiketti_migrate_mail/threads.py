"""Which mails are one conversation: RFC 5256, THREAD=REFERENCES (Zawinski's algorithm), without its tree.

Of the tree a ticket needs only who is in it and what its root is. So a container is a number, and a loop is
known by a root that both ends have already (union-find). Each mail is first hung below the last mail it
names, and only then are the lists of names linked where nothing is known of a name: what others say of a
mail never counts more than what it says itself, and nothing depends on the order of folders.
"""

import struct
from array import array
from collections.abc import Sequence
from itertools import pairwise

from tiketti_migrate_mail.by_subject import Recent
from tiketti_migrate_mail.envelopes import Envelope
from tiketti_migrate_mail.identities import KEY_SIZE, digest, id_of
from tiketti_migrate_mail.planned import Ours

__all__ = ["ticket_ids", "tickets_of"]

_DAY = 86400


class _Forest:
    """Containers by number; each has a key, the digest of a Message-ID. ``root`` is that of its tree."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._keys = array("Q")
        self._up = array("q")

    def named(self, key: int) -> int:
        """The container of a key, a dummy as long as no mail of that id is found."""
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self.alone(key)
        return number

    def alone(self, key: int) -> int:
        """A container that nobody can name."""
        self._keys.append(key)
        self._up.append(len(self._up))
        return len(self._up) - 1

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

    def key(self, number: int) -> bytes:
        return self._keys[number].to_bytes(KEY_SIZE, "little")


def ticket_ids(mails: Sequence[Envelope], by: str, ours: Ours) -> list[str]:
    """The ticket of each of the mails, which come oldest first. ``by``: headers, subject or none.

    A ticket's id comes of what its oldest mail names as the first, else of that mail: of the root, present
    or not. So it stays when the root is found later, and when a later mail names still older ones.
    """
    if by == "none":
        return [id_of(digest(b"alone", mail.identity)) for mail in mails]
    forest = _Forest()
    own = _containers(forest, mails)
    for mail, number in zip(mails, own, strict=True):
        if mail.references:
            forest.link(forest.named(_unpacked(mail.references)[-1]), number)
    for mail in mails:
        for older, younger in pairwise(map(forest.named, _unpacked(mail.references))):
            forest.link(older, younger)
    if by == "subject":
        _join_by_subject(forest, mails, own, ours)
    return _named(forest, mails, own)


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


def _containers(forest: _Forest, mails: Sequence[Envelope]) -> Sequence[int]:
    """One for each mail. Of several mails with one Message-ID, others can only mean the oldest."""
    taken: set[bytes] = set()
    own = array("q")
    for mail in mails:
        if mail.key and mail.key not in taken:
            taken.add(mail.key)
            own.append(forest.named(int.from_bytes(mail.key, "little")))
        else:
            own.append(forest.alone(int.from_bytes(mail.identity[:KEY_SIZE], "little")))
    return own


def _join_by_subject(forest: _Forest, mails: Sequence[Envelope], own: Sequence[int], ours: Ours) -> None:
    recent = Recent(ours)
    for mail, number in zip(mails, own, strict=True):
        if (other := recent.answered_by(mail)) is not None:
            forest.link(other, forest.root(number))
        recent.add(mail, number)


def _named(forest: _Forest, mails: Sequence[Envelope], own: Sequence[int]) -> list[str]:
    ids: dict[int, str] = {}
    # Gmail's threads win; a mail without one goes with the oldest of its thread that has one.
    for mail, number in zip(mails, own, strict=True):
        if mail.thread:
            ids.setdefault(forest.root(number), _gmail(mail.thread))
    found = []
    for mail, number in zip(mails, own, strict=True):
        root = forest.root(number)
        if root not in ids:
            first = forest.named(_unpacked(mail.references)[0]) if mail.references else number
            top = first if forest.root(first) == root else root
            ids[root] = id_of(digest(b"thread", forest.key(top)))
        found.append(_gmail(mail.thread) if mail.thread else ids[root])
    return found


def _gmail(thread: str) -> str:
    return f"gm-{thread}"
