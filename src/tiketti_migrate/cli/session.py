"""What commands share: the workspace, the sink, Ctrl-C, and how a run ends."""

import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import click

from tiketti_migrate import options
from tiketti_migrate.api import Sink, SinkContext
from tiketti_migrate.cli.ending import HANGUP
from tiketti_migrate.cli.files_line import files_line
from tiketti_migrate.cli.logs import start_logging
from tiketti_migrate.cli.settings import Settings
from tiketti_migrate.cli.terminal import Terminal, final_table, kind_name, paint
from tiketti_migrate.cli.words import printable
from tiketti_migrate.errors import Interrupted, MigrationError, Stopped, UsageError
from tiketti_migrate.exports import write_failed, write_id_map
from tiketti_migrate.load import Loaded
from tiketti_migrate.registry import Registry
from tiketti_migrate.store import Ledger, Workspace

__all__ = ["SINK", "Session", "answering", "confirm", "finish", "require_answer"]

SINK = "tiketti"


@dataclass
class Session:
    """One call of a command that touches a workspace."""

    settings: Settings
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        start_logging(self.settings.verbose, self.settings.log_file)
        self.terminal = Terminal(quiet=self.settings.quiet)

    @contextmanager
    def workspace(self, *, create: bool = True) -> Iterator[Workspace]:
        """The locked workspace, with Ctrl-C under control and the way back printed when stopped."""
        with Workspace(self.settings.folder(), create=create) as workspace, self.interrupts():
            try:
                yield workspace
            except Stopped as stopped:
                stopped.hint = _with_resume(stopped, workspace)
                # What it says about failed.csv has to be true also when no more can be written.
                with suppress(MigrationError):
                    write_failed(workspace.ledger, workspace.folder)
                    write_id_map(workspace.ledger, workspace.folder)
                raise

    @contextmanager
    def sink(self, registry: Registry, ledger: Ledger, values: Mapping[str, Any]) -> Iterator[Sink]:
        """The target, told whose import it is."""
        source = ledger.get("source") or ""
        context = SinkContext(
            source_title=ledger.get("source_title") or "Import",
            source_name=source.partition(":")[0] or "import",
            source_account=source.partition(":")[2],
            pinned=ledger.get("target"),
            environment=self.environment,
            stopping=self.stopping,
            notify=self.terminal.notice,
            choose=choose,
        )
        cls = registry.sink(SINK)
        sink = cls(options.build(cls.Options, {**self.settings.connection, **values}), context)
        try:
            yield sink
        finally:
            sink.close()

    @contextmanager
    def interrupts(self) -> Iterator[None]:
        """First Ctrl-C, SIGTERM or closed terminal: finish what is in flight. Second: leave at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        hangup = (number for number in HANGUP if signal.getsignal(number) is not signal.SIG_IGN)
        signals = (signal.SIGINT, signal.SIGTERM, *hangup)
        before = [signal.signal(number, self._interrupt) for number in signals]
        try:
            yield
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        if self.stopping.is_set():
            # A terminal that is closed may say so several times.
            if number in HANGUP:
                return
            # Marks are on the disk before requests leave, so that leaving at once loses nothing.
            _tell(b"\nInterrupted twice.\n")
            os._exit(130)
        self.stopping.set()
        _tell(b"\nFinishing what is in flight (Ctrl-C again to leave at once) ...\n")


def _tell(words: bytes) -> None:
    with suppress(OSError):
        os.write(2, words)


def _with_resume(stopped: Stopped, workspace: Workspace) -> str:
    command = f"tiketti-migrate --workspace {shlex.quote(str(workspace.folder))} resume"
    staged = workspace.ledger.get("cursor") == ""
    way = f"resume with: {command}" if staged else "run the same command again to go on"
    return f"{stopped.hint}; {way}" if stopped.hint else way


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal. Raises UsageError where nobody can answer, Interrupted for a no."""
    if yes:
        return
    require_answer(yes=yes)
    with answering():
        if not click.confirm(printable(question), err=True):
            raise Interrupted("nothing was written")


