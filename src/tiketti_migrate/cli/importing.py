"""``import SOURCE ...``: one subcommand a source, its flags made from the source's own options."""

from typing import Any

import click

from tiketti_migrate import options
from tiketti_migrate.api import Source
from tiketti_migrate.cli.planning import agree, show_plan
from tiketti_migrate.cli.session import SINK, Session, finish, require_answer
from tiketti_migrate.cli.settings import CONNECTION, global_options, settings_of
from tiketti_migrate.cli.watching import CANARY, require_person, watch_canary
from tiketti_migrate.extract import bind, extract
from tiketti_migrate.load import LoadOptions, load, must_answer, prepare
from tiketti_migrate.plan import make_plan
from tiketti_migrate.registry import Registry

__all__ = ["SourceGroup", "importing"]


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
    sink = registry.sink(SINK)
    parameters = [
        *options.parameters(source.Options),
        click.Option(["--plan"], is_flag=True, help="Write nothing; show what would be done."),
        click.Option(["--json"], is_flag=True, help="With --plan: one JSON object on stdout."),
        click.Option(["--yes"], is_flag=True, help="Do not ask."),
        CANARY,
        *options.parameters(LoadOptions),
        *options.parameters(sink.Options, without=CONNECTION),
    ]

    @click.pass_context
    def callback(
        ctx: click.Context, /, plan: bool, json: bool, yes: bool, canary: str | None, **values: Any
    ) -> int:
        if not plan:
            require_answer(yes=yes)
            require_person(canary)
        return _run(ctx, source, registry, values, plan=plan, as_json=json, yes=yes, address=canary)

    command = click.Command(
        source.name,
        params=parameters,
        callback=callback,
        help=(source.__doc__ or source.title).strip(),
        short_help=f"Import from {source.title}.",
        epilog=f"Example: tiketti-migrate import {source.name} ./export --plan",
    )
    return global_options(command)


def _run(
    ctx: click.Context,
    source: type[Source],
    registry: Registry,
    values: dict[str, Any],
    *,
    plan: bool,
    as_json: bool,
    yes: bool,
    address: str | None,
) -> int:
    how = options.build(LoadOptions, values)
    reader = source(options.build(source.Options, values))
    session = Session(settings_of(ctx))
    with session.workspace() as workspace:
        ledger = workspace.ledger
        bind(reader, ledger)
        with session.sink(registry, ledger, values) as sink:
            # A wrong password should show at once, not after hours of reading.
            with must_answer():
                sink.identity()
            extract(reader, ledger, sink.kinds, session.terminal, session.stopping)
            if plan:
                with ledger.trial():
                    made = make_plan(ledger, sink, prepare(ledger, sink, how), how, thorough=True)
                show_plan(made, session.terminal, as_json=as_json)
                return 0
            prepared = agree(session, ledger, sink, how, yes=yes)
            watch_canary(session, workspace, sink, address, prepared)
            loaded = load(ledger, sink, how, session.terminal, session.stopping)
        return finish(session, workspace, loaded)
