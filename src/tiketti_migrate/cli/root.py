"""The top of the command tree. Its help loads no plugin and no command: each is imported when called."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from tiketti_migrate import __version__
from tiketti_migrate.cli.settings import global_options

__all__ = ["root", "run"]

_COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo:demo", "Import a sample account into a sandbox: nothing to configure."),
    "import": ("importing:importing", "Import a source into Tiketti; the same command resumes."),
    "run": ("running:run", "Run a migration that is kept in a file."),
    "init": ("drafting:init", "Write that file with what was found in a source."),
    "resume": ("going_on:resume", "Go on with an import without its source."),
    "retry": ("going_on:retry", "Try again what failed."),
    "status": ("status:status", "Where the migration stands."),
    "inspect": ("inspecting:inspecting", "Show what is in a source, without any network."),
    "verify": ("verifying:verifying", "Read the account back and compare."),
    "publish-attachments": (
        "publishing:publish_attachments",
        "Make a folder of the attachments, ready to be hosted.",
    ),
    "report": ("reporting:report", "Write report.html and a summary."),
    "plugins": ("plugins:plugins", "List sources and sinks, and plugins that are broken."),
    "sandbox": ("sandboxing:sandbox", "A local server that speaks the Tiketti API."),
    "completion": ("completing:completion", "Print the shell completion script."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and one line; imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(f"tiketti_migrate.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: tiketti-migrate demo",
)
@click.version_option(__version__, "-V", "--version", prog_name="tiketti-migrate")
@global_options
def root() -> None:
    """Move a helpdesk into Tiketti: nothing twice, nothing lost, nobody e-mailed."""


def run(arguments: Sequence[str] | None = None) -> None:
    """Parse, call, print one clear line on failure, and exit with the code of design.md section 8."""
    sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        result: Any = root.main(arguments, prog_name="tiketti-migrate", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return 130
    except BrokenPipeError:
        # Whoever read us has gone; the interpreter must not complain about it while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - what is not ours is raised again
        return _explain(error)
    return result if isinstance(result, int) else 0


def _explain(error: Exception) -> int:
    from tiketti_migrate.cli.terminal import print_error
    from tiketti_migrate.errors import MigrationError

    if not isinstance(error, MigrationError):
        raise error
    print_error(error)
    return error.exit_code
