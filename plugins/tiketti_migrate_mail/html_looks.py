"""Whether words in a quoted part of a page look unlike those around them: so do answers typed among them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from selectolax.lexbor import LexborNode

from tiketti_migrate_mail.html_lines import HtmlLine, html_lines
from tiketti_migrate_mail.quoted_heads import Line, header_block, label_of
from tiketti_migrate_mail.quotes import Attributions

__all__ = ["may_have_looks", "stands_out"]

_SIGNS = ("color", "background", "<b>", "<b ", "<strong", "bold")
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;!]{1,60})", re.IGNORECASE)
_GROUND = re.compile(r"(?:^|;)\s*background(?:-color)?\s*:\s*([^;!]{1,60})", re.IGNORECASE)
_BOLD = re.compile(r"(?:^|;)\s*font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_LONGEST_STYLE = 2000
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})")
# Nobody sets an answer off in grey: texts, small print and grounds are.
_MOST_GREY = 24
_DARKEST = 0x40
_PLAIN = frozenset(
    [
        *(
            "black",
            "windowtext",
            "auto",
            "inherit",
            "initial",
            "unset",
            "currentcolor",
            "transparent",
            "none",
        ),
        *(
            "white",
            "window",
            "gray",
            "grey",
            "dimgray",
            "dimgrey",
            "darkgray",
            "darkgrey",
            "silver",
            "lightgray",
        ),
        *("lightgrey", "gainsboro", "whitesmoke"),
    ]
)
_EMPHASIS = frozenset(["b", "strong", "th"])

# Its colour, its ground and whether it is bold.
_Look = tuple[str, str, bool]


def may_have_looks(markup: str) -> bool:
    """Whether anything in a page can have a look of its own."""
    lowered = markup.lower()
    return any(sign in lowered for sign in _SIGNS)


def stands_out(lines: Sequence[HtmlLine], *, by_bold: bool) -> bool:
    """Whether any line of a history is in a colour or on a ground while others of its mail are not.

    ``by_bold``: or bold as a whole. Headings are, too: where a program marks quotes it tells too little.
    """
    history = list(_opened(lines))
    told = [line.line for line in history]
    heads = _heads(told)
    attributions = Attributions()
    looks = _Looks(by_bold=by_bold)
    seen: set[_Look] = set()
    for number, line in enumerate(history):
        if number in heads or (
            told[number].text[-1:] in (":", "\uff1a") and attributions.has(told[number].text)
        ):
            # Another mail, whose author may write in another colour.
            seen = set()
            continue
        seen |= looks.of(line.nodes)
        if len(seen) > 1:
            return True
    return False


def _opened(lines: Iterable[HtmlLine]) -> Iterator[HtmlLine]:
    for line in lines:
        if line.line.mark == "quote":
            for node in line.nodes:
                yield from html_lines(node, "none")
        else:
            yield line


def _heads(lines: Sequence[Line]) -> set[int]:
    """The lines that are heads of mails."""
    found: set[int] = set()
    for number, line in enumerate(lines):
        if number in found or label_of(line.text) not in ("from", "date", "sent"):
            continue
        last = number
        if header_block(lines, number):
            while last < len(lines) and (not lines[last].text or label_of(lines[last].text)):
                found.add(last)
                last += 1
    return found


class _Looks:
    """Those of the nodes of one tree."""

    def __init__(self, *, by_bold: bool) -> None:
        self._by_bold = by_bold
        self._known: dict[int, _Look | None] = {}

    def of(self, nodes: Iterable[LexborNode]) -> set[_Look]:
        """The looks of the words of a line; it is bold where all of it is. Those of links tell nothing."""
        found = []
        for node in nodes:
            if node.tag == "-text" and (node.text_content or "").strip():
                look = self._of(node.parent)
                if look is not None:
                    found.append(look)
        is_bold = self._by_bold and all(bold for _, _, bold in found)
        return {(colour, ground, is_bold) for colour, ground, _ in found}

    def _of(self, node: LexborNode | None) -> _Look | None:
        path: list[LexborNode] = []
        while node is not None and node.tag not in ("body", "html") and node.mem_id not in self._known:
            path.append(node)
            node = node.parent
        is_known = node is not None and node.tag not in ("body", "html")
        look = self._known[node.mem_id] if is_known and node is not None else ("", "", False)
        for one in reversed(path):
            look = self._known[one.mem_id] = None if look is None else _within(one, look)
        return look


def _within(node: LexborNode, look: _Look) -> _Look | None:
    """The look of words in an element, from that of the element around; None for a link."""
    tag, attributes = node.tag or "", node.attributes
    if tag == "a" and "href" in attributes:
        return None
    colour, ground, is_bold = look
    style = (attributes.get("style") or "")[:_LONGEST_STYLE]
    written = _COLOUR.search(style)
    painted = _GROUND.search(style)
    colour = _plain(written[1]) if written else _plain(attributes.get("color") or colour)
    ground = _plain(painted[1]) if painted else _plain(attributes.get("bgcolor") or ground)
    return colour, ground, is_bold or tag in _EMPHASIS or _BOLD.search(style) is not None


@lru_cache(maxsize=1000)
def _plain(colour: str) -> str:
    """A colour, "" for one that no answer is set off with."""
    name = "".join(colour.lower().split())[:60]
    shades = _shades(name)
    if name in _PLAIN or (shades and (max(shades) - min(shades) <= _MOST_GREY or max(shades) <= _DARKEST)):
        return ""
    return name


def _shades(name: str) -> tuple[int, ...]:
    if _HEX.fullmatch(name):
        digits = name[1:] if len(name) > 4 else "".join(one * 2 for one in name[1:])
        return tuple(bytes.fromhex(digits))
    found = _RGB.match(name)
    return (int(found[1]), int(found[2]), int(found[3])) if found else ()
