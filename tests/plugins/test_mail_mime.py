"""Bytes of a mail become its texts and files, whatever the bytes."""

import base64
import binascii
import email
import email.policy
import tracemalloc
from email.message import EmailMessage, Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail_shown import MAILS, shown, twin_of
from tiketti_migrate_mail.mail import Mail
from tiketti_migrate_mail.mime import read_mail

HEAD = b"From: Jane <jane@example.org>\r\nSubject: Printer\r\nMIME-Version: 1.0\r\n"
MEGABYTES = 5_000_000


def mixed(*parts: str, boundary: str = "b", kind: str = "mixed", end: str = "--b--\r\n") -> bytes:
    """A multipart of parts that bring their own headers."""
    joined = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return HEAD + f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{joined}{end}'.encode()


def texts(mail: Mail) -> list[tuple[str | None, str | None]]:
    return [(plain and plain.text, html and html.text) for plain, html in mail.texts]


def files(mail: Mail) -> list[tuple[str, bytes]]:
    return [(file.name, file.content) for file in mail.files]


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_mails_of_others_are_read_as_their_twins_say(path):  # type: ignore[no-untyped-def]
    assert shown(read_mail(path.read_bytes())) == twin_of(path).read_text()


def test_who_wrote_what_when_to_whom() -> None:
    mail = read_mail(
        b"From: =?utf-8?q?Doe=2C_J=C3=A4ne?= <Jane@Example.org>\r\nTo: a@b.example,\r\n c@d.example\r\n"
        b"Cc: one@x.example\r\nCc: two@x.example\r\nReply-To: r@x.example\r\n"
        b"Date: Mon, 3 Feb 2020 12:30:00 +0100\r\nMessage-ID: <1@x>\r\n"
        b"Subject: =?utf-8?b?w6k=?=\r\n\r\nHello\r\n"
    )
    assert mail.sender == ("Doe, Jäne", "jane@example.org")
    assert [to.email for to in mail.to] == ["a@b.example", "c@d.example"]
    assert [cc.email for cc in mail.cc] == ["one@x.example", "two@x.example"]
    assert [one.email for one in mail.reply_to] == ["r@x.example"]
    assert mail.date is not None
    assert mail.date.isoformat() == "2020-02-03T11:30:00+00:00"
    assert (mail.subject, mail.message_id) == ("é", "1@x")
    assert texts(mail) == [("Hello\n", None)]


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b"\r\nHello\r\nthere\r\n",
        (HEAD + b"\r\nHello\r\nthere\r\n").replace(b"\r\n", b"\n"),
        (HEAD + b"\r\nHello\r\nthere\r\n").replace(b"\r\n", b"\r"),
        (HEAD + b"\r\nHello\r\nthere\r\n").replace(b"\r\n", b"\r\r\n"),
        HEAD.replace(b"\r\n", b"\n") + b"\r\nHello\r\nthere\r\n",
        b"\xef\xbb\xbf" + HEAD + b"\r\nHello\r\nthere\r\n",
        b"From jane@example.org Mon Feb  3 12:30:00 2020\n" + HEAD + b"\r\nHello\r\nthere\r\n",
        b">From jane@example.org Mon Feb  3 12:30:00 2020\n" + HEAD + b"\r\nHello\r\nthere\r\n",
        b"\r\n\r\n" + HEAD + b"\r\nHello\r\nthere\r\n",
        HEAD + b"this line is no field\r\nTo: a@b.example\r\n\r\nHello\r\nthere\r\n",
        HEAD.replace(b"Subject:", b"Subject :") + b"\r\nHello\r\nthere\r\n",
        HEAD + b" \r\nX-Odd: folded by nothing\r\n\r\nHello\r\nthere\r\n",
        HEAD + b"Content-Type: text\r\n\r\nHello\r\nthere\r\n",
        HEAD + b"Content-Type: ;;=;\r\n\r\nHello\r\nthere\r\n",
        HEAD + b"CONTENT-TYPE: TEXT/PLAIN (a comment); CHARSET = \"UTF-8\"\r\n\r\nHello\r\nthere\r\n",
        HEAD + b"Content-Transfer-Encoding: odd\r\n\r\nHello\r\nthere\r\n",
        HEAD + b"\r\nHel\0lo\r\n\0there\r\n",
    ],
)  # fmt: skip
def test_a_text_is_found_whatever_the_line_ends_and_headers(content: bytes) -> None:
    mail = read_mail(content)
    assert texts(mail) == [("Hello\nthere\n", None)]
    assert (mail.subject, mail.sender) == ("Printer", ("Jane", "jane@example.org"))


