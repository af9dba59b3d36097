"""The history of a reply cut out of HTML."""

from collections.abc import Iterable

from selectolax.lexbor import LexborNode

from tiketti_migrate_mail.html_lines import HtmlLine, html_lines
from tiketti_migrate_mail.html_looks import may_have_looks, stands_out
from tiketti_migrate_mail.quotes import MOST_LINES, TOO_LONG, Letter, history

__all__ = ["cut_history"]


def cut_history(body: LexborNode, letter: Letter) -> tuple[bool, tuple[str, ...]]:
    """Take the history out of a tree: whether there was any, and warnings."""
    lines: list[HtmlLine] = []
    for line in html_lines(body, "all" if letter.is_reply else "cited"):
        lines.append(line)
        if len(lines) > MOST_LINES:
            return False, (TOO_LONG,)
    span = history([line.line for line in lines], letter)
    if span is None:
        return False, ()
    told = lines[span.start : span.end]
    if may_have_looks(body.html or "") and stands_out(told, by_bold=span.is_open):
        return False, ()
    if span.is_open:
        _cut_from(told[0].nodes[0])
    else:
        _cut(node for line in told for node in line.nodes)
    return True, ()


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
