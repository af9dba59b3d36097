"""The history of replies cut out of HTML, and what is never cut."""

from pathlib import Path

import pytest

from mail_texts import REPLIES, mail_from, rich, seen, trimmed_of
from tiketti_migrate_mail.bodies import body_of
from tiketti_migrate_mail.headers import Address

HTML = REPLIES / "html_replies"
QUOTE = '<blockquote type="cite"><p>Does it print?</p></blockquote>'
HEAD = "<b>From:</b> Bob<br><b>Sent:</b> Monday<br><b>To:</b> Jane<br><b>Subject:</b> Printer"


@pytest.mark.parametrize("path", sorted(HTML.glob("*.html")), ids=lambda path: path.stem)
def test_replies_of_mail_programs(path: Path) -> None:
    body = trimmed_of(rich(path.read_text()))
    assert body.trimmed
    assert seen(body) == "Hi. I am fine. Thanks, Alex"


@pytest.mark.parametrize(
    ("name", "words"),
    [("OLK_SRC_BODY_SECTION.html", "Reply"), ("reply-separated-by-hr.html", "Hi there Bob")],
)
def test_replies_of_odd_shapes(name: str, words: str) -> None:
    body = trimmed_of(rich((REPLIES / name).read_text()))
    assert (seen(body), body.trimmed) == (words, True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("android", "Hello"),
        ("aol", "Hello"),
        ("comcast", "Hello"),
        ("gmail", "Hello"),
        ("hotmail", "Hello"),
        ("sparrow", "Hello -- xxx Sent with Sparrow"),
    ],
)
def test_the_html_of_replies(name: str, words: str) -> None:
    body = body_of(mail_from(REPLIES / "standard_replies" / f"{name}.eml"), trim=True)
    assert (body.format, seen(body), body.trimmed) == ("html", words, True)


def test_quotations_that_share_a_block() -> None:
    body = body_of(mail_from(REPLIES / "reply-quotations-share-block.eml"), trim=True)
    assert body.trimmed
    assert seen(body).endswith("hearing from you soon. Jhon Doe")


def test_outlook_is_cut_where_the_subject_tells_a_reply() -> None:
    mail = mail_from(REPLIES / "standard_replies" / "outlook.eml")
    assert not body_of(mail, trim=True).trimmed
    reply = mail._replace(subject="Re: Test", to=(Address("", "xxx@xxx.mailgun.org"),))
    assert seen(body_of(reply, trim=True)) == "Allo! Follow up MIME!"


@pytest.mark.parametrize(
    "history",
    [
        f'<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{HEAD}</div><p>It fails.</p>',
        f'<div style="border-top:solid #E1E1E1 1.0pt"><p>{HEAD}</p></div><p>It fails.</p>',
        f'<div id="mail-editor-reference-message-container"><div>{HEAD}</div><p>It fails.</p></div>',
        '<div id="mail-editor-reference-message-container"><div><b>X:</b> Bob</div><p>It fails.</p></div>',
        '<div class="yahoo_quoted"><div>On Monday, 2 May 2022, Bob wrote:</div><div>It fails.</div></div>',
        f'<div class="protonmail_quote">--- Original Message ---<br>On 2 May 2022 Bob wrote:{QUOTE}</div>',
        f'<div class="zmail_extra"><div>---- On Mon, 02 May 2022 10:00 Bob wrote ----</div>{QUOTE}</div>',
        f"<div>On 2 May 2022, at 10:00, Bob &lt;bob@example.com&gt; wrote:</div><br>{QUOTE}",
        '<blockquote type="cite"><div>On 2 May 2022, Bob wrote:</div><div>It fails.</div></blockquote>',
        f'<div class="moz-cite-prefix">Bob kirjoitti 2.5.2022 klo 10.00:</div>{QUOTE}',
        f'<div class="moz-cite-prefix">\u0412 \u043f\u0442, Bob \u043f\u0456\u0448\u0430:</div>{QUOTE}',
        "<p>2 May 2022, 10:00, Bob &lt;bob@example.com&gt;:</p><blockquote>It fails.</blockquote>",
        f'<div class="gmail_quote"><div class="gmail_attr">On 2 May 2022 Bob wrote:<br></div>{QUOTE}</div>',
        "<p>On 2 May 2022, Bob wrote:</p><p>&gt; Does it print?<br>&gt; In colour?</p>",
        "<pre>-----Original Message-----</pre><p>From: Bob<br>Sent: Monday<br>To: Jane</p><p>It fails.</p>",
    ],
)
def test_history_goes_with_what_introduces_it(history: str) -> None:
    body = trimmed_of(rich(f"<div><p>It does.</p><p>Jane</p></div>{history}"))
    assert (seen(body), body.trimmed) == ("It does. Jane", True)


