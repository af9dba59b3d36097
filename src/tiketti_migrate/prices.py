"""What the options of an import cost or save in requests, in words for its plan."""

from collections.abc import Iterator

from tiketti_migrate.api import Sink
from tiketti_migrate.load import LoadOptions, Prepared
from tiketti_migrate.records import Contact
from tiketti_migrate.store import Ledger

__all__ = ["choices_of"]

# Nobody looks through more labels than that, and each costs a request.
_MANY_LABELS = 200
_TOPS = (200, 50)
_EVERY = 2**62


def choices_of(ledger: Ledger, sink: Sink, prepared: Prepared, options: LoadOptions) -> Iterator[str]:
    """What was chosen where it leaves something out or stands for something, and what else can be."""
    yield from _addresses(ledger, sink, options)
    yield from _labels(ledger, prepared, options)
    yield from _contacts(ledger, prepared, options)


def _addresses(ledger: Ledger, sink: Sink, options: LoadOptions) -> Iterator[str]:
    everything = "contact" in options.leftovers
    found = ledger.placeholders(options.limit, everything=everything)
    stand_ins = [sink.placeholder(one) for one in found.examples if isinstance(one, Contact)]
    examples = [address for address in stand_ins if address]
    if not examples:
        return
    tickets = ledger.choices.tickets_without_email()
    yield (
        f"contacts without an e-mail address: {found.number:,} get a placeholder at"
        f" {examples[0].rpartition('@')[2]}, such as {', '.join(examples)}; --missing-email skip leaves them"
        f" out with the {tickets:,} tickets they asked"
    )


def _labels(ledger: Ledger, prepared: Prepared, options: LoadOptions) -> Iterator[str]:
    left_out = sum(one.count for one in ledger.choices.left_out() if one.kind == "label")
    if left_out:
        uses = ledger.choices.label_uses_left_out()
        yield f"labels: {left_out:,} are left out, and with them {uses:,} uses on tickets"
    count = prepared.writes.get("label", 0)
    if count <= _MANY_LABELS or options.limit is not None or options.labels not in ("all", "used"):
        return
    yield f"labels: {count:,} requests; --labels off takes none"
    if options.labels == "all" and (used := ledger.choices.label_price(_EVERY).requests) < count:
        yield f"  --labels used: {used:,} requests, without those that no ticket has"
    for most in _TOPS:
        price = ledger.choices.label_price(most)
        if price.requests < count:
            left = f"{price.uses:,} uses on tickets are left out"
            yield f"  --labels top:{most}: {price.requests:,} requests; {left}"


def _contacts(ledger: Ledger, prepared: Prepared, options: LoadOptions) -> Iterator[str]:
    if "contact" not in options.leftovers:
        return
    count = prepared.writes.get("contact", 0)
    unused = count - ledger.needed("contact")
    if unused:
        yield f"contacts without a ticket: {unused:,} requests; --contacts used leaves them out"
