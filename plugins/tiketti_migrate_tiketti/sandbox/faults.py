"""Seeded faults: what goes wrong with which request.

A fault specification is a list of ``name=number`` parted by commas, such as
``seed=7,drop-before=0.05,truncate-after=0.02,late-commit=0.01,late-seconds=3``.

Faults of the connection; a request meets at most one of them, with the probability given:

==================  ==========================================================================
drop-before         the connection is closed (half of the time reset) and nothing is done
drop-after          the request is carried out, then the connection is closed without an answer
error-before        500 or 502 with an HTML page and nothing is done
error-after         the request is carried out, then 500 or 502 with an HTML page
truncate-before     an answer shorter than its Content-Length, and nothing is done
truncate-after      the request is carried out, its answer is cut
html-before         200 or 201 with an HTML page instead of JSON, and nothing is done
html-after          the request is carried out, then 200 or 201 with an HTML page
hang-before         no answer for hang-seconds, then closed; nothing is done
hang-after          the request is carried out, no answer for hang-seconds, then closed
redirect-before     302 to another host, and nothing is done
missing-before      404 with an HTML page, as of a proxy that lost its server, and nothing is done
late-commit         the connection is closed at once, the request is carried out late-seconds later
slow-commit         no answer for late-seconds, then the request is carried out and answered, whether
                    or not the client is still there
==================  ==========================================================================

Faults of the data; each is drawn by itself, and they go together with any other:

==================  ==========================================================================
late-visibility     what a POST makes shows up in lists only late-seconds later (by id: at once)
cut-list            a list silently lacks some of its rows; ``meta.total`` stays right
shuffle-list        a list comes in another order than the last time, its pages too
small-pages         a page holds at most five rows, whatever ``per_page`` asks for
no-total            a list comes without ``meta``
inflated-total      ``meta.total`` counts one object more than there is
brief-list          the objects in a list lack ``created_at`` and ``notes``
loose-search        a search finds what holds any of its words
alter-body          texts are changed. Messages: white space, and ``#123`` turned into a link; time entries'
                    descriptions and companies' notes: white space
email-anyway        a public message is e-mailed although ``send_email`` was false
==================  ==========================================================================

Settings: ``seed`` (default 0), ``hang-seconds`` (130), ``late-seconds`` (3), ``auth-faults`` (0; 1 lets
faults hit ``/auth`` too).
"""

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CONNECTION_FAULTS", "DATA_FAULTS", "Decision", "FaultPlan", "parse_faults"]

CONNECTION_FAULTS = (
    "drop-before",
    "drop-after",
    "error-before",
    "error-after",
    "truncate-before",
    "truncate-after",
    "html-before",
    "html-after",
    "hang-before",
    "hang-after",
    "redirect-before",
    "missing-before",
    "late-commit",
    "slow-commit",
)
DATA_FAULTS = (
    "late-visibility",
    "cut-list",
    "alter-body",
    "email-anyway",
    "shuffle-list",
    "small-pages",
    "no-total",
    "inflated-total",
    "brief-list",
    "loose-search",
)
SETTINGS = {"seed": 0.0, "hang-seconds": 130.0, "late-seconds": 3.0, "auth-faults": 0.0}


@dataclass(frozen=True)
class Decision:
    """What happens to one request. ``chance`` (0 to 1) settles what is left open, such as where to cut."""

    connection: str | None = None
    data: frozenset[str] = frozenset()
    hang_seconds: float = SETTINGS["hang-seconds"]
    late_seconds: float = SETTINGS["late-seconds"]
    chance: float = 0.0

    @property
    def commits(self) -> bool:
        """Whether the request is carried out before it is answered."""
        return self.connection is None or self.connection.endswith("-after")


@dataclass
class _Planned:
    method: str
    path: re.Pattern[str]
    fault: str
    times: int = field(default=1)


def _parse_pair(pair: str) -> tuple[str, float]:
    name, equals, number = pair.partition("=")
    name = name.strip()
    known = (*CONNECTION_FAULTS, *DATA_FAULTS, *SETTINGS)
    if name not in known:
        raise ValueError(f"fault {name!r} is unknown; known are: {', '.join(known)}")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not equals or not 0 <= value < float("inf"):
        raise ValueError(f"fault {name!r}: expected {name}=NUMBER, got {pair.strip()!r}")
    if name not in SETTINGS and value > 1:
        raise ValueError(f"fault {name!r}: {number} is no probability between 0 and 1")
    return name, value


def parse_faults(spec: str) -> dict[str, float]:
    """Read a fault specification; raises ValueError that names the wrong part."""
    values = dict(_parse_pair(pair) for pair in spec.split(",") if pair.strip())
    if sum(values.get(name, 0.0) for name in CONNECTION_FAULTS) > 1 + 1e-9:
        raise ValueError("faults: the probabilities of the connection faults add up to more than 1")
    return values


class FaultPlan:
    """Decides for every request; may be changed while the server runs."""

    def __init__(self, spec: str = "") -> None:
        self._lock = threading.Lock()
        self._planned: list[_Planned] = []
        self.replace(spec)

    def replace(self, spec: str) -> None:
        """Replace the random faults and start their sequence anew; planned ones stay."""
        values = parse_faults(spec)
        with self._lock:
            self._values: Mapping[str, float] = {**SETTINGS, **values}
            self._random = random.Random(self._values["seed"])

    def fail_next(self, method: str, path: str, fault: str, times: int = 1) -> None:
        """Let ``fault`` hit the next ``times`` requests of ``method`` (``*``: any) on ``path``."""
        if fault not in CONNECTION_FAULTS and fault not in DATA_FAULTS:
            known = ", ".join((*CONNECTION_FAULTS, *DATA_FAULTS))
            raise ValueError(f"fault {fault!r} is unknown; known are: {known}")
        with self._lock:
            self._planned.append(_Planned(method.upper(), re.compile(path), fault, times))

    def forget_planned(self) -> None:
        """Drop what `fail_next` planned and was not met yet."""
        with self._lock:
            self._planned.clear()

    def decide(self, method: str, path: str) -> Decision:
        """``path`` is without the base path and without the query: ``/tickets``."""
        with self._lock:
            connection, data = self._draw(path)
            planned = self._take_planned(method, path)
            if planned in DATA_FAULTS:
                data = data | {planned}
            elif planned:
                connection = planned
            return Decision(
                connection,
                frozenset(data),
                hang_seconds=self._values["hang-seconds"],
                late_seconds=self._values["late-seconds"],
                chance=self._random.random(),
            )

    def _draw(self, path: str) -> tuple[str | None, set[str]]:
        if path.startswith("/auth/") and not self._values["auth-faults"]:
            return None, set()
        connection = None
        point = self._random.random()
        for name in CONNECTION_FAULTS:
            point -= self._values.get(name, 0.0)
            if point < 0:
                connection = name
                break
        return connection, {n for n in DATA_FAULTS if self._random.random() < self._values.get(n, 0.0)}

    def _take_planned(self, method: str, path: str) -> str | None:
        for planned in self._planned:
            if planned.method in ("*", method) and planned.path.search(path):
                planned.times -= 1
                if planned.times <= 0:
                    self._planned.remove(planned)
                return planned.fault
        return None
