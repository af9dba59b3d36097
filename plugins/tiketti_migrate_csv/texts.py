"""Texts in cells: what a column shows about HTML, entities and written-out line breaks, and reading it so."""

import html
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

import nh3

__all__ = ["Text", "TextEvidence", "TextStrategy", "clean", "looks_like_html", "read_text", "subject_from"]

# C0 and C1 control characters but tab and line feed, halves of surrogate pairs, what is no character at all.
_HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_EXCEL_ESCAPE = re.compile(r"_x000([9AD])_")


def clean(cell: str) -> str:
    """The text without control characters, its line breaks as line feeds."""
    if cell.isprintable():
        return cell
    if "\r" in cell:
        cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return _HARMFUL.sub("", cell)


class TextStrategy(NamedTuple):
    """How the texts of a column are read.

    ``html``: most of them are. ``line_breaks``: "\\n" written as two characters is a line break.
    ``entities``: plain texts have "&amp;" for "&".
    """

    html: bool = False
    line_breaks: bool = False
    entities: bool = False


class Text(NamedTuple):
    """A message's body and what it is."""

    body: str
    body_format: Literal["text", "html"]


_BLOCKS = "p|div|table|tbody|tr|td|th|ul|ol|li|blockquote|h[1-6]|pre|html|body|head|section|article|center"
_INLINE = "a|b|i|u|s|em|strong|span|font|small|big|code|sub|sup|style|script|title|label"
_TAG = re.compile(rf"<(?:/(?:{_BLOCKS}|{_INLINE})\s*|(?:br|hr)\s*/?|img\s[^<>]*)>", re.IGNORECASE)
_STARTS = re.compile(
    rf"\s*<(?:!doctype\s[^<>]*|!--.*?--|(?:{_BLOCKS}|{_INLINE})(?:\s[^<>]*)?|br\s*/?)>",
    re.IGNORECASE | re.DOTALL,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,6}|#x[0-9a-f]{1,5}|[a-z]{2,8}[0-9]{0,2});", re.IGNORECASE)
# An address or a link in angle brackets is text: as a tag it would be dropped.
_NO_TAG = re.compile(r"<((?:mailto:)?[^\s<>@]+@[^\s<>@]+|https?://[^\s<>]+)>")
# From "C:\" or "\\server" to the next blank nothing is a line break.
_PATH = r"(?:(?:\b|(?<=\\[nrt]))[A-Za-z]:\\|\\\\)\S*"
_WRITTEN_BREAK = re.compile(rf"({_PATH})|\\r\\n|\\n|\\r|\\t")
_ENOUGH = 0.2
# So many cells that all have a written break are no accident.
_SOME = 3


class TextEvidence:
    """Gathers what a column says about its texts.

    It is one of HTML when a fifth of its cells have real tags; ``<jane@x.test>`` and "a < b" are none. A
    backslash and an n are a line break when no cell of the column has a real one, and they stand outside of
    Windows paths and mostly behind punctuation, twice, or before a capital, or in every cell. Entities
    count when more cells have them than a bare "&".
    """

    def __init__(self) -> None:
        self._cells = 0
        self._html = 0
        self._real_breaks = False
        self._written_breaks = 0
        self._sure_breaks = 0
        self._entities = 0
        self._ampersands = 0

    def add(self, cells: Iterable[str]) -> None:
        """More cells of the column."""
        for cell in cells:
            if not cell:
                continue
            self._cells += 1
            if "<" in cell and looks_like_html(cell):
                self._html += 1
            elif "&" in cell:
                entity = bool(_ENTITY.search(cell))
                self._entities += entity
                self._ampersands += not entity
            if not self._real_breaks:
                self._look_for_breaks(cell)

    def _look_for_breaks(self, cell: str) -> None:
        if "\n" in cell.strip():
            self._real_breaks = True
        elif "\\" in cell:
            text = _PATHS.sub("", cell)
            self._written_breaks += "\\n" in text or "\\r" in text
            self._sure_breaks += bool(_SURE_BREAK.search(text))

    def strategy(self) -> TextStrategy:
        """What all the cells together say."""
        sure = self._sure_breaks > 0 and self._sure_breaks * 2 >= self._written_breaks
        breaks = sure or self._cells == self._written_breaks >= _SOME
        return TextStrategy(
            html=self._html > 0 and self._html >= self._cells * _ENOUGH,
            line_breaks=breaks and not self._real_breaks,
            entities=self._entities > self._ampersands,
        )


_PATHS = re.compile(_PATH)
_SURE_BREAK = re.compile(r"[.,!?:;)]\\r?\\?n|\\n\\n|\\r\\n|\\n\s*[A-ZÄÖÅÜÉ*-]")


def looks_like_html(cell: str) -> bool:
    """Whether a cell has tags that only HTML has: it begins with one, or closes or breaks somewhere."""
    return bool(_STARTS.match(cell) or _TAG.search(cell))


def read_text(cell: str, strategy: TextStrategy) -> Text:
    """The body in a cell. A plain cell of an HTML column is text, a whole page in a plain column is HTML."""
    body = clean(cell)
    if "_x000" in body:
        body = clean(_EXCEL_ESCAPE.sub(lambda found: chr(int(found[1], 16)), body))
    if strategy.line_breaks and "\\" in body:
        body = _WRITTEN_BREAK.sub(_real_break, body)
    if "<" in body and _is_html(body, strategy):
        return Text(_NO_TAG.sub(r"&lt;\1&gt;", body), "html")
    if "&" in body and (strategy.entities or strategy.html):
        body = clean(html.unescape(body))
    return Text(body, "text")


def _is_html(body: str, strategy: TextStrategy) -> bool:
    if strategy.html:
        return looks_like_html(body)
    return bool(_STARTS.match(body)) and body.rstrip().endswith(">") and bool(_TAG.search(body))


def _real_break(found: re.Match[str]) -> str:
    return found[1] or ("\t" if found[0] == "\\t" else "\n")


_LONGEST_SUBJECT = 200
_LONGEST_LOOK = 20_000
_LINE_END = re.compile(rf"<(?:br|hr|/?(?:{_BLOCKS}))\b[^<>]*>", re.IGNORECASE)
_UNSEEN = {"script", "style", "head", "title"}


def subject_from(text: Text) -> str | None:
    """The first line with anything in it, without tags, at most 200 characters; None when there is none."""
    words = text.body[:_LONGEST_LOOK]
    if text.body_format == "html":
        words = nh3.clean(_LINE_END.sub("\n", words), tags=set(), clean_content_tags=_UNSEEN)
        words = html.unescape(words)
    for line in words.splitlines():
        subject = " ".join(clean(line).split())
        if len(subject) > _LONGEST_SUBJECT:
            return f"{subject[: _LONGEST_SUBJECT - 1].rsplit(' ', 1)[0]}\u2026"
        if subject:
            return subject
    return None
