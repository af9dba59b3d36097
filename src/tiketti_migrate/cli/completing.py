"""``completion``: the script that makes a shell complete commands and flags."""

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]


@click.command(epilog='Example: eval "$(tiketti-migrate completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell."""
    cls = get_completion_class(shell)
    assert cls is not None  # the choices are click's own
    from tiketti_migrate.cli.root import root

    click.echo(cls(root, {}, "tiketti-migrate", "_TIKETTI_MIGRATE_COMPLETE").source())
