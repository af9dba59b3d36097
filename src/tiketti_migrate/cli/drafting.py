"""``init SOURCE ...``: writes a mapping file with what was found in a source."""

import os
from pathlib import Path
from typing import Any

import click

from tiketti_migrate import options
from tiketti_migrate.api import Source
from tiketti_migrate.cli.importing import SourceGroup
from tiketti_migrate.cli.settings import global_options, settings_of
from tiketti_migrate.cli.terminal import Terminal
from tiketti_migrate.drafting import draft_of, written
from tiketti_migrate.errors import UsageError
from tiketti_migrate.exports import replace_file

__all__ = ["init"]

_STDOUT = "-"
_DEFAULT = "migration.toml"


class InitGroup(SourceGroup):
    """The same sources, of which a file is written."""

    def command_for(self, source: type[Source]) -> click.Command:
        return _init_command(source)


@click.group(cls=InitGroup, epilog="Example: tiketti-migrate init zendesk ./export -o migration.toml")
@global_options
def init() -> None:
    """Write a mapping file with what was found in a source: columns, words, options, ready to edit."""


def _init_command(source: type[Source]) -> click.Command:
    @click.pass_context
    def callback(ctx: click.Context, /, output: str, force: bool, **values: Any) -> None:
        target = None if output == _STDOUT else Path(output)
        if target is not None and target.exists() and not force:
            raise UsageError("is there already", where=output, hint="--force replaces it")
        chosen = options.build(source.Options, values)
        reader = source(chosen)
        reader.check()
        folder = target.parent if target is not None else Path()
        given = {name: _plain(value, folder) for name, value in chosen.model_dump(exclude_unset=True).items()}
        text = written(reader, given, draft_of(reader), output if target is not None else _DEFAULT)
        if target is None:
            click.echo(text, nl=False)
            return
        _write(target, text)
        terminal = Terminal(quiet=settings_of(ctx).quiet)
        terminal.say(f"Written: {target}. Look at it, then: tiketti-migrate run {target} --plan")

    command = click.Command(
        source.name,
        params=[
            *options.parameters(source.Options),
            click.Option(["-o", "--output"], metavar="FILE", default=_DEFAULT, show_default=True,
                         help="Where to; - prints it."),
            click.Option(["--force"], is_flag=True, help="Replace a file that is there."),
        ],
        callback=callback,
        help=f"Write a mapping file for {source.title} data.",
        epilog=f"Example: tiketti-migrate init {source.name} ./export -o {_DEFAULT}",
    )  # fmt: skip
    return global_options(command)


def _plain(value: Any, folder: Path) -> Any:
    """As TOML takes it; paths as seen from the file."""
    if isinstance(value, Path):
        return str(value) if str(value) == _STDOUT or value.is_absolute() else os.path.relpath(value, folder)
    if isinstance(value, list | tuple):
        return [_plain(one, folder) for one in value]
    return value if isinstance(value, bool | int | float) else str(value)


def _write(path: Path, text: str) -> None:
    """Its comments quote the source, so that it is for the user alone."""
    try:
        replace_file(path, [text])
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path)) from error
