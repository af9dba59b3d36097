"""The command line: commands only parse, call and print."""

__all__ = ["main"]


def main() -> None:
    """Entry point of ``tiketti-migrate``."""
    from tiketti_migrate.cli.root import run

    run()
