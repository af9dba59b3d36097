"""Answers to FETCH: well formed in every way that RFC 3501 allows, and not well formed at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_mail.imap_answers import BadAnswer, Fetched, fetched, literal_size

MEBIBYTE = 1024 * 1024


def parts_of(raw: bytes) -> list[bytes]:
    """As it is read from a connection: text and literals by turns."""
    parts: list[bytes] = []
    while True:
        line, _, rest = raw.partition(b"\r\n")
        size = literal_size(line)
        if size is None:
            return [*parts, line]
        parts += [line[: line.rindex(b"{")], rest[:size]]
        raw = rest[size:]


def read(raw: bytes) -> Fetched:
    """Raises AssertionError where it is no answer to FETCH."""
    found = fetched(parts_of(raw))
    assert found is not None
    return found


def test_everything_at_once() -> None:
    answer = read(
        b'* 12 FETCH (UID 5 FLAGS (\\Seen \\Recent $Junk) INTERNALDATE " 5-Jan-2020 10:11:12 +0130"'
        b" RFC822.SIZE 4711 X-GM-THRID 1278455344230334865 X-GM-LABELS (\\Inbox {3}\r\na)b x)"
        b" BODY[HEADER.FIELDS (FROM TO)] {9}\r\nFrom: a\r\n)"
    )
    assert answer == Fetched(
        12,
        5,
        b"From: a\r\n",
        None,
        4711,
        frozenset({"seen", "recent", "$junk"}),
        datetime(2020, 1, 5, 8, 41, 12, tzinfo=UTC),
        "1278455344230334865",
        ("\\Inbox", "a)b", "x"),
    )


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"* 1 FETCH (UID 5 BODY[] {3}\r\na\r\n)", b"a\r\n"),
        (b"* 1 FETCH (BODY[] {3}\r\n)\r\n UID 5)", b")\r\n"),
        (b'* 1 FETCH (BODY[] "a \\"b\\" \\\\ (c" UID 5)', b'a "b" \\ (c'),
        (b'* 1 FETCH (UID 5 BODY[] "")', b""),
        (b"* 1 FETCH (UID 5 BODY[] {0}\r\n)", b""),
        (b"* 1 FETCH (UID 5 BODY[] NIL)", None),
        (b"* 1 FETCH (UID 5 BODY[HEADER.FIELDS (TO)] NIL)", b""),
        (b'* 1 fetch (uid 5 body[header.fields ("to" "x]")] {2}\r\nhi)', b"hi"),
        (b"* 1 FETCH (UID 5 RFC822.HEADER {2}\r\nhi)", b"hi"),
        (b"* 1 FETCH (UID 5  BODY[] {2}\r\nhi )", b"hi"),
        (b"* 1 FETCH (UID 5 MODSEQ (917162500) BODY[] {2}\r\nhi)", b"hi"),
        (b'* 1 FETCH (UID 5 ENVELOPE ("d" NIL (("a" NIL {1}\r\nx "y"))) BODY[] {2}\r\nhi)', b"hi"),
        (b'* 1 FETCH (BODY[]<0> {2}\r\nhi UID 5 X-NEW "a" X-NEWER 7)', b"hi"),
    ],
)
def test_bodies(raw: bytes, body: bytes | None) -> None:
    answer = read(raw)
    assert (answer.uid, answer.body) == (5, body)


@pytest.mark.parametrize(
    ("raw", "origin"), [(b"<0>", 0), (b"<4194304>", 4194304), (b"<7.100>", 7), (b"", None)]
)
def test_where_a_part_begins(raw: bytes, origin: int | None) -> None:
    assert read(b"* 1 FETCH (UID 5 BODY[]" + raw + b" {2}\r\nhi)").origin == origin


@pytest.mark.parametrize(
    ("raw", "labels"),
    [
        (b'("\\\\Inbox" "\\\\Sent")', ("\\Inbox", "\\Sent")),
        (b"(\\Inbox \\Important)", ("\\Inbox", "\\Important")),
        (b'("K&APY-ln/B&APw-ro" "R&-D")', ("K\u00f6ln/B\u00fcro", "R&D")),
        (b'("say \\"hi\\"" {5}\r\n"(x)")', ('say "hi"', '"(x)"')),
        ("(Köln)".encode(), ("Köln",)),
        (b'("&2D0-" "&&&" "&!!-")', None),
        (b"()", ()),
        (b"NIL", ()),
    ],
)
def test_labels(raw: bytes, labels: tuple[str, ...] | None) -> None:
    found = read(b"* 1 FETCH (X-GM-LABELS " + raw + b" UID 5)").labels
    assert labels is None or found == labels
    assert all(label.encode() for label in found)


@pytest.mark.parametrize(
    ("raw", "when"),
    [
        (b"17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b" 1-jan-2000 00:00:60 +0000", datetime(2000, 1, 1, 0, 0, 59, tzinfo=UTC)),
        (b"31-Feb-2000 00:00:00 +0000", None),
        (b"01-Jan-0001 00:00:00 +1400", None),
        (b"01-Jan-2000 00:00:00 +9900", None),
        (b"01-Xxx-2000 00:00:00 +0000", None),
        (b"yesterday", None),
        (b"", None),
    ],
)
def test_dates(raw: bytes, when: datetime | None) -> None:
    assert read(b'* 1 FETCH (UID 5 INTERNALDATE "' + raw + b'")').received == when


@pytest.mark.parametrize(
    "raw",
    [
        b"* 1 FETCH (",
        b"* 1 FETCH (UID",
        b"* 1 FETCH (UID )",
        b"* 1 FETCH (UID x)",
        b"* 1 FETCH (UID 4294967296)",
        b"* 1 FETCH (UID 5 RFC822.SIZE 18446744073709551616)",
        b"* 1 FETCH (UID 5 BODY[] {3}\r\nabc",
        b"* 1 FETCH (UID 5 BODY[ {3}\r\nabc)",
        b'* 1 FETCH (UID 5 BODY[] "abc)',
        b"* 1 FETCH (UID 5 FLAGS (\\Seen)",
        b"* 1 FETCH (UID 5 FLAGS \\Seen))(",
        b"* 1 FETCH (UID 5 X-GM-LABELS ((())",
        b"* 1 FETCH ((((",
        b"* 1 FETCH (UID 5 {3}\r\nabc)",
        b"* 1 FETCH (UID 5 BODY[]",
    ],
)
def test_what_makes_no_sense_is_said_to(raw: bytes) -> None:
    try:
        found = read(raw)
    except BadAnswer:
        return
    assert found.body is None


@pytest.mark.parametrize(
    "raw", [b"* 5 EXISTS", b"* OK fine", b"* LIST () NIL x", b"", b"* FETCH", b"* 1 FETCHED (", b"\xff"]
)
def test_other_answers_are_none(raw: bytes) -> None:
    assert fetched([raw]) is None


@pytest.mark.parametrize(
    ("line", "size"),
    [
        (b"* 1 FETCH (BODY[] {12}", 12),
        (b"x {0}", 0),
        (b"x {5+}", 5),
        (b"x {}", None),
        (b"x {-1}", None),
        (b"x {1} ", None),
        (b"x {" + b"9" * 21 + b"}", None),
        (b"{" * 1000 + b"7}", 7),
    ],
)
def test_the_size_of_a_literal(line: bytes, size: int | None) -> None:
    assert literal_size(line) == size


@pytest.mark.parametrize(
    "piece",
    [
        b"(",
        b")",
        b'"',
        b"\\",
        b"{",
        b"[",
        b"<",
        b" ",
        b'"(',
        b"a ",
        b"() ",
        b'\\"',
        b"UID 5 ",
        b"A[",
        b"A<1>",
    ],
)
@pytest.mark.parametrize(
    "start", [b"", b"FLAGS (", b"X-GM-LABELS (", b'BODY[] "', b"BODY[", b'BODY["', b"X (", b"UID "]
)
def test_a_megabyte_of_anything_is_gone_through_once(start: bytes, piece: bytes) -> None:
    raw = b"* 1 FETCH (" + start + piece * (MEBIBYTE // len(piece))
    try:
        found = fetched([raw])
    except BadAnswer:
        # Each of these 120 would take hours if it were not linear.
        return
    assert found is not None


def test_many_literals_are_gone_through_once() -> None:
    parts = [b"* 1 FETCH (X-GM-LABELS ("] + [b"label", b" "] * 1000 + [b"x", b"))"]
    found = fetched(parts)
    assert found is not None
    assert len(found.labels) == 1001


quoted = st.binary(max_size=40).map(
    lambda raw: (
        b'"'
        + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\r", b"").replace(b"\n", b"")
        + b'"'
    )
)


@given(
    uid=st.integers(1, 2**32 - 1),
    size=st.integers(0, 2**63),
    body=st.binary(max_size=300),
    order=st.permutations(range(4)),
    noise=quoted,
)
def test_whatever_the_order(uid: int, size: int, body: bytes, order: list[int], noise: bytes) -> None:
    items = [
        b"UID %d" % uid,
        b"RFC822.SIZE %d" % size,
        b"BODY[] {%d}\r\n%b" % (len(body), body),
        b"X-NOISE (NIL " + noise + b" (a {2}\r\n)( b))",
    ]
    answer = read(b"* 3 FETCH (" + b" ".join(items[n] for n in order) + b")")
    assert (answer.number, answer.uid, answer.size, answer.body) == (3, uid, size, body)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5), st.binary(max_size=30))
def test_nothing_else_than_a_bad_answer_is_raised(pieces: list[bytes], start: bytes) -> None:
    for first in (
        pieces[0],
        b"* 1 FETCH (" + pieces[0],
        b"* 1 FETCH (UID 7 X-GM-LABELS (" + start + pieces[0],
    ):
        try:
            fetched([first, *pieces[1:]])
        except BadAnswer:
            continue


@given(st.text(alphabet='()[]{}<>"\\ \r\nUIDFLAGS.5BODY&-+,', max_size=200))
def test_nothing_else_is_raised_by_what_looks_right(text: str) -> None:
    try:
        fetched(parts_of(b"* 1 FETCH (" + text.encode()))
    except BadAnswer:
        return
