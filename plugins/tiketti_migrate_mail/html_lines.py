"""HTML as the lines that a reader sees, each with the nodes of the tree that make it."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from selectolax.lexbor import LexborNode

from tiketti_migrate_mail.quoted_heads import Line, Mark, line_of
from tiketti_migrate_mail.quotes import Attributions

__all__ = ["HtmlLine", "Quotes", "html_lines", "is_tangled"]

# "cited": those that programs mark as quotes; "all": also what replies and forwards have in common.
Quotes = Literal["none", "cited", "all"]

# What makes a line of its own; anything else goes on in the line before.
_BLOCKS = frozenset(
    [
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
            "dialog",
        ),
        *("dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3"),
        *("h4", "h5", "h6", "header", "hr", "legend", "li", "main", "menu", "nav", "ol", "p", "pre"),
        *("section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    ]
)
_UNSEEN = frozenset(["style", "script", "title", "-comment", "head", "template", "!doctype"])
_RULE = "________"
_IMAGE = "\ufffc"
_MAY_QUOTE = frozenset(["blockquote", "div", "span", "table"])
_COLONS = (":", "\uff1a")

# Of the kind that only replies have; others hold what is forwarded, too.
_CITED = re.compile(
    r"\b(?:gmail_quote|protonmail_quote|tutanota_quote|ik_mail_quote|zmail_extra|yahoo_quoted|ymail_quoted"
    r"|ymail_android_quote|skiff_quote|front-blockquote|mailbutler-quote|moz-cite)",
    re.IGNORECASE,
)
# What Outlook and Windows Mail put around the head of the mail that is answered.
_HEAD_ID = re.compile(r"(?:x_)*divRplyFwdMsg", re.IGNORECASE)
_HEAD_STYLE = re.compile(
    r"border-top:\s?solid\s#(?:E1E1E1|B5C4DF)\b|border-top-color:\s?rgb\(229, ?229, ?229\)", re.IGNORECASE
)
_INTRODUCING = re.compile(r"\b(?:gmail_attr|moz-cite-prefix)\b", re.IGNORECASE)
_CONTAINER = re.compile(
    r"(?:x_)*(?:OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|yahoo_quoted\w*|origbody"
    r"|ms-outlook-mobile-reference-message|reply139content|isReplyContent|includetail|ntes-pcmac-reply\w*)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
_WHOLE_TAG = re.compile(r"""<[a-zA-Z/](?:"[^"]*"|'[^']*'|[^"'>])*+>?""")
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
_LONG = 5000
_MANY_ATTRIBUTES = 2000
# They have no content, or end where the next one begins.
_FLAT = frozenset(
    [
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track"),
        *("wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "colgroup"),
    ]
)
_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
_FEW_TAGS = 500
_DEEPEST = 2000
_MOST_NODES = 300_000


class HtmlLine(NamedTuple):
    """What a reader sees, and the nodes without children (or quotes as a whole) that make it."""

    line: Line
    nodes: list[LexborNode]


def is_tangled(markup: str) -> bool:
    """Whether a tree of it would be deeper than any text, or far larger than what it is made of.

    Elements for formatting that are never closed are made again in every block that follows (HTML standard,
    "reconstruct the active formatting elements"), and each attribute is compared with those before it.
    """
    if _has_huge_tag(markup):
        return True
    count = markup.count("<")
    if count <= _FEW_TAGS:
        return False
    depth = still_open = 0
    for found in _TAG.finditer(markup):
        tag = found[2].lower()
        if tag in _FLAT:
            continue
        step = -1 if found[1] else 1
        depth = max(0, depth + step)
        if tag in _FORMATTING:
            still_open = max(0, still_open + step)
        if depth > _DEEPEST or still_open * count > _MOST_NODES:
            return True
    return False


def _has_huge_tag(markup: str) -> bool:
    """Whether a tag may have more attributes than can be told apart in time."""
    if max(map(len, markup.split(">"))) < _LONG and markup.count("=") < _MANY_ATTRIBUTES:
        return False
    for found in _WHOLE_TAG.finditer(markup):
        if len(found[0]) > _LONG:
            names = _QUOTED.sub(" ", found[0])
            if max(len(names.split()), names.count("=")) > _MANY_ATTRIBUTES:
                return True
    return False


def html_lines(body: LexborNode, quotes: Quotes) -> Iterator[HtmlLine]:
    """``quotes``: which of them are one line each, and not gone into."""
    return _Walk(quotes).lines(body)


class _Walk:
    """One tree, in the order of its text."""

    def __init__(self, quotes: Quotes) -> None:
        self._quotes = quotes
        self._may_quote = frozenset() if quotes == "none" else _MAY_QUOTE
        self._words: list[str] = []
        self._nodes: list[LexborNode] = []
        self._mark: Mark = ""
        self._above = ""
        self._attributions = Attributions()

    def lines(self, body: LexborNode) -> Iterator[HtmlLine]:
        above: list[tuple[LexborNode, bool]] = []
        node = body.child
        while node is not None or above:
            if node is None:
                node, is_block = above.pop()
                if is_block and self._words:
                    yield from self._ended()
                node = node.next
                continue
            tag = node.tag or ""
            is_block = tag in _BLOCKS
            if is_block and self._words:
                yield from self._ended()
            if tag in self._may_quote and self._is_quote(node, tag):
                yield from self._ended()
                yield HtmlLine(line_of(f"> {_first_words(node)}", "quote"), [node])
            elif tag not in _UNSEEN and (child := node.child) is not None:
                above.append((node, is_block))
                node = child
                continue
            else:
                yield from self._leaf(node, tag)
            node = node.next
        yield from self._ended()

    def _leaf(self, node: LexborNode, tag: str) -> Iterator[HtmlLine]:
        self._nodes.append(node)
        if tag == "-text":
            self._words.append(node.text_content or "")
        elif tag == "img":
            self._words.append(_IMAGE)
        elif tag == "hr":
            self._words.append(_RULE)
            yield from self._ended()
        elif tag == "br":
            yield from self._ended(by_break=True)

    def _ended(self, *, by_break: bool = False) -> Iterator[HtmlLine]:
        line = line_of(" ".join("".join(self._words).split()), self._mark)
        # White space between two blocks is no line.
        if line.text or (by_break and self._nodes):
            yield HtmlLine(line, self._nodes)
            self._words, self._nodes = [], []
        if line.text:
            self._mark, self._above = "", line.text

    def _is_quote(self, node: LexborNode, tag: str) -> bool:
        attributes = node.attributes
        name = attributes.get("class") or ""
        if tag == "blockquote":
            is_cited = (attributes.get("type") or "").lower() == "cite" or "cite" in attributes
            is_cited = is_cited or _CITED.search(name) is not None
            return is_cited or (self._above[-1:] in _COLONS and self._attributions.has(self._above))
        if name and _INTRODUCING.search(name):
            self._mark = "attribution"
        if self._quotes == "cited":
            return False
        identity = attributes.get("id") or ""
        if _HEAD_ID.fullmatch(identity) or _HEAD_STYLE.search((attributes.get("style") or "")[:_LONG]):
            self._mark = "head"
        names = (identity, *name.split(), attributes.get("name") or "")
        return any(one and _CONTAINER.fullmatch(one) for one in names)


def _first_words(node: LexborNode) -> str:
    return node.text(separator="\n", strip=True).strip().partition("\n")[0]
