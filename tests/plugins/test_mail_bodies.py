"""Of the texts of a mail, the one body of a message."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail_texts import mail_of, plain, rich, seen, trimmed_of
from tiketti_migrate_mail.bodies import NO_TEXT, body_of
from tiketti_migrate_mail.forwarded import real_sender
from tiketti_migrate_mail.headers import Address
from tiketti_migrate_mail.mail import FilePart, TextPart


def both(text: str, markup: str) -> tuple[TextPart, TextPart]:
    return TextPart(text, is_html=False), TextPart(markup, is_html=True)


def test_html_is_taken_where_there_is_any() -> None:
    body = trimmed_of(both("Hello *you*", "<p>Hello <b>you</b></p>"))
    assert (body.text, body.format) == ("<p>Hello <b>you</b></p>", "html")


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "  \n",
        "<html><body></body></html>",
        "<div><br>&nbsp;</div>",
        "Hello, the long text of the mail",
        "<p>Hel",
        "<style>p { color: red }</style>",
        "<html><head><style>p { color: red }</style></head><body><div></div></body></html>",
        "<html><head><title>Answer</title></head><body></body></html>",
        "<html><body><img src='http://example.com/open.gif' width=1 height=1></body></html>",
        "<img src=cid:gone>",
        "<div><!-- a > b --></div><script>1 > 2</script>",
    ],
)
def test_the_plain_text_is_taken_where_the_html_says_less(markup: str) -> None:
    body = trimmed_of(both("Hello, the long text of the mail\nJane", markup))
    assert (body.text, body.format) == ("Hello, the long text of the mail\nJane", "text")


@pytest.mark.parametrize(
    "stub",
    [
        "Your client does not support HTML",
        "Ihr Programm kann keine HTML-Nachrichten anzeigen: bitte öffnen Sie diese mit einem anderen.",
        "Votre logiciel ne prend pas en charge le HTML.",
    ],
)
def test_what_a_program_says_of_html_is_no_text(stub: str) -> None:
    assert trimmed_of(both(stub, "<p>real</p>")).text == "<p>real</p>"
    assert trimmed_of(both(stub, "<style>p { a: b }</style>")).text == stub


def test_each_of_several_texts_is_looked_at_alone() -> None:
    body = trimmed_of(both("The text", "<style>p { a: b }</style>"), plain("-- \nlist"))
    assert body.text == "The text\n\n-- \nlist"


def test_html_of_images_alone_is_kept() -> None:
    body = trimmed_of(
        both("View this mail in a browser", '<img src="http://example.com/offer.png" alt="50 % off">')
    )
    assert seen(body) == "[image: 50 % off]"


def test_what_is_no_html_keeps_its_lines() -> None:
    body = trimmed_of(rich("Tom &amp; Jerry\nsay hello"))
    assert (body.text, body.format) == ("Tom & Jerry\nsay hello", "text")


@pytest.mark.parametrize("texts", [(), (plain(""),), (plain(" \n\t"), rich("")), (rich("<html></html>"),)])
def test_a_mail_without_words_says_so(texts: tuple[object, ...]) -> None:
    assert trimmed_of(*texts).text == NO_TEXT


def test_several_texts_follow_each_other() -> None:
    assert trimmed_of(plain("First\r\n"), plain("\nSecond")).text == "First\n\nSecond"


def test_where_one_of_several_texts_is_html_all_become_html() -> None:
    body = trimmed_of(plain("1 < 2\nand so on"), rich("<p>Second</p>"), plain("-- \nlist"))
    assert body.format == "html"
    assert body.text.split("\n") == [
        "<div>1 &lt; 2<br>",
        "and so on</div>",
        "<div><p>Second</p></div>",
        "<div>-- <br>",
        "list</div>",
    ]


def test_one_text_cannot_swallow_the_next() -> None:
    body = trimmed_of(rich("<p>First <b>text <!-- never closed"), rich("<p>Second</p>"))
    assert seen(body) == "First text Second"


def test_flowed_text_is_put_together() -> None:
    assert (
        trimmed_of(plain("One \nline\n> two \n> quoted\nyes", flowed=True)).text
        == "One line\n> two quoted\nyes"
    )


def test_the_padding_of_word_goes() -> None:
    markup = (
        "<html><head><title>x</title><style>p { color: red }</style>"
        "<!--[if gte mso 9]><xml>1</xml><![endif]--></head><body lang=EN>"
        "<p class=MsoNormal>Hello<o:p></o:p></p><p><o:p>&nbsp;</o:p></p><!--[if mso]>2<![endif]-->"
        "<p>Jane</p></body></html>"
    )
    assert trimmed_of(rich(markup)).text == '<p class="MsoNormal">Hello</p><p>&nbsp;</p><p>Jane</p>'


def test_styles_and_scripts_in_the_text_go() -> None:
    assert trimmed_of(rich("<style>p { a: b }</style><p>Hello</p><script>1</script>")).text == "<p>Hello</p>"


def test_words_outside_of_the_body_stay() -> None:
    for markup in (
        "<html><head></head>Before<body>Words</body>After</html>",
        "<head></head><body>Words</body></html>After",
        "<html>Before <p>Words</p></html>",
    ):
        assert "Words" in seen(trimmed_of(rich(markup)))
        assert ("Before" in seen(trimmed_of(rich(markup)))) == ("Before" in markup)
        assert ("After" in seen(trimmed_of(rich(markup)))) == ("After" in markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<a title='<!--'>1</a><p>Words</p><a title='-->'>2</a>",
        "<a title='<!--[if mso]>'>1</a><p>Words</p><a title='<![endif]-->'>2</a>",
        "1<!-- x --!><p>Words</p><!-- y -->2",
        "1<!--[if !mso]><!--><p>Words</p><!--<![endif]-->2",
        "1<!--><p>Words</p><!-- -->2",
        "<html><head><!-- <body> --></head><body>1<!--[if mso]>no<![endif]--><p>Words</p>2</body></html>",
    ],
)
def test_what_is_no_comment_stays(markup: str) -> None:
    assert re.sub(r"<[^<>]*>", " ", trimmed_of(rich(markup)).text).split() == ["1", "Words", "2"]


def test_what_cannot_be_stored_goes() -> None:
    assert trimmed_of(plain("a\0b\udc80c\r\nd")).text == "ab?c\nd"
    assert trimmed_of(rich("<p>a\0b\udc80c</p>")).text == "<p>ab?c</p>"


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ("<p>Hello</p>" * 200_000, "too large"),
        (f"<p>Hello</p>{'<blockquote>' * 3000}", "broken"),
        (f"<div>{'<b class=x>' * 1500}</div>{'<div>Hello</div>' * 1500}<img src=x>", "broken"),
        ("<p " + " ".join(f"a{number}" for number in range(3000)) + ">wrote</p>", "broken"),
        ("<p " + " ".join(f"a{number}='>'" for number in range(3000)) + ">wrote</p>", "broken"),
    ],
)
def test_html_beyond_reason_is_kept_as_it_is(markup: str, told: str) -> None:
    body = trimmed_of(rich(markup))
    assert (body.text, body.trimmed) == (markup, False)
    assert told in body.warnings[0]


def test_a_long_tag_may_hold_an_image() -> None:
    data = "QUJD\n" * 100_000
    body = trimmed_of(rich(f'<p>Hello <img src="data:image/png;base64,{data}"></p>'))
    assert (body.text, len(body.files[0].content)) == ("<p>Hello [image: image-1.png]</p>", 300_000)


HOSTILE = [
    *(
        "<",
        ">",
        "> ",
        "=?",
        "(",
        "&",
        "\n",
        "\n>",
        " ",
        "On ",
        "On On wrote:\n",
        "From: a\n",
        "-----\n",
        "a@",
    ),
    *("<!--", "-->", "<b>", "<p>", "<blockquote>", "</div>", "<img ", "<img>", "<td>", "<a href=x>", "<o:p>"),
    *(
        "</head>",
        "<body>",
        "</head><body>",
        "[cid:x",
        "[cid:x]",
        "<br>",
        "&gt; ",
        "<style>",
        '<p a="',
        "写道\uff1a",
    ),
    *(
        "E-mail: ",
        "E-mail:\n",
        "Begin forwarded message:\n",
        "From: a@b\nTo: c\nDate: d\n",
        "<font size=1>x</p>",
    ),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_texts_take_no_time(piece: str) -> None:
    started = time.process_time()
    for size in (100_000, 1_000_000):
        text = piece * (size // len(piece))
        for texts in ([plain(text)], [rich(f"<div>{text}")], [rich(f"<blockquote>wrote{text}")]):
            mail = mail_of(*texts)
            body_of(mail, trim=True)
            real_sender(mail)
    assert time.process_time() - started < 60


PIECES = st.lists(
    st.sampled_from(
        [*HOSTILE, "Hello", "\r\n", "\0", "\udc80", "wrote:", "cite", "<blockquote type=cite>", "</b>"]
    )
    | st.text(max_size=5),
    max_size=40,
)


@settings(deadline=None)
@given(PIECES, PIECES, st.booleans(), st.sampled_from(["Re: x", "Fwd: x", "", "\udc80[["]))
def test_no_mail_is_an_error(text: list[str], markup: list[str], trim: bool, subject: str) -> None:
    files = (
        FilePart("a.png", "image/png", b"", "x", inline=True),
        FilePart("", "message/rfc822", b"From: \xff"),
    )
    sender = Address("", "a@b") if trim else None
    pair = both("".join(text), "".join(markup))
    mail = mail_of(pair, plain("".join(markup)), subject=subject, files=files, sender=sender)
    for one in (mail, mail._replace(texts=(pair,)), mail._replace(texts=((None, pair[1]),))):
        body = body_of(one, trim=trim)
        assert body.text.encode()
        assert body.text == NO_TEXT or body.text.strip()
        real_sender(one)
