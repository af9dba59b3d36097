"""A mail is kept as it came, but for the field that its readers never saw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_mail.mime import read_mail
from tiketti_migrate_mail.originals import without_bcc


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (b"To: a\r\nBcc: x\r\n\r\nBcc: y\r\n", b"To: a\r\n\r\nBcc: y\r\n"),
        (b"To: a\nBcc: x,\n\ty\nCc: b\n\nBcc: y", b"To: a\nCc: b\n\nBcc: y"),
        (b"bcc : x\nResent-Bcc: y\nTo: a\n\n", b"To: a\n\n"),
        (b"\r\n\r\nTo: a\r\nBCC: x\r\n\r\n", b"\r\n\r\nTo: a\r\n\r\n"),
        (b"To: a\rBcc: x\r\rBcc: y", b"To: a\r\rBcc: y"),
        (b"To: a\r\r\nBcc: x\r\r\n\r\r\nBcc: y", b"To: a\r\r\n\r\r\nBcc: y"),
        (b"To: a\nBcc: x", b"To: a\n"),
        (b"\xef\xbb\xbfBcc: x\nTo: a", b"To: a"),
        (b"To: a\nX-Bcc: x\n\n", b"To: a\nX-Bcc: x\n\n"),
        (b"", b""),
    ],
)
def test_the_field_goes_and_the_rest_stays(content: bytes, left: bytes) -> None:
    assert without_bcc(content) == left


LINES = st.sampled_from(
    [b"To: a@b.example", b"Bcc: x@y.example", b"BCC : z@y.example", b" folded", b"no field", b""]
)
ENDS = st.sampled_from([b"\n", b"\r\n"])


@given(st.lists(LINES), ENDS)
def test_whoever_reads_it_finds_nobody(lines: list[bytes], end: bytes) -> None:
    assert read_mail(without_bcc(end.join(lines))).bcc == ()


@pytest.mark.parametrize("piece", [b"\r", b"\n\r", b"bcc:", b"bcc:\n", b" ", b"bcc:\n a\r", b"\r\r\n"])
def test_a_megabyte_of_anything_is_gone_through_once(piece: bytes) -> None:
    assert len(without_bcc(b"To: a\nBcc: x" + piece * (1_000_000 // len(piece)))) <= 1_000_012
