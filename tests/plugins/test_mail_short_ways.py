"""What is quick for the usual mail comes to the same as the careful way."""

import re
from collections.abc import Callable

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_mail import bodies, imap_answers
from tiketti_migrate_mail.bodies import body_of
from tiketti_migrate_mail.headers import fields
from tiketti_migrate_mail.mail import Mail, TextPart
from tiketti_migrate_mail.mime_tree import Fields
from tiketti_migrate_mail.text_charsets import decode

NAMES = ["Subject", "SUBJECT", "subject ", "To\t", "X-Auto", "To"]
LINES = st.one_of(
    st.tuples(st.sampled_from(NAMES), st.sampled_from([":", ": ", " :", ""]), st.text("ab: \t", max_size=8)),
    st.tuples(st.sampled_from([" ", "\t"]), st.just(""), st.text("ab", max_size=8)),
).map("".join)
PIECES = st.sampled_from(
    [
        *(
            "<p>a</p>",
            "<b>b",
            "c &amp; d",
            "<br>",
            "&nbsp;",
            "é",
            "<style>p {}</style>",
            "</body>",
            "</html>",
        ),
        *(
            "<script>x()</script>",
            "<div style='color:red'>",
            "</div>",
            "<img src=x>",
            "\n",
            "<html>",
        ),
        *(
            "<!-- x -->",
            "</head>",
            "<body>",
            "<table><tr><td>1</table>",
            "<blockquote>q</blockquote>",
            "a > b",
        ),
    ]
)
BEGINNINGS = st.sampled_from(
    [
        *("<html><body>", "<!DOCTYPE html>\n<html lang=en>\n<body>", "<body class='a b'>", "<HTML><BODY>"),
        *(
            '<html><body title="a>b">',
            "<html>",
            "<html><head><meta charset=x></head>\n<body>",
            "x<body>",
            "<html><body class='a>",
        ),
    ]
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_fields_are_those_of_the_head_of_a_plan(lines: list[str], ending: str) -> None:
    block = ending.join(lines)
    found = Fields(block.encode())
    expected = fields(block.encode())
    for name in ("subject", "to", "x-auto"):
        unfolded = [re.sub(rb"\r?\n(?=[ \t])", b"", value) for value in found.all(name.encode())]
        assert unfolded == expected.get(name, [])
        assert found.get(name.encode()) == next(iter(found.all(name.encode())), b"")
        assert found.has(frozenset({name.encode()})) == (name in expected)


ITEMS = st.sampled_from(
    [
        *(" ", " UID 7", " UID 4294967296", " FLAGS (\\Seen X)", " FLAGS ()", ' FLAGS ("a b")', " FLAGS NIL"),
        *(' INTERNALDATE " 5-Jan-2020 10:11:12 +0100"', ' INTERNALDATE ""', " INTERNALDATE NIL", ")", "("),
        *(" RFC822.SIZE 12", " RFC822.SIZE x", " X 1", "<5>", "<0.9>", " body[TEXT]", " BODY[HEADER]", "  "),
    ]
)
USUAL = r'UID 3 FLAGS (\Seen) INTERNALDATE "25-Nov-2026 21:21:38 +0000" RFC822.SIZE 99 BODY[] '


@given(
    st.sampled_from(["", "UID 3", USUAL, USUAL.rstrip(), "UID 3 BODY[]<0> ", "UID 99999999999 BODY[] "]),
    st.integers(0, len(USUAL)),
    st.lists(ITEMS, max_size=3).map("".join),
    st.lists(st.sampled_from([b"body", b")", b" FLAGS ())", b""]), max_size=4),
)
def test_usual_answers_to_fetch_are_read_as_all_others(
    usual: str, at: int, items: str, rest: list[bytes]
) -> None:
    parts = [f"* 5 FETCH ({usual[:at]}{items}{usual[at:]}".encode(), *rest]
    assert told(imap_answers.fetched, parts) == told(imap_answers._carefully, parts)


def told(read: Callable[[list[bytes]], object], parts: list[bytes]) -> object:
    try:
        return read(parts)
    except imap_answers.BadAnswer as error:
        return str(error)


@given(st.text("ab\r\n\0\x1bé\x85\u2028", max_size=30), st.sampled_from([1, 300_000]))
def test_lines_end_alike_in_small_and_large_texts(text: str, times: int) -> None:
    padding = "x" * times
    found, mended = decode(("\ufeff" + text + padding).encode(), "utf-8", is_html=False)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("\x1b", "")
    assert (found, mended) == (text.replace("\x85", "\u2026") + padding, None)


@given(BEGINNINGS, st.lists(PIECES, max_size=6).map("".join), st.booleans())
def test_what_is_within_a_body_is_shown_as_a_parser_reads_it(begin: str, inside: str, trim: bool) -> None:
    mail = Mail("Hello", None, None, texts=((None, TextPart(f"{begin}w {inside}</body></html>", True)),))
    quick = body_of(mail, trim=trim)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bodies, "_inner", lambda markup, is_bare: None)
        careful = body_of(mail, trim=trim)
    assert shown(quick.text) == shown(careful.text)
    assert quick._replace(text="") == careful._replace(text="")


def shown(markup: str) -> str:
    """What is left of it in Tiketti, by words and tags."""
    return "".join(nh3.clean(nh3.clean(markup)).split())
