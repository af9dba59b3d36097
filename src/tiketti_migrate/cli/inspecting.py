"""``inspect SOURCE ...``: what is in a source; no workspace is kept and no network used."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tiketti_migrate import options
from tiketti_migrate.api import Draft, Source
from tiketti_migrate.cli.importing import SourceGroup
from tiketti_migrate.cli.map_file import MAP, import_values, read_map, source_values
from tiketti_migrate.cli.session import SINK
from tiketti_migrate.cli.settings import global_options, settings_of
from tiketti_migrate.cli.surveying import print_survey
from tiketti_migrate.cli.terminal import Terminal
from tiketti_migrate.errors import Stopped
from tiketti_migrate.extract import extract
from tiketti_migrate.mapped import take
from tiketti_migrate.records import KINDS
from tiketti_migrate.registry import Registry
from tiketti_migrate.scratch import ROOM, scratch
from tiketti_migrate.store import Workspace
from tiketti_migrate.survey import Survey, survey

__all__ = ["inspecting"]


class InspectGroup(SourceGroup):
    """The same sources, only looked at."""

    def command_for(self, source: type[Source]) -> click.Command:
        return _inspect_command(source, self.registry)


@click.group(cls=InspectGroup, epilog="Example: tiketti-migrate inspect zendesk ./export --json")
@global_options
def inspecting() -> None:
    """Show what is in a source: counts, dates, agents, problems. Nothing is kept, nothing is sent."""


def _inspect_command(source: type[Source], registry: Registry) -> click.Command:
    @click.pass_context
    def callback(ctx: click.Context, /, json: bool, map_file: Path | None, **values: Any) -> None:
        mapping, settings = read_map(map_file), settings_of(ctx)
        import_values(mapping, registry.sink(SINK), settings, {})
        reader = source(options.build(source.Options, source_values(mapping, source, values)))
        taken = take(reader, mapping)
        reader.check()
        terminal = Terminal(quiet=settings.quiet)
        with _passing_workspace() as workspace:
            extract(reader, workspace.ledger, KINDS, terminal, threading.Event(), taken, keep_files=False)
            _show(survey(workspace.ledger), reader.draft(), as_json=json)

    parameters = [
        *options.parameters(source.Options, optional=True),
        MAP,
        click.Option(["--json"], is_flag=True, help="One JSON object on stdout."),
    ]
    command = click.Command(
        source.name,
        params=parameters,
        callback=callback,
        help=f"Show what is in {source.title} data.",
        epilog=f"Example: tiketti-migrate inspect {source.name} ./export",
    )
    return global_options(command)


@contextmanager
def _passing_workspace() -> Iterator[Workspace]:
    with scratch() as folder:
        try:
            with Workspace(folder / "inspect") as workspace:
                yield workspace
        except Stopped as stopped:
            # Nothing else than the disk stops what neither sends nor keeps anything.
            stopped.hint = ROOM
            raise


def _show(found: Survey, draft: Draft | None, *, as_json: bool) -> None:
    if not as_json:
        print_survey(found, draft)
        return
    tables = draft.tables if draft else {}
    form = {
        "notes": list(draft.notes) if draft else [],
        "columns": {kind: [column._asdict() for column in t.columns] for kind, t in tables.items()},
    }
    click.echo(json.dumps(found.as_json() | form))
