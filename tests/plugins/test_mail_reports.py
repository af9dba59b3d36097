"""Mails that no person wrote are told from those that somebody did."""

import pytest

from tiketti_migrate_mail.mail import Bounce, Mail
from tiketti_migrate_mail.mime import read_mail


def report(status: str, *, returned: str = "", kind: str = "delivery-status") -> Mail:
    part = f"--b\r\nContent-Type: message/rfc822\r\n\r\n{returned}\r\n" if returned else ""
    return read_mail(
        "From: MAILER-DAEMON@mx.example\r\nSubject: Returned mail\r\n"
        f"Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n"
        "--b\r\n\r\nYour mail did not arrive.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{status}\r\n{part}--b--\r\n".encode()
    )


def written(headers: str, body: str = "Hello") -> Mail:
    return read_mail(f"{headers}\r\n\r\n{body}\r\n".encode())


def test_a_report_tells_whom_it_did_not_reach_why_and_about_which_mail() -> None:
    mail = report(
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; Real@B.example\r\nOriginal-Recipient: rfc822;alias@b.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no\r\n such user\r\n\r\n"
        "Final-Recipient: rfc822; <c@b.example>\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
        "Final-Recipient: rfc822; d@b.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n",
        returned="Message-ID: <sent@acme>\r\nSubject: Re: Printer\r\n\r\nText",
    )
    assert mail.kind == "bounce"
    assert mail.bounce == Bounce(
        ("alias@b.example", "c@b.example"), "550 5.1.1 no such user; status 5.2.2", ("sent@acme",)
    )
    assert [text.text for text, _ in mail.texts if text] == ["Your mail did not arrive."]
    assert [file.name for file in mail.files] == ["delivery-status.txt", "Re: Printer.eml"]


def test_a_delay_is_a_bounce_that_says_so() -> None:
    mail = report("Final-Recipient: rfc822; a@b.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n")
    assert (mail.kind, mail.bounce) == ("bounce", Bounce(("a@b.example",), "delayed: status 4.4.1", ()))


def test_a_failure_counts_more_than_a_delay_in_one_report() -> None:
    blocks = "Final-Recipient: rfc822; a@b.example\r\nAction: delayed\r\n\r\n" * 2
    mail = report(blocks + "Final-Recipient: rfc822; c@b.example\r\nStatus: 5.0.0\r\n")
    assert mail.bounce == Bounce(("c@b.example",), "status 5.0.0", ())


def test_a_report_of_success_is_a_receipt() -> None:
    mail = report("Final-Recipient: rfc822; a@b.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n")
    assert (mail.kind, mail.bounce) == ("receipt", None)


def test_receipts_and_complaints() -> None:
    assert report("Disposition: manual-action; displayed", kind="disposition-notification").kind == "receipt"
    assert report("Feedback-Type: abuse", kind="feedback-report").kind == "feedback"


def test_headers_that_came_back_alone_name_the_mail() -> None:
    mail = read_mail(
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <sent@acme>\r\n--b--"
    )
    assert mail.bounce == Bounce(("a@b.example",), "", ("sent@acme",))


QMAIL = """Hi. This is the qmail-send program at example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<gone@b.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 User unknown

--- Below this line is a copy of the message.

Message-ID: <sent@acme>
Subject: Re: Printer
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  gone@b.example
    SMTP error from remote mail server after RCPT TO:<gone@b.example>:
    550 No such user

------ This is a copy of the message, including all the headers. ------

Message-ID: <sent@acme>
"""


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("From: MAILER-DAEMON@example.org\r\nSubject: failure notice", QMAIL),
        ("From: Mail Delivery System <Mailer-Daemon@example.org>\r\nSubject: Mail delivery failed", EXIM),
        ("From: x@example.org\r\nX-Failed-Recipients: gone@b.example\r\nSubject: odd", EXIM),
        ("From: x@example.org\r\nReturn-Path: <>\r\nSubject: Undeliverable: Re: Printer", QMAIL),
    ],
)
def test_reports_in_words_only(headers: str, body: str) -> None:
    mail = written(headers, body.replace("\n", "\r\n"))
    assert mail.kind == "bounce"
    assert mail.bounce is not None
    assert mail.bounce.recipients == ("gone@b.example",)
    assert "550" in mail.bounce.reason or "SMTP error" in mail.bounce.reason
    assert mail.bounce.message_ids == ("sent@acme",)


@pytest.mark.parametrize(
    "subject",
    [
        "Unzustellbar: Re: Drucker", "Non remis : Imprimante", "No se puede entregar: Impresora",
        "Non recapitabile: Stampante", "Onbestelbaar: Printer", "Недоставленное сообщение",
        "配信不能: プリンター", "退信", "Niedostarczalne: Drukarka", "Delivery Status Notification (Failure)",
    ],
)  # fmt: skip
def test_servers_speak_many_languages(subject: str) -> None:
    assert written(f"From: postmaster@x.example\r\nSubject: {subject}").kind == "bounce"


def test_a_warning_of_a_delay_in_words_is_told_as_one() -> None:
    mail = written(
        "From: MAILER-DAEMON@x.example\r\nSubject: Warning: could not send message for past 4 hours"
    )
    assert (mail.kind, mail.bounce) == ("bounce", Bounce((), "delayed", ()))


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied (vacation)\r\nSubject: whatever",
        "X-Autoreply: yes\r\nSubject: whatever",
        "X-Autorespond: Printer\r\nSubject: whatever",
        "Precedence: auto_reply\r\nSubject: whatever",
        "Auto-Submitted: auto-generated\r\nSubject: Automatic reply: Printer",
        "X-Auto-Response-Suppress: All\r\nSubject: Automatische Antwort: Drucker",
        "Return-Path: <>\r\nSubject: Out of Office: Printer",
        "Precedence: bulk\r\nSubject: =?utf-8?q?R=C3=A9ponse_automatique?= : Imprimante",
        "Return-Path: <>\r\nSubject: 自動応答: プリンター",
        "Return-Path: <>\r\nSubject: Автоответ: принтер",
    ],
)
def test_automatic_replies(headers: str) -> None:
    assert written(f"From: jane@example.org\r\n{headers}").kind == "auto-reply"


@pytest.mark.parametrize(
    "headers",
    [
        "Subject: Out of office",
        "Subject: Undeliverable: my order",
        "Subject: Automatic reply does not work",
        "Auto-Submitted: no\r\nSubject: Re: Printer",
        "Auto-Submitted: auto-generated\r\nSubject: Your order 17",
        "X-Auto-Response-Suppress: All\r\nSubject: [JIRA] (X-1) Printer",
        "Precedence: bulk\r\nSubject: News",
        "Return-Path: <>\r\nSubject: Your order 17",
        "X-Autoreply: no\r\nSubject: Re: Printer",
        "X-Mailer-Daemon-Test: 1\r\nSubject: Re: Printer",
    ],
)
def test_what_somebody_or_a_shop_wrote_is_a_mail(headers: str) -> None:
    mail = written(f"From: jane@example.org\r\n{headers}")
    assert (mail.kind, mail.bounce) == ("mail", None)


def test_a_postmaster_who_is_a_person_is_one() -> None:
    assert (
        written("From: Postmaster <postmaster@x.example>\r\nSubject: Re: your question", "Yes, we do.").kind
        == "mail"
    )


def test_a_report_without_a_sender_is_read_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    mail = written("Return-Path: <>\r\nSubject: Mail delivery failed", EXIM)
    assert mail.bounce is not None
    assert mail.bounce.recipients == ("gone@b.example",)
    assert not caplog.records