def test_a_mail_without_a_header_is_its_text() -> None:
    for content in (b"Hello there\nfriend", b"\r\nHello there\nfriend", b"Hello: there\n\nfriend"):
        mail = read_mail(content)
        assert texts(mail)[0][0] in (content.decode(), "Hello there\nfriend")
        assert mail.warnings == ("The mail has no header: all of it is its text",)


def test_a_mail_without_a_body_has_no_text() -> None:
    assert texts(read_mail(b"Subject: only this")) == []
    assert read_mail(b"Subject: only this").subject == "only this"
    assert read_mail(b"") == read_mail(b"\r\n")._replace(warnings=())


def test_alternatives_are_pairs_whatever_their_order() -> None:
    plain, html = "Content-Type: text/plain\r\n\r\nHello", "Content-Type: text/html\r\n\r\n<p>Hello</p>"
    assert texts(read_mail(mixed(plain, html, kind="alternative"))) == [("Hello", "<p>Hello</p>")]
    assert texts(read_mail(mixed(html, plain, kind="alternative"))) == [("Hello", "<p>Hello</p>")]


def test_of_alternatives_that_say_the_same_the_last_is_shown_and_an_empty_one_is_none() -> None:
    parts = [
        f"Content-Type: text/html\r\n\r\n{markup}" for markup in ("<p>a &amp; b", "<p>a <b>&amp;</b> b</p>")
    ]
    empty = "Content-Type: text/plain\r\n\r\n   "
    amp = "Content-Type: text/x-amp-html\r\n\r\n<html amp>"
    mail = read_mail(mixed(empty, *parts, amp, kind="alternative"))
    assert texts(mail) == [(None, "<p>a <b>&amp;</b> b</p>")]


PLAIN, RICH = "Content-Type: text/plain\r\n\r\nreal text", "Content-Type: text/html\r\n\r\n<p>real text</p>"
LOG = "Content-Type: text/plain; name=log.txt\r\n\r\nlog"


@pytest.mark.parametrize(
    ("parts", "shown", "kept"),
    [
        ((PLAIN, "\r\nsecond"), [("real text", None), ("second", None)], []),
        ((PLAIN, RICH, "\r\n-- \r\nDisclaimer"),
         [("real text", "<p>real text</p>"), ("-- \nDisclaimer", None)], []),
        ((RICH, RICH.replace("real", "other")),
         [(None, "<p>real text</p>"), (None, "<p>other text</p>")], []),
        ((PLAIN, PLAIN, RICH, RICH), [("real text", "<p>real text</p>")], []),
        ((PLAIN, LOG), [("real text", None)], [("log.txt", b"log")]),
        ((LOG, PLAIN), [("real text", None)], [("log.txt", b"log")]),
        ((PLAIN, RICH, LOG), [("real text", "<p>real text</p>")], [("log.txt", b"log")]),
        ((RICH, LOG), [(None, "<p>real text</p>")], [("log.txt", b"log")]),
        ((LOG, LOG.replace("log", "two")), [("log", None)], [("two.txt", b"two")]),
        ((PLAIN, RICH.replace("html", "html; name=a.html")), [("real text", "<p>real text</p>")], []),
        ((PLAIN, "Content-Type: text/enriched\r\n\r\n<bold>real</bold> text"), [("real text", None)], []),
        (("Content-Type: text/html\r\n\r\n<img src=a>", "Content-Type: text/html\r\n\r\n<img src=b>"),
         [(None, "<img src=a>"), (None, "<img src=b>")], []),
    ],
)  # fmt: skip
def test_of_alternatives_none_is_lost_that_says_something_else(
    parts: tuple[str, ...], shown: list[tuple[str | None, str | None]], kept: list[tuple[str, bytes]]
) -> None:
    mail = read_mail(mixed(*parts, kind="alternative"))
    assert (texts(mail), files(mail)) == (shown, kept)


