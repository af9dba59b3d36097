"""The plan: what an import will do and lose, how many requests it takes and how long that is at the limit."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from tiketti_migrate.api import Found, Refs, Sink
from tiketti_migrate.attachments import hosts_of
from tiketti_migrate.http import is_allowed
from tiketti_migrate.lasting import in_force
from tiketti_migrate.load import LoadOptions, Prepared, must_answer
from tiketti_migrate.prices import choices_of
from tiketti_migrate.records import Kind
from tiketti_migrate.store import BASE_URL, Changed, Failing, Ledger, LeftByChoice, Loss, Merge
from tiketti_migrate.survey import unknown_words

__all__ = ["FilesPlan", "Plan", "make_plan"]

RENEWALS = "renewing the access token"
_LISTED = 1000
_NAMED = 10
# Asking for each costs a request, but an exact plan is worth some minutes, not an hour.
_MOST_ASKED = 500


class FilesPlan(BaseModel):
    """Attachments: their number, the bytes that are known, and how many are on each host."""

    model_config = ConfigDict(frozen=True)

    files: int = 0
    bytes: int = 0
    hosts: dict[str, int] = {}


class Plan(BaseModel):
    """``records`` staged and ``writes`` to be made, by kind; ``adopted`` is there already.

    ``requests`` in all, preflight and auth calls included; ``endpoints`` says where they go. ``seconds`` at
    the limit of the target. ``merges`` are the first of ``merge_count``. ``unmapped``: words that a default
    stands for, by field. ``losses``: what the target has no place for. ``unassigned``: agents who are not
    known in the target, with the tickets that lose them. ``left_out``: by options of this import;
    ``choices``: what others would cost, in words. ``changed``: the first of ``changed_count`` records that
    are in the target and that the source tells otherwise now; ``added``: of ``added_count`` tickets, and
    messages and time entries of tickets that are there, that it did not have at the last import.
    ``attachments`` are to be downloaded; ``held`` are those that the source itself holds.
    ``options``: the flags that are not the defaults, with their values.
    ``unlinked``: attachments that messages will tell of, while nobody has said where they are published.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    target: str
    organization: str | None
    user: str | None
    records: dict[str, int]
    writes: dict[str, int]
    adopted: dict[str, int]
    requests: int
    endpoints: dict[str, int]
    seconds: int
    per_minute: float | None
    merge_count: int
    merges: tuple[Merge, ...]
    failing: tuple[Failing, ...]
    unmapped: dict[str, dict[str, int]]
    losses: tuple[Loss, ...]
    unassigned: dict[str, int]
    left_out: tuple[LeftByChoice, ...]
    choices: tuple[str, ...]
    options: dict[str, str]
    changed_count: int
    changed: tuple[Changed, ...]
    strangers_count: int
    added_count: int
    added: tuple[Changed, ...]
    attachments: FilesPlan
    held: FilesPlan
    unlinked: int
    warnings: tuple[str, ...]


def _strangers(outlook: Mapping[str, Any]) -> Iterator[str]:
    """Loud, because nothing becomes of them."""
    count = outlook["strangers_count"]
    if count:
        place = next((one.origin for one in outlook["changed"] if one.origin), None) or "new"
        prefix = re.split(r"[^\w-]", place)[0][:20] or "new"
        yield (
            f"these look like other tickets with the same ids: {count:,}; they are not imported. Import them"
            " into a --workspace of their own, or give their ids a prefix with a mapping file"
            f' ([ticket.fields] id = "{prefix}-{{ID}}")'
        )


def _hidden(ledger: Ledger) -> Iterator[str]:
    """Loud, because customers can read them."""
    count, first = ledger.views.hidden(_NAMED)
    if count:
        more = ", ..." if count > len(first) else ""
        yield (
            f"internal in the source now, but public in the target since they were imported ({count:,}):"
            f" delete them there: {', '.join(map(_name, first))}{more}"
        )


