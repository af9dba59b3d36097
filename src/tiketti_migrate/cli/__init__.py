"""The command line: commands only parse, call and print."""

__all__ = ["main"]


def main() -> None:
    """Entry point of ``tiketti-migrate``."""
    from tiketti_migrate.cli.ending import end_in_order
    from tiketti_migrate.cli.root import run

    end_in_order()
    run()
