"""Copies of one mail, in several folders or got twice from a list, become one."""

from collections.abc import Iterable

from tiketti_migrate_mail.envelopes import Envelope

__all__ = ["united"]


def united(envelopes: Iterable[Envelope]) -> tuple[list[Envelope], int]:
    """Each mail once, and how many copies were left over.

    The first copy in the order of folders is the one that is read; flags and labels are those of all. What
    else may differ between copies does not depend on the order of folders.
    """
    found: dict[bytes, Envelope] = {}
    copies = 0
    for envelope in envelopes:
        known = found.get(envelope.identity)
        if known is None:
            found[envelope.identity] = envelope
        else:
            copies += 1
            found[envelope.identity] = _joined(known, envelope)
    return list(found.values()), copies


def _joined(first: Envelope, other: Envelope) -> Envelope:
    labels = first.labels
    if other.labels != labels:
        labels = tuple(dict.fromkeys((*labels, *other.labels)))
    return first._replace(
        marks=first.marks | other.marks,
        labels=labels,
        references=max(first.references, other.references, key=lambda keys: (len(keys), keys)),
        date=min((date for date in (first.date, other.date) if date is not None), default=None),
        thread=min((thread for thread in (first.thread, other.thread) if thread), default=None),
    )
