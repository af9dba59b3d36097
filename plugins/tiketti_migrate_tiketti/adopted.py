"""Which new numbers stand in a text that an earlier import wrote, when it knew fewer tickets or others."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tiketti_migrate.api import Refs
from tiketti_migrate.records import LinkNote, Message
from tiketti_migrate_tiketti.bodies import Provenance, essence

__all__ = ["untold"]

# A character that no text has, in the place of a number.
_NUMBER = "\ue000"
_A_NUMBER = re.compile(r"[^()]{1,64}")


def untold(
    text: Message | LinkNote, refs: Refs, provenance: Provenance, shown: Mapping[str, Any]
) -> tuple[str, ...]:
    """Source ids of the tickets that ``text`` links to, or names, whose numbers are not in ``shown``."""
    bodies = {essence(str(shown.get(part) or "")) for part in ("body_html", "body")}
    if isinstance(text, LinkNote):
        named = {one: essence(f"{provenance.title} {one} is now") for one in text.ticket_ids}
        return tuple(one for one, words in named.items() if not any(words in body for body in bodies))
    linked = [one for one in dict.fromkeys(text.links.values()) if one != text.ticket_id]
    if not linked or essence(provenance.message(text, replace(refs, codes={}))) in bodies:
        return tuple(linked)
    numbered = essence(provenance.message(text, replace(refs, codes=dict.fromkeys(linked, _NUMBER))))
    if any(_fits(numbered.split(_NUMBER), body) for body in bodies):
        return ()
    seen = {one: _as_seen(address for address, to in text.links.items() if to == one) for one in linked}
    return tuple(one for one, forms in seen.items() if not any(f in body for f in forms for body in bodies))


def _fits(parts: list[str], body: str) -> bool:
    """Whether the parts follow each other in the body with nothing but a number between them."""
    if not body.startswith(parts[0]):
        return False
    place = len(parts[0])
    for part in parts[1:]:
        number = _A_NUMBER.match(body, place)
        if number is None or not body.startswith(part, number.end()):
            return False
        place = number.end() + len(part)
    return place == len(body)


def _as_seen(addresses: Iterable[str]) -> list[str]:
    return [f"(was{essence(address)})" for address in addresses]
