"""``verify``: read the account back and compare."""

import json
import re

import click

from tiketti_migrate.cli.session import Session
from tiketti_migrate.cli.settings import global_options, settings_of
from tiketti_migrate.cli.terminal import kind_name, paint, table
from tiketti_migrate.lasting import recall
from tiketti_migrate.registry import Registry
from tiketti_migrate.verify import Verified, verify

__all__ = ["show", "verifying"]

_SHOWN = 50


def _share(_ctx: click.Context, _parameter: click.Parameter, value: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", value)
    if not match or not 0 < float(match[1]) <= 100:
        raise click.BadParameter("give a percentage such as 5%")
    return float(match[1]) / 100


@click.command("verify", epilog="Example: tiketti-migrate verify --sample 10%")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option(
    "--sample", default="100%", callback=_share, metavar="P%", help="Only this share of the tickets."
)
@global_options
@click.pass_context
def verifying(ctx: click.Context, as_json: bool, sample: float) -> int:
    """Read the account back and compare every ticket with what was written. Exit 5 on any difference."""
    session = Session(settings_of(ctx))
    with session.workspace(create=False) as workspace:
        ledger = workspace.ledger
        with session.sink(Registry(), ledger, recall(ledger, {})) as sink:
            found = verify(ledger, sink, session.terminal, session.stopping, sample=sample)
    if as_json:
        differences = [difference._asdict() for difference in found.differences]
        click.echo(json.dumps({"checked": dict(found.checked), "differences": differences}))
    else:
        show(found)
    return 5 if found.differences else 0


def show(found: Verified) -> None:
    """Counts, and the first differences."""
    click.echo(table([(kind_name(kind), count) for kind, count in found.checked.items()], ("", "checked")))
    if not found.differences:
        click.echo(paint("Everything is in Tiketti as it was written.", fg="green"))
        return
    click.echo(f"\n{len(found.differences)} differences:")
    rows = [tuple(difference) for difference in found.differences[:_SHOWN]]
    click.echo(table(rows, ("kind", "source id", "what")))
    if len(found.differences) > _SHOWN:
        click.echo("... all of them with --json")
