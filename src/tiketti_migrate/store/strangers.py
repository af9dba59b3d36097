"""Tickets of the source that bear the ids of others which were written: an export whose numbers begin anew.

Nothing of them may come to the ticket that is in the target: neither its status nor a message.
"""

import sqlite3

from tiketti_migrate.store.schema import ANOTHERS, ANY_KIND, SAME, STRANGER

__all__ = ["COUNTED", "count", "hold", "release"]

_SEVERAL = 3
COUNTED = (
    f"SELECT count(*), sum(drifted >= {STRANGER}), sum(drifted = {ANOTHERS}) FROM row"
    f" WHERE kind = 'ticket' AND state = 'done' AND drifted <> {SAME}"
)


def count(changed: int, others: int | None, of_others: int | None) -> int:
    """How many there are, of what ``COUNTED`` finds.

    0 unless they are half of what changed, or more, and one is of another person, or they are several: a
    single ticket may well have been corrected that much.
    """
    is_sure = others and (of_others or others >= _SEVERAL)
    return others if others and is_sure and 2 * others >= changed else 0


def release(connection: sqlite3.Connection) -> None:
    """The source is read from its start: what was held back waits again."""
    connection.execute(
        "UPDATE row SET state = 'pending', error_code = NULL, error = NULL"
        f" WHERE {ANY_KIND} AND state = 'skipped' AND error_code = 'OTHER_TICKET'"
    )


def hold(connection: sqlite3.Connection) -> None:
    """The source was read to its end: what hangs on such tickets is skipped."""
    if count(*connection.execute(COUNTED).fetchone()):
        connection.execute(
            "UPDATE row SET state = 'skipped', error_code = 'OTHER_TICKET', hint = NULL,"
            " error = 'of another ticket with the id of one that was imported'"
            f" WHERE {ANY_KIND} AND state IN ('pending', 'failed') AND lane IN (SELECT source_id FROM row"
            f" WHERE kind = 'ticket' AND state = 'done' AND drifted >= {STRANGER})"
        )