def test_texts_around_a_file_stay_in_their_order() -> None:
    image = "Content-Type: image/png\r\nContent-Disposition: inline\r\n\r\nx"
    mail = read_mail(mixed("\r\none", image, "Content-Type: text/html\r\n\r\n<b>two</b>", "\r\nthree"))
    assert texts(mail) == [("one", None), (None, "<b>two</b>"), ("three", None)]
    assert [(file.name, file.inline) for file in mail.files] == [("image-1.png", True)]


def test_an_apple_mail_with_files_between_its_texts_keeps_them_one_alternative() -> None:
    inner = (
        'Content-Type: multipart/mixed; boundary="c"\r\n\r\n'
        "--c\r\nContent-Type: text/html\r\n\r\n<p>one</p>\r\n"
        "--c\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n"
        "--c\r\nContent-Type: text/html\r\n\r\n<p>two</p>\r\n--c--"
    )
    mail = read_mail(mixed("\r\none two", inner, kind="alternative"))
    assert texts(mail) == [("one two", "<p>one</p>\n<p>two</p>")]
    assert files(mail) == [("a.pdf", b"x")]


def test_a_related_text_shows_its_images() -> None:
    image = "Content-Type: image/png\r\nContent-ID: <logo@x>\r\n\r\nx"
    mail = read_mail(mixed("Content-Type: text/html\r\n\r\n<img src='cid:logo@x'>", image, kind="related"))
    assert [(file.content_id, file.inline) for file in mail.files] == [("logo@x", True)]


@pytest.mark.parametrize(
    ("head", "content_id", "name"),
    [
        ("Content-Location: https://x.example/a%20b.png?v=2", "https://x.example/a%20b.png?v=2", "a b.png"),
        ("Content-Location: file:///C:/x/image001.png", "file:///C:/x/image001.png", "image001.png"),
        ("Content-Location: logo", "logo", "image-1.png"),
        ("Content-ID: <logo/1@x>\r\nContent-Location: a.png", "logo/1@x", "a.png"),
        ("Content-Location: \0", None, "image-1.png"),
    ],
)  # fmt: skip
def test_images_of_a_saved_page_are_found_by_their_address(
    head: str, content_id: str | None, name: str
) -> None:
    image = f"Content-Type: image/png\r\n{head}\r\n\r\nx"
    mail = read_mail(mixed("Content-Type: text/html\r\n\r\n<img src=logo>", image, kind="related"))
    assert [(one.content_id, one.name, one.inline) for one in mail.files] == [(content_id, name, True)]


def test_gmail_gives_every_file_an_id_but_shows_only_those_that_the_text_names() -> None:
    parts = [
        f"Content-Type: image/png\r\nContent-Disposition: attachment\r\nContent-ID: <{one}>\r\n\r\nx"
        for one in ("f_used", "f_file")
    ]
    mail = read_mail(mixed('Content-Type: text/html\r\n\r\n<img src="cid:f_used">', *parts))
    assert [(file.content_id, file.inline) for file in mail.files] == [("f_used", True), ("f_file", False)]


def test_flowed_text_is_told() -> None:
    (pair,) = read_mail(HEAD + b"Content-Type: text/plain; format=Flowed; DelSp=yes\r\n\r\nHello \r\n").texts
    assert pair[0] == ("Hello \n", False, True, True)


def test_old_formatted_text_is_shown_as_text() -> None:
    content = HEAD + b"Content-Type: text/enriched\r\n\r\n<bold>Now</bold> or\nnever,\n\n<<never>\n"
    assert texts(read_mail(content)) == [("Now or never,\n<never>", None)]


@pytest.mark.parametrize("boundary", ["b", "b ", "=_a'()+,-./:=?", "a b c", "--", "b" * 300])
def test_boundaries_of_all_kinds(boundary: str) -> None:
    mark = boundary.rstrip()
    for end in (f"--{mark}--\r\n", f"--{mark}--", "", f"--{mark}--  \r\nlist footer\r\n"):
        body = f"--{mark}  \r\n\r\none\r\n--{mark}\r\nContent-Type: text/html\r\n\r\n<b>two</b>\r\n{end}"
        content = HEAD + f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n{body}'.encode()
        footer = [("list footer", None)] if "list footer" in end else []
        assert [(p, h and h.strip()) for p, h in texts(read_mail(content))] == [
            ("one", None),
            (None, "<b>two</b>"),
            *footer,
        ]


