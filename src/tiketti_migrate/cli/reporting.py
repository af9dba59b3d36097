"""``report``: report.html and a summary."""

import click

from tiketti_migrate.cli.files_line import files_line
from tiketti_migrate.cli.settings import global_options, settings_of
from tiketti_migrate.cli.terminal import final_table
from tiketti_migrate.report import write_report
from tiketti_migrate.store import Workspace

__all__ = ["report"]


@click.command(epilog="Example: tiketti-migrate --workspace ./acme report")
@global_options
@click.pass_context
def report(ctx: click.Context) -> None:
    """Write report.html (self-contained) into the workspace and print a summary."""
    folder = settings_of(ctx).folder()
    ledger = Workspace.peek(folder)
    try:
        path = write_report(ledger, folder)
        click.echo(final_table(ledger.views.tallies()))
        if files := files_line(ledger.files.tallies()):
            click.echo(files)
        click.echo(f"\nReport: {path}")
    finally:
        ledger.close()