@pytest.mark.parametrize(
    "markup",
    [
        f"<p>On 2 May 2022, Bob wrote:</p>{QUOTE}<p>It does.</p>",
        f"<p>Hello</p><p>On 2 May 2022, Bob wrote:</p>{QUOTE}<p>It does.</p>{QUOTE}",
        f'<div class="gmail_quote">On 2 May 2022, Bob wrote:{QUOTE}<div>It does.</div>{QUOTE}</div>',
        f"<font>{QUOTE}</font>It does.",
        f"<p>Hello</p>{QUOTE}<img src='http://example.com/answer.png'>",
        f"<p>The printer says:</p>{QUOTE}",
        "<p>As the poet says</p><blockquote>Two roads diverged in a wood</blockquote>",
        QUOTE,
        "<p>The commands were</p><p>&gt; npm install<br>&gt; npm test<br>&gt; npm start</p>",
        f"<p>Look what came:</p><div>{HEAD}</div><p>Is it one of yours?</p>",
        "<p>Book it.</p><p>From: Munich<br>To: Berlin<br>Date: 2 May</p><p>In the morning.</p>",
        f"<p>On 2 May 2022, Bob wrote:</p>{QUOTE}",
        f"<p>My answers are inline.</p><div id='divRplyFwdMsg'>{HEAD}</div><p>Does it? YES</p>",
        f"<p>See in red.</p><p>On 2 May 2022, Bob wrote:</p>{QUOTE}",
        f"<p>Look</p><div class='gmail_quote'>------ Forwarded message -----<br>{HEAD}<br>Words</div>",
        f"<p>Look</p><div class='moz-forward-container'>--- Weitergeleitete Nachricht ---<br>{HEAD}</div>",
        "<p>Look</p><blockquote type='cite'><div>Begin forwarded message:</div><div>Words</div></blockquote>",
    ],
)
def test_what_an_author_may_have_written_is_kept(markup: str) -> None:
    body = trimmed_of(rich(markup))
    assert not body.trimmed
    assert seen(body).replace("[image: answer.png]", "").split() == seen(body._replace(text=markup)).split()


@pytest.mark.parametrize("history", [QUOTE, f'<div id="divRplyFwdMsg">{HEAD}</div><p>Words</p>'])
def test_what_is_forwarded_is_kept(history: str) -> None:
    assert not trimmed_of(rich(f"<p>Please answer.</p>{history}"), subject="WG: Drucker").trimmed


def test_markup_around_stays_whole() -> None:
    markup = f"<table><tr><td><b>It does.</b></td></tr></table><p>On 2 May 2022, Bob wrote:</p>{QUOTE}<br>"
    assert trimmed_of(rich(markup)).text == "<table><tbody><tr><td><b>It does.</b></td></tr></tbody></table>"


def test_a_signature_below_the_quote_stays() -> None:
    markup = f"<p>It does.</p><p>On 2 May 2022, Bob wrote:</p>{QUOTE}<p>-- <br>Jane</p>"
    assert seen(trimmed_of(rich(markup))) == "It does. -- Jane"
