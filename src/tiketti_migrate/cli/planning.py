"""The plan on the terminal, and the question whether to carry it out."""

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import click

from tiketti_migrate.api import Sink
from tiketti_migrate.cli.session import Session, answering, confirm
from tiketti_migrate.cli.terminal import Terminal, kind_name, table
from tiketti_migrate.cli.words import duration, options_line, printable
from tiketti_migrate.load import LoadOptions, Prepared, prepare, public_address
from tiketti_migrate.plan import Plan, make_plan
from tiketti_migrate.sizes import human_size
from tiketti_migrate.store import BASE_URL, Ledger

__all__ = ["agree", "show_plan"]

_SHOWN = 10
# From six days on a weekday alone is the wrong one.
_WEEK_SECONDS = 6 * 24 * 3600


def agree(session: Session, ledger: Ledger, sink: Sink, how: LoadOptions, *, yes: bool) -> Prepared:
    """Prepare the load and have it confirmed.

    Whoever says no, or is stopped by the preflight, leaves the workspace as it was: it is bound to no
    account, and nothing is adopted.
    """
    with ledger.transaction():
        prepared = prepare(ledger, sink, how)
        made = make_plan(ledger, sink, prepared, how)
        for warning in made.warnings:
            session.terminal.warn(warning)
        if not yes:
            print_plan(made)
            _ask_base_url(ledger, made)
            question = f"Import into {made.organization}?" if made.organization else "Nothing is new. Go on?"
            confirm(question, yes=yes)
        ledger.count_requests(prepared.requests)
    return prepared


def _ask_base_url(ledger: Ledger, made: Plan) -> None:
    """Messages cannot be changed later, so whether they link to their files is settled before the first."""
    if not made.unlinked or ledger.get(BASE_URL) is not None:
        return
    words = "Address where you will publish the attachments, such as https://files.example.com (empty: none)"
    with answering():
        address: str = click.prompt(words, "", show_default=False, err=True, value_proc=_address)
    ledger.put(BASE_URL, address)


def _address(text: str) -> str:
    try:
        return public_address(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def show_plan(plan: Plan, terminal: Terminal, *, as_json: bool) -> None:
    """For people, or as one JSON object."""
    if as_json:
        click.echo(plan.model_dump_json())
        return
    for warning in plan.warnings:
        terminal.warn(warning)
    print_plan(plan)


def print_plan(plan: Plan) -> None:
    """Records, requests, when it would be done, and what somebody should know before saying yes."""
    rows = [
        (kind_name(kind), count, plan.writes.get(kind, 0), plan.adopted.get(kind, 0))
        for kind, count in plan.records.items()
    ]
    click.echo(table(rows, ("", "in the source", "to be written", "there already")))
    if chosen := options_line(plan.options):
        click.echo(f"\n{printable(chosen, 300)}")
    for title, lines in _sections(plan):
        if lines:
            click.echo(f"\n{title}")
            for line in lines:
                click.echo(f"  {printable(line, 300)}")
    done = datetime.now().astimezone() + timedelta(seconds=plan.seconds)
    when = f"{done:%a %H:%M}" if plan.seconds < _WEEK_SECONDS else f"{done:%a %d %b %H:%M}"
    at = f" at {plan.per_minute:.0f} a minute" if plan.per_minute else ""
    click.echo(f"\n{plan.requests:,} requests, {duration(plan.seconds)}{at}; done by {when} if started now")
    sys.stdout.flush()


def _sections(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    yield "Requests:", [f"{count:>9,}  {name}" for name, count in plan.endpoints.items()]
    yield "Links:", _link_notes(plan)
    merges = [f"{kind_name(m.kind)} {_few(m.source_ids)}: {m.key}" for m in plan.merges]
    yield (
        f"Will become one, as Tiketti keeps one of each ({plan.merge_count:,}):",
        _first(merges, plan.merge_count),
    )
    yield (
        "Will not be imported:",
        [
            f"{f.count:,} {kind_name(f.kind)}: {f.code}, {f.message} (such as {_few(f.examples)})"
            for f in plan.failing
        ],
    )
    yield (
        "Words that a default stands for:",
        [
            f"{field}: {_few(f'{word!r} ({count:,})' for word, count in words.items())}"
            for field, words in plan.unmapped.items()
        ],
    )
    yield (
        "Agents who are not known in Tiketti, with the tickets that lose them as assignee:",
        _first([f"{name} ({count:,})" for name, count in plan.unassigned.items()], len(plan.unassigned)),
    )
    yield "Attachments to be downloaded first:", _files(plan)
    yield "Attachments that the source itself holds:", _held(plan)
    yield (
        "Left out by options:",
        [f"{one.count:,} {kind_name(one.kind)}: {one.code}, {one.reason}" for one in plan.left_out],
    )
    yield "Choices:", list(plan.choices)
    yield (
        "No place in Tiketti (kept in the ledger):",
        [f"{kind_name(kind)}: {_few(whats, 12)}" for kind, whats in _losses_by_kind(plan).items()],
    )


def _link_notes(plan: Plan) -> list[str]:
    notes = plan.writes.get("link_note")
    if not notes:
        return []
    who, price = ("ticket gets", "request") if notes == 1 else ("tickets get", "requests")
    what = "a closing note about links to later tickets"
    return [f"{notes:,} {who} {what}: {notes:,} {price}; --links off prevents it"]


def _files(plan: Plan) -> list[str]:
    found = plan.attachments
    if not found.files:
        return []
    hosts = [f"{host} ({count:,})" for host, count in found.hosts.items()]
    known = f", {human_size(found.bytes)} as far as it is known" if found.bytes else ""
    return [f"{found.files:,} files{known}, from {_few(hosts, 10) or 'nowhere'}"]


def _held(plan: Plan) -> list[str]:
    found = plan.held
    return [f"{found.files:,} files, {human_size(found.bytes)}, kept in the workspace"] if found.files else []


def _losses_by_kind(plan: Plan) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for loss in plan.losses:
        found.setdefault(loss.kind, []).append(f"{loss.what} ({loss.count:,})")
    return found


def _few(items: Iterable[str], most: int = 5) -> str:
    found = list(items)
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def _first(lines: list[str], total: int) -> list[str]:
    shown = lines[:_SHOWN]
    return [*shown, f"... and {total - len(shown):,} more"] if total > len(shown) else shown
