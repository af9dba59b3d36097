"""What a person sees: bars and notices on stderr, results on stdout, colours only on a terminal."""

import os
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import click
from tabulate import tabulate
from tqdm import tqdm

from tiketti_migrate.api import Notice
from tiketti_migrate.cli.countdown import Countdown
from tiketti_migrate.cli.words import duration, printable
from tiketti_migrate.errors import MigrationError
from tiketti_migrate.store import Tally, tickets_first

__all__ = ["Terminal", "final_table", "kind_name", "paint", "print_error", "table"]

_KIND_NAMES = {
    "time_entry": "time entries",
    "company": "companies",
    "outcome": "final statuses",
    "link_note": "notes on links",
}


def coloured() -> bool:
    """Colours only where a person looks, and not when NO_COLOR asks for none (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def paint(text: str, **style: Any) -> str:
    """Styled for stderr."""
    return click.style(text, **style) if coloured() else text


def print_error(error: MigrationError) -> None:
    """One clear line."""
    click.echo(f"{paint('Error:', fg='red', bold=True)} {printable(str(error))}", err=True)


def table(rows: Iterable[Sequence[Any]], headers: Sequence[str]) -> str:
    """A plain table; numbers to the right. Texts stay as they are: an id may look like a number."""
    cells = [[_cell(value) for value in row] for row in rows]
    sides = ["right" if cells and _are_numbers(column) else "left" for column in zip(*cells, strict=True)]
    return tabulate(cells, headers, tablefmt="simple", disable_numparse=True, colalign=sides or None)


def _are_numbers(column: Iterable[Any]) -> bool:
    return all(isinstance(value, int | float) for value in column)


def _cell(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value


def kind_name(kind: str) -> str:
    """As people say it, in the plural."""
    return _KIND_NAMES.get(kind, kind + "s")


def final_table(tallies: Iterable[Tally]) -> str:
    """Tickets first: they are what the user came for."""
    ranked = tickets_first(t for t in tallies if t.kind not in ("agent", "attachment"))
    return table(
        [
            (kind_name(t.kind), t.created, t.adopted, t.skipped, t.failed, t.pending, t.in_doubt)
            for t in ranked
        ],
        ("", "created", "adopted", "skipped", "failed", "waiting", "in doubt"),
    )


class Terminal:
    """A Progress that draws. Without a terminal on stderr it writes plain lines and no bar."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bar: tqdm[Any] | None = None
        self._countdown = Countdown(self._beside_the_bar)
        self._lock = threading.Lock()
        self.warnings: list[str] = []

    def phase(self, name: str, total: int | None, unit: str, done: int = 0) -> None:
        """One bar with rate and time left."""
        if self._quiet:
            return
        # A source may be called as its file is, and files can be called anything.
        name = printable(name)
        if not sys.stderr.isatty():
            self.say(name if total is None else f"{name}: {total}")
            return
        # Some terminals (of build servers, serial lines) say that they are 0 by 0, and tqdm draws nothing.
        size = os.get_terminal_size(sys.stderr.fileno())
        self._bar = tqdm(
            total=total,
            initial=done,
            desc=name,
            unit=" " + unit,
            ncols=size.columns or 80,
            nrows=size.lines or 24,
            file=sys.stderr,
        )

    def advance(self, count: int = 1) -> None:
        """Moves the bar."""
        if self._bar is not None:
            self._bar.update(count)

    def notice(self, notice: Notice) -> None:
        """Beside the bar, counting down, or on a line of its own."""
        text = printable(notice.text)
        if self._bar is not None and notice.seconds:
            self._countdown.begin(text, notice.seconds)
        elif self._bar is not None:
            self._beside_the_bar(text)
        else:
            self.say(f"{text} ({duration(notice.seconds)})" if notice.seconds else text)

    def _beside_the_bar(self, text: str) -> None:
        with self._lock:
            if self._bar is not None:
                # Eighty columns hold the bar and its rate, or the words.
                self._bar.bar_format = "{desc}: {n_fmt}/{total_fmt}{postfix}" if text else None
                self._bar.set_postfix_str(text)

    def warn(self, text: str) -> None:
        """Printed at once and kept."""
        self.warnings.append(text)
        self.say(f"{paint('Warning:', fg='yellow')} {printable(text)}")

    def finish(self) -> None:
        """Closes the bar."""
        self._countdown.stop()
        with self._lock:
            if self._bar is not None:
                self._bar.bar_format = None
                self._bar.set_postfix_str("")
                self._bar.close()
                self._bar = None

    def say(self, text: str = "") -> None:
        """A line for people, on stderr."""
        if self._quiet:
            return
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            click.echo(text, err=True)