def _since_the_import(outlook: Mapping[str, Any]) -> Iterator[str]:
    """What has changed in the source since records of it were imported, in words."""
    for name, words in (
        ("changed", "changed in the source since they were imported; they stay as they are"),
        ("added", "new in the source since the last import"),
    ):
        count, first = outlook[f"{name}_count"], outlook[name][:_NAMED]
        if count:
            more = ", ..." if count > len(first) else ""
            yield f"{words} ({count:,}): {', '.join(map(_name, first))}{more}"


def _name(record: Changed) -> str:
    place = f" ({record.origin})" if record.origin else ""
    return f"{record.kind.replace('_', ' ')} {record.source_id}{place}"


def make_plan(
    ledger: Ledger, sink: Sink, prepared: Prepared, options: LoadOptions, *, thorough: bool = False
) -> Plan:
    """From a ledger that was staged and prepared. ``thorough``: ask the target where that makes it exact.

    Raises Stopped when the target cannot be read.
    """
    endpoints = _endpoints(sink, prepared)
    most = _MOST_ASKED if thorough else 0
    taken, unsure = _conflicts(ledger, sink, prepared, options, endpoints, most)
    unsure += _adopting(prepared, options)
    per_minute = sink.requests_per_minute
    seconds = endpoints.total() / per_minute * 60 if per_minute else 0.0
    if renewals := sink.renewals(seconds):
        endpoints[RENEWALS] += renewals
    dying = [words] if (words := sink.life_warning(seconds)) else []
    outlook = _outlook(ledger) | _files(ledger, options)
    about = (*_about_files(ledger, options, outlook), *_since_the_import(outlook), *_from_the_source(ledger))
    return Plan(
        source=ledger.source_address or "",
        target=prepared.target,
        organization=prepared.organization,
        user=prepared.user,
        records={kind: sum(states.values()) for kind, states in ledger.views.counts().items()},
        writes=dict(Counter(prepared.writes) - taken),
        adopted=dict(Counter(prepared.adopted) + taken),
        requests=endpoints.total(),
        endpoints=dict(endpoints.most_common()),
        seconds=round(seconds),
        per_minute=per_minute,
        warnings=(*_strangers(outlook), *_hidden(ledger), *prepared.warnings, *dying, *unsure, *about),
        choices=tuple(choices_of(ledger, sink, prepared, options)),
        options=in_force(ledger),
        **outlook,
    )


def _files(ledger: Ledger, options: LoadOptions) -> dict[str, Any]:
    files = ledger.files
    waiting = files.to_fetch(options.limit)
    held = ledger.held.tally()
    return {
        "attachments": FilesPlan(files=waiting.files, bytes=waiting.bytes, hosts=files.hosts(options.limit)),
        "held": FilesPlan(files=held.files, bytes=held.bytes),
        "unlinked": 0 if ledger.get(BASE_URL) else files.unlinked(),
    }


def _about_files(ledger: Ledger, options: LoadOptions, outlook: Mapping[str, Any]) -> Iterator[str]:
    if promised := ledger.files.promised(options.limit):
        yield (
            f"{promised:,} of the messages are notes on files whose messages were written before: a note is"
            " not made when none of its files can be fetched"
        )
    allowed, asked = hosts_of(ledger), outlook["attachments"].hosts
    foreign = {host: count for host, count in asked.items() if not is_allowed(host, allowed)}
    if foreign:
        count, first = sum(foreign.values()), ", ".join(list(foreign)[:_NAMED])
        yield f"{count:,} attachments are not on hosts of the source and will not be fetched: {first}"
    failed = ledger.files.tallies().get("failed")
    if failed:
        yield (
            f"{failed.files:,} attachments could not be fetched, and messages cannot be changed later: to"
            " mend that first, stop here and run retry --kind attachment"
        )
    if outlook["unlinked"] and ledger.get(BASE_URL) is None:
        yield (
            f"{outlook['unlinked']:,} attachments will be named with their SHA-256 alone, and messages cannot"
            " be changed later: say where you will publish them with --attachment-base-url"
        )


