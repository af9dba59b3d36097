"""The ledger's tables. ``user_version`` is the number of migrations applied; each one is run once, in order.

A release never edits a migration that has shipped: it appends one.
"""

from tiketti_migrate.records import KINDS

__all__ = [
    "ANOTHERS",
    "ANY_KIND",
    "APPLICATION_ID",
    "BY_THE_SOURCE",
    "DRIFTED",
    "HIDDEN",
    "MIGRATIONS",
    "SAME",
    "STRANGER",
]

# "TIKT": tells a ledger from any other SQLite file (https://www.sqlite.org/fileformat.html, offset 68).
APPLICATION_ID = 0x54494B54

# The index of states begins with the kind: naming all of them is what makes it of use.
ANY_KIND = f"kind IN ({', '.join(map(repr, KINDS))})"

# Why rows are skipped that only staging brings back.
BY_THE_SOURCE = "('LEFT_OUT', 'GONE', 'OTHER_TICKET', 'SAME')"

# Of a row that is done, in ``drifted``: the source tells the same now, otherwise, or of another ticket, the
# fourth of another person; or a message that was written for all to see is internal now.
SAME, DRIFTED, STRANGER, ANOTHERS, HIDDEN = 0, 1, 2, 3, 4

_VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE row (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    lane TEXT,
    step INTEGER,
    moment REAL,
    natural_key TEXT,
    state TEXT NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'in-flight', 'done', 'failed', 'skipped', 'undone')),
    record TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    drifted INTEGER NOT NULL DEFAULT 0,
    mark REAL,
    doubt_mark REAL,
    doubt TEXT CHECK (doubt IN ('disconnect', 'timeout')),
    attempts INTEGER NOT NULL DEFAULT 0,
    carries INTEGER REFERENCES row (id),
    carried INTEGER NOT NULL DEFAULT 0,
    target_id TEXT,
    target_code TEXT,
    target_status TEXT,
    created INTEGER NOT NULL DEFAULT 0,
    settled_at REAL,
    error_code TEXT,
    error TEXT,
    hint TEXT,
    warnings TEXT NOT NULL DEFAULT '[]',
    UNIQUE (kind, source_id)
);
CREATE UNIQUE INDEX row_target ON row (kind, target_id) WHERE created = 1;
CREATE INDEX row_lane ON row (lane, step, moment, id) WHERE lane IS NOT NULL;
CREATE INDEX row_state ON row (kind, state);
CREATE INDEX row_natural ON row (kind, natural_key) WHERE natural_key IS NOT NULL;

CREATE TABLE lane (
    ticket TEXT PRIMARY KEY,
    rank INTEGER NOT NULL DEFAULT 0,
    moment REAL,
    seq INTEGER NOT NULL,
    position INTEGER,
    open INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE INDEX lane_position ON lane (position) WHERE open = 1;

CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    row_id INTEGER NOT NULL REFERENCES row (id),
    action TEXT NOT NULL,
    result TEXT NOT NULL,
    target_id TEXT,
    detail TEXT
);

CREATE TABLE problem (
    code TEXT NOT NULL,
    place TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (code, place, message)
) WITHOUT ROWID;
"""

# The next number of a lane is one more than the largest. What a row held before a remedy changed it comes
# back when the remedy does not help. Which of two rows was done first cannot be told by the server's time,
# which is a guess: ``settled_no`` is the number of the event.
_VERSION_2 = """
CREATE INDEX lane_seq ON lane (seq);
ALTER TABLE row ADD COLUMN before_remedy TEXT;
ALTER TABLE row ADD COLUMN key_before_remedy TEXT;
ALTER TABLE row ADD COLUMN settled_no INTEGER NOT NULL DEFAULT 0;
"""

# What the user's rules leave out of the source as it was read last; ``place`` is the rule's.
_VERSION_3 = """
CREATE TABLE left_out (
    kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    place TEXT,
    PRIMARY KEY (kind, source_id)
) WITHOUT ROWID;
"""

# ``lost``: how many records stay behind because of a problem. ``unseen``: what waited or had failed when the
# source was last read from its start, and has not come again yet.
_VERSION_4 = """
ALTER TABLE problem ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
CREATE TABLE unseen (
    kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    PRIMARY KEY (kind, source_id)
) WITHOUT ROWID;
"""

# What a message that was claimed tells of an attachment, as JSON; ``late``: a note that was made for it.
_VERSION_5 = """
CREATE INDEX row_message ON row (json_extract(record, '$.message_id')) WHERE kind = 'attachment';
CREATE TABLE told (
    message TEXT NOT NULL,
    attachment INTEGER NOT NULL REFERENCES row (id),
    file TEXT NOT NULL,
    late INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message, attachment)
) WITHOUT ROWID;
CREATE INDEX told_attachment ON told (attachment);
"""

# Of a text that was sent, or may have been: source ids of the tickets to which it still links by addresses of
# the source, as their codes were not known.
_VERSION_6 = """
ALTER TABLE row ADD COLUMN unlinked TEXT;
"""

MIGRATIONS: tuple[str, ...] = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5, _VERSION_6)
