"""``resume`` and ``retry``: go on with what is staged, without the source."""

from pathlib import Path
from typing import Any

import click

from tiketti_migrate import options
from tiketti_migrate.cli.planning import agree
from tiketti_migrate.cli.session import SINK, Session, finish, require_answer
from tiketti_migrate.cli.settings import CONNECTION, global_options, settings_of
from tiketti_migrate.errors import UsageError
from tiketti_migrate.load import LoadOptions, load
from tiketti_migrate.records import KINDS
from tiketti_migrate.registry import Registry
from tiketti_migrate.store import Workspace

__all__ = ["resume", "retry"]


class LoadCommand(click.Command):
    """A command that writes: it gains the flags of the load and of the sink, read when they are needed."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not hasattr(self, "_all_params"):
            sink = Registry().sink(SINK)
            own = super().get_params(ctx)
            more = [*options.parameters(LoadOptions), *options.parameters(sink.Options, without=CONNECTION)]
            self._all_params = [*own[:-1], *more, own[-1]]
        return self._all_params


@click.command(cls=LoadCommand, epilog="Example: tiketti-migrate --workspace ./acme resume --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options
@click.pass_context
def resume(ctx: click.Context, /, yes: bool, **values: Any) -> int:
    """Go on with an import without reading its source again."""
    require_answer(yes=yes)
    session = Session(settings_of(ctx))
    with session.workspace(create=False) as workspace:
        return _go_on(session, workspace, values, yes=yes)


@click.command(cls=LoadCommand, epilog="Example: tiketti-migrate retry --kind contact --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--kind", type=click.Choice(KINDS), multiple=True, help="Only rows of this kind.")
@click.option("--code", multiple=True, metavar="CODE", help="Only rows that failed with this code.")
@global_options
@click.pass_context
def retry(
    ctx: click.Context, /, yes: bool, kind: tuple[str, ...], code: tuple[str, ...], **values: Any
) -> int:
    """Try again what failed, and what waited for it."""
    require_answer(yes=yes)
    session = Session(settings_of(ctx))
    with session.workspace(create=False) as workspace:
        chosen = workspace.ledger.rows.retry(kind, code)
        session.terminal.say(f"{chosen} failed records are tried again.")
        return _go_on(session, workspace, values, yes=yes)


def _go_on(session: Session, workspace: Workspace, values: dict[str, Any], *, yes: bool) -> int:
    ledger = workspace.ledger
    if ledger.get("cursor") != "":
        raise UsageError(
            "the source was not read to its end",
            where=str(Path(workspace.folder)),
            hint="run the same import command again",
        )
    how = options.build(LoadOptions, values)
    with session.sink(Registry(), ledger, values) as sink:
        agree(session, ledger, sink, how, yes=yes)
        loaded = load(ledger, sink, how, session.terminal, session.stopping)
    return finish(session, workspace, loaded)
