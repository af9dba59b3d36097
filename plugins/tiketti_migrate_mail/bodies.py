"""What a person wrote in a mail: its texts as the one body of a message.

Where there is HTML it is taken, since it holds the links, tables and lists; what could act in a page is taken
out by the sink. The history that a reply drags along can be cut off: it stands in the ticket already.
"""

import html
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation
from selectolax.lexbor import LexborHTMLParser

from tiketti_migrate_mail.flowed import unflowed
from tiketti_migrate_mail.html_lines import is_tangled
from tiketti_migrate_mail.html_quotes import cut_history
from tiketti_migrate_mail.inline_images import NOT_IN_MAIL, Images
from tiketti_migrate_mail.mail import FilePart, Mail, TextPart
from tiketti_migrate_mail.quote_words import NEEDLES
from tiketti_migrate_mail.quotes import Letter, Trimmed, letter_of, may_quote, trimmed

__all__ = ["NO_TEXT", "Body", "body_of"]

NO_TEXT = "(no text)"
_TOO_LARGE = "the text is too large to be looked into: it is kept as it came, with all that it quotes"
_TANGLED = "the HTML of the text is broken beyond reading: it is kept as it came, with all that it quotes"
_LARGEST = 2 * 1024 * 1024

_WORDS = re.compile(r"(?:\A|>)(?:\s|&(?:nbsp|#160|#xa0|zwnj);)*+[^\s<]")
# Within these, words are none to read.
_NO_WORDS = re.compile(r"<(?:style|script|title|!--)", re.IGNORECASE)
_LONGEST_EXCUSE = 400
_EXCUSES = (
    *("not support html", "support html", "supports html", "html-capable", "html capable", "html viewer"),
    *("html-enabled", "html enabled", "html e-mail", "html email", "html mail", "html message", "in html"),
    *("html compatible", "html-compatible", "enable html", "html format", "kein html", "html nicht"),
    *("html-fähig", "html-format", "html-mail", "html-e-mail", "html-nachricht", "html anzeigen"),
    *("au format html", "le html", "compatible html", "version html", "no admite html", "formato html"),
    *("compatible con html", "non supporta", "geen html", "html-indeling", "não suporta html"),
    *("stöder inte html", "understøtter ikke html", "støtter ikke html", "ei tue html"),
    *("nie obsługuje html", "nepodporuje html", "не поддерживает html", "в формате html"),
    *("html formátum", "html destekle", "html\u5f62\u5f0f", "html\u683c\u5f0f", "html\u90ae\u4ef6"),
    *("html\u30e1\u30fc\u30eb", "html\uc744"),
)
_QUOTES = (*("blockquote", "BLOCKQUOTE", "&gt; ", "_BODY_SECTION", "mail-editor-reference"), *NEEDLES)
_DOCUMENTS = (
    "<html",
    "<HTML",
    "<head",
    "<HEAD",
    "<body",
    "<BODY",
    "<style",
    "<STYLE",
    "<meta",
    "<title",
    "<?xml",
)
_PICTURES = ("<img", "<IMG", "<image", "<Img")
_COMMENT = "<!--"
_PADDING = "<o:p"
_SCRIPTS = ("<script", "<SCRIPT")
_STYLES = ("<style", "<STYLE", *_SCRIPTS)
_BODY_TAG = r"""<body\b(?:[^<>"']|"[^"<>]*+"|'[^'<>]*+')*+>"""
_BEGIN = r"""\s*+(?:<[!?][^<>]*+>\s*+)*+(?:<html\b[^<>]*+>\s*+)?+"""
_BODY = re.compile(rf"</head\s*+>\s*+{_BODY_TAG}", re.IGNORECASE)
_HEAD = re.compile(rf"{_BEGIN}<head\b", re.IGNORECASE)
# Beside these nothing of a document is there but its body.
_BARE = frozenset({"<html", "<HTML", "<body", "<BODY"})
_BARE_BODY = re.compile(_BEGIN + _BODY_TAG, re.IGNORECASE)
_NEEDLES = (*_QUOTES, *_DOCUMENTS, *_PICTURES, _PADDING, _COMMENT, *_SCRIPTS)
# In bytes, as places in a str would be counted for each text that is not ASCII.
_FINDER = BytesAhoCorasick([one.encode() for one in _NEEDLES], implementation=Implementation.DFA)


class Body(NamedTuple):
    """``shown``: which of the mail's files the text shows; ``trimmed``: history was cut off.

    ``files``: images that were written into the text itself.
    """

    text: str
    format: Literal["text", "html"] = "text"
    shown: frozenset[int] = frozenset()
    trimmed: bool = False
    warnings: tuple[str, ...] = ()
    files: tuple[FilePart, ...] = ()


def body_of(mail: Mail, *, trim: bool, ours: Callable[[str], bool] | None = None) -> Body:
    """``trim``: without the history of a reply, unless the author may have written below or among it.

    ``ours``: whether an address is one of those to whom customers write.
    """
    letter = partial(letter_of, mail, ours) if trim else None
    texts = [text for pair in mail.texts if (text := _chosen(*pair, mail.files)) is not None]
    if not texts:
        return Body(NO_TEXT)
    images = Images(mail.files)
    if any(text.is_html for text in texts):
        body = _html_body(texts, letter, images)
        return body if _WORDS.search(body.text) else body._replace(text=NO_TEXT)
    return _plain_body(texts, letter, images)


