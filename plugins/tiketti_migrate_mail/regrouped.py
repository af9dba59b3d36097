"""Threads as this reading finds them, and tickets as earlier readings staged them: what is there stays.

A mailbox that has grown can join two threads, or split one elsewhere. A message that is written already
cannot move, and a person has read the ticket that it stands in.
"""

from collections.abc import Mapping, Sequence

from tiketti_migrate_mail.branches import counterparts
from tiketti_migrate_mail.envelopes import Envelope
from tiketti_migrate_mail.identities import digest, id_of, keys_of
from tiketti_migrate_mail.planned import Known, Ours
from tiketti_migrate_mail.requesters import author_of, outsiders

__all__ = ["regrouped"]


def regrouped(
    tickets: Mapping[str, Sequence[Envelope]], known: Known, ours: Ours
) -> dict[str, list[Envelope]]:
    """Mails of a ticket stay oldest first.

    A new mail goes where those of its thread are, unless the thread turns out to begin with somebody else,
    who is not to find himself in a ticket of another. Where these are in several tickets, it goes to that of
    the mail it answers, else of the last one with the same people, else it is on its own.
    """
    places = {
        ticket_id: [known.tickets.get(id_of(mail.identity)) for mail in mails]
        for ticket_id, mails in tickets.items()
    }
    taken = {place for of_thread in places.values() for place in of_thread}
    found: dict[str, list[Envelope]] = {}
    for ticket_id, mails in tickets.items():
        there = set(places[ticket_id]) - {None}
        if len(there) > 1:
            placed = _placed(mails, places[ticket_id], ours)
        else:
            # A ticket of this id may go on elsewhere, where a thread was split.
            alone = _apart(mails[0]) if ticket_id in taken else ticket_id
            place = there.pop() if there else None
            if place and not _begins_with(mails[0], known.askers.get(place), places[ticket_id][0], ours):
                placed = [one or (_apart(mails[0]) if alone == place else alone) for one in places[ticket_id]]
            else:
                placed = [place or alone] * len(mails)
        for mail, place in zip(mails, placed, strict=True):
            found.setdefault(place, []).append(mail)
    for joined in found.values():
        joined.sort(key=lambda mail: (mail.date is None, mail.date or 0, mail.identity))
    return found


def _begins_with(lead: Envelope, asker: str | None, staged: str | None, ours: Ours) -> bool:
    """Whether a thread begins with who asked in its ticket, as far as that can be told."""
    author = author_of(lead, ours)
    is_by_ours = author is None or ours.has(author.email)
    return bool(staged) or asker is None or is_by_ours or asker in outsiders(lead, ours)


def _placed(mails: Sequence[Envelope], places: Sequence[str | None], ours: Ours) -> list[str]:
    by_key = {mail.key: place for mail, place in zip(mails, places, strict=True) if place and mail.key}
    by_person: dict[str, str] = {}
    found = []
    for mail, place in zip(mails, places, strict=True):
        people = counterparts(mail, ours)
        if place is None:
            keys = reversed([*keys_of(mail.references)])
            answered = (by_key[key] for key in keys if key in by_key)
            with_them = (by_person[person] for person in people if person in by_person)
            place = next(answered, None) or next(with_them, None) or _apart(mail)
            by_key.setdefault(mail.key, place)
        by_person.update(dict.fromkeys(people, place))
        found.append(place)
    return found


def _apart(mail: Envelope) -> str:
    return id_of(digest(b"apart", mail.identity))
