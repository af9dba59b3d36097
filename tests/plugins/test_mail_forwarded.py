"""Who wrote what was forwarded, or filled in a form."""
# ruff: noqa: RUF001

import pytest

from mail_texts import mail_of, plain, rich
from tiketti_migrate_mail.forwarded import real_sender
from tiketti_migrate_mail.headers import Address
from tiketti_migrate_mail.mail import FilePart

BOB = Address("Bob Smith", "bob@example.com")
SUPPORT = (Address("", "support@example.org"),)


@pytest.mark.parametrize(
    "text",
    [
        "---------- Forwarded message ---------\nFrom: Bob Smith <bob@example.com>\nDate: x\nSubject: y",
        "---------- Forwarded message ----------\nFrom: Bob Smith <Bob@Example.com>\n\nIt fails.",
        "Begin forwarded message:\n\nFrom: Bob Smith <bob@example.com>\nSubject: x\nDate: y\n",
        "> Begin forwarded message:\n>\n> From: Bob Smith <bob@example.com>\n> Subject: x\n>\n> It fails.",
        "-----Original Message-----\nFrom: Bob Smith [mailto:bob@example.com] \nSent: x\nTo: y\nSubject: z",
        "*From:* Bob Smith <bob@example.com>\n*Sent:* Monday\n*To:* y\n*Subject:* x",
        "From: Bob Smith <bob@example.com<mailto:bob@example.com>>\nSent: Monday\nTo: y\nSubject: x",
        'From: "Bob Smith" <bob@example.com>\nSent: Monday\nTo: y\nSubject: x',
        "From: Bob Smith\n <bob@example.com>\nSent: Monday\nTo: y\nSubject: x",
        "From: robot@example.net On Behalf Of Bob Smith <bob@example.com>\nSent: Monday\nTo: y",
        "From: ticket@example.net\nReply-To: Bob Smith <bob@example.com>\nDate: Monday\nSubject: x",
        "--- Weitergeleitete Nachricht ---\nBetreff: x\nDatum: y\nVon: Bob Smith <bob@example.com>\nAn: z",
        "Von: Bob Smith <bob@example.com>\nGesendet: Montag\nAn: y\nBetreff: x",
        "---------- Message transféré ---------\nDe : Bob Smith <bob@example.com>\nDate : lundi\nObjet : x",
        "---------- Mensaje reenviado ---------\nDe: Bob Smith <bob@example.com>\nFecha: lunes\nAsunto: x",
        "---------- Messaggio inoltrato ---------\nDa: Bob Smith <bob@example.com>\nData: lunedì\nOggetto: x",
        "---------- Doorgestuurd bericht ---------\nVan: Bob Smith <bob@example.com>\nDatum: x\nOnderwerp: y",
        "---------- Välitetty viesti ---------\nLähettäjä: Bob Smith <bob@example.com>\nAihe: x",
        "-------- Vidarebefordrat meddelande --------\nFrån: Bob Smith <bob@example.com>\nÄmne: x",
        "-------- Пересылаемое сообщение --------\nОт: Bob Smith <bob@example.com>\nТема: x",
        "---------- 转发的邮件 ---------\n发件人： Bob Smith <bob@example.com>\n日期：x\n主题：y",
    ],
)
def test_the_head_of_a_forwarded_mail(text: str) -> None:
    assert real_sender(mail_of(plain(f"Please take care.\n\nJane\n\n{text}\n\nIt fails."))) == BOB


@pytest.mark.parametrize(
    "markup",
    [
        "<div class=gmail_quote>------ Forwarded message -----<br>From: <b>Bob Smith</b> <span>&lt;<a "
        'href="mailto:bob@example.com">bob@example.com</a>&gt;</span><br>Date: Mon<br>Subject: x<br></div>',
        "<p><b>From:</b> Bob Smith &lt;bob@example.com&gt; <br><b>Sent:</b> Mon<br><b>To:</b> y<br></p>",
        "<blockquote type=cite><div>Begin forwarded message:</div><br><div><b>From: </b><span>Bob Smith "
        "&lt;bob@example.com&gt;</span></div><div><b>Subject: </b>x</div></blockquote>",
        "-------- Forwarded Message --------<table><tr><th>Subject: </th><td>x</td></tr><tr><th>From: </th>"
        "<td>Bob Smith &lt;bob@example.com&gt;</td></tr></table>",
    ],
)
def test_the_head_of_a_mail_forwarded_as_html(markup: str) -> None:
    assert real_sender(mail_of(rich(f"<p>Please take care.</p>{markup}<p>It fails.</p>"))) == BOB


def test_those_who_sent_or_got_the_mail_are_passed_over() -> None:
    text = (
        "From: Jane <jane@example.org>\nSent: x\nTo: support@example.org\n\nSee below.\n\n"
        "From: Support <support@example.org>\nSent: x\nTo: bob\n\nHello\n\n"
        "From: Bob Smith <bob@example.com>\nSent: x\nTo: support\n\nIt fails."
    )
    assert real_sender(mail_of(plain(text), to=SUPPORT)) == BOB


def test_a_mail_that_is_attached() -> None:
    content = b"Received: x\r\nFrom: =?utf-8?q?Bob_Smith?=\r\n <bob@example.com>\r\n\r\nFrom: no@example.com"
    file = FilePart("x.eml", "message/rfc822", content)
    assert real_sender(mail_of(plain("See attached."), files=(file,))) == BOB
    other = FilePart("x.eml", "message/rfc822", b"Reply-To: reply@example.com\n" + content)
    assert real_sender(mail_of(plain("See attached."), files=(other,))) == Address("", "reply@example.com")
    broken = FilePart("x.eml", "message/rfc822", b"From: =?x-none?q?=E9?= <a@b>\n")
    assert real_sender(mail_of(files=(broken,))) == Address("é", "a@b")


@pytest.mark.parametrize(
    "field",
    [
        "E-mail: bob@example.com",
        "Email address: <bob@example.com>",
        "Your email (required)\nbob@example.com",
        "Email: bob@example.com <mailto:bob@example.com>",
        "E-Mail-Adresse: bob@example.com",
        "Correo electrónico: bob@example.com",
        "Reply to: bob@example.com",
        "Sähköposti: bob@example.com",
    ],
)
def test_the_field_of_a_form(field: str) -> None:
    text = f"Name: Bob Smith\n{field}\nMessage: It fails, mail me at other@example.com\n"
    found = real_sender(mail_of(plain(text), sender=Address("", "robot@example.net")))
    assert found is not None
    assert found.email == "bob@example.com"


def test_the_field_of_a_form_in_a_table() -> None:
    markup = "<table><tr><td>Email</td><td><a href=x>bob@example.com</a></td></tr></table>"
    assert real_sender(mail_of(rich(markup))) == Address("", "bob@example.com")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Please write to bob@example.com",
        "From: the bottom of my heart",
        "From: Bob\nSent: Monday\nTo: Jane\nSubject: x",
        "Email me at bob@example.com, or call",
    ],
)
def test_nobody_is_named(text: str) -> None:
    assert real_sender(mail_of(plain(text))) is None
