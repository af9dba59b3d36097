"""The history of replies cut out of HTML, and what is never cut."""

import time
from pathlib import Path

import pytest

from mail_texts import REPLIES, mail_from, rich, seen, trimmed_of
from tiketti_migrate_mail.bodies import body_of
from tiketti_migrate_mail.headers import Address

HTML = REPLIES / "html_replies"
QUOTE = '<blockquote type="cite"><p>Does it print?</p></blockquote>'
BOB = (Address("Bob", "bob@example.com"),)
ANSWERED = (Address("Alexander L", "abc@example.com"), Address("Foo", "foo@bar.com"), *BOB)
HEAD = "<b>From:</b> Bob<br><b>Sent:</b> Monday<br><b>To:</b> Jane<br><b>Subject:</b> Printer"


@pytest.mark.parametrize("path", sorted(HTML.glob("*.html")), ids=lambda path: path.stem)
def test_replies_of_mail_programs(path: Path) -> None:
    body = trimmed_of(rich(path.read_text()), to=ANSWERED)
    assert body.trimmed
    assert seen(body) == "Hi. I am fine. Thanks, Alex"


@pytest.mark.parametrize(
    ("name", "words"),
    [("OLK_SRC_BODY_SECTION.html", "Reply"), ("reply-separated-by-hr.html", "Hi there Bob")],
)
def test_replies_of_odd_shapes(name: str, words: str) -> None:
    body = trimmed_of(rich((REPLIES / name).read_text()), to=ANSWERED)
    assert (seen(body), body.trimmed) == (words, True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("android", "Hello"),
        ("gmail", "Hello"),
        ("hotmail", "Hello"),
        ("sparrow", "Hello -- xxx Sent with Sparrow"),
    ],
)
def test_the_html_of_replies(name: str, words: str) -> None:
    body = body_of(mail_from(REPLIES / "standard_replies" / f"{name}.eml"), trim=True)
    assert (body.format, seen(body), body.trimmed) == ("html", words, True)


@pytest.mark.parametrize("name", ["aol", "comcast"])
def test_where_but_a_greeting_is_above_answers_may_be_inside(name: str) -> None:
    assert not body_of(mail_from(REPLIES / "standard_replies" / f"{name}.eml"), trim=True).trimmed


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
    body = trimmed_of(rich(f"<div><p>It does.</p><p>Jane</p></div>{history}"), to=BOB)
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


OUTLOOK = f"<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p>{HEAD}</p></div>"
GMAIL = "<div class=gmail_attr>On 2 May 2022 Bob wrote:</div><blockquote class=gmail_quote>"


@pytest.mark.parametrize("history", [OUTLOOK, GMAIL])
@pytest.mark.parametrize(
    "answer",
    [
        '<p><span style="color:#00B050">HP 5</span></p>',
        '<div style="color: red">HP 5</div>',
        "<p><font color=blue>HP 5</font></p>",
        "<p>Which one? <span style='background:yellow;mso-highlight:yellow'>HP 5</span></p>",
        "<table><tr><td bgcolor='#ffff00'>HP 5</td></tr></table>",
    ],
)
def test_an_answer_in_another_colour_keeps_the_history(history: str, answer: str) -> None:
    markup = f"<div>Hi Bob, thanks!</div>{history}<p>Which printer?</p>{answer}"
    assert not trimmed_of(rich(markup), to=BOB).trimmed


@pytest.mark.parametrize("answer", ["<p><b>HP 5</b></p>", "<p><span style='font-weight:700'>HP 5</span></p>"])
def test_a_bold_answer_keeps_a_history_without_marks(answer: str) -> None:
    assert not trimmed_of(rich(f"<p>Hi Bob, thanks!</p>{OUTLOOK}<p>Which one?</p>{answer}"), to=BOB).trimmed


@pytest.mark.parametrize("history", [OUTLOOK, GMAIL])
@pytest.mark.parametrize(
    "words",
    [
        "<p style='color:#1F497D'>Which printer?</p><p style='color:#1F497D'>Bob</p>",
        "<p style='color:black'>Which printer?</p><p style='color:#222222;background:white'>Bob</p>",
        "<p>Which printer?</p><p style='color:rgb(128, 128, 128)'>Bob</p><p><b>At</b> ACME</p>",
        "<p>See <a href='http://example.com' style='color:blue'>this</a></p>",
        f"<p style='color:#1F497D'>Which printer?</p>{OUTLOOK}<p>I have one.</p>",
    ],
)
def test_the_colours_of_one_author_are_no_answer(history: str, words: str) -> None:
    assert seen(trimmed_of(rich(f"<p>It does.</p>{history}{words}"), to=BOB)) == "It does."


def test_a_mail_of_a_colleague_is_kept() -> None:
    carl = HEAD.replace("Bob", "Carl &lt;carl@c1.example&gt;")
    markup = f"<div>This is the error mail I got</div><hr><div>{carl}<br><br>The device is broken</div>"
    jane = Address("Jane", "jane@c1.example")
    assert not trimmed_of(rich(markup), sender=jane, to=BOB).trimmed


def test_many_heads_take_no_time() -> None:
    started = time.process_time()
    trimmed_of(rich("x<br>" + "From: a b<br>" * 4900), to=BOB)
    trimmed_of(rich("x<br>" + "From: a b<br>To: x<br>Sent: y<br>Subject: <b>z</b><br>" * 1200), to=BOB)
    assert time.process_time() - started < 3
