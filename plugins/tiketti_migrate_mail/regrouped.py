"""Threads as this reading finds them, and tickets as earlier readings staged them: what is there stays.

A mailbox that has grown can join two threads, or split one elsewhere. A message that is written already
cannot move, and a person has read the ticket that it stands in.
"""

from collections.abc import Mapping, Sequence

from tiketti_migrate_mail.envelopes import Envelope
from tiketti_migrate_mail.identities import id_of

__all__ = ["regrouped"]


def regrouped(
    tickets: Mapping[str, Sequence[Envelope]], known: Mapping[str, str]
) -> dict[str, list[Envelope]]:
    """``known``: tickets by the ids of messages. A new mail goes where the one before it in its thread is,
    else where the first of those that are known is. Mails of a ticket stay oldest first.
    """
    found: dict[str, list[Envelope]] = {}
    for ticket_id, mails in tickets.items():
        places = [known.get(id_of(mail.identity)) for mail in mails]
        place = next((one for one in places if one is not None), ticket_id)
        for mail, known_place in zip(mails, places, strict=True):
            place = known_place or place
            found.setdefault(place, []).append(mail)
    for joined in found.values():
        joined.sort(key=lambda mail: (mail.date is None, mail.date or 0, mail.identity))
    return found
