"""The history of a reply cut out of HTML."""

from collections.abc import Iterable

from selectolax.lexbor import LexborNode

from tiketti_migrate_mail.html_lines import HtmlLine, html_lines
from tiketti_migrate_mail.quote_words import LABELS
from tiketti_migrate_mail.quoted_heads import Line
from tiketti_migrate_mail.quotes import MOST_LINES, TOO_LONG, Letter, history

__all__ = ["cut_history"]

# So many lines after one that may begin the head of a mail are enough to tell.
_ENOUGH = 16


def cut_history(body: LexborNode, letter: Letter) -> tuple[bool, tuple[str, ...]]:
    """Take the history out of a tree: whether there was any, and warnings."""
    lines: list[HtmlLine] = []
    told: list[Line] = []
    look_at = -1
    for line in html_lines(body, "all" if letter.is_reply else "cited"):
        lines.append(line)
        told.append(line.line)
        if look_at < 0 and _may_begin_head(line.line.text):
            look_at = len(lines) + _ENOUGH
        # Most histories are long, and what is below the head of one need not be looked at.
        if len(lines) == look_at:
            span = history(told, letter)
            if span is not None and span.is_open:
                _cut_from(lines[span.start].nodes[0])
                return True, ()
            look_at = -1
        if len(lines) > MOST_LINES:
            return False, (TOO_LONG,)
    span = history(told, letter)
    if span is None:
        return False, ()
    _cut(node for line in lines[span.start : span.end] for node in line.nodes)
    return True, ()


def _may_begin_head(text: str) -> bool:
    label = text[:25].partition(":")[0].strip("* \u00a0").casefold()
    return LABELS.get(label) in ("from", "date", "sent")


def _cut(nodes: Iterable[LexborNode]) -> None:
    for node in nodes:
        parent = node.parent
        node.decompose()
        _prune(parent)


def _cut_from(node: LexborNode) -> None:
    """A node and all that follows it in the text."""
    parent = above = node.parent
    last: LexborNode | None = node
    while True:
        while last is not None:
            following = last.next
            last.decompose()
            last = following
        if above is None or above.tag == "body":
            break
        last, above = above.next, above.parent
    _prune(parent)


def _prune(node: LexborNode | None) -> None:
    """Take out an element that has become empty, and those that have by that."""
    while node is not None and node.tag != "body" and node.child is None:
        parent = node.parent
        node.decompose()
        node = parent
