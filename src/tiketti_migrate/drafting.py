"""A first mapping file: what was found in a source, written down so that a person can change it.

Importing through it as it is comes to the same as importing without: what nobody knows stands in comments.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import tomlkit

from tiketti_migrate.api import Draft, DraftAgent, DraftColumn, DraftTable, DraftWord, Source, each
from tiketti_migrate.errors import SourceError
from tiketti_migrate.mapped import RECORD_FIELDS, TITLES, as_record, column_of
from tiketti_migrate.mapping import EXTRA, MAPPED_KINDS
from tiketti_migrate.mapping.model import WORDS
from tiketti_migrate.mapping.word_maps import folded
from tiketti_migrate.options import key_of
from tiketti_migrate.records import Agent, Outcome, Record, Ticket

__all__ = ["draft_of", "written"]

_MOST_NAMES = 200
_MOST_WORDS = 200
_MOST_AGENTS = 10_000
_LONGEST_COMMENT = 80
# What people leave behind first.
_DONE = {"closed": 2, "resolved": 1}


def draft_of(source: Source) -> Draft:
    """What the source detected itself, else a survey of all its records, in flat memory."""
    own = source.draft()
    staff = _Staff()
    if own is not None:
        for item in map(as_record, each(source.extract(None))):
            staff.add(item)
        return replace(own, agents=staff.draft())
    tables = {kind: _Survey() for kind in MAPPED_KINDS}
    for item in map(as_record, each(source.extract(None))):
        staff.add(item)
        kind = "ticket" if isinstance(item, Outcome) else getattr(item, "kind", None)
        if isinstance(item, Record) and kind in tables:
            tables[kind].add(item)
    if not any(table.records for table in tables.values()):
        raise SourceError("the source holds nothing to map", hint="look at it with tiketti-migrate inspect")
    counted = ", ".join(f"{table.records:,} x {kind}" for kind, table in tables.items() if table.records)
    found: dict[str, DraftTable] = {kind: table.draft() for kind, table in tables.items() if table.records}
    return Draft(tables=found, notes=(f"Found: {counted}.",), agents=staff.draft())


class _Staff:
    """Who is called how, and how many tickets are assigned to each."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._tickets: Counter[str] = Counter()

    def add(self, item: object) -> None:
        """One more record, of whatever kind."""
        if isinstance(item, Agent) and len(self._names) < _MOST_AGENTS:
            self._names[item.source_id] = item.name
        agent = item.assignee_id if isinstance(item, Ticket) else None
        if agent is not None and (agent in self._tickets or len(self._tickets) < _MOST_AGENTS):
            self._tickets[agent] += 1

    def draft(self) -> list[DraftAgent]:
        """By name, else by id, where several bear the name or none is known."""
        shared = Counter(folded(self._names.get(agent, agent)) for agent in self._tickets)
        busiest = self._tickets.most_common(_MOST_NAMES)
        names = ((agent, self._names.get(agent, agent), count) for agent, count in busiest)
        return [
            DraftAgent(name if shared[folded(name)] == 1 else agent, count) for agent, name, count in names
        ]


class _Survey:
    """What the records of one kind hold beside their fields, and the words in those of few words."""

    def __init__(self) -> None:
        self.records = 0
        self._names: dict[str, tuple[int, str]] = {}
        self._words: dict[str, dict[str, DraftWord]] = {}

    def add(self, record: Record) -> None:
        """One more."""
        self.records += not isinstance(record, Outcome)
        for field in WORDS:
            value = getattr(record, field, None)
            if value is not None:
                self._add_word(field, record, value)
        if isinstance(record, Outcome):
            return
        for name in _names(record.extra):
            if name not in WORDS and (name in self._names or len(self._names) < _MOST_NAMES):
                count, sample = self._names.get(name, (0, column_of(record, name) or ""))
                self._names[name] = (count + 1, sample)

    def draft(self) -> DraftTable:
        """What came together."""
        columns = [
            DraftColumn(name, EXTRA, f"{count:,} x, such as {sample!r}")
            for name, (count, sample) in self._names.items()
        ]
        return DraftTable(columns, {field: list(found.values()) for field, found in self._words.items()})

    def _add_word(self, field: str, record: Record, value: str) -> None:
        word = column_of(record, field) or value
        # Words that a source does not know are in its warnings, see survey.unknown_words.
        is_known = not any(text.startswith(f"unknown {field} word ") for text in record.warnings)
        found = self._words.setdefault(field, {})
        if word in found or len(found) < _MOST_WORDS:
            times = found[word].times if word in found else 0
            found[word] = DraftWord(word, times + 1, value, is_known)


def _names(extra: Mapping[str, Any]) -> Iterator[str]:
    """As columns are named: one step into tables, and into lists of tables by their titles."""
    for key, value in extra.items():
        if isinstance(value, dict) and value:
            yield from (f"{key}.{inner}" for inner in value)
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            titles = (next((one[name] for name in TITLES if one.get(name)), None) for one in value)
            yield from (f"{key}.{title}" for title in titles if title is not None)
        else:
            yield key