@contextmanager
def answering() -> Iterator[None]:
    """While a question is on the screen Ctrl-C is an answer: there is nothing in flight to be finished."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in signals]
    try:
        yield
    except click.Abort:
        raise Interrupted("stopped at the question") from None
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def choose(question: str, options: Mapping[str, str]) -> str | None:
    """The key of what a person picks by its number; None where nobody can answer."""
    if not sys.stdin.isatty():
        return None
    keys = list(options)
    for number, key in enumerate(keys, 1):
        click.echo(f"  {number}  {printable(options[key])}", err=True)
    with answering():
        picked: int = click.prompt(question, type=click.IntRange(1, len(keys)), err=True)
    return keys[picked - 1]


def require_answer(*, yes: bool) -> None:
    """Fail early where the question could not be answered later."""
    if not yes and not sys.stdin.isatty():
        raise UsageError("nobody is here to confirm", hint="add --yes, or look first with import ... --plan")


def finish(session: Session, workspace: Workspace, loaded: Loaded) -> int:
    """Lists, table, and the exit code."""
    ledger, say = workspace.ledger, session.terminal.say
    write_id_map(ledger, workspace.folder)
    failed = write_failed(ledger, workspace.folder)
    click.echo(final_table(loaded.tallies))
    if files := files_line(ledger.files.tallies()):
        click.echo(files)
    _say_what_was_chosen(session, ledger)
    for note in ledger.problems.rule_notes():
        say(f"{paint('Note:', fg='yellow')} {printable(note)}")
    losing = ledger.problems.losing()
    for code, count in sorted((ledger.problems.counts() - losing).items()):
        say(f"{paint('Noticed:', fg='yellow')} {count:,} x {code} in the source (listed in report.html)")
    for code, count in sorted(losing.items()):
        say(f"{paint('Left behind:', fg='yellow')} {count:,} x {code} in the source (listed in failed.csv)")
    strangers = _say_what_changed(session, ledger)
    warnings = ledger.views.warning_count()
    if warnings:
        say(f"{warnings} warnings, listed in report.html")
    lost = ledger.problems.lost
    if loaded.complete and not lost and not strangers:
        say(paint("Done.", fg="green", bold=True) + " Now: tiketti-migrate verify, tiketti-migrate report")
        return 0
    ways = [] if loaded.complete else ["then run: retry"]
    if lost:
        ways.append(f"correct in the source what could not be read ({lost:,}), and import it again")
    if strangers:
        ways.append(f"import the tickets with ids of others ({strangers:,}) as the warning says")
    say(f"{paint('Not everything arrived.', fg='yellow', bold=True)} See {failed}, {'; '.join(ways)}")
    return 3


def _say_what_was_chosen(session: Session, ledger: Ledger) -> None:
    """What stays out by options, and who of the staff is not known: both can be had by another run."""
    say = session.terminal.say
    for one in ledger.choices.left_out():
        say(
            f"{paint('Left out:', fg='yellow')} {one.count:,} {kind_name(one.kind)}: {one.code}, {one.reason}"
        )
    unassigned = ledger.staff.unassigned("done")
    if unassigned:
        tickets = sum(count for _, count in unassigned)
        words = (
            f"{tickets:,} tickets are assigned to nobody, as {len(unassigned):,} agents are not known there"
        )
        say(f"{paint('Noticed:', fg='yellow')} {words} (listed in report.html)")


def _say_what_changed(session: Session, ledger: Ledger) -> int:
    """In the source since the import; how many tickets are others now."""
    say = session.terminal.say
    changed, _ = ledger.views.changed(0)
    if changed:
        words = "records are told otherwise by the source than they were imported (listed in report.html)"
        say(f"{paint('Changed:', fg='yellow')} {changed:,} {words}")
    strangers = ledger.views.strangers()
    if strangers:
        words = "x ticket with the id of another one that was imported before"
        say(f"{paint('Left behind:', fg='yellow')} {strangers:,} {words}")
    return strangers
