"""What was found in a source, as a page on the terminal."""

from collections.abc import Iterator

import click

from tiketti_migrate.api import Draft
from tiketti_migrate.cli.terminal import kind_name, table
from tiketti_migrate.cli.words import printable
from tiketti_migrate.sizes import human_size
from tiketti_migrate.store import Preview
from tiketti_migrate.survey import Survey

__all__ = ["print_survey"]

_WORDS = 12
_AGENTS = 20
_CELL = 40


def print_survey(found: Survey, draft: Draft | None) -> None:
    """``draft``: what the source says of its own form, None if nothing."""
    if draft is not None:
        _print_form(draft)
    click.echo(table([(kind_name(kind), count) for kind, count in found.records.items()], ("", "records")))
    for line in _facts(found):
        click.echo(f"\n{line}")
    if found.preview:
        headers = ("id", "subject", "requester", "status", "priority", "created", "labels", "messages")
        click.echo("\nThe first tickets as they will be\n")
        click.echo(table(map(_ticket, found.preview), headers))
    if found.agents:
        rows = [(one.name, one.tickets, one.time_entries) for one in found.agents[:_AGENTS]]
        click.echo("\n" + table(rows, ("agent", "tickets assigned", "time entries")))
        if len(found.agents) > len(rows):
            click.echo(f"and {len(found.agents) - len(rows):,} more")
    for title, lines in _sections(found):
        if lines:
            click.echo(f"\n{title}")
            for line in lines:
                click.echo(f"  {printable(line, 300)}")
    # What the draft notes was said above.
    told = "NOTICE " if draft is not None else "\0"
    for warning in [text for text in found.warnings if not text.startswith(told)]:
        click.echo(f"Warning: {printable(warning)}", err=True)


def _facts(found: Survey) -> Iterator[str]:
    if found.lost:
        yield f"{found.lost:,} records of the source stay behind, because they cannot be read: see below"
    if found.first and found.last:
        yield f"Tickets from {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}"
    if found.attachments.files:
        size = human_size(found.attachments.bytes)
        yield f"{found.attachments.files:,} attachments, {size} as far as the source tells it"


def _print_form(draft: Draft) -> None:
    for note in draft.notes:
        click.echo(printable(note, 300))
    for kind, form in draft.tables.items():
        rows = [(_short(column.column), column.field, column.comment) for column in form.columns]
        if rows:
            click.echo("\n" + table(rows, (f"column of {kind_name(kind)}", "is", "how sure")))
    click.echo("")


def _ticket(ticket: Preview) -> tuple[object, ...]:
    named = ticket.email and ticket.email != ticket.requester
    who = f"{ticket.requester} <{ticket.email}>" if named else ticket.requester
    created = f"{ticket.created_at:%Y-%m-%d %H:%M}" if ticket.created_at else ""
    return (
        _short(ticket.source_id),
        _short(ticket.subject),
        _short(who),
        ticket.status,
        ticket.priority,
        created,
        _short(", ".join(ticket.labels)),
        ticket.messages,
    )


def _sections(found: Survey) -> Iterator[tuple[str, list[str]]]:
    yield (
        "Words that a default stands for:",
        [f"{field}: {_words(words)}" for field, words in found.unmapped.items()],
    )
    merges = [f"{kind_name(m.kind)} {', '.join(m.source_ids[:5])}: {m.key}" for m in found.merges]
    if found.merge_count > len(merges):
        merges.append(f"and {found.merge_count - len(merges):,} more")
    yield "Will become one, as Tiketti keeps one of each:", merges
    yield (
        "Left out, or read with a loss:",
        [
            f"{count:,} x {code}, such as {'; '.join(found.examples.get(code, ()))}"
            for code, count in found.problems.items()
        ],
    )
    yield (
        "Will fail:",
        [f"{f.count:,} {kind_name(f.kind)}: {f.code}, {f.message}" for f in found.failing],
    )


def _words(words: dict[str, int]) -> str:
    shown = [f"{word!r} ({count:,})" for word, count in list(words.items())[:_WORDS]]
    return ", ".join(shown) + (f" and {len(words) - _WORDS:,} more" if len(words) > _WORDS else "")


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _CELL else f"{one_line[: _CELL - 1]}…"
