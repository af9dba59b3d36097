"""What a header means beside other columns and with such cells: the same word says different things."""

from collections.abc import Sequence
from dataclasses import replace

from tiketti_migrate_csv.claims import Claim, Column
from tiketti_migrate_csv.fields import FIELDS, TableKind
from tiketti_migrate_csv.headers import key
from tiketti_migrate_csv.repeats import Repeats
from tiketti_migrate_csv.vocabulary import CERTAIN, GUESS, LIKELY, SYNONYM

__all__ = ["in_context"]

_NAME_PARTS = ("first_name", "last_name")
# Before the names of a person's fields, by the kinds of table that have their name in parts.
_PERSONS = {"contact": "", "ticket": "requester_"}
_OF_COMMENT = frozenset({"comment_author", "comment_created_at", "comment_internal"})
_SIGNED = frozenset({"comment_author", "comment_created_at"})
# Words for what each row of a talk has, rather than for what a ticket is about.
_MESSAGES = frozenset({
    "message", "body", "text", "content", "nachricht", "inhalt", "viesti", "contenu", "texte", "corps",
    "mensaje", "contenido", "texto", "mensagem", "conteudo", "meddelande",
})  # fmt: skip
_TEXTS = frozenset({"comment", "description"})
_ASKS = frozenset({
    "requester", "requester_id", "requester_name", "requester_email", "requester_first_name",
    "requester_last_name",
})  # fmt: skip
_SOME = 2


def in_context(kind: TableKind, columns: Sequence[Column], repeats: Repeats) -> list[Column]:
    """The columns with the claims that stand beside the others."""
    columns = [_numbered(kind, column) for column in columns]
    if kind == "ticket":
        columns = _authors(_comments(_messages(columns, repeats), repeats), repeats)
    return _names(kind, _requesters(columns))


def _messages(columns: list[Column], repeats: Repeats) -> list[Column]:
    """Beside a description that rows of a ticket only repeat, a text in which they differ is a comment.

    Where they differ in every text, it is one if a column surely says who wrote it or when.
    """
    texts = [column for column in columns if _may_be(column, "description") and column.cells.filled > 0]
    if len(texts) < _SOME or any(_claims(column, "comment") for column in columns):
        return columns
    own = [column for column in texts if repeats.differs(column.index)]
    if len(own) == len(texts):
        own.remove(max(own, key=_weight))
        if not any(c.field in _SIGNED and c.confidence > GUESS for one in columns for c in one.claims):
            return columns
    if not own and not repeats.several_rows and _asks(columns) and _is_signed(columns):
        own = [column for column in texts if key(column.header) in _MESSAGES]
    own = [column for column in own if column.claims[0].confidence < CERTAIN]
    if not own or len(own) == len(texts):
        return columns
    message = max(own, key=_weight)
    reason = "each row of a ticket has a message there, beside the description"
    claim = Claim("comment", LIKELY, reason, message.claims[0].rank)
    return [column.claiming([claim]) if column is message else column for column in columns]


def _is_signed(columns: list[Column]) -> bool:
    """Whether columns surely say both who wrote a message and when."""
    claims = [claim for column in columns for claim in column.claims if claim.confidence > GUESS]
    return {claim.field for claim in claims} >= _SIGNED


def _weight(column: Column) -> tuple[object, ...]:
    return column.weight(column.claims[0])


def _may_be(column: Column, field: str) -> bool:
    return any(claim.field == field for claim in column.claims[:1])


def _claims(column: Column, field: str) -> bool:
    return any(claim.field == field for claim in column.claims)


def _comments(columns: list[Column], repeats: Repeats) -> list[Column]:
    """Where no column is a comment, ``Author`` is no author of one but what else it may be.

    Several rows of a ticket have a message each, whatever its column is called, if somebody else asks.
    """
    if any(_claims(column, "comment") for column in columns):
        return columns
    if _has_messages(columns, repeats) and _asks(columns):
        return columns
    return [_but_comments(column) for column in columns]


