"""What a table is as a whole: has it a header, which kind is it, can it be used, what does it lack."""

from collections.abc import Collection, Sequence

from tiketti_migrate_csv.content import looks_like_data
from tiketti_migrate_csv.fields import EXTRA, IGNORE, TABLE_KINDS, TableKind
from tiketti_migrate_csv.headers import key
from tiketti_migrate_csv.recognise import ColumnMatch, recognise
from tiketti_migrate_csv.vocabulary import SYNONYM, vocabulary

__all__ = [
    "PLURALS",
    "guess_kind",
    "has_header",
    "header_hint",
    "is_usable",
    "looks_like_other",
    "what_is_missing",
]

# How much a column speaks for its kind of table: what only that kind has weighs most.
_WEIGHTS: dict[TableKind, dict[str, float]] = {
    "ticket": {
        "subject": 5, "description": 2, "status": 3, "priority": 3, "labels": 1, "requester": 2,
        "requester_email": 1, "requester_name": 0.5, "assignee": 1, "created_at": 1, "updated_at": 1,
        "comment": 2, "comment_author": 1.5, "comment_created_at": 1.5, "id": 0.5, "url": 0.5, "company": 0.5,
    },
    "contact": {
        "email": 3, "first_name": 3, "last_name": 3, "name": 2, "phone": 2, "company": 1, "company_id": 1,
        "id": 0.5, "notes": 0.5,
    },
    "company": {
        "name": 2, "domains": 4, "hourly_rate": 3, "currency": 1.5, "ticket_prefix": 3, "id": 0.5,
        "notes": 0.5,
    },
    "message": {
        "ticket_id": 3, "body": 4, "internal": 3, "public": 3, "author": 2, "author_id": 2, "author_email": 1,
        "created_at": 1, "id": 0.5,
    },
    "time_entry": {
        "ticket_id": 3, "duration": 5, "billable": 3, "rate": 2, "agent": 1, "date": 1, "description": 1,
        "id": 0.5,
    },
    "label": {"name": 2, "color": 5, "description": 0.5, "id": 0.5},
}  # fmt: skip
PLURALS: dict[TableKind, str] = {
    "ticket": "tickets", "contact": "contacts", "company": "companies", "message": "messages",
    "time_entry": "time entries", "label": "labels",
}  # fmt: skip
_FAR_MORE = 4
# A few rows tell the kinds apart: each is tried on them.
_ROWS = 40
_MAPPING = "name it in a mapping file (`tiketti-migrate init csv FILES -o migration.toml` writes one to edit)"
_PERSON = (
    "requester", "requester_email", "requester_id", "requester_name", "requester_first_name",
    "requester_last_name",
)  # fmt: skip
_AUTHOR = ("author", "author_email", "author_id", "author_name")
_NEEDED: dict[TableKind, tuple[tuple[str, ...], ...]] = {
    "ticket": (("subject", "description"),),
    "contact": (("email", "name", "first_name", "last_name", "phone"),),
    "company": (("name",),),
    "message": (("ticket_id",), ("body",)),
    "time_entry": (("ticket_id",), ("duration",)),
    "label": (("name",),),
}
_WISHED: dict[TableKind, dict[tuple[str, ...], str]] = {
    "ticket": {
        _PERSON: f"no column names the requester: give one for all with --default-requester, or {_MAPPING}",
        ("status",): "no column is the status: every ticket is taken as open",
        ("created_at",): f"no column is the date of creation: {_MAPPING}, or tickets bear the import's date",
        ("id",): "no column is the id: ids are made of the rows' content, an edited row is a new ticket",
    },
    "contact": {
        (
            "email",
        ): f"no column is the e-mail address: {_MAPPING}, or each contact gets a placeholder that can"
        " never receive mail"
    },
    "message": {
        _AUTHOR: f"no column is the author: {_MAPPING}",
        ("created_at",): "no column is the date: messages stay in the order of their rows",
        ("internal", "public"): "no column says which messages are internal: all are taken as public",
    },
    "time_entry": {("date",): "no column is the date of the work"},
}


