"""Options that work before and after every command."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["CONNECTION", "Settings", "global_options", "settings_of"]

Command = TypeVar("Command", bound=Callable[..., Any])
CONNECTION = ("base_url", "organization", "token_file")
DEFAULT_WORKSPACE = "./tiketti-migration"


@dataclass
class Settings:
    """What the user set, wherever on the line it stood."""

    workspace: Path | None = None
    verbose: int = 0
    quiet: bool = False
    log_file: Path | None = None
    connection: dict[str, Any] = field(default_factory=dict)

    def folder(self, default: str = DEFAULT_WORKSPACE) -> Path:
        """The workspace's folder: option, else environment, else ``default``."""
        named = self.workspace or os.environ.get("TIKETTI_MIGRATE_WORKSPACE") or default
        return Path(named)


def settings_of(ctx: click.Context) -> Settings:
    """The settings of the whole line."""
    return ctx.find_root().ensure_object(Settings)


def _store(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value in (None, False, 0) or ctx.resilient_parsing:
        return
    settings = settings_of(ctx)
    name = str(parameter.name)
    if name in CONNECTION:
        settings.connection[name] = value
    else:
        setattr(settings, name, value)


def global_options(command: Command) -> Command:
    """Decorate a command with the global options."""
    options = (
        click.option("--workspace", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
                     help=f"Folder of this migration [{DEFAULT_WORKSPACE}]."),
        click.option("--base-url", metavar="URL", help="Tiketti's API [TIKETTI_BASE_URL]."),
        click.option("--organization", metavar="ID", help="Which one, if the user has several."),
        click.option("--token-file", type=click.Path(path_type=Path), metavar="FILE",
                     help="File (mode 0600) with the access token [TIKETTI_TOKEN]."),
        click.option("-v", "--verbose", count=True, help="Say more; twice: every request."),
        click.option("--quiet", is_flag=True, help="Only errors and the result."),
        click.option("--log-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                     help="Log as JSON lines, secrets removed."),
    )  # fmt: skip
    # Options of a finished command are appended, those of a function are stacked.
    for option in options if isinstance(command, click.Command) else reversed(options):
        command = option(command)
    _hook(command)
    return command


def _hook(command: Any) -> None:
    """Values go to the settings instead of into the command's arguments."""
    declared = command.params if isinstance(command, click.Command) else command.__click_params__
    names = {"workspace", "verbose", "quiet", "log_file", *CONNECTION}
    for parameter in declared:
        if parameter.name in names and parameter.callback is None:
            parameter.expose_value = False
            parameter.callback = _store
