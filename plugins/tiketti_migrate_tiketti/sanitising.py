"""Markup of others made harmless, in time that grows with its length alone."""

import html
import re

import nh3

__all__ = ["clean", "plain_text"]

# The parser takes quadratic time on elements inside one another: 20,000 of them take seconds, 2,000 none.
_DEEPEST = 2000
# Up to the next "<" at most: what never ends must not be looked through from each of its beginnings.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
# Nor must the attributes of one tag be too many, nor the entities of a text.
_MANY_ENTITIES = 100_000
_ENTITY = re.compile("\ue000(#?[a-zA-Z0-9]{1,32};)")
_HELD = "\ue000"
_HUGE = re.compile(r"<(?=[a-zA-Z/!?][^<>]{50000})")
# What has no content, or ends where the next one begins.
_FLAT = frozenset(
    [
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track"),
        *("wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "colgroup"),
    ]
)
_BREAKS = re.compile(r"(?i)<br\b[^<>]*>|</(?:p|div|li|tr|h[1-6]|blockquote|pre)\s{0,20}>")


def clean(markup: str) -> str:
    """HTML without anything that acts. What is nested beyond all reason keeps its words and lines alone."""
    markup = _HUGE.sub("&lt;", markup)
    if _is_deep(markup):
        return html.escape(_words(markup), quote=False).replace("\n", "<br>\n")
    return _with_many_entities(markup) if markup.count("&") > _MANY_ENTITIES else nh3.clean(markup)


def plain_text(markup: str) -> str:
    """What a reader sees: tags removed, entities decoded, lines kept."""
    lines = _HUGE.sub("&lt;", _BREAKS.sub("\n", markup))
    if _is_deep(lines) or lines.count("&") > _MANY_ENTITIES:
        return _words(lines)
    return html.unescape(nh3.clean(lines, tags=set()))


def _with_many_entities(markup: str) -> str:
    """The parser sees none of them. So it could not see through an address that is written with them, and all
    attributes go."""
    cleaned = nh3.clean(markup.replace(_HELD, "").replace("&", _HELD), attributes={})
    return _ENTITY.sub(r"&\1", cleaned).replace(_HELD, "&amp;")


def _is_deep(markup: str) -> bool:
    if markup.count("<") <= _DEEPEST:
        return False
    depth = 0
    for found in _TAG.finditer(markup):
        if found[2].lower() in _FLAT:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > _DEEPEST:
            return True
    return False


def _words(markup: str) -> str:
    return html.unescape(_TAG.sub("", _BREAKS.sub("\n", markup)))
