"""The exactly-once load."""

from tiketti_migrate.load.options import MOST_WORKERS, LoadOptions, public_address
from tiketti_migrate.load.outage import must_answer
from tiketti_migrate.load.prepare import Prepared, leave_out, prepare
from tiketti_migrate.load.verb import Loaded, load

__all__ = [
    "MOST_WORKERS",
    "LoadOptions",
    "Loaded",
    "Prepared",
    "leave_out",
    "load",
    "must_answer",
    "prepare",
    "public_address",
]
