"""Mails that no person wrote are told from those that somebody did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_heads import THEM, US, Note, folder, planned
from tiketti_migrate_mail.headers import addresses, decoded, fields
from tiketti_migrate_mail.mail import Bounce, Mail
from tiketti_migrate_mail.mailbox import HEADER_FIELDS
from tiketti_migrate_mail.mime import read_mail
from tiketti_migrate_mail.robots import report_of


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
    assert (mail.kind, mail.bounce) == ("bounce", Bounce(("a@b.example",), "status 4.4.1", (), False))


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
        ("From: MAILER-DAEMON\r\nSubject: failure notice", QMAIL),
        ("From: Mail Delivery Subsystem\r\nSubject: odd", EXIM),
        ("From: Mail Delivery System <Mailer-Daemon@example.org>\r\nSubject: Mail delivery failed", EXIM),
        ("From: x@example.org\r\nX-Failed-Recipients: gone@b.example\r\nSubject: odd", EXIM),
        ("From: x@example.org\r\nReturn-Path: <>\r\nSubject: Undeliverable: Re: Printer", QMAIL),
    ],
)
def test_reports_in_words_only(headers: str, body: str) -> None:
    mail = written(headers, body.replace("\n", "\r\n"))
    assert mail.kind == said_by_the_head(headers) == "bounce"
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
    assert (mail.kind, mail.bounce) == ("bounce", Bounce((), "", (), False))


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
        "Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n"
        "Subject: AUTO: Jane is out of the office (returning 05.01.2024)",
        "Precedence: bulk\r\nSubject: Out of Office: Printer",
        "Precedence: junk\r\nSubject: Away from my office Re: Printer",
        "X-AutoReply-From: jane@example.org\r\nSubject: Re: Printer",
        "Auto-Submitted: auto-generated\r\nSubject: [EXTERNAL] Automatic reply: Printer",
        "X-Auto-Response-Suppress: All\r\nSubject: [EXTERNAL] Automatic reply: Printer",
        "Return-Path: <>\r\nSubject: Abwesend: Drucker",
        "X-Vacation: yes\r\nSubject: Urlaub bis 5.1.",
        "Content-Type: text/calendar; charset=utf-8; method=REPLY\r\nSubject: Accepted: Printer",
        "Auto-Submitted: auto-generated\r\nSubject: Zugesagt: Termin",
        "Content-Class: urn:content-classes:calendarmessage\r\nSubject: Declined: Printer",
    ],
)
def test_automatic_replies(headers: str) -> None:
    raw = f"From: {THEM}\r\n{headers}"
    assert written(raw).kind == "auto-reply"
    assert said_by_the_head(raw) == "auto-reply"
    head, _, subject = headers.rpartition("Subject: ")
    answered = [
        Note("a"),
        Note("b", sender=US, to=THEM, refs="a", at=1),
        Note("c", subject, refs="a b", at=2, more=head),
    ]
    [thread] = planned((folder(), answered)).plan.threads.values()
    assert thread.status == "resolved"


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
        "X-Auto-Response-Suppress: DR, OOF, AutoReply\r\nSubject: Automatic reply not sent by your server",
        "X-Vacation: no\r\nSubject: Re: Printer",
        "Precedence: bulk\r\nList-Unsubscribe: <https://x.example>\r\nSubject: Your out of office checklist",
        "Subject: Accepted: your offer",
        "Content-Type: text/calendar; method=REQUEST\r\nSubject: Accepted: your offer",
    ],
)
def test_what_somebody_or_a_shop_wrote_is_a_mail(headers: str) -> None:
    raw = f"From: {THEM}\r\n{headers}"
    mail = written(raw)
    assert (mail.kind, mail.bounce, said_by_the_head(raw)) == ("mail", None, "mail")


def said_by_the_head(headers: str) -> str:
    """By what a server is asked for alone."""
    found = {name: values for name, values in fields(headers.encode()).items() if name in HEADER_FIELDS}
    senders = addresses(b",".join(found.get("from", found.get("sender", ()))))
    subject = decoded(found.get("subject", [b""])[0])
    return report_of(found, subject, senders[0] if senders else None)


HEADS = {
    "From": (
        *("jane@example.org", "MAILER-DAEMON", "MAILER-DAEMON@mx.example", "Mail Delivery Subsystem"),
        *("Postmaster <postmaster@x.example>", "Mail Delivery System <robot@x.example>", "", "undisclosed"),
    ),
    "Subject": (
        *("Printer", "failure notice", "Out of office", "Automatic reply: Printer", "Warning: delayed"),
        *(
            "AUTO: Jane is out of the office",
            "Accepted: Printer",
            "Re: Undeliverable: Printer",
            "[X] Abwesend",
        ),
        "=?utf-8?q?R=C3=A9ponse_automatique?= : Imprimante",
    ),
    "Return-Path": ("<>", " <>", "<jane@example.org>", ""),
    "Auto-Submitted": ("no", "auto-replied", "auto-generated", "auto-notified"),
    "Precedence": ("bulk", "junk", "list", "auto_reply"),
    "X-Auto-Response-Suppress": ("All", "DR, OOF"),
    "X-Vacation": ("yes", "no"),
    "X-Autorespond": ("Printer", "", "false"),
    "X-AutoReply-From": ("jane@example.org",),
    "X-MS-Exchange-Generated-Message-Source": ("Mailbox Rules Agent",),
    "X-Failed-Recipients": ("a@b.example", ""),
    "In-Reply-To": ("<a@x>",),
    "List-Id": ("<list.example.org>",),
    "List-Unsubscribe": ("<https://x.example>",),
    "Content-Class": ("urn:content-classes:calendarmessage",),
    "Content-Type": (
        *("text/plain", "text/calendar; method=REPLY", "multipart/report; boundary=b"),
        "multipart/mixed; boundary=b",
    ),
}
HEAD = st.fixed_dictionaries({}, optional={name: st.sampled_from(HEADS[name]) for name in HEADS})


@given(HEAD)
def test_head_and_text_are_of_one_mind(head: dict[str, str]) -> None:
    raw = "\r\n".join(f"{name}: {value}" for name, value in {"To": US, **head}.items())
    assert written(raw).kind == said_by_the_head(raw)


def test_a_report_that_a_person_sends_on_is_a_mail() -> None:
    parts = (
        "--b\r\n\r\nWhat does this mean?\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n--b--"
    )
    mixed = f"From: {THEM}\r\nSubject: Help\r\nContent-Type: multipart/mixed; boundary=b"
    mail = written(mixed, parts)
    assert (mail.kind, [file.name for file in mail.files]) == ("mail", ["delivery-status.txt"])
    assert written(f"Return-Path: <>\r\n{mixed}", parts).kind == "bounce"


def test_what_a_server_says_of_something_else_is_not_said_to_be_lost() -> None:
    mail = written("From: MAILER-DAEMON@x.example\r\nSubject: Weekly report", "All is well.")
    assert (mail.kind, mail.bounce) == ("bounce", None)


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
