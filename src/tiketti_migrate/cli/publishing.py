"""``publish-attachments``: the folder that messages link to."""

from pathlib import Path

import click

from tiketti_migrate.cli.session import Session
from tiketti_migrate.cli.settings import global_options, settings_of
from tiketti_migrate.cli.words import printable
from tiketti_migrate.publish import publish
from tiketti_migrate.sizes import human_size
from tiketti_migrate.store import BASE_URL

__all__ = ["publish_attachments"]


@click.command("publish-attachments", epilog="Example: tiketti-migrate publish-attachments ./files")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@global_options
@click.pass_context
def publish_attachments(ctx: click.Context, folder: Path) -> int:
    """Make DIR ready to be hosted: all attachments under the addresses that messages link to.

    Running it again adds what is new. Exit 3 when some are no longer in the workspace.
    """
    session = Session(settings_of(ctx))
    with session.workspace(create=False) as workspace:
        found = publish(workspace.ledger, workspace.folder, folder, session.terminal, session.stopping)
        base = workspace.ledger.get(BASE_URL)
    click.echo(f"{found.files:,} files, {human_size(found.bytes)}, {found.new:,} of them new, in {folder}")
    if base:
        click.echo(f"Messages link to {printable(base)}: put the folder there, as its README.txt says.")
    else:
        click.echo("No message links to them yet: --attachment-base-url says where you publish them.")
    for name in found.missing:
        session.terminal.warn(f"{name} is no longer in the workspace as it was kept")
    if found.missing_count > len(found.missing):
        session.terminal.warn(f"and {found.missing_count - len(found.missing):,} more")
    if found.missing_count:
        ways = ["resume fetches them again"] if found.missing_count > found.held else []
        ways += ["import the source again, which alone has them"] if found.held else []
        session.terminal.warn(f"{', or '.join(ways)}; then run publish-attachments again")
    return 3 if found.missing_count else 0
