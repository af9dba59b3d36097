"""Rows of tables in the shape that the API gives the same objects."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from tiketti_migrate_zendesk.custom_fields import listed
from tiketti_migrate_zendesk.recognise import Kind
from tiketti_migrate_zendesk.values import flag

__all__ = ["Shaper"]

_WORDS = {"TRUE": True, "True": True, "true": True, "FALSE": False, "False": False, "false": False}
_NOTHING = frozenset({"", "\\N"})
_COMMENT_TYPES = {"voice_comment": "VoiceComment", "facebook_comment": "FacebookComment", "tweet": "Tweet"}
# Databases and tools write these as t, 1 or 1.0, too; elsewhere such a cell may be anything.
_FLAGS = frozenset(
    {
        *_COMMENT_TYPES, "public", "is_public", "has_incidents", "suspended", "active", "verified", "shared",
        "shared_agent", "shared_tickets", "shared_comments", "default", "deleted", "inline", "primary",
        "moderator", "permanently_deleted", "restricted_agent", "only_private_comments", "chat_only",
        "two_factor_auth_enabled", "allow_channelback", "allow_attachments", "end_user_visible", "removable",
        "from_messaging_channel", "has_help_center", "authenticated",
    }
)  # fmt: skip
# What people wrote stays what they wrote, be it "true" or "[1]".
_WRITTEN = frozenset(
    {
        "subject", "raw_subject", "description", "body", "html_body", "plain_body", "name", "details",
        "notes", "value", "tag", "alias", "signature", "title", "external_id", "recipient", "display_name",
        "via_source_from_name", "via_source_from_title", "via_source_to_name", "satisfaction_rating_comment",
        "message", "filename",
    }
)  # fmt: skip
_LISTS = frozenset(
    {
        "tags", "collaborator_ids", "follower_ids", "email_cc_ids", "followup_ids", "merged_ticket_ids",
        "sharing_agreement_ids", "domain_names", "custom_fields", "custom_field_options", "attachments",
        "ticket_field_ids", "restricted_brand_ids", "ticket_form_ids", "user_fields", "organization_fields",
        "satisfaction_rating", "via",
    }
)  # fmt: skip
# Nothing in them holds a blank or a comma itself.
_PLAIN = frozenset({name for name in _LISTS if name.endswith("_ids")} | {"tags", "domain_names"})
_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([^\s,;|"\'\[\]{}]+)')
_CUSTOM = "custom_"
_NO_CUSTOM_FIELD = frozenset({"custom_fields", "custom_field_options", "custom_status_id", "custom_role_id"})
_SYNCED = "_fivetran_synced"
_DELETED = "_fivetran_deleted"
_DATES = frozenset({"updated_at", "generated_timestamp"})
_VIA = "via_source_"
_RATING = "satisfaction_rating_"
_NAMES: Mapping[Kind, Mapping[str, str]] = {"comment": {"created": "created_at", "user_id": "author_id"}}
# Copies of these are united: that a newer one has nothing there must be seen.
_UNITED: frozenset[Kind] = frozenset({"ticket", "user", "organization"})
_ITS_FIELDS = {"user": "user_fields", "organization": "organization_fields"}


class Shaper:
    """Makes raw objects of the rows of one table with these ``columns``."""

    def __init__(self, kind: Kind, columns: Sequence[str]) -> None:
        names = {old: new for old, new in _NAMES.get(kind, {}).items() if new not in columns}
        self._fields = [
            (index, names.get(name, name), name in _WRITTEN or _is_custom(name))
            for index, name in enumerate(columns)
            if name and (not name.startswith("_") or name == "_id")
        ]
        self._flags = [name for name in columns if name in _FLAGS]
        self._lists = [name for name in columns if name in _LISTS]
        self._synced = columns.index(_SYNCED) if _SYNCED in columns else None
        self._deleted = columns.index(_DELETED) if _DELETED in columns else None
        self._shape = _SHAPES.get(kind)
        self._has_via = any(name.startswith("via_") for name in columns)
        self._customs = [name for name in columns if _is_custom(name)]
        self._kind = kind
        self._kept_empty = self._to_keep_empty() if kind in _UNITED else []

    def _to_keep_empty(self) -> list[str]:
        """What the API's object has for the columns."""
        parts = (_VIA, _RATING, "via_channel")
        kept = [name for _, name, _ in self._fields if not _is_custom(name) and not name.startswith(parts)]
        if self._has_via:
            kept.append("via")
        if any(name.startswith(_RATING) for _, name, _ in self._fields):
            kept.append("satisfaction_rating")
        if self._customs:
            kept.append(_ITS_FIELDS.get(self._kind, "custom_fields"))
        return list(dict.fromkeys(kept))

    def is_deleted(self, cells: Sequence[str]) -> bool:
        """Whether the pipeline keeps the row although it is gone from the account."""
        return self._deleted is not None and flag(cells[self._deleted]) is True

    def raw(self, cells: Sequence[str]) -> dict[str, Any]:
        """Cells, as many as columns, as the API's object: what is empty is absent, or None in a kind of which
        copies are united."""
        raw: dict[str, Any] = {
            name: cell if is_written else _WORDS.get(cell, cell)
            for index, name, is_written in self._fields
            if (cell := cells[index]) not in _NOTHING
        }
        if self._synced is not None and not _DATES & raw.keys() and cells[self._synced]:
            raw["generated_timestamp"] = cells[self._synced]
        shaped = self._shaped(raw)
        for name in self._kept_empty:
            shaped.setdefault(name, None)
        return shaped

    def deleted(self, cells: Sequence[str]) -> dict[str, Any]:
        """The same of a row that is deleted; of a ticket as the API says it, as of when it was seen."""
        raw = self.raw(cells)
        if self._kind == "ticket":
            raw["status"] = "deleted"
            if self._synced is not None and cells[self._synced]:
                raw["generated_timestamp"] = cells[self._synced]
        return raw

    def _shaped(self, raw: dict[str, Any]) -> dict[str, Any]:
        for name in self._flags:
            if type(word := raw.get(name)) is str:
                found = flag(word)
                raw[name] = word if found is None else found
        for name in self._lists:
            if name in raw:
                raw[name] = _parsed(raw[name], is_plain=name in _PLAIN)
        if self._customs:
            self._gather_customs(raw)
        if self._has_via:
            _nest_via(raw)
        return self._shape(raw) if self._shape else raw

    def _gather_customs(self, raw: dict[str, Any]) -> None:
        found = {name: raw.pop(name) for name in self._customs if name in raw}
        if not found:
            return
        if self._kind == "ticket":
            columns = [{"id": name, "value": value} for name, value in found.items()]
            raw["custom_fields"] = [*listed(raw.get("custom_fields")), *columns]
        elif self._kind in _ITS_FIELDS:
            key = _ITS_FIELDS[self._kind]
            own = {name.removeprefix(_CUSTOM): value for name, value in found.items()}
            raw[key] = {**own, **_by_name(raw.get(key), key, own)}
        else:
            raw.update(found)


