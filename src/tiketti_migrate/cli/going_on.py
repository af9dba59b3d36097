"""``resume`` and ``retry``: go on with what is staged, without the source."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tiketti_migrate import options
from tiketti_migrate.attachments import fetch_attachments, remembered
from tiketti_migrate.cli.planning import agree
from tiketti_migrate.cli.session import SINK, Session, finish, require_answer
from tiketti_migrate.cli.settings import CONNECTION, global_options, settings_of
from tiketti_migrate.cli.terminal import Terminal
from tiketti_migrate.cli.watching import CANARY, require_person, watch_canary
from tiketti_migrate.corrections import take_back
from tiketti_migrate.errors import UsageError
from tiketti_migrate.lasting import recall, remember
from tiketti_migrate.load import LoadOptions, leave_out, load, must_answer
from tiketti_migrate.records import KINDS
from tiketti_migrate.registry import Registry
from tiketti_migrate.store import Ledger

__all__ = ["LoadCommand", "resume", "retry"]


class LoadCommand(click.Command):
    """A command that writes: it gains the flags of the load and of the sink, read when they are needed."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not hasattr(self, "_all_params"):
            sink = Registry().sink(SINK)
            own = super().get_params(ctx)
            more = [
                CANARY,
                *options.parameters(LoadOptions),
                *options.parameters(sink.Options, without=CONNECTION),
            ]
            self._all_params = [*own[:-1], *more, own[-1]]
        return self._all_params


@click.command(cls=LoadCommand, epilog="Example: tiketti-migrate --workspace ./acme resume --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
@global_options
@click.pass_context
def resume(ctx: click.Context, /, yes: bool, canary: str | None, **values: Any) -> int:
    """Go on with an import without reading its source again."""
    return _go_on(ctx, values, None, yes=yes, address=canary)


@click.command(cls=LoadCommand, epilog="Example: tiketti-migrate retry --from failed.csv --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--kind", type=click.Choice(KINDS), multiple=True, help="Only rows of this kind.")
@click.option("--code", multiple=True, metavar="CODE", help="Only rows that failed with this code.")
@click.option(
    "--from",
    "corrected",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take corrected values from a failed.csv, and only its rows.",
)
@global_options
@click.pass_context
def retry(
    ctx: click.Context,
    /,
    yes: bool,
    kind: tuple[str, ...],
    code: tuple[str, ...],
    corrected: Path | None,
    canary: str | None,
    **values: Any,
) -> int:
    """Try again what failed, and what waited for it."""

    return _go_on(ctx, values, _Revival(kind, code, corrected), yes=yes, address=canary)


@dataclass(frozen=True)
class _Revival:
    """What is tried again. Attachments come first: they are fetched before anybody is asked anything."""

    kinds: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    corrected: Path | None = None

    def of_files(self, ledger: Ledger, terminal: Terminal) -> None:
        """Attachments that could not be fetched."""
        if self.kinds and "attachment" not in self.kinds:
            return
        only = self._taken_back(ledger, terminal, lambda kind: kind == "attachment")
        if revived := ledger.files.retry(self.codes, only):
            terminal.say(f"{revived} attachments are tried again.")

    def of_records(self, ledger: Ledger, terminal: Terminal) -> None:
        """What Tiketti refused."""
        only = self._taken_back(ledger, terminal, lambda kind: kind != "attachment")
        kinds = tuple(kind for kind in self.kinds or KINDS if kind != "attachment")
        revived = ledger.rows.retry(kinds, self.codes, only) if kinds else 0
        terminal.say(f"{revived} failed records are tried again.")

    def _taken_back(
        self, ledger: Ledger, terminal: Terminal, of_kind: Callable[[str], bool]
    ) -> list[int] | None:
        if self.corrected is None:
            return None
        taken = take_back(ledger, self.corrected, of_kind)
        if taken.corrected or of_kind(""):
            terminal.say(f"{taken.corrected} records were corrected by {self.corrected}.")
        if taken.unread:
            words = "lines are of what could not be read: correct it in the source, and import that again"
            terminal.warn(f"{taken.unread:,} {words}")
        for refusal in taken.refused:
            terminal.warn(refusal)
        return taken.rows


def _go_on(
    ctx: click.Context,
    values: dict[str, Any],
    revival: "_Revival | None",
    *,
    yes: bool,
    address: str | None,
) -> int:
    require_answer(yes=yes)
    require_person(address)
    session = Session(settings_of(ctx))
    with session.workspace(create=False) as workspace:
        ledger = workspace.ledger
        if ledger.get("cursor") != "":
            raise UsageError(
                "the source was not read to its end",
                where=str(workspace.folder),
                hint="run the same import command again",
            )
        registry = Registry()
        values = recall(ledger, values)
        with ledger.transaction():
            remember(ledger, values, (LoadOptions, registry.sink(SINK).Options))
            how = remembered(ledger, options.build(LoadOptions, values))
            if revival is not None:
                revival.of_files(ledger, session.terminal)
        with session.sink(registry, ledger, values) as sink:
            # A wrong password should show at once, not after hours of fetching.
            with must_answer():
                sink.identity()
            leave_out(ledger, sink, how)
            fetch_attachments(ledger, workspace.folder, how, session.terminal, session.stopping)
            # One transaction with the question: whoever says no changes nothing.
            with ledger.transaction():
                if revival is not None:
                    revival.of_records(ledger, session.terminal)
                prepared = agree(session, ledger, sink, how, yes=yes)
            watch_canary(session, workspace, sink, address, prepared)
            loaded = load(ledger, sink, how, session.terminal, session.stopping)
        return finish(session, workspace, loaded)
