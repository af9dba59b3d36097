"""Report: one self-contained HTML page that says what happened to every record."""

from dataclasses import astuple
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from tiketti_migrate import __version__
from tiketti_migrate.exports import write_whole
from tiketti_migrate.store import Ledger, tickets_first

__all__ = ["write_report"]

_LISTED = 1000


def write_report(ledger: Ledger, folder: Path) -> Path:
    """Render report.html into ``folder``. Everything from outside is escaped; nothing is loaded by the page.

    Raises Stopped when it cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("tiketti_migrate", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    views = ledger.views
    changed_count, changed = views.changed(_LISTED)
    page = environment.get_template("report.html").render(
        version=__version__,
        made_at=datetime.now(UTC),
        source=ledger.source_address or "unknown",
        target=ledger.get("target") or "not chosen yet",
        requests=ledger.requests,
        emails_sent=ledger.emails_sent,
        tallies=tickets_first(
            tally for tally in views.tallies() if tally.kind not in ("agent", "attachment")
        ),
        problems=ledger.problems.listing(_LISTED),
        problem_count=ledger.problems.counts().total() + len(ledger.problems.rule_notes()),
        lost=ledger.problems.lost,
        mapping=ledger.get("mapping") or "",
        failures=list(islice(views.failures(), _LISTED)),
        warnings=views.warnings(_LISTED),
        warning_count=views.warning_count(),
        left_out=[astuple(one) for one in ledger.choices.left_out()],
        unknown_authors=ledger.outlook.unknown_authors(_LISTED),
        unassigned=ledger.staff.unassigned("done"),
        changed=[astuple(record) for record in changed],
        changed_count=changed_count,
        listed=_LISTED,
    )
    return write_whole(folder / "report.html", page)
