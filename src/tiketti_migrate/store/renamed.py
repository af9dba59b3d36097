"""Messages and time entries that an earlier reading of the source told under another id.

A ticket that came without its comments is told by its description, and later by its first comment; the time
of a ticket by its total, and later by each update. What is written under either id is not written again.
"""

import sqlite3

from tiketti_migrate.api import Problem
from tiketti_migrate.store.problems import note
from tiketti_migrate.store.schema import HIDDEN

__all__ = ["settle"]

# Not a search by JSON: of a million messages that wait few name another one.
_FIND = """
CREATE TEMP TABLE renamed AS SELECT new.id AS new, old.id AS old
FROM row AS new JOIN row AS old ON old.kind = new.kind AND old.lane IS new.lane
    AND old.source_id = json_extract(new.record, '$.formerly')
WHERE new.kind IN ('message', 'time_entry') AND (new.state = 'pending' OR new.error_code = 'SAME')
    AND instr(new.record, '"formerly":"')
"""
# The other way round, as an export without comments may come behind one with them; only what is new since
# the last load can be such.
_FIND_BACK = """
INSERT INTO renamed SELECT new.id, old.id FROM row AS new JOIN row AS old INDEXED BY row_lane
    ON old.lane = new.lane AND old.kind = new.kind AND old.state IN ('in-flight', 'done')
    AND instr(old.record, '"formerly":"') AND json_extract(old.record, '$.formerly') = new.source_id
WHERE new.kind IN ('message', 'time_entry') AND new.state = 'pending'
    AND new.id > (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'loaded')
"""
_PAIRS = "FROM renamed JOIN row AS new ON new.id = renamed.new JOIN row AS old ON old.id = renamed.old"
_NAMING = f"{_PAIRS} WHERE new.state = 'pending'"


def settle(connection: sqlite3.Connection) -> None:
    """After a reading. Raises nothing of its own."""
    # What was written stays; a write that was on its way may have come to nothing.
    connection.execute(
        "UPDATE row SET state = 'pending', error_code = NULL, error = NULL"
        " WHERE kind IN ('message', 'time_entry') AND state = 'skipped' AND error_code = 'SAME'"
        " AND EXISTS (SELECT 1 FROM row AS old WHERE old.kind = row.kind AND old.lane IS row.lane AND"
        " old.source_id = json_extract(row.record, '$.formerly') AND old.state IN ('pending', 'failed'))"
    )
    # Once for all of it: it takes a look at every message.
    connection.execute("DROP TABLE IF EXISTS temp.renamed")
    connection.execute(_FIND)
    connection.execute(_FIND_BACK)
    connection.execute(
        f"UPDATE row SET drifted = {HIDDEN} WHERE id IN (SELECT old.id {_PAIRS} WHERE old.state = 'done'"
        " AND new.kind = 'message' AND coalesce(json_extract(new.record, '$.is_internal'), 0)"
        " > coalesce(json_extract(old.record, '$.is_internal'), 0))"
    )
    connection.execute(
        "UPDATE row SET state = 'skipped', error_code = 'SAME', hint = NULL,"
        " error = 'is in the target under another id'"
        f" WHERE id IN (SELECT new.id {_NAMING} AND old.state IN ('in-flight', 'done'))"
    )
    _hand_over_files(connection)
    _drop_what_waits(connection)
    connection.execute("DROP TABLE temp.renamed")
    _tell_of_time(connection)


def _hand_over_files(connection: sqlite3.Connection) -> None:
    """They belong to the message that is there, and a note tells of them."""
    connection.execute(
        "UPDATE row SET record = json_set(record, '$.message_id', pair.old)"
        f" FROM (SELECT new.source_id AS new, old.source_id AS old {_PAIRS}"
        " WHERE new.kind = 'message' AND new.error_code = 'SAME' AND old.state = 'done') AS pair"
        " WHERE row.kind = 'attachment'"
        " AND json_extract(row.record, '$.message_id') = +pair.new"
    )


def _drop_what_waits(connection: sqlite3.Connection) -> None:
    """What waits under the earlier id would come twice.

    Nothing is known of a row that was never sent but what the source said.
    """
    connection.execute(
        "DELETE FROM row WHERE id IN"
        f" (SELECT old.id {_NAMING} AND old.state = 'pending' AND old.attempts = 0)"
    )
    connection.execute(
        "UPDATE row SET state = 'skipped', error_code = 'SAME', hint = NULL,"
        " error = 'the source tells it by another id now'"
        f" WHERE id IN (SELECT old.id {_NAMING} AND old.state IN ('pending', 'failed'))"
    )


def _tell_of_time(connection: sqlite3.Connection) -> None:
    """A total that has grown since it was written is not the sum of what is left out."""
    count = connection.execute(
        "SELECT count(*) FROM row WHERE kind = 'time_entry' AND state = 'skipped' AND error_code = 'SAME'"
    ).fetchone()[0]
    if count:
        words = f"{count:,} are left out, as the time of their tickets is booked in another form; where more"
        note(connection, [Problem("NOTICE", f"{words} was worked since, book it by hand", "time entries", 0)])
