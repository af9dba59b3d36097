"""The server's clock: real time plus a fixed skew, so that every date it shows is off by the same amount."""

import time
from datetime import UTC, date, datetime
from email.utils import formatdate

__all__ = ["Clock", "iso_stamp"]


def iso_stamp(moment: datetime) -> str:
    """An aware time as ``2023-05-01T12:30:00.123456Z``: of fixed width, so that stamps compare as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Clock:
    """What the server believes the time to be."""

    def __init__(self, skew: float = 0.0) -> None:
        self.skew = skew

    def now(self) -> float:
        """Unix seconds."""
        return time.time() + self.skew

    def stamp(self) -> str:
        return iso_stamp(datetime.fromtimestamp(self.now(), UTC))

    def today(self) -> date:
        return datetime.fromtimestamp(self.now(), UTC).date()

    def http_date(self) -> str:
        """The form of the ``Date`` header (RFC 9110, section 5.6.7)."""
        return formatdate(self.now(), usegmt=True)
