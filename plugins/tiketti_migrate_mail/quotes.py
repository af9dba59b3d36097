"""Where the history begins that a reply drags along: told by lines, whatever they were written in.

What an author wrote is worth more than what is saved: where it is not sure that nothing of it is among what
would be cut, all is kept.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from tiketti_migrate_mail.mail import Mail
from tiketti_migrate_mail.quote_words import (
    FORWARD_PREFIXES,
    NEEDLES,
    REPLY_PREFIXES,
    attribution_pattern,
    closing_pattern,
    sent_from_pattern,
)
from tiketti_migrate_mail.quoted_heads import (
    Line,
    email_in,
    header_block,
    is_forward_marker,
    is_original_marker,
    is_whole_head,
    label_of,
    line_of,
)
from tiketti_migrate_mail.typed_answers import hints_at_answers, is_greeting, looks_answered

__all__ = [
    "MOST_LINES",
    "TOO_LONG",
    "Attributions",
    "Letter",
    "Span",
    "Trimmed",
    "history",
    "letter_of",
    "may_quote",
    "trimmed",
]

MOST_LINES = 5000
TOO_LONG = "the text is too long for its quotes to be told: nothing was cut off"
_LONGEST_TEXT = 400_000
_LONGEST_LINE = 300
_MOST_ATTRIBUTIONS = 40
_LONGEST_SIGNATURE = 15
_SHORTEST_RULE = 8

_COLON = re.compile("[:\uff1a]")
_MAY_END = frozenset(":\uff1a>)*_-")
_GATE = BytesAhoCorasick(
    [one.encode() for one in ("\n>", "\n >", *NEEDLES)], implementation=Implementation.DFA
)
_PREFIX = re.compile(r"(?:\[[^\]]{0,100}\]|\s){0,5}([^\W\d_]{1,15})\.?(?:[\[(]\d{1,4}[\])])?\s?[:\uff1a]")
_DATE = re.compile(
    r"\b\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}\b|\b\d{1,2}[:.]\d\d\b|\b(?:19|20)\d\d\b|\d\d?\u6708\d|\d\uc6d4"
)
_NAME = re.compile(r"\w+")
_TIME = re.compile(r"\b\d{1,2}[:h]\d\d\b|\bk(?:ello|lo|l)\.? \d{1,2}\.\d\d")
_VERBS = (
    "wrote|writes|schrieb|geschrieben|(?:a )?écrit|(?:ha )?scritto|escribi[oó]|escreveu|schreef|geskryf|skrev"
    "|kirjoitti|napisa[łl]|nadesłał|napsal|napísal|написал|пишет|писал|написав|írta|(?:a )?scris|yazd\u0131"
    "|kirjutas|rašė|rakstīja|έγραψε"
)
_VERB = re.compile(rf"\b(?:{_VERBS})\b|[写寫]道|작성")
# What is left of an attribution for the next line: names are the author's own words as well.
_REST = re.compile(rf"[<(\[].*|(?:{_VERBS})(?:\(\w{{1,3}}\))?\s?[:\uff1a]")


class Letter(NamedTuple):
    """What the head says. Whom a reply answers is one of the ``recipients`` (addresses), known by one of the
    ``names``, or, in the mail of a customer, one of ``ours``.
    """

    is_reply: bool
    is_forward: bool
    recipients: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    ours: Callable[[str], bool] | None = None

    def may_answer(self, sender: str) -> bool:
        """Whether what this one answers may be of a sender that a quoted head names, else it is shown."""
        email = email_in(sender)
        if email is None:
            return _name(sender) in self.names
        return email in self.recipients or (self.ours is not None and self.ours(email))


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


def letter_of(mail: Mail, ours: Callable[[str], bool] | None = None) -> Letter:
    """What kind of letter the subject and the recipients speak of."""
    found = _PREFIX.match(mail.subject[:300])
    prefix = found[1].casefold() if found else ""
    recipients = (*mail.to, *mail.cc)
    is_of_us = ours is not None and mail.sender is not None and ours(mail.sender.email)
    return Letter(
        prefix in REPLY_PREFIXES,
        prefix in FORWARD_PREFIXES,
        frozenset(one.email for one in recipients),
        frozenset(name for one in recipients if (name := _name(one.name))),
        # Among colleagues a quoted mail of another one is as often shown as answered.
        None if is_of_us else ours,
    )


def _name(text: str) -> str:
    """A name, whichever part of it comes first."""
    return " ".join(sorted(_NAME.findall(text[:_LONGEST_LINE].casefold())))


def may_quote(text: str) -> bool:
    """Whether anything in a plain text can be the sign of a quote: what most texts have not.

    Of a text that is too long for them to be told, the beginning counts.
    """
    begin = text[:_LONGEST_TEXT]
    return begin.startswith(">") or bool(_GATE.find_matches_as_indexes(begin.encode("utf-8", "replace")))


def trimmed(text: str, letter: Letter) -> Trimmed:
    """A plain text without the history at its end, if there is any and nothing of the author is below it."""
    if not may_quote(text):
        return Trimmed(text)
    rows = text[:_LONGEST_TEXT].split("\n", MOST_LINES)
    if len(text) > _LONGEST_TEXT or len(rows) > MOST_LINES:
        return Trimmed(text, warnings=(TOO_LONG,))
    span = history([line_of(row) for row in rows], letter)
    if span is None:
        return Trimmed(text)
    rest = rows[span.end :]
    return Trimmed("\n".join([*rows[: span.start], *([""] if rest else []), *rest]), was_cut=True)


def history(lines: Sequence[Line], letter: Letter) -> Span | None:
    """Which lines are history: what those before wrote, and the line that introduces it."""
    if letter.is_forward:
        return None
    span = _Search(lines, letter).span()
    if span is None or not _says_something(lines[: span.start]):
        return None
    start = span.start
    while start and (_is_rule(lines[start - 1].text) or is_original_marker(lines[start - 1].text)):
        start -= 1
    is_unmarked = span.is_open or lines[span.start].mark == "quote" or lines[span.end - 1].mark == "quote"
    if is_unmarked and hints_at_answers(lines[:start]):
        return None
    if span.is_open and (_only_greets(lines[:start]) or _has_answers(lines[span.start :])):
        return None
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
        is_set_off = words.endswith((":", "\uff1a")) or whole.endswith("--")
        is_ended = is_set_off or ("@" in words and words.endswith((">", ")")))
        if is_ended and _is_precise(words) and (_VERB.search(words) or _has_colon(words)):
            return True
        return self.has_form(words)

    def has_form(self, words: str) -> bool:
        """Whether a line has the form that a mail program gives it, a date included."""
        if _DATE.search(words[:_LONGEST_LINE]) is None:
            return False
        self._asked += 1
        return (
            self._asked <= _MOST_ATTRIBUTIONS
            and attribution_pattern().match(words[:_LONGEST_LINE]) is not None
        )


def _is_precise(words: str) -> bool:
    """Whether a line names a sender and a date as programs do: people write neither addresses nor minutes."""
    return _TIME.search(words) is not None or ("@" in words and _DATE.search(words) is not None)


def _has_colon(words: str) -> bool:
    return "@" in words and words.endswith((":", "\uff1a"))


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
                    is_sure = not has_quotes and self._is_history(number)
                    return Span(number, end, False) if is_sure else None
                has_quotes, number = True, end
                continue
            if line.text:
                if is_forward_marker(line.text):
                    return None
                block = self._head(number)
                if block:
                    return self._headed(number, block)
                found = self._introduced(number)
                if found is not None:
                    return found
            number += 1
        return None

    def _head(self, number: int) -> dict[str, str]:
        """The head of a mail that begins in a line."""
        if _COLON.search(self._lines[number].text, 0, 25) is None:
            return {}
        return header_block(self._lines, number)

    def _headed(self, number: int, block: dict[str, str]) -> Span | None:
        """From the head of a mail on: one that is shown or typed looks the same, so the letter must tell."""
        is_theirs = self._is_set_off(number) or is_whole_head(block)
        is_answered = self._letter.is_reply and self._letter.may_answer(block["from"])
        if not (is_theirs and is_answered) or self._is_shown_on_purpose(number):
            return None
        return Span(number, len(self._lines), True)

    def _is_set_off(self, number: int) -> bool:
        """Whether a program drew a line above the head, or marked it otherwise."""
        above = next((line.text for line in reversed(self._lines[:number]) if line.text), "")
        is_drawn = len(above) >= _SHORTEST_RULE and _is_rule(above)
        return self._lines[number].mark == "head" or is_drawn or is_original_marker(above)

    def _introduced(self, number: int) -> Span | None:
        """The history below an attribution."""
        last = self._attribution(number)
        below = None if last is None else self._below(last)
        if last is None or below is None:
            return None
        if self._lines[below].is_quoted:
            end = self._end_of_quote(below)
            is_forward = is_forward_marker(self._lines[below].text)
            return Span(number, end, False) if self._is_last(end) and not is_forward else None
        # Without marks it may be what an author tells in their own words.
        return None

    def _below(self, number: int) -> int | None:
        """The next line with words."""
        return next((n for n in range(number + 1, len(self._lines)) if self._lines[n].text), None)

    def _is_shown_on_purpose(self, number: int) -> bool:
        """Whether the author leads over to what is below: it is part of what is said."""
        above = next((line.text for line in reversed(self._lines[:number]) if not _is_rule(line.text)), "")
        return above.endswith((":", "\uff1a")) and not is_original_marker(above)

    def _attribution(self, number: int) -> int | None:
        """The last line of an attribution that begins in a line; it may be broken into three."""
        if self._ends.isdisjoint((number, number + 1, number + 2)):
            return None
        for last in range(number, min(number + 3, len(self._lines))):
            line = self._lines[last]
            if not line.text or line.is_quoted:
                return None
            if last == number and line.mark == "attribution":
                return last
            if line.text[-1] in _MAY_END and self._is_attribution(number, last):
                return last
        return None

    def _is_attribution(self, first: int, last: int) -> bool:
        """Whether just these lines are one: what an author wrote right above it is none of it."""
        texts = [line.text for line in self._lines[first : last + 1]]
        if len(texts) > 1:
            is_rest = texts[-2][-1] in "(<[" or _REST.fullmatch(texts[-1]) is not None
            is_broken = is_rest or self._attributions.has_form(" ".join(texts))
            is_sentence = texts[0][-1] in ".!?" or texts[-1][-1] not in ":\uff1a"
            if is_sentence or not is_broken or self._attributions.has(" ".join(texts[1:])):
                return False
        return self._attributions.has(" ".join(texts))

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

    def _is_history(self, number: int) -> bool:
        """Whether a quote that nothing introduces is what the mail answers, and not what it speaks of."""
        end = self._end_of_quote(number)
        words = [text for line in self._lines[number:end] if (text := line.text.lstrip("> "))][:2]
        if not words or is_forward_marker(words[0]) or self._is_shown_on_purpose(number):
            return False
        if self._lines[number].mark == "quote" or header_block(self._lines, number):
            return True
        return self._attributions.has(words[0]) or self._attributions.has(" ".join(words))


def _is_rule(text: str) -> bool:
    """Whether a line is empty, or but drawn."""
    return not text.strip("-_=*\u2014\u2500\u00a0 ")


def _says_something(lines: Sequence[Line]) -> bool:
    """Whether there are words of the author beside a signature."""
    for line in lines:
        if line.text == "--":
            return False
        if _is_rule(line.text) or line.is_quoted:
            continue
        return not (closing_pattern().fullmatch(line.text) or sent_from_pattern().match(line.text))
    return False


def _only_greets(lines: Sequence[Line]) -> bool:
    """Whether nothing but "Dear Bob" and "Regards" stands above a history, which then holds the answer."""
    for line in lines:
        if closing_pattern().fullmatch(line.text) or line.text == "--":
            return True
        if not (_is_rule(line.text) or is_greeting(line.text)):
            return False
    return True


def _has_answers(lines: Sequence[Line]) -> bool:
    """Whether lines of a history without marks look like answers to those above them."""
    attributions = Attributions()
    before, above = Line(""), Line("")
    for line in lines:
        if not line.text:
            continue
        if line.is_quoted:
            is_first = line.mark != "quote" and not above.is_quoted
            words = (above.text, f"{before.text} {above.text}")
            if is_first and not any(map(attributions.has, words)) and not is_original_marker(above.text):
                return True
        elif looks_answered(line.text) and label_of(above.text) is None:
            return True
        before, above = above, line
    return False