def test_a_boundary_that_another_begins_with_is_told_apart() -> None:
    inner = 'Content-Type: multipart/alternative; boundary="bb"\r\n\r\n--bb\r\n\r\none\r\n--bb--'
    assert texts(read_mail(mixed(inner, "\r\n--bc is text"))) == [("one", None), ("--bc is text", None)]


def test_a_boundary_that_is_missing_or_wrong_is_found() -> None:
    for said in ("multipart/mixed", "multipart/mixed; boundary=other", 'multipart/mixed; boundary=""'):
        content = (
            HEAD + f"Content-Type: {said}\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--".encode()
        )
        assert texts(read_mail(content)) == [(None, "<p>")]


@pytest.mark.parametrize("said", [b"; boundary=zz", b"", b'; boundary=""'])
def test_parts_that_cannot_be_told_apart_are_a_text(said: bytes) -> None:
    mail = read_mail(HEAD + b"Content-Type: multipart/mixed" + said + b"\r\n\r\nHello\r\n-- \r\nJane")
    assert texts(mail) == [("Hello\n-- \nJane", None)]
    assert mail.warnings == ("Its parts cannot be told apart: all of it is shown as text",)


def test_a_part_without_a_header_loses_none_of_its_words() -> None:
    assert texts(read_mail(mixed("Note: the price is 3\r\n\r\nRegards"))) == [
        ("Note: the price is 3\n\nRegards", None)
    ]


def test_text_before_the_parts_is_told_but_for_what_mailers_put_there() -> None:
    content = mixed("\r\nHello").replace(b"\r\n--b", b"\r\nSee below\r\n--b", 1)
    assert read_mail(content).warnings == ("Text before the first part is not shown: 'See below'",)
    usual = content.replace(b"See below", b"This is a multi-part message in MIME format.")
    assert read_mail(usual).warnings == ()


FOOTER = "______\r\nPrinters mailing list\r\n\r\nhttps://lists.example/printers"


@pytest.mark.parametrize("kind", ["mixed", "alternative", "related", "signed"])
def test_the_footer_of_a_list_behind_the_parts_is_a_text(kind: str) -> None:
    mail = read_mail(mixed("\r\nHello", kind=kind, end=f"--b--\r\n{FOOTER}\r\n"))
    assert texts(mail) == [("Hello", None), (FOOTER.replace("\r\n", "\n"), None)]
    assert mail.warnings == ()


def test_a_footer_behind_inner_parts_is_a_text_too() -> None:
    inner = 'Content-Type: multipart/alternative; boundary="c"\r\n\r\n--c\r\n\r\none\r\n--c--\r\nGrüße'
    assert texts(read_mail(mixed(inner, "\r\ntwo"))) == [("one", None), ("two", None), ("Grüße", None)]


@pytest.mark.parametrize(
    "end", ["--b--\r\n", "--b--\r\n--b--\r\n", "--b--\r\n--c--\r\n.\r\n", "--b--\r\n\0\r\n"]
)
def test_marks_behind_the_parts_are_no_text(end: str) -> None:
    mail = read_mail(mixed("\r\nHello", end=end))
    assert (texts(mail), mail.warnings) == ([("Hello", None)], ())


@pytest.mark.parametrize(
    "behind", ["--b\r\nContent-Type: text/plain\r\n\r\nmore", "x" * 70_000 + "more"], ids=["parts", "long"]
)
def test_parts_behind_the_end_and_much_else_there_are_kept(behind: str) -> None:
    mail = read_mail(mixed("\r\nHello", end=f"--b--\r\n{behind}"))
    assert mail.warnings == ("The mail has more behind its last part: the rest is kept as a file",)
    assert [file.name for file in mail.files] == ["rest-of-mail.txt"]
    assert mail.files[0].content.endswith(b"more")


