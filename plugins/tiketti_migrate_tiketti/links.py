"""Links to other tickets of the source as a reader can follow them in Tiketti: by the tickets' new numbers.

No address of a ticket for people is documented, so a number is text. The old address, which dies with its
account, stays beside it where it was to be seen.
"""

import html
import io
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

__all__ = ["Relinking", "told"]

# Of what nh3 makes: every "<" begins a tag, every value stands in double quotes.
_TAG = re.compile(r'<[^>"]*(?:"[^"]*"[^>"]*)*>')
_HREF = re.compile(r'\shref="([^"]*)"')
# Where an address goes on it is another one: tickets/12 does not stand in tickets/123.
_BEFORE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~/?#@$&+=%-")
_AFTER = re.compile(r"[.!?:/]{0,8}+[A-Za-z0-9_~@#$&+=%-]")
# What is shorter is no address, and each place of one takes memory.
_SHORTEST = 8
_LONGEST = 2000
_MOST_TOLD = 200


class _Anchor(NamedTuple):
    """An anchor to a ticket that has a ``code``; its content begins at ``start``."""

    address: str
    ticket: str
    code: str
    start: int


class Relinking:
    """Of one message. ``links``: source ids of tickets by address; ``codes``: new numbers by source id.

    Takes time in proportion to the text, however many links there are.
    """

    def __init__(self, links: Mapping[str, str], codes: Mapping[str, str]) -> None:
        self._tickets = {html.unescape(address): ticket for address, ticket in links.items()} | dict(links)
        self._codes = codes
        self._sought: list[str] = []
        if any(ticket in codes for ticket in links.values()):
            self._sought = [one for one in self._tickets if _SHORTEST <= len(one) <= _LONGEST]
        if self._sought:
            self._places = AhoCorasick(self._sought, MatchKind.LeftmostLongest, store_patterns=False)

    def in_text(self, text: str) -> str:
        """Plain text in which addresses read ``ACME-42 (was https://...)``."""
        if not self._sought or len(text) < _SHORTEST:
            return text
        pieces, end = [], 0
        for number, start, stop in self._places.find_matches_as_indexes(text):
            code = self._code(self._sought[number])
            if code is None or text[start - 1 : start] in _BEFORE or _AFTER.match(text, stop):
                continue
            pieces += [text[end:start], f"{code} (was {text[start:stop]})"]
            end = stop
        return "".join([*pieces, text[end:]])

    def in_html(self, clean: str) -> str:
        """The same in HTML as nh3 makes it; an anchor becomes its text and the number."""
        if not self._sought:
            return clean
        out = io.StringIO()
        anchor: _Anchor | None = None
        end = inside = 0
        for tag in _TAG.finditer(clean):
            text, end = clean[end : tag.start()], tag.end()
            out.write(text if anchor else self._in_escaped(text))
            # Within a table anchors may hold anchors: only the outermost one is taken away.
            inside += _nesting(tag[0])
            if anchor is None and _nesting(tag[0]) > 0 and (anchor := self._anchor(tag[0], out.tell())):
                inside = 1
            elif anchor is not None and inside == 0:
                _replace(out, anchor)
                anchor = None
            else:
                out.write(tag[0])
        out.write(self._in_escaped(clean[end:]))
        return out.getvalue()

    def _code(self, address: str) -> str | None:
        return self._codes.get(self._tickets.get(address, ""))

    def _in_escaped(self, text: str) -> str:
        plain = html.unescape(text)
        relinked = self.in_text(plain)
        return text if relinked == plain else html.escape(relinked, quote=False)

    def _anchor(self, tag: str, start: int) -> _Anchor | None:
        href = _HREF.search(tag)
        address = html.unescape(href[1]).strip() if href else ""
        code = self._code(address)
        return None if code is None else _Anchor(address, self._tickets[address], code, start)


def told(title: str, tickets: Sequence[str], codes: Mapping[str, str]) -> str:
    """``Zendesk 123 is now ACME-42; ...`` of those that have a code; the first of very many."""
    known = [ticket for ticket in dict.fromkeys(tickets) if ticket in codes]
    lines = [f"{title} {ticket[:100]} is now {codes[ticket]}" for ticket in known[:_MOST_TOLD]]
    more = [f"and {len(known) - _MOST_TOLD:,} more"] if len(known) > _MOST_TOLD else []
    return "; ".join(lines + more)


def _nesting(tag: str) -> int:
    return tag.startswith(("<a ", "<a>")) - tag.startswith("</a>")


def _replace(out: io.StringIO, anchor: _Anchor) -> None:
    """What was written of the anchor's content, by this content with the number."""
    out.seek(anchor.start)
    content = out.read()
    out.seek(anchor.start)
    out.truncate()
    seen = " ".join(html.unescape(_TAG.sub("", content)).split())
    code = html.escape(anchor.code, quote=False)
    if seen in (anchor.address, anchor.address.partition("://")[2], anchor.ticket, f"#{anchor.ticket}"):
        out.write(f"{code} (was {html.escape(seen, quote=False)})")
    else:
        out.write(f"{content} ({code})" if seen else f"{content}{code}")
