"""Where the workspace lies: on which machine, and with how much room on its disk."""

import platform
import shutil

from tiketti_migrate.sizes import human_size
from tiketti_migrate.store import Ledger

__all__ = ["is_moved", "pin_place", "place_warnings"]

_PLACE = "place"
# What the ledger itself may still need: events, marks and its write-ahead log.
_ROOM_FOR_THE_LEDGER = 64 * 1024 * 1024


def _here(ledger: Ledger) -> str:
    return f"{platform.node() or 'this machine'}:{ledger.path.resolve().parent}"


def is_moved(ledger: Ledger) -> bool:
    """Whether the workspace was used elsewhere before: then a copy of it may have gone on there."""
    return ledger.get(_PLACE) not in (None, _here(ledger))


def pin_place(ledger: Ledger) -> None:
    """This is the place from now on."""
    ledger.put(_PLACE, _here(ledger))


def place_warnings(ledger: Ledger) -> list[str]:
    """That the workspace was moved or copied, and that the disk is too small."""
    warnings = []
    if is_moved(ledger):
        warnings.append(
            f"this workspace was last used as {ledger.get(_PLACE)}; if this is a copy, never go on with both:"
            " each would import what the other one has imported already"
        )
    free = shutil.disk_usage(ledger.path.parent).free
    needed = ledger.files.to_fetch().bytes + _ROOM_FOR_THE_LEDGER
    if free < needed:
        warnings.append(
            f"the disk of {ledger.path.parent} has {human_size(free)} left; attachments and the ledger"
            f" may need {human_size(needed)}"
        )
    return warnings
