"""Signed, encrypted and wrapped mails show what a reader program shows."""

import base64
import struct
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from tiketti_migrate_mail.mail import Mail
from tiketti_migrate_mail.mime import read_mail
from tiketti_migrate_mail.tnef import read_tnef
from tiketti_migrate_mail.wrapped import ENCRYPTED_PGP, ENCRYPTED_SMIME, signed_content

HEAD = b"From: jane@example.org\r\nSubject: Printer\r\n"
INNER = b"Content-Type: text/plain\r\n\r\nThe signed words\r\n"


def mail_of(kind: bytes, body: bytes) -> Mail:
    return read_mail(HEAD + b"Content-Type: " + kind + b"\r\n\r\n" + body)


def plain(mail: Mail) -> list[str]:
    return [text.text for text, _ in mail.texts if text]


def names(mail: Mail) -> list[str]:
    return [file.name for file in mail.files]


def smime_signed(content: bytes) -> bytes:
    """As mailers send it with the content inside (RFC 8551, 3.5.2)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Jane")])
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begun).not_valid_after(begun + timedelta(days=1))
    signer = pkcs7.PKCS7SignatureBuilder().set_data(content)
    signer = signer.add_signer(builder.sign(key, hashes.SHA256()), key, hashes.SHA256())
    return signer.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


@pytest.mark.parametrize("outer", [b"signed", b"mixed"])
@pytest.mark.parametrize(
    "kind",
    [
        b"application/pgp-signature; name=signature.asc",
        b"application/pgp-signature; name=OpenPGP_signature.asc",
        b"application/pkcs7-signature; name=smime.p7s",
        b"application/x-pkcs7-signature",
        b"application/octet-stream; name=smime.p7s",
    ],
)
def test_a_signed_mail_is_its_first_part_and_no_reason_for_a_warning(kind: bytes, outer: bytes) -> None:
    signature = b"Content-Type: " + kind + b"\r\nContent-Disposition: attachment\r\n\r\nx"
    body = b"--b\r\n" + INNER + b"\r\n--b\r\n" + signature + b"\r\n--b--"
    mail = mail_of(b"multipart/" + outer + b"; boundary=b", body)
    assert (plain(mail), names(mail), mail.warnings) == (["The signed words\n"], [], ())


def test_the_signature_of_a_file_that_was_sent_is_a_file() -> None:
    file = b"Content-Type: application/pgp-signature; name=tool.tar.gz.asc\r\n\r\nx"
    mail = mail_of(b"multipart/mixed; boundary=b", b"--b\r\n" + INNER + b"\r\n--b\r\n" + file + b"\r\n--b--")
    assert names(mail) == ["tool.tar.gz.asc"]


def test_what_a_list_adds_to_a_signed_mail_stays() -> None:
    body = (
        b"--b\r\n"
        + INNER
        + b"\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n--b\r\n\r\nfooter\r\n--b--"
    )
    assert plain(mail_of(b"multipart/signed; boundary=b", body)) == ["The signed words\n", "footer"]


@pytest.mark.parametrize(
    "kind",
    [
        b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        b"application/x-pkcs7-mime",
        b"application/octet-stream; name=smime.p7m",
        b'application/octet-stream; name="Mail.P7M"',
    ],
)
def test_the_content_within_a_signature_is_read(kind: bytes) -> None:
    mail = mail_of(kind, smime_signed(INNER))
    assert plain(mail) == ["The signed words\n"]
    assert (names(mail), mail.warnings) == ([], ())


@pytest.mark.parametrize("kind", [b"pkcs7-mime", b"x-pkcs7-mime", b"octet-stream"])
@pytest.mark.parametrize("signed", [b"%PDF-1.4: a document", b"<invoice/>"])
def test_a_signed_document_is_a_file(kind: bytes, signed: bytes) -> None:
    content = smime_signed(signed)
    mail = mail_of(b"application/" + kind + b"; name=contract.pdf.p7m", content)
    assert (plain(mail), mail.warnings) == ([], ())
    assert [(file.name, file.content) for file in mail.files] == [("contract.pdf.p7m", content)]
    assert plain(mail_of(b"application/" + kind + b"; name=contract.pdf.p7m", b"junk")) == []


def test_a_piece_of_a_mail_is_a_file_that_says_which() -> None:
    mail = mail_of(b"message/partial; number=2; total=3; id=x", b"the middle")
    assert names(mail) == ["part 2 of 3.eml"]
    assert b"id=x\r\n\r\nthe middle" in mail.files[0].content
    assert names(mail_of(b"message/partial; number=../1", b"x")) == ["part .._1 of several.eml"]


def test_where_an_external_file_lies_is_kept() -> None:
    said = b'message/external-body; access-type=URL; URL="https://x.example/a.pdf"; name=a.pdf'
    mail = mail_of(said, b"Content-Type: application/pdf\r\n\r\n")
    assert names(mail) == ["a.pdf.txt"]
    assert b"https://x.example/a.pdf" in mail.files[0].content
    assert names(mail_of(b"message/external-body", b"")) == ["external file.txt"]


def test_signatures_around_signatures_come_to_an_end() -> None:
    inner = INNER
    for _ in range(8):
        inner = b"Content-Type: application/pkcs7-mime\r\n\r\n" + smime_signed(inner)
    assert names(read_mail(HEAD + inner)) == ["smime.p7m"]


def test_an_encrypted_mail_says_so_and_is_kept() -> None:
    for kind in (b"pkcs7-mime; smime-type=enveloped-data", b"x-pkcs7-mime", b"octet-stream"):
        mail = mail_of(b"application/" + kind + b"; name=smime.p7m", b"\x30\x80junk")
        assert (plain(mail), names(mail)) == ([ENCRYPTED_SMIME], ["smime.p7m"])
    body = (
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        b"--b\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--b--"
    )
    mail = mail_of(b"multipart/encrypted; boundary=b", body)
    assert (plain(mail), names(mail)) == ([ENCRYPTED_PGP], ["encrypted.asc"])


def test_signed_content_that_cannot_be_read_is_kept() -> None:
    mail = mail_of(b"application/pkcs7-mime; smime-type=signed-data", b"\x30\x80junk")
    assert (plain(mail), names(mail)) == ([], ["smime.p7m"])
    assert mail.warnings == ("The signed content (S/MIME) cannot be read; it is kept as a file",)


@given(st.binary(max_size=300), st.integers(0, 1000))
def test_damaged_signatures_are_no_error(junk: bytes, at: int) -> None:
    whole = smime_signed(INNER)
    signed_content(junk)
    signed_content(whole[: at % len(whole)] + junk + whole[at % len(whole) + len(junk) :])


def test_the_armor_of_an_inline_signature_is_taken_off() -> None:
    body = (
        b"Before\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nHello\r\n- -- \r\nJane\r\n"
        b"-----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n-----END PGP SIGNATURE-----\r\nAfter\r\n"
    )
    mail = mail_of(b"text/plain", body)
    assert plain(mail) == ["Before\nHello\n-- \nJane\n\nAfter\n"]
    assert mail.warnings == ()
    unfinished = b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nHello\r\n"
    assert plain(mail_of(b"text/plain", unfinished)) == [unfinished.decode().replace("\r\n", "\n")]
    encrypted = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEM\r\n-----END PGP MESSAGE-----\r\n"
    assert plain(mail_of(b"text/plain", encrypted)) == [encrypted.decode().replace("\r\n", "\n")]


def test_a_forwarded_mail_is_a_file_with_its_subject_for_a_name() -> None:
    inner = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= 1/2\r\n\r\nText\r\n"
    mail = mail_of(
        b"multipart/mixed; boundary=b", b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--"
    )
    assert [(file.name, file.content) for file in mail.files] == [("Grüße 1_2.eml", inner)]


def test_the_mails_of_a_digest_are_files() -> None:
    parts = b"".join(b"--b\r\n\r\nSubject: %s\r\n\r\nText\r\n" % word for word in (b"one", b"two"))
    mail = mail_of(b"multipart/digest; boundary=b", parts + b"--b--")
    assert names(mail) == ["one.eml", "two.eml"]
    assert mail.files[0].content == b"Subject: one\r\n\r\nText"


INVITATION = """BEGIN:VCALENDAR
VERSION:2.0
METHOD:{method}
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19700101T000000
RRULE:FREQ=SECONDLY
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1
SUMMARY:Printer\\, again
{start}
LOCATION:Room 1
ORGANIZER;CN=Jane Doe:mailto:jane@example.org
ATTENDEE;CN=John;PARTSTAT=ACCEPTED:mailto:john@example.org
DESCRIPTION:Bring paper.\\nMuch of it.
END:VEVENT
END:VCALENDAR
"""
MEETING = "DTSTART;TZID=Europe/Berlin:20240501T100000\nDTEND;TZID=Europe/Berlin:20240501T113000"


@pytest.mark.parametrize(
    ("method", "start", "lines"),
    [
        ("REQUEST", MEETING,
         ["Invitation: Printer, again", "When: 2024-05-01 10:00 to 11:30 (Europe/Berlin)"]),
        ("CANCEL", "DTSTART;VALUE=DATE:20240501", ["Cancelled: Printer, again", "When: 2024-05-01"]),
        ("PUBLISH", "DTSTART:20240501T100000Z", ["Event: Printer, again", "When: 2024-05-01 10:00 (UTC)"]),
        ("REPLY", "DTSTART:20240501T100000\nDTEND:20240502T100000",
         ["Answer: Printer, again", "When: 2024-05-01 10:00 to 2024-05-02 10:00"]),
    ],
)  # fmt: skip
def test_an_invitation_alone_is_a_text_and_a_file(method: str, start: str, lines: list[str]) -> None:
    content = INVITATION.format(method=method, start=start).replace("\n", "\r\n").encode()
    mail = mail_of(b"text/calendar; method=REQUEST", content)
    answers = ["John <john@example.org>: accepted"] if method == "REPLY" else []
    assert plain(mail)[0].split("\n") == [
        *(*lines, "Where: Room 1", "Organizer: Jane Doe <jane@example.org>"),
        *(*answers, "", "Bring paper.", "Much of it."),
    ]
    assert [(file.name, file.content) for file in mail.files] == [("invite.ics", content)]


def test_an_invitation_beside_a_text_is_a_file_only() -> None:
    content = INVITATION.format(method="REQUEST", start=MEETING).encode()
    body = b"--b\r\n\r\nCome!\r\n--b\r\nContent-Type: text/calendar\r\n\r\n" + content + b"\r\n--b--"
    mail = mail_of(b"multipart/alternative; boundary=b", body)
    assert (plain(mail), names(mail)) == (["Come!"], ["invite.ics"])


@pytest.mark.parametrize(
    "content", [b"", b"junk", b"BEGIN:VCALENDAR\r\nEND:VEVENT", b"BEGIN:VEVENT\r\n" * 9999, b"\xff" * 99]
)
def test_a_broken_invitation_is_a_file(content: bytes) -> None:
    mail = mail_of(b"text/calendar", content)
    assert names(mail) == ["invite.ics"]
    body = b"--b\r\n\r\nCome!\r\n--b\r\nContent-Type: text/calendar\r\n\r\n" + content + b"\r\n--b--"
    assert mail_of(b"multipart/alternative; boundary=b", body).warnings == ()


@pytest.mark.parametrize(
    "zone", ["Europe/" + "x" * 5000, "Europe", "../../etc/passwd", "/etc/passwd", "\0", "."]
)
def test_an_odd_time_zone_is_no_error(zone: str) -> None:
    content = INVITATION.format(method="REQUEST", start=MEETING.replace("Europe/Berlin", zone)).encode()
    assert names(mail_of(b"text/calendar", content)) == ["invite.ics"]


@given(st.integers(0, 700), st.binary(max_size=20))
@settings(deadline=None)
def test_damaged_invitations_are_no_error(at: int, junk: bytes) -> None:
    whole = INVITATION.format(method="REQUEST", start=MEETING).encode()
    assert names(mail_of(b"text/calendar", whole[:at] + junk + whole[at + 5 :])) == ["invite.ics"]


def attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 0, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    """(kind, name, content): strings and bytes only."""
    coded = b"".join(
        struct.pack("<HHII", kind, name, 1, len(data)) + data + b"\0" * (-len(data) % 4)
        for kind, name, data in values
    )
    return struct.pack("<I", len(values)) + coded


def winmail(*attributes: bytes) -> bytes:
    codepage = attribute(1, 0x9007, struct.pack("<II", 1252, 0))
    return struct.pack("<IH", 0x223E9F78, 1) + codepage + b"".join(attributes)


def wrapped_file(title: bytes, data: bytes, *values: tuple[int, int, bytes]) -> bytes:
    begun = attribute(2, 0x9002, b"\0" * 14)
    named = attribute(2, 0x8010, title) + attribute(2, 0x800F, data)
    return begun + named + (attribute(2, 0x9005, properties(*values)) if values else b"")


def test_files_and_text_of_winmail_dat() -> None:
    content = winmail(
        attribute(
            1, 0x9003, properties((0x1E, 0x1000, b"Gr\xfc\xdfe\0"), (0x102, 0x1013, b"<p>Gr\xfc\xdfe</p>"))
        ),
        wrapped_file(b"A~1.PDF\0", b"one", (0x1F, 0x3707, "Übersicht 日.pdf\0".encode("utf-16-le"))),
        wrapped_file(b"b.txt\0", b"two"),
        wrapped_file(b"logo\0", b"three", (0x1E, 0x370E, b"image/png\0"), (0x1E, 0x3712, b"logo@x\0")),
    )
    mail = mail_of(b"application/ms-tnef; name=winmail.dat", content)
    assert [(file.name, file.content_type, file.content, file.content_id) for file in mail.files] == [
        ("Übersicht 日.pdf", "application/pdf", b"one", None),
        ("b.txt", "text/plain", b"two", None),
        ("logo", "image/png", b"three", "logo@x"),
    ]
    assert [(text and text.text, html and html.text) for text, html in mail.texts] == [
        ("Grüße", "<p>Grüße</p>")
    ]
    assert mail.warnings == ()


def test_a_mail_within_winmail_dat_is_its_text_and_files() -> None:
    inner = winmail(attribute(1, 0x800C, b"Forwarded words\0"), wrapped_file(b"c.txt\0", b"three"))
    wrapped = (0xD, 0x3701, b"\0" * 16 + inner)
    content = winmail(wrapped_file(b"", b"", wrapped, (0x1E, 0x3001, b"Old mail\0")))
    mail = mail_of(b"application/ms-tnef", content)
    assert [(file.name, file.content) for file in mail.files] == [
        ("Old mail.txt", b"Forwarded words"),
        ("c.txt", b"three"),
    ]


@pytest.mark.parametrize(
    "content", [b"", b"junk", winmail(), winmail(attribute(1, 0x9003, properties((0x102, 0x1009, b"rtf"))))]
)
def test_winmail_dat_that_holds_nothing_readable_is_kept(content: bytes) -> None:
    mail = mail_of(b"application/octet-stream; name=winmail.dat", content)
    assert (names(mail), len(mail.warnings)) == (["winmail.dat"], 1)


def test_what_outlook_formats_beside_a_text_is_kept_without_a_warning() -> None:
    content = winmail(attribute(1, 0x9003, properties((0x102, 0x1009, b"rtf"))))
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = b"--b\r\n" + INNER + b"\r\n--b\r\n" + part + base64.encodebytes(content) + b"--b--"
    mail = mail_of(b"multipart/mixed; boundary=b", body)
    assert (plain(mail), names(mail), mail.warnings) == (["The signed words\n"], ["winmail.dat"], ())


WINMAIL = winmail(
    attribute(1, 0x9003, properties((0x1E, 0x1000, b"Hello\0"))),
    wrapped_file(b"A~1.PDF\0", b"one", (0x1F, 0x3707, "a.pdf\0".encode("utf-16-le"))),
)


@given(st.integers(0, len(WINMAIL)), st.binary(max_size=9))
def test_damaged_winmail_dat_is_no_error(at: int, junk: bytes) -> None:
    read_tnef(WINMAIL[:at] + junk + WINMAIL[at + len(junk) :])
    read_tnef(WINMAIL[:at])


def test_counts_that_promise_thousands_of_millions_are_not_believed() -> None:
    for name in (0x9003, 0x9005):
        assert read_tnef(winmail(attribute(1, name, b"\xff" * 40))) is not None
        assert read_tnef(
            winmail(attribute(1, name, b"\xff\xff\xff\xff\x1e\x10\0\x10" + b"\xff\xff\xff\xff" + b"\0" * 60))
        )
