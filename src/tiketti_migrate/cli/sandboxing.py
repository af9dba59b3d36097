"""``sandbox``: the practice server, in the foreground until Ctrl-C."""

from typing import Any

import click

from tiketti_migrate import options
from tiketti_migrate.cli.settings import global_options
from tiketti_migrate.errors import UsageError

__all__ = ["sandbox"]


class SandboxCommand(click.Command):
    """Gains the flags of the sandbox when they are needed."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not hasattr(self, "_all_params"):
            own = super().get_params(ctx)
            self._all_params = [*options.parameters(_sandbox().SandboxOptions), *own]
        return self._all_params


@click.command(cls=SandboxCommand, epilog="Example: tiketti-migrate sandbox --port 8800 --limit 100/60")
@global_options
@click.pass_context
def sandbox(_ctx: click.Context, /, **values: Any) -> None:
    """A local server that speaks the documented Tiketti API, stricter than the real one."""
    module = _sandbox()
    chosen = options.build(module.SandboxOptions, values)

    def ready(box: Any) -> None:
        click.echo(f"export TIKETTI_BASE_URL={box.url}")
        click.echo("export TIKETTI_EMAIL=admin@sandbox.test TIKETTI_PASSWORD=sandbox-password")
        click.echo("Ready. Ctrl-C ends it.", err=True)

    try:
        module.serve(chosen, ready)
    except (ValueError, OSError) as error:
        raise UsageError(f"the sandbox cannot start: {error}") from error


def _sandbox() -> Any:
    try:
        import tiketti_migrate_tiketti.sandbox as module
    except ImportError as error:
        raise UsageError(
            f"the sandbox needs {error.name}", hint="pip install 'tiketti-migrate[sandbox]'"
        ) from error
    return module
