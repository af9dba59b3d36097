"""Where the history begins that a reply drags along: told by lines, whatever they were written in.

What an author wrote is worth more than what is saved: where it is not sure that nothing of it is among what
would be cut, all is kept.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick

from tiketti_migrate_mail.mail import Mail
from tiketti_migrate_mail.quote_words import (
    FORWARD_PREFIXES,
    FORWARDED,
    LABELS,
    NEEDLES,
    ORIGINAL,
    REPLY_PREFIXES,
    attribution_pattern,
    closing_pattern,
    sent_from_pattern,
)

__all__ = [
    "MOST_LINES",
    "TOO_LONG",
    "Attributions",
    "Letter",
    "Line",
    "Span",
    "Trimmed",
    "email_in",
    "header_block",
    "history",
    "is_forward_marker",
    "letter_of",
    "line_of",
    "trimmed",
]

Mark = Literal["", "quote", "attribution"]

MOST_LINES = 5000
TOO_LONG = "the text is too long for its quotes to be told: nothing was cut off"
_LONGEST_TEXT = 400_000
_LONGEST_LINE = 300
_MOST_ATTRIBUTIONS = 40
_MOST_HEADERS = 12
_LONGEST_SIGNATURE = 15
_FEWEST_QUOTED = 3

_COLON = re.compile("[:\uff1a]")
_SET_OFF = "-_=*>:\u2014\u2013"
_MAY_END = frozenset(":\uff1a>)*_-")
_GATE = AhoCorasick(["\n>", "\n >", *NEEDLES])
_PREFIX = re.compile(r"(?:\[[^\]]{0,100}\]|\s){0,5}([^\W\d_]{1,15})\.?(?:[\[(]\d{1,4}[\])])?\s?[:\uff1a]")
_DATE = re.compile(
    r"\b\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}\b|\b\d{1,2}[:.]\d\d\b|\b(?:19|20)\d\d\b|\d\d?\u6708\d|\d\uc6d4"
)
_EMAIL = re.compile(r"[^\s<>()\[\]:;,\"'@]{1,64}@[^\s<>()\[\]:;,\"'@]{1,255}")
_LABEL = re.compile(r"[*\s]{0,5}([^\W\d_][^:\uff1a*]{0,19}?)\s?\*?\s?[:\uff1a]")
_VERB = re.compile(
    r"\b(?:wrote|writes|schrieb|geschrieben|crit|scritto|escribi[oó]|escreveu|schreef|geskryf|skrev|kirjoitti"
    r"|napisa[łl]|nadesłał|napsal|napísal|написал|пишет|писал|написав|írta|scris|yazd\u0131|kirjutas|rašė"
    r"|rakstīja|έγραψε)\b|[写寫]道|작성"
)
# An author who answers inside of what he quotes says so: no mark tells his words from those of others then.
_BELOW = re.compile(
    r"\b(?:below|in-?line|in (?:red|blue|green|bold|colou?r|capitals)|unten|im text|in (?:rot|blau|grün)"
    r"|(?:roten?|blauen?|grünen?) text|ci-dessous|plus bas|dans le (?:texte|corps)|en (?:rouge|bleu|rojo)"
    r"|en azul|abajo|abaixo|em (?:vermelho|azul)|sotto|di seguito|in rosso|hieronder|onderstaande?"
    r"|in het (?:rood|blauw)|nedan|nedanför|nedenfor|nedenstående|alapuolella|poniżej|níže|nižšie|ниже|нижче"
    r"|красным|alább|aşağ\u0131da)\b|以下|下記|如下|下面|见下|아래",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """A line without white space around it, cut where it is longer than any attribution.

    ``mark``: what the markup around it says, such as that it is a quote.
    """

    text: str
    is_quoted: bool = False
    mark: Mark = ""


class Letter(NamedTuple):
    """What the head says. ``recipients``: whom a reply answers is among them."""

    is_reply: bool
    is_forward: bool
    recipients: frozenset[str]


class Span(NamedTuple):
    """Lines from ``start`` up to before ``end`` are history; ``is_open``: up to the very end of the text."""

    start: int
    end: int
    is_open: bool


class Trimmed(NamedTuple):
    """A text and whether it was cut."""

    text: str
    was_cut: bool = False
    warnings: tuple[str, ...] = ()


def letter_of(mail: Mail) -> Letter:
    """What kind of letter the subject and the recipients speak of."""
    found = _PREFIX.match(mail.subject[:300])
    prefix = found[1].casefold() if found else ""
    recipients = frozenset(one.email for one in (*mail.to, *mail.cc))
    return Letter(prefix in REPLY_PREFIXES, prefix in FORWARD_PREFIXES, recipients)


def trimmed(text: str, letter: Letter) -> Trimmed:
    """A plain text without the history at its end, if there is any and nothing of the author is below it."""
    if not (text.startswith(">") or _GATE.find_matches_as_indexes(text)):
        return Trimmed(text)
    rows = text.split("\n")
    if len(text) > _LONGEST_TEXT or len(rows) > MOST_LINES:
        return Trimmed(text, warnings=(TOO_LONG,))
    span = history([line_of(row) for row in rows], letter)
    if span is None:
        return Trimmed(text)
    rest = rows[span.end :]
    return Trimmed("\n".join([*rows[: span.start], *([""] if rest else []), *rest]), was_cut=True)


def line_of(text: str, mark: Mark = "") -> Line:
    """A line of a text."""
    short = text[: 4 * _LONGEST_LINE].strip()[:_LONGEST_LINE]
    return Line(short, mark == "quote" or short[:1] == ">", mark)


def email_in(text: str) -> str | None:
    """The first mail address in a line, in lower case."""
    found = _EMAIL.search(text[: 4 * _LONGEST_LINE])
    return found[0].strip(".*").lower() if found else None


def is_forward_marker(text: str) -> bool:
    """Whether a line says that a forwarded mail begins below."""
    return _separator(text) in FORWARDED


def header_block(lines: Sequence[Line], start: int, fewest: int = 3) -> dict[str, str]:
    """The head of a mail as programs write it above what they quote ("From:", "Sent:", "To:", "Subject:").

    By the names of LABELS, the first of each; empty if none that has ``fewest`` of them begins with line
    ``start``.
    """
    found: dict[str, str] = {}
    last, others = "", 0
    for number in range(start, min(len(lines), start + _MOST_HEADERS)):
        text = lines[number].text.lstrip("> ")
        label = _LABEL.match(text)
        name = LABELS.get(label[1].strip().casefold()) if label else None
        if name is not None and label is not None:
            found.setdefault(name, text[label.end() :].strip("* "))
            last, others = name, 0
            continue
        # A long list of recipients is broken, and HTML may have empty lines in between.
        others += 1
        if others > 2 or number == start:
            break
        if last in ("from", "reply-to") and "@" not in found[last]:
            found[last] = f"{found[last]} {text}".strip()
    return found if "from" in found and len(found) >= fewest else {}


def history(lines: Sequence[Line], letter: Letter) -> Span | None:
    """Which lines are history: what those before wrote, and the line that introduces it."""
    if letter.is_forward:
        return None
    span = _Search(lines, letter).span()
    if span is None or not _says_something(lines[: span.start]):
        return None
    is_unmarked = span.is_open or lines[span.start].mark == "quote" or lines[span.end - 1].mark == "quote"
    if is_unmarked and any(_BELOW.search(line.text) for line in lines[: span.start]):
        return None
    start = span.start
    while start and _is_rule(lines[start - 1].text):
        start -= 1
    is_last = not any(line.text for line in lines[span.end :])
    return span._replace(start=start, end=len(lines) if is_last else span.end)


class Attributions:
    """What introduces a quote ("On ... wrote:"). One a text: a hostile one is not looked at forever."""

    def __init__(self) -> None:
        self._asked = 0

    def has(self, words: str) -> bool:
        """Whether a line, or lines that were broken, introduce what is below."""
        whole = words[:_LONGEST_LINE]
        words = whole.strip("-_*\u2014\u00a0 ")
        if words[-1:] not in _MAY_END and not whole.endswith("--"):
            return False
        has_date, has_email = _DATE.search(words) is not None, "@" in words
        if _VERB.search(words) and (has_email or has_date):
            return True
        if words.endswith((":", "\uff1a")) and has_email and has_date:
            return True
        self._asked += 1
        return self._asked <= _MOST_ATTRIBUTIONS and attribution_pattern().match(words) is not None


class _Search:
    """One text, from front to back."""

    def __init__(self, lines: Sequence[Line], letter: Letter) -> None:
        self._lines = lines
        self._letter = letter
        self._attributions = Attributions()
        self._ends = frozenset(number for number, line in enumerate(lines) if line.text[-1:] in _MAY_END)

    def span(self) -> Span | None:
        number, has_quotes = 0, False
        while number < len(self._lines):
            line = self._lines[number]
            if line.is_quoted:
                end = self._end_of_quote(number)
                if self._is_last(end):
                    is_sure = not has_quotes and self._is_history(number, end)
                    return Span(number, end, False) if is_sure else None
                has_quotes, number = True, end
                continue
            if line.text:
                if line.text[-1] in _SET_OFF and is_forward_marker(line.text):
                    return None
                found = self._introduced(number)
                if found is not None:
                    return found
            number += 1
        return None

    def _introduced(self, number: int) -> Span | None:
        """The history that a line introduces."""
        text = self._lines[number].text
        is_original = text[-1] in _SET_OFF and _separator(text) in ORIGINAL
        if is_original or (_COLON.search(text, 0, 25) and header_block(self._lines, number)):
            return self._headed(number)
        last = self._attribution(number)
        if last is None:
            return None
        below = next((n for n in range(last + 1, len(self._lines)) if self._lines[n].text), None)
        if below is None:
            return None
        if not self._lines[below].is_quoted:
            words = " ".join(line.text for line in self._lines[number : last + 1])
            is_sure = self._letter.is_reply and _DATE.search(words) and _VERB.search(words)
            return self._open(number) if is_sure else None
        end = self._end_of_quote(below)
        is_forward = is_forward_marker(self._lines[below].text)
        return Span(number, end, False) if self._is_last(end) and not is_forward else None

    def _headed(self, number: int) -> Span | None:
        """From a separator or the head of a mail on: a forward looks the same, so the letter must tell."""
        near = range(number, min(number + 4, len(self._lines)))
        blocks = (header_block(self._lines, n) for n in near if self._lines[n].text)
        sender = next((email_in(block["from"]) for block in blocks if block), None)
        is_reply = self._letter.is_reply or sender in self._letter.recipients
        return self._open(number) if is_reply else None

    def _open(self, number: int) -> Span:
        return Span(number, len(self._lines), True)

    def _attribution(self, number: int) -> int | None:
        """The last line of an attribution that begins in a line; it may be broken into three."""
        if self._ends.isdisjoint((number, number + 1, number + 2)):
            return None
        words = ""
        for last in range(number, min(number + 3, len(self._lines))):
            line = self._lines[last]
            if not line.text or line.is_quoted:
                return None
            if last == number + 1 and not (_DATE.search(words) or "@" in words):
                return None
            words = f"{words} {line.text}".strip()
            is_marked = line.mark == "attribution"
            if is_marked or (line.text[-1] in _MAY_END and self._attributions.has(words)):
                is_followed = last + 1 < len(self._lines)
                return last if is_followed else None
        return None

    def _end_of_quote(self, number: int) -> int:
        """Where quoted lines end; empty ones between them belong to them."""
        end = number
        for n in range(number, len(self._lines)):
            if self._lines[n].is_quoted:
                end = n + 1
            elif self._lines[n].text:
                break
        return end

    def _is_last(self, end: int) -> bool:
        """Whether nothing but a signature is below."""
        rest = [line for line in self._lines[end:] if line.text]
        if not rest or (len(rest) <= 2 and sent_from_pattern().match(rest[0].text)):
            return True
        is_signature = rest[0].text == "--" and len(rest) <= _LONGEST_SIGNATURE
        return is_signature and not any(line.is_quoted for line in rest)

    def _is_history(self, number: int, end: int) -> bool:
        """Whether a quote that nothing introduces is what the mail answers, and not what it speaks of."""
        quoted = [line.text.lstrip("> ") for line in self._lines[number:end]]
        words = [text for text in quoted if text]
        if not words or is_forward_marker(words[0]):
            return False
        above = next((line.text for line in reversed(self._lines[:number]) if line.text), "")
        if above.endswith((":", "\uff1a")):
            return False
        is_introduced = self._attributions.has(words[0]) or self._attributions.has(" ".join(words[:2]))
        if is_introduced or self._lines[number].mark == "quote":
            return True
        if header_block(self._lines, number):
            return True
        return self._letter.is_reply and len(words) >= _FEWEST_QUOTED


def _separator(text: str) -> str:
    """The words of a line that stand among dashes, or before a colon; "" for any other line."""
    words = text.strip(_SET_OFF + "\u00a0 ")
    is_set_off = text != words and len(words) < 60
    return " ".join(words.casefold().split()) if is_set_off else ""


def _is_rule(text: str) -> bool:
    """Whether a line is empty, or but drawn."""
    return not text.strip("-_=*\u2014\u2500\u200b\u00a0 ")


def _says_something(lines: Sequence[Line]) -> bool:
    """Whether there are words of the author beside a signature."""
    for line in lines:
        if line.text == "--":
            return False
        if _is_rule(line.text) or line.is_quoted:
            continue
        return not (closing_pattern().fullmatch(line.text) or sent_from_pattern().match(line.text))
    return False
