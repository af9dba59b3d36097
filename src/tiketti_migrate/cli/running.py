"""``run FILE.toml``: a migration kept in a file."""

from pathlib import Path
from typing import Any

import click

from tiketti_migrate.cli.going_on import LoadCommand
from tiketti_migrate.cli.importing import Asked, Given, run_import
from tiketti_migrate.cli.settings import global_options, settings_of
from tiketti_migrate.mapping import read_mapping
from tiketti_migrate.registry import Registry

__all__ = ["run"]


@click.command(cls=LoadCommand, epilog="Example: tiketti-migrate run migration.toml --plan")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--plan", is_flag=True, help="Write nothing; show what would be done.")
@click.option("--json", is_flag=True, help="With --plan: one JSON object on stdout.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options
@click.pass_context
def run(
    ctx: click.Context, /, file: Path, plan: bool, json: bool, yes: bool, canary: str | None, **values: Any
) -> int:
    """Run the migration that stands in FILE: its source, its rules and its options, as init writes them.

    The command line wins over the file, the file over the environment.
    """
    mapping = read_mapping(file)
    registry = Registry()
    name = mapping.source_name
    if name is None:
        mapping.refuse_at(("source",), "does not name its source", '[source] has a line name = "..."')
    if name not in registry.sources:
        known = ", ".join(sorted(registry.sources))
        mapping.refuse_at(("source", "name"), f"there is no source {name!r}", f"known: {known}")
    source = registry.source(str(name))
    asked = Asked(plan, json, yes, canary)
    return run_import(settings_of(ctx), source, registry, Given({}, values), mapping, asked)