def guess_kind(header: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[TableKind, float]:
    """How much a table looks like each kind: shares that add up to 1, or all 0 when no column is known.

    Kinds share words, so two near shares say little: doubt a file only when another kind has several times
    the share of the one it was given as.
    """
    sample = sample[:_ROWS]
    scores: dict[TableKind, float] = {}
    for kind in TABLE_KINDS:
        matches = recognise(kind, header, sample, None)
        # Squared, so that words which many kinds share weigh little beside those of one kind.
        scores[kind] = sum(_WEIGHTS[kind].get(match.field, 0) * match.confidence for match in matches) ** 2
    total = sum(scores.values())
    return {kind: score / total if total else 0.0 for kind, score in scores.items()}


def looks_like_other(kind: TableKind, header: Sequence[str], sample: Sequence[Sequence[str]]) -> str | None:
    """What a table rather is than the kind it was given as, and how to give it; None where it may be that."""
    shares = guess_kind(header, sample)
    other = max(shares, key=lambda one: shares[one])
    if shares[other] < _FAR_MORE * shares[kind] or not shares[other]:
        return None
    flag = f"with --{PLURALS[other].replace(' ', '-')} FILE" if other != "ticket" else "first, without a flag"
    return f"it looks like a table of {PLURALS[other]}: give it {flag}"


def has_header(header: Sequence[str], sample: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns; false when it looks like data itself.

    Two known names settle it. Without any, one cell that is an address, a date or a number, or a value that
    its own column repeats below, says that the first row is a record.
    """
    known = sum(1 for name in header if _is_known(name))
    if known >= 2 or (known == 1 and len(header) == 1):
        return True
    return not any(looks_like_data(name) for name in header) and not (known == 0 and _repeats(header, sample))


def header_hint(header: Sequence[str]) -> str:
    """What is wrong with a first row that is no header, and what to do, in one sentence."""
    found = ((name, what) for name in header if (what := looks_like_data(name)))
    shown, what = next(found, (next(iter(header), ""), "a value"))
    return (
        f"the first row does not name the columns (“{shown[:60]}” is {what}):"
        " add a row with their names above it, such as id, subject, description, status, requester"
    )


def is_usable(kind: TableKind, matches: Sequence[ColumnMatch]) -> bool:
    """Whether the columns suffice to make records of that kind."""
    fields = {match.field for match in matches}
    return all(fields & set(choice) for choice in _NEEDED[kind])


def what_is_missing(kind: TableKind, matches: Sequence[ColumnMatch]) -> list[str]:
    """What the table lacks and what to do about it, the gravest first; empty when it has all that matters.

    What :func:`is_usable` needs comes first; the rest are columns that an import can do without.
    """
    fields = {match.field for match in matches}
    missing = [
        f"no column is the {_listed(choice)}: {_MAPPING}{_candidates(matches)}"
        for choice in _NEEDED[kind]
        if not fields & set(choice)
    ]
    return missing + [said for choice, said in _WISHED.get(kind, {}).items() if not fields & set(choice)]


def _listed(choice: Collection[str]) -> str:
    return " or ".join(name.replace("_", " ") for name in choice)


def _candidates(matches: Sequence[ColumnMatch]) -> str:
    spare = [f"“{match.column[:40]}”" for match in matches if match.field in (EXTRA, IGNORE) and match.column]
    return f"; columns without a field are {', '.join(spare[:8])}" if spare else ""


def _is_known(name: str) -> bool:
    looked = (vocabulary(kind) for kind in TABLE_KINDS)
    return any(
        key(name) in words.homeless or any(m.confidence >= SYNONYM for m in words.look_up(key(name)))
        for words in looked
    )


def _repeats(header: Sequence[str], sample: Sequence[Sequence[str]]) -> bool:
    """Whether a cell of the first row comes back below itself, as a status or a name does."""
    return any(
        bool(name.strip()) and any(index < len(row) and row[index] == name for row in sample)
        for index, name in enumerate(header)
    )
