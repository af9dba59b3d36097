"""Time zones by name, with the nearest names for a name that is none."""

import difflib
import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv.plain import joined, plain, shown

__all__ = ["zone_named"]

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?", re.IGNORECASE)
_MOST_HINTS = 3


def zone_named(name: str) -> tzinfo:
    """The zone "Europe/Helsinki", "UTC" or "+02:00". Raises UsageError with the nearest names."""
    wanted = name.strip()
    if wanted.upper() in ("UTC", "Z", "GMT"):
        return UTC
    offset = _OFFSET.fullmatch(wanted)
    if offset and int(offset[2]) <= 14 and int(offset[3] or 0) < 60:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-away if offset[1] == "-" else away)
    names = {plain(known): known for known in available_timezones()}
    if plain(wanted) in names and wanted:
        return ZoneInfo(names[plain(wanted)])
    nearest = _nearest(plain(wanted), names)
    raise UsageError(
        f"there is no time zone {shown(name)}",
        hint=f"did you mean {joined(nearest)}?" if nearest else "such as Europe/Helsinki",
    )


def _nearest(wanted: str, names: dict[str, str]) -> list[str]:
    """Names that end in the word ("helsinki"), else those spelled alike."""
    cities = [known for word, known in sorted(names.items()) if wanted and word.endswith(f" {wanted}")]
    if cities:
        return cities[:_MOST_HINTS]
    by_city = {word.partition(" ")[2] or word: known for word, known in sorted(names.items())}
    close = difflib.get_close_matches(wanted, names, _MOST_HINTS, 0.75)
    close_cities = difflib.get_close_matches(wanted, by_city, _MOST_HINTS, 0.75)
    return list(dict.fromkeys([*(names[one] for one in close), *(by_city[one] for one in close_cities)]))[
        :_MOST_HINTS
    ]
