"""``import SOURCE ...``: one subcommand a source, its flags made from the source's own options."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import click

from tiketti_migrate import options
from tiketti_migrate.api import Sink, Source
from tiketti_migrate.attachments import arrange, fetch_attachments, remembered
from tiketti_migrate.cli import shared_flags
from tiketti_migrate.cli.map_file import MAP, import_values, read_map, source_values
from tiketti_migrate.cli.planning import agree, show_plan
from tiketti_migrate.cli.session import SINK, Session, finish, require_answer
from tiketti_migrate.cli.settings import CONNECTION, Settings, global_options, settings_of
from tiketti_migrate.cli.watching import CANARY, require_person, watch_canary
from tiketti_migrate.extract import bind, extract
from tiketti_migrate.lasting import remember
from tiketti_migrate.load import LoadOptions, leave_out, load, must_answer, prepare
from tiketti_migrate.mapped import take
from tiketti_migrate.mapping import MappingFile
from tiketti_migrate.plan import Plan, make_plan
from tiketti_migrate.registry import Registry
from tiketti_migrate.store import Ledger, Workspace

__all__ = ["Asked", "Given", "SourceGroup", "importing", "run_import"]


@dataclass(frozen=True)
class Asked:
    """How an import is to be run. ``canary``: the address of --canary."""

    plan: bool
    as_json: bool
    yes: bool
    canary: str | None

    def require_person(self) -> None:
        """Raises UsageError where a question could not be answered later."""
        if not self.plan:
            require_answer(yes=self.yes)
            require_person(self.canary)


class Given(NamedTuple):
    """What the command line says to the source, and to load and sink."""

    source: Mapping[str, Any]
    load: Mapping[str, Any]


class SourceGroup(click.Group):
    """The sources at hand as subcommands."""

    @property
    def registry(self) -> Registry:
        """Loaded once, when a source's name or the list of them is needed."""
        if not hasattr(self, "_registry"):
            self._registry = Registry()
        return self._registry

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.registry.sources)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        source = self.registry.sources.get(cmd_name)
        return self.command_for(source) if source else None

    def command_for(self, source: type[Source]) -> click.Command:
        """The subcommand of one source."""
        return _import_command(source, self.registry)


@click.group(cls=SourceGroup, epilog="Example: tiketti-migrate import zendesk ./export --plan")
@global_options
def importing() -> None:
    """Import a source into Tiketti. Running the same command again goes on where it stopped."""


def _import_command(source: type[Source], registry: Registry) -> click.Command:
    both = shared_flags.shared(source.Options)

    @click.pass_context
    def callback(
        ctx: click.Context,
        /,
        plan: bool,
        json: bool,
        yes: bool,
        canary: str | None,
        map_file: Path | None,
        **values: Any,
    ) -> int:
        asked = Asked(plan, json, yes, canary)
        given = Given(*shared_flags.told_apart(source.Options, values))
        return run_import(settings_of(ctx), source, registry, given, read_map(map_file), asked)

    command = click.Command(
        source.name,
        params=[
            *options.parameters(source.Options, optional=True, without=both),
            *shared_flags.parameters(source.Options),
            MAP,
            click.Option(["--plan"], is_flag=True, help="Write nothing; show what would be done."),
            click.Option(["--json"], is_flag=True, help="With --plan: one JSON object on stdout."),
            click.Option(["--yes"], is_flag=True, help="Do not ask."),
            CANARY,
            *options.parameters(LoadOptions, without=both),
            *options.parameters(registry.sink(SINK).Options, without=CONNECTION),
        ],
        callback=callback,
        help=(source.__doc__ or source.title).strip(),
        short_help=f"Import from {source.title}.",
        epilog=f"Example: tiketti-migrate import {source.name} ./export --plan",
    )
    return global_options(command)


def run_import(
    settings: Settings,
    source: type[Source],
    registry: Registry,
    given: Given,
    mapping: MappingFile | None,
    asked: Asked,
) -> int:
    """Extract and load; what is ``given`` wins over what ``mapping`` says. Returns the exit code."""
    asked.require_person()
    values = import_values(mapping, registry.sink(SINK), settings, given.load)
    how = options.build(LoadOptions, values)
    reader = source(options.build(source.Options, source_values(mapping, source, given.source)))
    taken = take(reader, mapping)
    session = Session(settings)
    with session.workspace() as workspace:
        ledger = workspace.ledger
        reader.attend(session.stopping, session.terminal.notice)
        bind(reader, ledger, session.stopping)
        if not asked.plan:
            # From here on resume is told to whoever is stopped.
            how = _settled(ledger, registry.sink(SINK), how, values)
        with session.sink(registry, ledger, values) as sink:
            # A wrong password should show at once, not after hours of reading.
            with must_answer():
                sink.identity()
            # A plan is no reason to fill the disk: the import reads the source again.
            keep = not asked.plan and how.attachments != "skip"
            extract(reader, ledger, sink.kinds, session.terminal, session.stopping, taken, keep_files=keep)
            if asked.plan:
                found = _planned(workspace, sink, how, values)
                show_plan(found, session.terminal, as_json=asked.as_json)
                return 0
            # No file is fetched for what stays out.
            leave_out(ledger, sink, how)
            fetch_attachments(ledger, workspace.folder, how, session.terminal, session.stopping)
            prepared = agree(session, ledger, sink, how, yes=asked.yes)
            watch_canary(session, workspace, sink, asked.canary, prepared)
            loaded = load(ledger, sink, how, session.terminal, session.stopping)
        return finish(session, workspace, loaded)


def _settled(ledger: Ledger, sink: type[Sink], how: LoadOptions, values: Mapping[str, Any]) -> LoadOptions:
    """The options of this import, and of what goes on with it."""
    with ledger.transaction():
        remember(ledger, values, (LoadOptions, sink.Options))
        return remembered(ledger, how)


def _planned(workspace: Workspace, sink: Sink, how: LoadOptions, values: Mapping[str, Any]) -> Plan:
    """What it finds out binds nobody."""
    ledger = workspace.ledger
    with ledger.trial():
        how = _settled(ledger, type(sink), how, values)
        leave_out(ledger, sink, how)
        arrange(ledger, how, workspace.folder, foreseen=True)
        ledger.files.note_late(foreseen=True)
        return make_plan(ledger, sink, prepare(ledger, sink, how), how, thorough=True)
