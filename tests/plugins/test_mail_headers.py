"""Headers of real mails: what is usual, what mailers got wrong for twenty years, what is hostile."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_mail.headers import Address, addresses, date_of, decoded, fields, message_ids, one_line


def word(text: str, charset: str, label: str | None = None) -> bytes:
    return b"=?" + (label or charset).encode() + b"?B?" + b64encode(text.encode(charset)) + b"?="


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Printer", "Printer"),
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus =?iso-8859-1?Q?M=FCnchen?=", "Grüße aus München"),
        (b"=?utf-8?B?w6Q=?= =?utf-8?B?w6Q=?=", "ää"),
        (b"=?utf-8?Q?M=C3?=\r\n =?UTF-8?Q?=BCller?=", "Müller"),
        (b"=?utf-8?B?w6?= =?utf-8?B?TDrg==?=", "äî"),
        (word("注文", "iso2022_jp", "ISO-2022-JP") + b" " + word("件", "utf-8"), "注文件"),
        (word("你好㐀", "gb18030", "gb2312"), "你好㐀"),
        (word("주문뷁", "cp949", "ks_c_5601-1987"), "주문뷁"),
        (word("①注文", "cp932", "windows-31j"), "①注文"),
        (b"=?iso-2022-jp?B?" + b64encode(b"\x1b$B-!\x1b(B 1") + b"?=", "① 1"),
        (b"=?x-unknown?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?Q?M=FCller?=", "Müller"),
        (b"=?iso-8859-1?Q?M=C3=BCller?=", "Müller"),
        (b"=?windows-1252?Q?=80_5?=", "€ 5"),
        (b"=?iso-8859-1?Q?=80_5?=", "€ 5"),
        (b"=?UTF-8?Q?Wie geht es dir??=", "Wie geht es dir?"),
        (b"=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?B?abc", "=?utf-8?B?abc"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?idna?Q?xn--a?=", "xn--a"),
        (b"=?utf-7?Q?+2AA-x?=", "x"),
        (b"a=?utf-8?q?b?=c", "abc"),
        (b"a\x00b\x1b[31m\r\n\tc", "a b [31m c"),
        (b"=?utf-8?q?a=0D=0ABcc=3A_x?=", "a Bcc: x"),
        ("a\u202egpj.exe".encode(), "a gpj.exe"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
        ("Заказ не пришёл".encode("cp1251"), "Заказ не пришёл"),
        ("注文の件について".encode("shift_jis"), "注文の件について"),
        (b"\x1b$B%F%9%H\x1b(B", "テスト"),
        ("Grü".encode()[:-1], "Gr\ufffd"),
        ("Grüße üü".encode()[:-1], "Grüße ü\ufffd"),
        ("Größe ist schön".encode() + b"\xff ok", "Größe ist schön\ufffd ok"),
        (b"=?utf-8?q?Gr=C3=B6=C3=9Fe_sch=C3=B6n=FF?=", "Größe schön\ufffd"),
        (b"Jos\xe9", "José"),
        (b"=?x-unknown?q?Jos=E9?=", "José"),
        (b"", ""),
    ],
)
def test_texts(raw: bytes, text: str) -> None:
    assert decoded(raw) == text


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"a@b", [("", "a@b")]),
        (b"Name <A@B.com>", [("Name", "a@b.com")]),
        (b'"Doe, John" <j@x>, b@y', [("Doe, John", "j@x"), ("", "b@y")]),
        (b"Doe, John <j@x>", [("Doe, John", "j@x")]),
        (b"Doe, John <j@x>, Roe, Jane <r@x>", [("Doe, John", "j@x"), ("Roe, Jane", "r@x")]),
        (b"a@b (John (Jo) Doe)", [("John Jo Doe", "a@b")]),
        (b"<a@b> (John)", [("John", "a@b")]),
        (b'"a@b" <a@b>', [("", "a@b")]),
        (b"'a@b' <a@b>", [("", "a@b")]),
        (b"'John' <a@b>", [("John", "a@b")]),
        (b"mailto:a@b", [("", "a@b")]),
        (b"<mailto:a@b?subject=x>", [("", "a@b")]),
        (b"John Doe [mailto:j@x.de]", [("", "j@x.de")]),
        (b"John <a@b", [("John", "a@b")]),
        (b"a@b>", [("", "a@b")]),
        (b"John a@b", [("John", "a@b")]),
        (b"undisclosed-recipients:;", []),
        (b"Team: A <a@x>, b@y;, c@z", [("A", "a@x"), ("", "b@y"), ("", "c@z")]),
        (b"<@relay,@other:c@d>", [("", "c@d")]),
        (b"=?utf-8?Q?M=C3=BCller,_J?= <m@x>", [("Müller, J", "m@x")]),
        (b"=?utf-8?Q?M=C3=BCller, J?= <m@x>", [("Müller, J", "m@x")]),
        (b'"=?utf-8?Q?M=C3=BCller?=" <m@x>', [("Müller", "m@x")]),
        (b"=?utf-8?q?a=40b?= <a@b>", [("", "a@b")]),
        (b'John "Jo <j@x>, B <b@y>', [("John Jo", "j@x"), ("B", "b@y")]),
        (b'"Jo \\"the\\" D" <j@x>', [('Jo "the" D', "j@x")]),
        (b'"john doe"@example.com', [("", '"john doe"@example.com')]),
        (b'"john.doe"@example.com', [("", "john.doe@example.com")]),
        (b"John (x <a@b>", [("John (x", "a@b")]),
        (b"A <a@b> B <c@d>", [("A", "a@b"), ("B", "c@d")]),
        (b"A <a@b>; C <c@d>", [("A", "a@b"), ("C", "c@d")]),
        (b"a@b,,c@d,", [("", "a@b"), ("", "c@d")]),
        ("Jürgen <jürgen@müller.de>".encode(), [("Jürgen", "jürgen@müller.de")]),
        (b"Ren\xe9 <r@x>", [("René", "r@x")]),
        (b"a@b\x00", [("", "a@b")]),
        (b"John <j@x>\r\n", [("John", "j@x")]),
        (b"Jane via Team <team@x>", [("Jane via Team", "team@x")]),
        (b"x, y, a@b@c, <>, @, a@, @b", []),
    ],
)
def test_people(raw: bytes, found: list[tuple[str, str]]) -> None:
    assert [tuple(one) for one in addresses(raw)] == found


def test_of_a_long_list_the_first_500_count() -> None:
    assert len(addresses(b", ".join(b"a%d@b" % n for n in range(800)))) == 500
    assert len(addresses(b", ".join(b"(c) a%d@b" % n for n in range(800)))) == 500


def test_of_a_value_of_megabytes_the_whole_addresses_at_its_beginning_count() -> None:
    begin = b"jane@example.org" + b"," * 99_960 + b"john@example.community"
    assert [one.email for one in addresses(begin)] == ["jane@example.org", "john@example.community"]
    cut = begin.replace(b",", b", ", 10) + b", joe@example.org" * 300_000
    assert [one.email for one in addresses(cut)] == ["jane@example.org"]


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("Mon, 1 Jan 2024 12:00:00 +0100", at(2024, 1, 1, 11)),
        ("Mon,  1 Jan 2024 12:00:00 +0100 (CET)", at(2024, 1, 1, 11)),
        ("1 Jan 98 12:00 EST", at(1998, 1, 1, 17)),
        ("1 Jan 124 12:00 GMT", at(2024, 1, 1, 12)),
        ("Mon, 1 Jul 2024 12:00:00 GMT+0200 (CEST)", at(2024, 7, 1, 10)),
        ("mon, 1 jul 2024 12:00:00 pdt", at(2024, 7, 1, 19)),
        ("Mon, 1 Jan 2024 12:00:00 MEZ", at(2024, 1, 1, 11)),
        ("Mon, 1 Jan 2024 12:00:00 IST", at(2024, 1, 1, 6, 30)),
        ("Mon, 1 Jan 2024 12:00:00", at(2024, 1, 1, 12)),
        ("Mon, 1 Jan 2024 12:00 +01:00", at(2024, 1, 1, 11)),
        ("Mon, 1 Jan 2024 12.00.00 +0100", at(2024, 1, 1, 11)),
        ("Sat, 31 Dec 2016 23:59:60 +0000", at(2016, 12, 31, 23, 59, 59)),
        ("Mon Jan  5 12:00:00 1998", at(1998, 1, 5, 12)),
        ("Mon Jan 5 12:00:00 EST 1998", at(1998, 1, 5, 17)),
        ("2024-01-31T12:00:00Z", at(2024, 1, 31, 12)),
        ("2024-01-31 12:00:00 +0200", at(2024, 1, 31, 10)),
        ("2024-01-31", at(2024, 1, 31)),
        ("01/31/2024 3:04:05 PM", at(2024, 1, 31, 15, 4, 5)),
        ("31.01.2024 15:04", at(2024, 1, 31, 15, 4)),
        ("Monday, January 1, 2024 12:00 PM", at(2024, 1, 1, 12)),
        ("Mon, 1 Jan 2024 12:00:00 +0100 (Mitteleuropäische Zeit)", at(2024, 1, 1, 11)),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("Mon, 1 Jan 2099 12:00:00 +0000", None),
        ("Mon, 32 Jan 2024 12:00:00 +0100", None),
        ("12:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(raw: str, found: datetime | None) -> None:
    assert date_of(raw.encode("latin-1")) == found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"<a@b>", ["a@b"]),
        (b"<a@b> <c@d>\r\n <e@f>", ["a@b", "c@d", "e@f"]),
        (b"<a@b><c@d>,<e@f>", ["a@b", "c@d", "e@f"]),
        (b"<a@\r\n b>", ["a@b"]),
        (b"a@b", ["a@b"]),
        (b"20240101-17", ["20240101-17"]),
        (b"a@b c@d", ["a@b", "c@d"]),
        (b"<a@b", ["a@b"]),
        (b'"<a@b>"', ["a@b"]),
        (b'<"01KF8"@x>', ["01KF8@x"]),
        (b'Your message of "Wed, 5 Jan 1994" <a@b>', ["a@b"]),
        (b"=?utf-8?q?=3Ca=40b=3E?=", ["a@b"]),
        (b"Message of Monday", []),
        (b"<>", []),
        (b"", []),
    ],
)
def test_ids(raw: bytes, found: list[str]) -> None:
    assert message_ids(raw) == found


def test_a_header_block_is_split_once() -> None:
    block = (
        b"From jane@example.com Mon Jan  1 12:00:00 2024\r\nReceived: one;\r\n\ttoday\r\n"
        b"SUBJECT : Hi\r\n there\r\n"
        b"Received: two\r\nno field\r\nEmpty:\r\n\r\nBody: no\r\n"
    )
    assert fields(block) == {
        "received": [b"one;\ttoday", b"two"],
        "subject": [b"Hi there"],
        "empty": [b""],
    }
    assert fields(block.replace(b"\r\n", b"\n")) == fields(block)
    assert fields(b"A: b\rC: d\r") == {"a": [b"b"], "c": [b"d"]}
    assert fields(b"") == {}


READERS: list[Callable[[bytes], object]] = [one_line, decoded, addresses, message_ids, date_of, fields]


@given(
    st.one_of(
        st.binary(max_size=300),
        st.text("=?utf-8QB<>\"'(),:;@\\ a1\n\r\t\x00é注\x1b$", max_size=300).map(str.encode),
    )
)
def test_whatever_it_is_it_is_read(raw: bytes) -> None:
    for reader in READERS:
        reader(raw)
    for one in addresses(raw):
        assert isinstance(one, Address)
        assert one.email.count("@") == 1
        assert (one.name + one.email).replace("\ufffd", "").isprintable() or not one.name.isascii()
    assert "\n" not in decoded(raw)
    decoded(raw).encode()


@pytest.mark.parametrize("unseen", ["\u00ad", "\u200b", "\u2060", "\ufeff"])
def test_what_nobody_sees_is_no_part_of_an_address(unseen: str) -> None:
    for value in (f"ja{unseen}ne@example.com", f"Jane <jane@exam{unseen}ple.com>"):
        assert [one.email for one in addresses(value.encode())] == ["jane@example.com"]
    assert addresses(f"!@{unseen}".encode()) == []
    assert addresses(b"!@\xad") == []


HOSTILE = [
    *(b"<", b">", b"(", b")", b'"', b'\\"', b",", b"a,", b"@", b"a@b,", b"=?", b"=?a?q?", b"=?a?q?x?= "),
    *(b"<a", b"a ", b":", b"a@b ", b"()", b"(a@b)", b"[", b"a:\n ", b" \n", b"\xff", b"\x1b$B", b"<a>"),
    *(b"1 ", b"+1", b"a\n"),
]


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_a_megabyte_of_anything_is_read_in_time_linear_in_it(piece: bytes) -> None:
    # A reader that is not linear needs hours for this.
    for reader in READERS:
        reader(piece * (1_000_000 // len(piece)))