def _chosen(plain: TextPart | None, rich: TextPart | None, files: Sequence[FilePart]) -> TextPart | None:
    """Of a text and its HTML what tells more; None where neither tells anything."""
    if rich is not None and "<" not in rich.text:
        # Labelled as HTML, but none: its lines would be lost.
        rich = TextPart(html.unescape(rich.text), is_html=False)
    if plain is None or not plain.text.strip():
        return rich if rich is not None and rich.text.strip() else None
    if rich is None or not rich.is_html or not _says_something(rich, files):
        return plain
    is_rich_cut = len(rich.text) < len(plain.text) // 2 and not _is_excuse(plain.text)
    return plain if is_rich_cut else rich


def _says_something(rich: TextPart, files: Sequence[FilePart]) -> bool:
    """Whether there is anything to read in HTML, or to see."""
    markup = rich.text
    start = max(markup.find("</head>"), markup.find("</HEAD>"), 0)
    word = _WORDS.search(markup, start)
    if word is not None and _NO_WORDS.search(markup, start, word.end()) is None:
        return True
    return _is_told(_html_body([rich], None, Images(files)).text)


def _is_told(markup: str) -> bool:
    return markup != NO_TEXT and _WORDS.search(markup.replace(NOT_IN_MAIL, "")) is not None


def _is_excuse(text: str) -> bool:
    """Whether a program wrote a text in place of one, since it has but HTML."""
    words = " ".join(text.casefold().split())
    return len(words) <= _LONGEST_EXCUSE and any(one in words for one in _EXCUSES)


def _plain_body(texts: list[TextPart], letter: Callable[[], Letter] | None, images: Images) -> Body:
    text = "\n\n".join(_plain(part) for part in texts)
    found = trimmed(text, letter()) if letter and may_quote(text) else Trimmed(text)
    text = images.in_text(found.text).strip("\n").rstrip()
    return _body(text or NO_TEXT, "text", images, found.was_cut, found.warnings)


def _plain(part: TextPart) -> str:
    text = _sound(part.text)
    text = unflowed(text, delsp=part.delsp) if part.flowed else text
    return text.strip("\n").rstrip()


def _html_body(texts: list[TextPart], letter: Callable[[], Letter] | None, images: Images) -> Body:
    markup = _sound(texts[0].text) if len(texts) == 1 else "\n".join(map(_as_html, texts))
    if len(markup) > _LARGEST:
        return _body(markup, "html", images, warnings=(_TOO_LARGE,))
    found = {_NEEDLES[index] for index, _, _ in _FINDER.find_matches_as_indexes(markup.encode())}
    if _PADDING in found:
        markup = markup.replace("<o:p></o:p>", "").replace("<o:p>&nbsp;</o:p>", "&nbsp;")
    tags = found.intersection(_DOCUMENTS)
    inner = _inner(markup, is_bare=tags <= _BARE) if tags else None
    markup = markup if inner is None else inner
    if found.isdisjoint(_QUOTES):
        letter = None
    needs_tree = letter is not None or (tags and inner is None) or not found.isdisjoint(_PICTURES)
    # What looks like a comment may be in an attribute, and one may end in several ways.
    needs_tree = needs_tree or (_COMMENT in found and _COMMENT in markup)
    if not needs_tree and (found.isdisjoint(_STYLES) or not any(tag in markup for tag in _STYLES)):
        return _body(markup.strip(), "html", images)
    if is_tangled(markup):
        return _body(markup, "html", images, warnings=(_TANGLED,))
    return _looked_into(markup, letter, images)


def _looked_into(markup: str, letter: Callable[[], Letter] | None, images: Images) -> Body:
    tree = LexborHTMLParser(markup)
    body = tree.body
    if body is None:
        return _body(markup, "html", images)
    for unseen in body.css("style, script"):
        unseen.decompose()
    if _COMMENT in markup:
        for comment in [one for one in body.traverse(include_text=True) if one.tag == "-comment"]:
            comment.decompose()
    was_cut, warnings = cut_history(body, letter()) if letter else (False, ())
    images.in_html(tree)
    return _body((body.inner_html or "").strip() or NO_TEXT, "html", images, was_cut, warnings)


def _inner(markup: str, *, is_bare: bool) -> str | None:
    """What is between the tags of the body, if that can be told without a parser.

    ``is_bare``: it has no head, nor anything of one.
    """
    begin = _BARE_BODY.match(markup) if is_bare else None
    if begin is None:
        head = max(markup.find("</head>"), markup.find("</HEAD>"))
        begin = _BODY.match(markup, head) if head >= 0 and _HEAD.match(markup) else None
    if begin is None:
        return None
    end = max(markup.rfind("</body>"), markup.rfind("</BODY>"))
    is_last = end > begin.end() and not markup[end + 7 :].strip().lower().removeprefix("</html>")
    return markup[begin.end() : end] if is_last else None


def _body(
    text: str,
    form: Literal["text", "html"],
    images: Images,
    was_cut: bool = False,
    warnings: tuple[str, ...] = (),
) -> Body:
    told = (*warnings, *images.warnings())
    return Body(text, form, frozenset(images.shown), was_cut, told, images.written)


def _as_html(part: TextPart) -> str:
    """One of several texts, whole in itself."""
    if not part.is_html:
        return f"<div>{html.escape(_plain(part), quote=False)}</div>".replace("\n", "<br>\n")
    markup = _sound(part.text)
    if len(markup) > _LARGEST or is_tangled(markup):
        return markup
    body = LexborHTMLParser(markup).body
    return f"<div>{body.inner_html if body is not None else markup}</div>"


def _sound(text: str) -> str:
    """A text with one kind of line end, and nothing that cannot be stored."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
