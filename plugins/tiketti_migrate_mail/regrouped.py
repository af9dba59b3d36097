"""Threads as this reading finds them, and tickets as earlier readings staged them: what is there stays.

A mailbox that has grown can join two threads, or split one elsewhere. A message that is written already
cannot move, and a person has read the ticket that it stands in.
"""

from collections.abc import Mapping, Sequence

from tiketti_migrate_mail.branches import counterparts
from tiketti_migrate_mail.envelopes import Envelope
from tiketti_migrate_mail.identities import digest, id_of, keys_of
from tiketti_migrate_mail.planned import Ours

__all__ = ["regrouped"]


def regrouped(
    tickets: Mapping[str, Sequence[Envelope]], known: Mapping[str, str], ours: Ours
) -> dict[str, list[Envelope]]:
    """``known``: tickets by the ids of messages. Mails of a ticket stay oldest first.

    A new mail goes where those of its thread are. Where these are in several tickets, it goes to that of the
    mail it answers, else of the last one with the same people, else it is on its own.
    """
    places = {
        ticket_id: [known.get(id_of(mail.identity)) for mail in mails] for ticket_id, mails in tickets.items()
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
            placed = [there.pop() or alone if there else alone] * len(mails)
        for mail, place in zip(mails, placed, strict=True):
            found.setdefault(place, []).append(mail)
    for joined in found.values():
        joined.sort(key=lambda mail: (mail.date is None, mail.date or 0, mail.identity))
    return found


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