def test_the_footer_of_a_list_behind_base64_is_told_of_files_alone() -> None:
    coded = "Content-Type: {}\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8gd29ybGQ=\r\n-- \r\nA list"
    mail = read_mail(mixed(coded.format("text/plain")))
    assert (texts(mail), mail.warnings) == ([("Hello world\n-- \nA list", None)], ())
    assert len(read_mail(mixed(coded.format("application/pdf"))).warnings) == 1


def test_a_mail_that_was_cut_says_so_and_keeps_what_came() -> None:
    file = "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n"
    content = mixed("\r\nHello", f"{file}\r\naGVsbG8gd29ybGQ")
    mail = read_mail(content[:-12], is_cut=True)
    assert texts(mail) == [("Hello", None)]
    assert mail.files[0].content.startswith(b"hello wo")
    assert mail.warnings[0].startswith("The mail is too large and was cut")


def nested(levels: int) -> bytes:
    opened = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels))
    return HEAD + b"".join(opened) + b"\r\ndeep"


@pytest.mark.parametrize(
    ("content", "said"),
    [(mixed(*["\r\nx"] * 1500), "more than 1000 parts"), (nested(300), "more than 50 levels of parts")],
)
def test_of_too_many_parts_the_rest_is_a_file(content: bytes, said: str) -> None:
    mail = read_mail(content)
    assert mail.warnings == (f"The mail has {said}: the rest is kept as a file",)
    assert mail.files[-1].name == "rest-of-mail.txt"
    assert content.rstrip().endswith(mail.files[-1].content[-4:].rstrip())


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\n" * (MEGABYTES // 4),
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bx\n" * (MEGABYTES // 5),
        b"Subject: " + b"=?" * (MEGABYTES // 2) + b"\r\n\r\nx",
        b"Subject: " + b"=?utf-8?q?x?= " * (MEGABYTES // 14) + b"\r\n\r\nx",
        HEAD + b"Content-Type: text/plain; " + b"(" * MEGABYTES + b"\r\n\r\nx",
        HEAD + b"Content-Type: multipart/mixed" + b";a" * (MEGABYTES // 2) + b"\r\n\r\nx",
        HEAD + b"Content-Disposition: attachment; filename=" + b'"\\' * (MEGABYTES // 2) + b"\r\n\r\nx",
        HEAD + b"Content-Type: message/rfc822\r\n\r\n" * (MEGABYTES // 33),
        HEAD + b"Content-Type: text/html\r\n\r\n\xff" + b"<meta " * (MEGABYTES // 6),
        HEAD + b"\r\n" + b"begin 644 x\n" * (MEGABYTES // 12),
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"a=\n" * (MEGABYTES // 3),
        HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"= " * (MEGABYTES // 2),
        b"X: y\r\n" * (MEGABYTES // 6) + HEAD + b"\r\nx",
        b"From: MAILER-DAEMON\r\nSubject: failure notice\r\n\r\n" + b"<a@b.c>:\n" * (MEGABYTES // 9),
        mixed(*["Content-Type: text/html\r\n\r\n" + "<&" * (MEGABYTES // 4)] * 2, kind="alternative"),
        *(bytes((byte,)) * MEGABYTES for byte in b"\0\n\r :(<-\xff"),
    ],
)  # fmt: skip
def test_megabytes_of_anything_are_read_once(content: bytes) -> None:
    """What is not linear in them takes hours."""
    assert read_mail(content).kind in ("mail", "bounce")


CODED = base64.encodebytes(bytes(range(256)) * (MEGABYTES // 256)).decode()
LINES = "".join(binascii.b2a_uu(bytes(range(45))).decode() for _ in range(MEGABYTES // 45))


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("base64", CODED),
        ("base64", CODED.replace("\n", "\n!", 1)),
        ("base64", CODED + "!"),
        ("base64", (base64.b64encode(b"abcd").decode() + "\n") * (MEGABYTES // 10)),
        ("base64", CODED + "\n-- \nA list"),
        ("x-uuencode", f"begin 644 a\n{LINES}`\nend\n"),
        ("quoted-printable", "=C3=BC =\n" * (MEGABYTES // 9)),
    ],
)  # fmt: skip
def test_a_large_file_is_not_held_many_times(encoding: str, body: str) -> None:
    content = mixed(f"Content-Type: image/png\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}")
    tracemalloc.start()
    try:
        mail = read_mail(content)
        assert len(mail.files[0].content) > 1_000_000
        # The body encoded and decoded, and once more without the line break at its end.
        assert tracemalloc.get_traced_memory()[1] < 3 * len(content)
    finally:
        tracemalloc.stop()


WORDS = st.text(st.sampled_from('abc äöü€ж日\n=.-><;"'), max_size=200)
FILES = st.tuples(st.sampled_from(["a.pdf", "bericht ä.txt", "日本.png", "x"]), st.binary(max_size=300))


@st.composite
def built_mails(draw: st.DrawFn) -> EmailMessage:
    """Mails as the standard library builds them."""
    message = EmailMessage()
    message["From"], message["Subject"] = (
        "jane@example.org",
        draw(st.sampled_from(["Hello", "Grüße", "日本"])),
    )
    coding = draw(st.sampled_from(["quoted-printable", "base64", "8bit"]))
    message.set_content(draw(WORDS), cte=coding)
    if draw(st.booleans()):
        message.add_alternative(f"<p>{draw(WORDS)}</p>", subtype="html", cte=coding)
    for name, content in draw(st.lists(FILES, max_size=3)):
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return message


def leaves(message: Message) -> list[EmailMessage]:
    return [part for part in message.walk() if isinstance(part, EmailMessage) and not part.is_multipart()]


@given(built_mails(), st.sampled_from([email.policy.SMTP, email.policy.default]))
@settings(deadline=None, max_examples=200)
def test_what_the_standard_library_builds_comes_back_as_it_reads_it(
    message: EmailMessage, policy: email.policy.EmailPolicy
) -> None:
    content = message.as_bytes(policy=policy)
    mail = read_mail(content)
    parts = leaves(email.message_from_bytes(content, policy=email.policy.default))
    expected = [
        part.get_content().replace("\r\n", "\n").rstrip("\n") for part in parts if not part.get_filename()
    ]
    found = [text.text.rstrip("\n") for pair in mail.texts for text in pair if text]
    assert found == [text for text in expected if text.strip()]
    assert files(mail) == [(part.get_filename(), part.get_content()) for part in parts if part.get_filename()]
    assert (mail.subject, mail.warnings) == (message["Subject"], ())


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A mail of somebody, cut, with bytes changed and lines doubled or moved."""
    content = draw(st.sampled_from([path.read_bytes()[:30_000] for path in MAILS]))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(["cut", "behead", "change", "double", "insert"])):
            case "cut":
                content = content[:at]
            case "behead":
                content = content[at:]
            case "change":
                content = content[:at] + draw(st.binary(max_size=5)) + content[at + 3 :]
            case "double":
                lines = content.splitlines(keepends=True)
                line = at % len(lines) if lines else 0
                content = b"".join(lines[:line] + lines[line : line + 3] * 2 + lines[line + 3 :])
            case "insert":
                odd = st.sampled_from(
                    [
                        b"\r\n\r\n",
                        b"--",
                        b"\0",
                        b"=?utf-8?b?",
                        b'"',
                        b"\xff",
                        b"\r",
                        b"Content-Type: multipart/mixed\r\n",
                    ]
                )
                content = content[:at] + draw(odd) + content[at:]
    return content


@given(damaged(), st.booleans())
@settings(deadline=None, max_examples=300)
def test_damaged_mails_are_read(content: bytes, is_cut: bool) -> None:
    mail = read_mail(content, is_cut=is_cut)
    shown(mail).encode()
    for plain, html in mail.texts:
        for text in filter(None, (plain, html)):
            assert "\r" not in text.text
            assert "\0" not in text.text


@given(st.binary(max_size=400))
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_a_mail(content: bytes) -> None:
    shown(read_mail(content)).encode()
    shown(read_mail(HEAD + content)).encode()


@given(st.text(st.sampled_from("abc xyz\n"), min_size=1).filter(str.strip), st.binary(max_size=60))
@settings(deadline=None)
def test_words_of_a_sound_part_survive_damage_elsewhere(words: str, junk: bytes) -> None:
    content = mixed(f"\r\n{words}", end="") + b"--b\r\nContent-Type: application/x-odd; name=x\r\n\r\n" + junk
    assert texts(read_mail(content))[0][0] == words
