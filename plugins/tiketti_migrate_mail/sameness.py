"""Whether two mailboxes hold the same mail: an export that was made anew is no other source."""

from collections.abc import Callable, Iterator
from itertools import islice

from tiketti_migrate.api import Problem
from tiketti_migrate.records import Record
from tiketti_migrate_mail.envelopes import NO_ID, envelope_of
from tiketti_migrate_mail.identities import id_of
from tiketti_migrate_mail.mailbox import Mailbox

__all__ = ["shares_mails"]

# Of each folder: an earlier export may have lacked some, and begin elsewhere.
_LOOKED_AT = 500


def shares_mails(mailbox: Mailbox, staged: Callable[[str, str], Record | None]) -> bool:
    """Whether one of its first mails was staged before. Raises what a Mailbox raises."""
    return any(staged("message", message_id) is not None for message_id in _message_ids(mailbox))


def _message_ids(mailbox: Mailbox) -> Iterator[str]:
    for number, folder in enumerate(mailbox.folders()):
        for head in islice(mailbox.heads(folder), _LOOKED_AT):
            if isinstance(head, Problem):
                continue
            mail, _ = envelope_of(head, number, folder, labelled=False)
            if not mail.marks & NO_ID:
                yield id_of(mail.identity)