def _is_custom(name: str) -> bool:
    return name.startswith(_CUSTOM) and name not in _NO_CUSTOM_FIELD


def _by_name(fields: Any, key: str, taken: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a person's; two values of a name are both kept."""
    found = fields if isinstance(fields, dict) else {} if fields is None else {key: fields}
    return {
        f"{key} {name}" if taken.get(name, value) != value else name: value for name, value in found.items()
    }


def _parsed(cell: Any, *, is_plain: bool) -> Any:
    """A list as JSON; if ``is_plain`` also as databases (``{a,b}``) and people (``a, b``) write it."""
    if not isinstance(cell, str):
        return cell
    if cell[:1] in ("[", "{"):
        try:
            return orjson.loads(cell)
        except ValueError:
            pass
    return [one for found in _ELEMENT.findall(cell) if (one := "".join(found))] if is_plain else cell


def _ticket(raw: dict[str, Any]) -> dict[str, Any]:
    rating = {name.removeprefix(_RATING): raw.pop(name) for name in list(raw) if name.startswith(_RATING)}
    if rating:
        given = raw.get("satisfaction_rating")
        whole = {} if given == rating.get("score") else _by_name(given, "satisfaction_rating", rating)
        raw["satisfaction_rating"] = {**rating, **whole}
    return raw


def _nest_via(raw: dict[str, Any]) -> None:
    channel = raw.pop("via_channel", None)
    flat = {name.removeprefix(_VIA): raw.pop(name) for name in list(raw) if name.startswith(_VIA)}
    if channel is None and not flat:
        return
    given = {"via": raw["via"]} if "via" in raw else {}
    source: dict[str, Any] = {
        side: {name.removeprefix(f"{side}_"): flat[name] for name in flat if name.startswith(f"{side}_")}
        for side in ("from", "to")
    }
    others = {name: value for name, value in flat.items() if not name.startswith(("from_", "to_"))}
    raw["via"] = {"channel": channel, "source": {**source, "rel": None, **others}, **given}


def _comment(raw: dict[str, Any]) -> dict[str, Any]:
    for column, kind in _COMMENT_TYPES.items():
        if raw.pop(column, False) is True:
            raw["type"] = kind
    return raw


def _history(raw: Mapping[str, Any]) -> dict[str, Any]:
    change = {"type": "Change", "field_name": raw.get("field_name"), "value": raw.get("value")}
    audit = {"author_id": raw.get("user_id"), "created_at": raw.get("updated"), "events": [change]}
    return {"ticket_id": raw["ticket_id"], **audit} if "ticket_id" in raw else audit


_SHAPES: Mapping[Kind, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "ticket": _ticket,
    "comment": _comment,
    "audit": _history,
}