def _has_messages(columns: list[Column], repeats: Repeats) -> bool:
    texts = [column for column in columns if any(claim.field in _TEXTS for claim in column.claims)]
    return any(repeats.differs(column.index) for column in texts)


def _asks(columns: list[Column]) -> bool:
    """Whether a column that cannot be the author names the requester."""
    return any(
        claim.field in _ASKS
        for column in columns
        for claim in column.claims
        if all(other.field != "comment_author" for other in column.claims)
    )


def _but_comments(column: Column) -> Column:
    others = [claim for claim in column.claims if claim.field not in _OF_COMMENT]
    return column.claiming(others) if others else column


def _authors(columns: list[Column], repeats: Repeats) -> list[Column]:
    """``From`` and ``Agent`` may be the author of each row's message, in which they differ.

    They then are before anything else, unless another column surely is the author.
    """
    has_messages = _has_messages(columns, repeats) and _asks(columns)
    sure = any(_is_author(claim) and claim.confidence > GUESS for c in columns for claim in c.claims)
    return [
        _author(column, sure=sure, may_be=has_messages and repeats.differs(column.index))
        for column in columns
    ]


def _author(column: Column, *, sure: bool, may_be: bool) -> Column:
    guessed = [claim for claim in column.claims if _is_author(claim) and claim.confidence <= GUESS]
    if not guessed:
        return column
    others = [claim for claim in column.claims if claim not in guessed]
    return column.claiming(guessed + others if may_be and not sure else others)


def _is_author(claim: Claim) -> bool:
    return claim.field == "comment_author"


def _numbered(kind: TableKind, column: Column) -> Column:
    """A person or company that is a number in every cell is named by its id."""
    if column.cells.filled < _SOME or column.cells.numbers < 1:
        return column
    claims = [_by_id(claim) if f"{claim.field}_id" in FIELDS[kind] else claim for claim in column.claims]
    return column.claiming(claims)


def _by_id(claim: Claim) -> Claim:
    reason = f"{claim.reason}; its cells are ids"
    return replace(claim, field=f"{claim.field}_id", confidence=LIKELY, reason=reason)


def _requesters(columns: list[Column]) -> list[Column]:
    """A word that only likely means the requester is not believed beside a better column for the person.

    ``Customer`` is the person in one table and the company in another: beside ``Contact`` or ``Name`` it is
    the company.
    """
    claims = [claim for column in columns for claim in column.claims]
    sure = any(claim.field == "requester" and claim.confidence >= SYNONYM for claim in claims)
    named = any(claim.field == "requester_name" for claim in claims)
    doubtful = {"requester", "requester_name"} if sure else {"requester"} if named else set()
    return [_without(column, doubtful) for column in columns]


def _without(column: Column, doubtful: set[str]) -> Column:
    kept = [c for c in column.claims if c.field not in doubtful or c.confidence >= SYNONYM]
    if len(kept) == len(column.claims):
        return column
    return column.claiming(kept, "another column names the requester")


def _names(kind: TableKind, columns: list[Column]) -> list[Column]:
    """``Nom`` beside ``Prénom`` is the family name, unless its cells are whole names."""
    claimed = {claim.field for column in columns for claim in column.claims[:1]}
    if kind not in _PERSONS:
        return columns
    whose = _PERSONS[kind]
    given = [part for part in _NAME_PARTS if f"{whose}{part}" in claimed]
    return [_part(column, whose, given[0]) for column in columns] if len(given) == 1 else columns


def _part(column: Column, whose: str, given: str) -> Column:
    if not column.claims or column.claims[0].field != f"{whose}name" or column.cells.phrases >= 0.5:
        return column
    other = next(part for part in _NAME_PARTS if part != given)
    reason = f"beside a {given.replace('_', ' ')} it is the {other.replace('_', ' ')}"
    claim = Claim(f"{whose}{other}", LIKELY, reason, column.claims[0].rank)
    return column.claiming([claim, *column.claims[1:]])
