"""``status``: where the migration stands, also while another process is at it."""

import json

import click

from tiketti_migrate.cli.files_line import files_line
from tiketti_migrate.cli.settings import global_options, settings_of
from tiketti_migrate.cli.terminal import final_table
from tiketti_migrate.cli.words import options_line, printable
from tiketti_migrate.lasting import in_force
from tiketti_migrate.store import Workspace

__all__ = ["status"]


@click.command(epilog="Example: tiketti-migrate --workspace ./acme status --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@global_options
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Where the migration stands. No network, and no need to stop a running import."""
    ledger = Workspace.peek(settings_of(ctx).folder())
    try:
        tallies, chosen = ledger.files.tallies(), in_force(ledger)
        facts = {
            "source": ledger.source_address,
            "target": ledger.get("target"),
            "records": ledger.views.counts(),
            "requests": ledger.requests,
            "problems": dict(ledger.problems.counts()),
            "lost": ledger.problems.lost,
            "warnings": ledger.views.warning_count(),
            "options": chosen,
            "attachments": {state: tally._asdict() for state, tally in tallies.items()},
        }
        if as_json:
            click.echo(json.dumps(facts))
            return
        click.echo(f"Source: {printable(str(facts['source']))}")
        click.echo(f"Target: {printable(str(facts['target'] or 'not chosen yet'))}")
        if said := options_line(chosen):
            click.echo(said)
        click.echo(f"Requests so far: {ledger.requests:,}\n")
        click.echo(final_table(ledger.views.tallies()))
        if files := files_line(tallies):
            click.echo(files)
    finally:
        ledger.close()
