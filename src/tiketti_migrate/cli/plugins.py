"""``plugins``: what can be read and written, by whom, and what is broken."""

import json
from dataclasses import asdict

import click

from tiketti_migrate.cli.settings import global_options
from tiketti_migrate.cli.terminal import table
from tiketti_migrate.registry import Registry

__all__ = ["plugins"]


@click.command(epilog="Example: tiketti-migrate plugins --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@global_options
def plugins(as_json: bool) -> None:
    """List sources and sinks with their owners, and plugins that could not be loaded."""
    registry = Registry()
    if as_json:
        click.echo(json.dumps({"plugins": [asdict(plugin) for plugin in registry.plugins]}))
        return
    rows = [
        (
            plugin.name,
            f"{plugin.distribution} {plugin.version}",
            ", ".join(plugin.sources),
            ", ".join(plugin.sinks),
        )
        for plugin in registry.plugins
        if plugin.error is None
    ]
    click.echo(table(rows, ("plugin", "from", "sources", "sinks")))
    for plugin in registry.broken:
        click.echo(f"\nBroken: {plugin.owner}: {plugin.error}", err=True)