def written(source: Source, options: Mapping[str, Any], draft: Draft, file: str) -> str:
    """The text of the file. ``options``: the user's own, as TOML takes them; ``file``: its name."""
    lines = [
        f"# A migration of {_comment(source.title)}. Look at it, change it, then run it:",
        f"#     tiketti-migrate run {_comment(file)} --plan",
        *(f"# {_comment(note, 200)}" for note in draft.notes),
        "",
        "[source]",
        _line("name", source.name),
        *(_line(key_of(name), value) for name, value in {**draft.options, **options}.items()),
        "",
        "[import]",
        "# Any option of import: workspace, limit, order, workers, provenance, organization ... No secrets.",
        '# workspace = "./tiketti-migration"',
    ]
    for kind, table in draft.tables.items():
        lines += ["", *_table(kind, table, source.fields.get(kind) or RECORD_FIELDS[kind])]
        if kind == "ticket":
            lines += _examples(table, of_records=not source.fields)
    if draft.agents:
        lines += ["", *_agents(draft.agents)]
    return "\n".join([*lines, ""])


def _agents(agents: Iterable[DraftAgent]) -> Iterator[str]:
    yield "[agents]"
    yield "# Who stands for whom: a user's id, exact name, or the address of the token's user; none: nobody."
    yield "# Whoever has no line is looked for by address and by exact name."
    for one in agents:
        yield "# " + _line(one.name, "", f"{one.tickets:,} tickets")


def _table(kind: str, table: DraftTable, fields: Iterable[str]) -> Iterator[str]:
    yield f"[{kind}.columns]"
    yield f'# "column" = a field, "extra" (kept in the ledger) or "ignore". Fields of a {kind}:'
    names = iter(fields)
    while part := ", ".join(islice(names, 8)):
        yield f"#     {part},"
    yield from _columns(table.columns)
    if table.formats:
        yield from ("", f"[{kind}.formats]")
        yield from (_line(column, form) for column, form in table.formats.items())
    for field, words in table.words.items():
        yield from ("", f"[{kind}.values.{field}]", *_words(words, WORDS.get(field, ())))


def _columns(columns: Sequence[DraftColumn]) -> Iterator[str]:
    others: dict[str, list[str]] = {}
    for one in columns:
        if one.like:
            others.setdefault(one.like, []).append(one.column)
    for one in columns:
        if not one.like:
            yield _line(one.column, one.field, _also(others.get(one.column, ())) + one.comment)


def _also(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - 1} more" if len(columns) > 1 else ""
    return f"also {columns[0]!r}{more}; " if columns else ""


def _words(words: Iterable[DraftWord], known: Iterable[str]) -> Iterator[str]:
    if known:
        yield f"# One of: {', '.join(known)}."
    said: set[str] = set()
    for one in words:
        if not one.is_known:
            yield "# " + _line(one.word, one.becomes, f"{one.times:,} x, unknown: that is the default")
        elif folded(one.word) not in said:
            said.add(folded(one.word))
            yield _line(one.word, one.becomes, f"{one.times:,} x")


def _examples(table: DraftTable, *, of_records: bool) -> Iterator[str]:
    """With columns and words that are there: without the # they work. ``of_records``: fields are columns."""
    columns = [one for one in table.columns if not set("{}") & set(one.column)]
    by_field = {"subject": "subject", "status": "status"} if of_records else {}
    by_field |= {one.field: one.column for one in reversed(columns)}
    first = columns[0].column if columns else None
    subject = by_field.get("subject", by_field.get("description", first))
    parts = [f"{{{by_field[EXTRA]}}}" if EXTRA in by_field else "Imported"]
    parts += [f"{{{subject}}}"] if subject else []
    yield from (
        "",
        "# Texts from columns, and what is the same for all:",
        "# [ticket.fields]",
        f"# {_line('subject', ': '.join(parts))}",
        f"# {_line('priority', 'high')}",
        "",
        "# Regular expressions, in order; what does not match stays:",
        "# [[ticket.replace.subject]]",
        "# pattern = '^\\[.*?\\]\\s*'",
        f"# {_line('with', '')}",
    )
    condition = _condition(table.words.get("status", ()), by_field.get("status"), subject)
    if condition is not None:
        column, name, value = condition
        yield from (
            "",
            "# Only rows that pass all of these, by words of the source (is_not, in, matches, empty ...):",
            "# [[ticket.where]]",
            f"# {_line('column', column)}",
            f"# {_line(name, value)}",
        )


def _condition(
    words: Iterable[DraftWord], status: str | None, other: str | None
) -> tuple[str, str, str | bool] | None:
    """Column, condition and value that some records pass: preferably those that are not closed."""
    found = list({folded(one.word): one for one in words if one.word.strip()}.values())
    if not found or status is None:
        return (other, "empty", False) if other else None
    if len(found) == 1:
        return status, "is", found[0].word
    return status, "is_not", max(found, key=lambda one: _DONE.get(one.becomes, 0)).word


def _line(name: str, value: Any, comment: str = "") -> str:
    key = name if name.isidentifier() and name.isascii() else _quoted(name)
    shown = _quoted(value) if isinstance(value, str) else tomlkit.item(value).as_string()
    return f"{key} = {shown}" + (f"  # {_comment(comment)}" if comment else "")


def _quoted(text: str) -> str:
    # A half of a surrogate pair cannot be written in UTF-8; no file that was read holds one.
    return tomlkit.string(text.encode(errors="replace").decode()).as_string()


def _comment(text: str, longest: int = _LONGEST_COMMENT) -> str:
    flat = "".join(sign if sign.isprintable() else " " for sign in text)
    return flat if len(flat) <= longest else flat[:longest] + "..."
