"""One object of an export while it is read: what nobody takes ends in ``extra``, by construction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tiketti_migrate_zendesk.dates import moment, usual_moment
from tiketti_migrate_zendesk.values import flag, identifier, items, json_safe, shown, text

__all__ = ["Fields"]

_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Fields:
    """Takes values out of ``raw`` by the type they should have and collects ``warnings`` about the others.

    A value of another type is not taken, so it stays in ``extra()`` beside the fields without a home.
    """

    def __init__(self, raw: Mapping[str, Any], warnings: tuple[str, ...] = ()) -> None:
        self.raw = raw
        self.warnings: list[str] = list(warnings)
        self._taken: set[str] = set()
        self._more: dict[str, Any] = {}

    def warn(self, warning: str | None) -> None:
        """Add a warning, if there is one."""
        if warning is not None:
            self.warnings.append(warning)

    def drop(self, *keys: str) -> None:
        """These are repeated elsewhere or mean nothing outside Zendesk: neither used nor kept."""
        self._taken.update(keys)

    def keep(self, key: str) -> None:
        """It was looked at but found no home."""
        self._taken.discard(key)

    def keep_as(self, name: str, value: Any) -> None:
        """A part of a field, or what came apart from the object, that found no home."""
        self._more[name] = value

    def text(self, key: str) -> str | None:
        """A text as it stands, None when there is none."""
        value = self.raw.get(key)
        if value is None:
            return None
        found = text(value)
        if value in _EMPTY or found:
            self._taken.add(key)
        else:
            self.warn(f"{key} is no text but {shown(value)}")
        return found if found.strip() else None

    def line(self, key: str) -> str | None:
        """A text of one line, without surrounding blanks."""
        found = self.text(key)
        return " ".join(found.split()) if found else None

    def identifier(self, *keys: str) -> str | None:
        """The first id among ``keys``."""
        for key in keys:
            value = self.raw.get(key)
            if value is None:
                continue
            found = identifier(value)
            if type(value) is int and found:
                self._taken.add(key)
                return found
            if value in _EMPTY or found:
                self._taken.add(key)
            else:
                self.warn(f"{key} is no id but {shown(value)}")
            if found:
                return found
        return None

    def moment(self, key: str) -> datetime | None:
        """A time in UTC."""
        value = self.raw.get(key)
        if (usual := usual_moment(value)) is not None:
            self._taken.add(key)
            return usual
        found = moment(value)
        self.warn(f"{key}: {found.warning}" if found.warning else None)
        if found.at is not None or found.warning is None:
            self._taken.add(key)
        return found.at

    def flag(self, key: str) -> bool | None:
        """True or False, None when it says neither."""
        value = self.raw.get(key)
        if value is None:
            return None
        found = flag(value)
        if value in _EMPTY or found is not None:
            self._taken.add(key)
        else:
            self.warn(f"{key} is neither true nor false but {shown(value)}")
        return found

    def items(self, key: str) -> list[Any]:
        """A list."""
        value = self.raw.get(key)
        if value is None:
            return []
        if value in _EMPTY or isinstance(value, list):
            self._taken.add(key)
        else:
            self.warn(f"{key} is no list but {shown(value)}")
        return items(value)

    def has(self, key: str) -> bool:
        """Whether there is anything that nobody took yet."""
        return key not in self._taken and self.raw.get(key) not in _EMPTY

    def rest(self) -> dict[str, Any]:
        """What was not taken and is not empty."""
        taken = self._taken
        left = {key: value for key, value in self.raw.items() if key not in taken and value not in _EMPTY}
        return {**left, **self._more} if self._more else left

    def extra(self) -> dict[str, Any]:
        """The same such that it can be written as JSON."""
        return {text(str(key)): json_safe(value) for key, value in self.rest().items()}
