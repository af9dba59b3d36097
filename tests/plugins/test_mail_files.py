"""Files of a mail: names of every kind, encodings of every kind."""

import base64
import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_mail.file_parts import cleaned_name
from tiketti_migrate_mail.mail import FilePart
from tiketti_migrate_mail.mime import read_mail
from tiketti_migrate_mail.transfer import decoded_body

HEAD = b"From: jane@example.org\r\nSubject: Printer\r\n"


def file_of(*lines: bytes, body: bytes = b"x") -> FilePart:
    """The one file of a mail that is nothing else."""
    mail = read_mail(HEAD + b"\r\n".join((*lines, b"", body)))
    assert mail.texts == ()
    (file,) = mail.files
    return file


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b"attachment; filename=a.pdf", "a.pdf"),
        (b"ATTACHMENT; FILENAME=a.pdf", "a.pdf"),
        (b'attachment; filename="a b.pdf"; size=3', "a b.pdf"),
        (b"attachment; filename=my file.pdf; size=3", "my file.pdf"),
        (b"attachment;\r\n\tfilename = 'a.pdf'", "a.pdf"),
        (b'attachment; filename="a;b.pdf"', "a;b.pdf"),
        (b'attachment; filename="a \\"quoted\\".pdf"', 'a "quoted".pdf'),
        (b'attachment; filename="never ended.pdf', "never ended.pdf"),
        (b'attachment; filename="C:\\Users\\Jane\\a.pdf"', "a.pdf"),
        (b'attachment; filename="\\\\server\\share\\a.pdf"', "a.pdf"),
        (b'attachment; filename="../../etc/passwd"', ".._.._etc_passwd"),
        (b'attachment; filename="Invoice 1/2.pdf"', "Invoice 1_2.pdf"),
        (b'attachment; filename="a\x00\x1b\tb.pdf"', "a b.pdf"),
        (b"attachment; filename*=utf-8''%E2%82%AC%20rates.pdf", "€ rates.pdf"),
        (b"attachment; filename=x.pdf; filename*=UTF-8'de'%E2%82%AC.pdf", "€.pdf"),
        (b"attachment; filename*=iso-8859-1'en'%A3.pdf", "£.pdf"),
        (b"attachment; filename*=utf-8''a'b.pdf", "a'b.pdf"),
        (b"attachment; filename*=plain.pdf", "plain.pdf"),
        (b"attachment; filename*0=long; filename*1=name.pdf", "longname.pdf"),
        (b"attachment; filename*1*=%82%AC.pdf; filename*0*=utf-8''%E2", "€.pdf"),
        (b"attachment; filename*0*=utf-8''%E2%82%AC; filename*1=\" a.pdf\"", "€ a.pdf"),
        (b"attachment; filename*10=k; filename*2=c; filename*0=a", "ack"),
        (b'attachment; filename="=?utf-8?q?=E2=82=AC?=.pdf"', "€.pdf"),
        (b'attachment; filename="=?utf-8?b?4oKs?=\r\n =?utf-8?q?_a.pdf?="', "€ a.pdf"),
        (b"attachment; filename==?iso-8859-1?q?=E4.pdf?=", "ä.pdf"),
        ("attachment; filename=\"Übersicht.pdf\"".encode(), "Übersicht.pdf"),
        ("attachment; filename=\"Übersicht.pdf\"".encode("latin-1"), "Übersicht.pdf"),
        ("attachment; filename=\"Отчёт за январь.pdf\"".encode("cp1251"), "Отчёт за январь.pdf"),
        (b"attachment; filename=\"" + b"long " * 100 + b".pdf\"", ("long " * 39).strip() + " l.pdf"),
    ],
)  # fmt: skip
def test_names(disposition: bytes, name: str) -> None:
    found = file_of(b"Content-Type: application/pdf", b"Content-Disposition: " + disposition).name
    assert found == name


def test_the_name_of_the_type_is_the_second_choice() -> None:
    said = b"Content-Type: application/pdf; name*=utf-8''%C3%A9.pdf"
    assert file_of(said, b"Content-Disposition: attachment").name == "é.pdf"
    assert file_of(said, b"Content-Disposition: attachment; filename=b.pdf").name == "b.pdf"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (b"image/png", "image-1.png"),
        (b"image/jpeg", "image-1.jpg"),
        (b"application/pdf", "file-1.pdf"),
        (b"application/x-never-heard-of", "file-1.bin"),
        (b"text/csv", "text-1.csv"),
        (b"message/delivery-status", "delivery-status.txt"),
        (b"application/ms-tnef", "winmail.dat"),
        (b"text/calendar", "invite.ics"),
    ],
)
def test_what_has_no_name_gets_one_by_its_type(kind: bytes, name: str) -> None:
    assert file_of(b"Content-Type: " + kind).name == name


