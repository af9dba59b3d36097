"""``demo``: the whole way on a sample account, in a sandbox, with nothing to configure."""

from importlib.resources import as_file, files
from pathlib import Path

import click

from tiketti_migrate.api import PracticeTarget
from tiketti_migrate.attachments import arrange
from tiketti_migrate.cli.session import SINK, Session, finish
from tiketti_migrate.cli.settings import Settings, global_options, settings_of
from tiketti_migrate.cli.verifying import show
from tiketti_migrate.errors import UsageError
from tiketti_migrate.extract import extract
from tiketti_migrate.load import LoadOptions, load, prepare
from tiketti_migrate.options import build
from tiketti_migrate.registry import Registry
from tiketti_migrate.report import write_report
from tiketti_migrate.store import Workspace
from tiketti_migrate.verify import verify

__all__ = ["demo"]

_FOLDER = "./tiketti-demo"


@click.command(epilog="Example: tiketti-migrate demo")
@global_options
@click.pass_context
def demo(ctx: click.Context) -> int:
    """Import a sample Zendesk account into a sandbox on this machine, verify it and write a report."""
    settings = settings_of(ctx)
    registry = Registry()
    practice = registry.sink(SINK).practice()
    if practice is None:
        raise UsageError(f"the sink {SINK} has no practice target")
    # The user's own connection must not leak into the demo, whatever the environment holds.
    settings = Settings(settings.workspace, settings.verbose, settings.quiet, settings.log_file)
    with practice as target, as_file(files("tiketti_migrate.cli") / "sample") as sample:
        settings.connection = dict(target.options)
        return _run(Session(settings, environment=target.environment), registry, sample, target)


def _run(session: Session, registry: Registry, sample: Path, target: PracticeTarget) -> int:
    folder = session.settings.folder(_FOLDER)
    terminal = session.terminal
    source_class = registry.source("zendesk")
    source = source_class(build(source_class.Options, {"paths": (sample,)}))
    terminal.say(f"A sandbox is running on {target.options['base_url']}; nothing leaves this machine.\n")
    with Workspace.scratch(folder) as workspace, session.interrupts():
        ledger = workspace.ledger
        extract(source, ledger, registry.sink(SINK).kinds, terminal, session.stopping)
        # Nothing leaves this machine, so that its attachments cannot be fetched.
        how = LoadOptions(attachments="link")
        arrange(ledger, how, workspace.folder)
        with session.sink(registry, ledger, {}) as sink:
            prepared = prepare(ledger, sink, how)
            ledger.count_requests(prepared.requests)
            loaded = load(ledger, sink, how, terminal, session.stopping)
            found = verify(ledger, sink, terminal, session.stopping)
        code = finish(session, workspace, loaded)
        report = write_report(ledger, folder)
    show(found)
    terminal.say(f"\nReport: {report}\nNext: tiketti-migrate inspect zendesk YOUR-EXPORT")
    terminal.say("      tiketti-migrate import zendesk YOUR-EXPORT --plan")
    return 5 if found.differences else code