def _outlook(ledger: Ledger) -> dict[str, Any]:
    """What will come of the records beyond their number."""
    changed_count, changed = ledger.views.changed(_LISTED)
    added_count, added = ledger.views.added(_LISTED)
    merge_count, merges = ledger.outlook.merges(_LISTED)
    return {
        "merge_count": merge_count,
        "merges": tuple(merges),
        "failing": tuple(ledger.outlook.failing()),
        "unmapped": unknown_words(ledger),
        "losses": tuple(ledger.outlook.losses()),
        "unassigned": dict(ledger.staff.unassigned("pending")),
        "left_out": tuple(ledger.choices.left_out()),
        "changed_count": changed_count,
        "changed": tuple(changed),
        "strangers_count": ledger.views.strangers(),
        "added_count": added_count,
        "added": tuple(added),
    }


def _endpoints(sink: Sink, prepared: Prepared) -> Counter[str]:
    """What the preflight called, and what the writes will call."""
    endpoints = Counter(prepared.endpoints)
    for kind, count in cast(dict[Kind, int], prepared.writes).items():
        revisited = prepared.revisited if kind == "outcome" else 0
        endpoints.update(dict.fromkeys(sink.endpoints(kind), count - revisited))
        endpoints.update(dict.fromkeys(sink.endpoints(kind, revisited=True), revisited))
    return +endpoints


def _conflicts(
    ledger: Ledger, sink: Sink, prepared: Prepared, options: LoadOptions, endpoints: Counter[str], most: int
) -> tuple[Counter[str], list[str]]:
    """How many records will meet an object that was not listed; ``endpoints`` gains what that costs."""
    taken: Counter[str] = Counter()
    unsure = []
    for kind in prepared.unlisted:
        if kind not in sink.resend_safe:
            continue
        records = ledger.wanted(kind, options.limit, everything=kind in options.leftovers)
        if len(records) > most:
            unsure.append(
                f"which of the {len(records):,} {kind}s are in the target already was not asked: each of"
                " them takes one request more"
            )
            continue
        before = Counter(sink.requests_by_endpoint)
        with must_answer():
            found = [sink.find(record, Refs(), None, frozenset()) for record in records]
        there = sum(isinstance(answer, Found) for answer in found)
        taken[kind] += there
        for name, asked in (Counter(sink.requests_by_endpoint) - before).items():
            # The load asks only for those that are there, after the conflict.
            endpoints[name] += round(asked * there / len(records))
    return taken, unsure


def _adopting(prepared: Prepared, options: LoadOptions) -> list[str]:
    """What an earlier import left shows only while the load looks for it."""
    sought = sum(prepared.writes.get(kind, 0) for kind in ("ticket", "message", "time_entry"))
    if not options.adopt_existing or not sought:
        return []
    return [
        f"--adopt-existing looks for each of {sought:,} records first: that takes one to five requests more"
        " each, and those that are there are not written"
    ]


def _from_the_source(ledger: Ledger) -> list[str]:
    said = ledger.problems.rule_notes()
    lost = ledger.problems.lost
    if lost:
        said.append(
            f"{lost:,} records of the source stay behind, because they could not be read: see inspect"
        )
    said += [f"{count:,} x {code} in the source" for code, count in sorted(ledger.problems.counts().items())]
    if unknown := ledger.outlook.unknown_authors(_LISTED):
        named = ", ".join(f"Unknown user {author} ({count:,})" for author, count in unknown[:_NAMED])
        more = ", ..." if len(unknown) > _NAMED else ""
        said.append(f"messages are by people whom the source does not have: {named}{more}")
    warnings = ledger.views.warning_count()
    if warnings:
        said.append(f"{warnings} records were converted with a warning: see report.html")
    return said