def test_names_that_were_made_up_are_different() -> None:
    parts = (b"image/png", b"image/png", b"application/pdf", b"text/calendar", b"text/calendar")
    body = b"".join(b"--b\r\nContent-Type: " + kind + b"\r\n\r\nx\r\n" for kind in parts)
    mail = read_mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b--")
    names = [file.name for file in mail.files]
    assert names == ["image-1.png", "image-2.png", "file-1.pdf", "invite.ics", "invite-2.ics"]


@pytest.mark.parametrize("said", [b"Content-Disposition: attachment", b"Content-Type: text/rtf"])
def test_texts_that_are_files(said: bytes) -> None:
    assert file_of(said, body=b"Hello\r\n").content == b"Hello\r\n"


def test_a_text_with_a_name_is_a_file_unless_it_is_all_there_is() -> None:
    part = b"Content-Type: text/plain; name=a.txt\r\n\r\nHello"
    assert read_mail(HEAD + part).files == ()
    for kind, count in ((b"mixed", 1), (b"alternative", 0), (b"related", 0)):
        whole = b"Content-Type: multipart/" + kind + b"; boundary=b\r\n\r\n--b\r\n" + part + b"\r\n--b--"
        assert len(read_mail(HEAD + whole).files) == count


def test_a_type_without_a_second_half_is_told_by_the_name() -> None:
    assert file_of(b"Content-Type: x-zip; name=a.pdf").content_type == "application/pdf"


@pytest.mark.parametrize(
    ("encoding", "body", "content", "warned"),
    [
        (b"base64", b"aGVs\r\nbG8=\r\n", b"hello", False),
        (b"BASE64", b"aGVs\nbG8=", b"hello", False),
        (b' "base64"; x', b"aGVsbG8=", b"hello", False),
        (b"base64", b"aGVsbG8", b"hello", False),
        (b"base64", b"aGVsbG8=aGVsbG8=", b"hellohello", False),
        (b"base64", b"aGVs\r\n\r\nbG\r\n8=", b"hello", False),
        (b"base64", b"aGVs!bG8=", b"hello", True),
        (b"base64", b"aGVsbG8=\r\n\r\n____\r\nThrough a list\r\n", b"hello\n____\r\nThrough a list", True),
        (b"base64", b"in truth a text", b"in truth a text", False),
        (b"quoted-printable", b"a=3Db=\r\nc=ZZ=3\r\nd=", b"a=bc=ZZ=3\r\nd", False),
        (b"quoted-printable", b"soft=  \r\nbreak", b"softbreak", False),
        (b"quoted-printable", b"caf=c3=a9", "café".encode(), False),
        (b"x-uuencode", b"begin 644 x\r\n#86)C\r\n`\r\nend\r\n", b"abc", False),
        (b"x-uuencode", b"no such thing", b"no such thing", False),
        (b"x-odd", b"abc", b"abc", False),
        (b"8bit", b"a\xe9\r\n", b"a\xe9\r\n", False),
    ],
)  # fmt: skip
def test_encodings_as_mailers_write_them(encoding: bytes, body: bytes, content: bytes, warned: bool) -> None:
    said = b"Content-Transfer-Encoding: " + encoding
    mail = read_mail(HEAD + b"\r\n".join((b"Content-Type: application/x-y", said, b"", body)))
    assert mail.files[0].content == content
    assert bool(mail.warnings) == warned


def test_files_within_a_text_are_taken_out() -> None:
    coded = b"".join(binascii.b2a_uu(b"content " * 5) for _ in range(3))
    body = b"Hello\n\nbegin 644 a b.txt\n" + coded + b"`\nend\n\nRegards\nbegin 644 of a story\nend of it\n"
    mail = read_mail(HEAD + b"\n" + body)
    assert [(file.name, file.content_type, file.content) for file in mail.files] == [
        ("a b.txt", "text/plain", b"content " * 15)
    ]
    assert mail.texts[0][0] is not None
    assert mail.texts[0][0].text == "Hello\n\n\nRegards\nbegin 644 of a story\nend of it\n"


@given(st.binary(max_size=500), st.integers(1, 80), st.sampled_from([b"\n", b"\r\n", b" \r\n", b"\n\n"]))
def test_base64_in_lines_of_any_length(content: bytes, width: int, newline: bytes) -> None:
    coded = base64.b64encode(content)
    lines = [coded[at : at + width] for at in range(0, len(coded), width)]
    warnings: list[str] = []
    assert decoded_body(newline.join(lines) + newline, "base64", warnings) == content
    assert not warnings


@given(st.text())
def test_a_name_is_one_line_and_no_path(name: str) -> None:
    found = cleaned_name(name)
    found.encode()
    assert not set(found) & set("/\\\0\n\r\t")
    assert len(found) <= 200
    assert cleaned_name(found) == found
