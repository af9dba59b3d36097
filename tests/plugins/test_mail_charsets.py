"""Texts are read in the charset they are in, whatever charset they are said to be in."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_mail.charset_names import codec_of
from tiketti_migrate_mail.text_charsets import decode

RUSSIAN = "Здравствуйте! Мой принтер не печатает, помогите, пожалуйста."
JAPANESE = "プリンターが動きません。よろしくお願いします。"
KOREAN = "프린터가 작동하지 않습니다. 도와주세요. 감사합니다."
CHINESE = "打印机坏了。请帮忙看一下。谢谢。我们等待你的回复。"


def read(content: bytes, charset: str | None = None, is_html: bool = False) -> tuple[str, str | None]:
    return decode(content, charset, is_html=is_html)


@pytest.mark.parametrize(
    ("said", "codec", "text"),
    [
        ("UTF-8", "utf-8", RUSSIAN),
        ('"utf-8"', "utf-8", RUSSIAN),
        ("utf-8; format=flowed", "utf-8", RUSSIAN),
        ("utf8", "utf-8", RUSSIAN),
        ("ISO-8859-1", "latin-1", "Grüße, déjà"),
        ("iso-8859-1", "cp1252", "Grüße „5 €“"),
        ("iso-8859-2", "cp1250", "Žluťoučký kůň „ano“"),
        ("iso-8859-9", "cp1254", "Şişli „de“"),
        ("iso-8859-15", "iso8859-15", "5 € für Œuvre"),
        ("windows-1251", "cp1251", RUSSIAN),
        ("koi8-r", "koi8-r", RUSSIAN),
        ("iso-8859-8-i", "cp1255", "שלום עולם"),
        ("windows-874", "cp874", "สวัสดี"),
        ("ks_c_5601-1987", "cp949", KOREAN + "똠"),
        ("gb2312", "gb18030", CHINESE + "镕"),
        ("x-gbk", "gb18030", CHINESE),
        ("big5", "big5", "印表機壞了"),
        ("shift_jis", "cp932", JAPANESE + "①"),
        ("windows-31j", "cp932", JAPANESE),
        ("euc-jp", "euc-jp", JAPANESE),
        ("iso-2022-jp", "iso-2022-jp", JAPANESE),
        ("iso-2022-kr", "iso-2022-kr", KOREAN),
        ("x-mac-roman", "mac-roman", "Grüße — “déjà”"),
        ("macintosh", "mac-roman", "Grüße"),
        ("x-mac-cyrillic", "mac-cyrillic", "Здравствуйте"),
        ("utf-7", "utf-7", "Grüße +"),
        ("unicode-1-1-utf-7", "utf-7", "Grüße"),
        ("utf-16", "utf-16", RUSSIAN),
        ("utf-16le", "utf-16-le", RUSSIAN),
    ],
)
def test_a_true_charset_is_believed_under_all_its_names(said: str, codec: str, text: str) -> None:
    assert read(text.encode(codec), said) == (text, None)


@pytest.mark.parametrize(
    ("content", "said", "text", "mended"),
    [
        ("Grüße".encode(), "us-ascii", "Grüße", None),
        ("Grüße".encode(), "iso-8859-1", "Grüße", None),
        (RUSSIAN.encode(), "windows-1251", RUSSIAN, None),
        (b"Gr\xfc\xdfe", "utf-8", "Grüße", "its charset was said to be utf-8, but it is Windows-1252"),
        (b"Gr\xfc\xdfe", "klingon", "Grüße", "its charset 'klingon' is unknown; it was read as Windows-1252"),
        (b"Gr\xfc\xdfe", None, "Grüße", "it did not say its charset and was read as Windows-1252"),
        ("Grüße".encode(), None, "Grüße", None),
        (codecs.BOM_UTF8 + "Grüße".encode(), None, "Grüße", None),
        (codecs.BOM_UTF8 + "Grüße".encode(), "utf-8", "Grüße", None),
        (JAPANESE.encode("iso-2022-jp"), "us-ascii", JAPANESE, None),
        (JAPANESE.encode("iso-2022-jp"), None, JAPANESE, None),
        (RUSSIAN.encode("utf-16"), "utf-8", RUSSIAN, None),
        ("Grüße aus Köln".encode("utf-16-le"), "utf-8", "Grüße aus Köln", "but it is utf-16-le"),
        (RUSSIAN.encode("cp1251"), None, RUSSIAN, "read as cp1251"),
        (RUSSIAN.encode("koi8-r"), "us-ascii", RUSSIAN, "but it is koi8-r"),
        (CHINESE.encode("gb18030"), None, CHINESE, "read as gb18030"),
        (JAPANESE.encode("cp932"), "utf-8", JAPANESE, "but it is cp932"),
    ],
)
def test_a_false_or_missing_charset_is_mended_and_told(
    content: bytes, said: str | None, text: str, mended: str | None
) -> None:
    found, note = read(content, said)
    assert found == text
    assert (mended or "") in (note or "")
    assert bool(note) == bool(mended)


LOST = "it has bytes that are not UTF-8; these characters are lost"


@pytest.mark.parametrize("said", ["utf-8", "us-ascii", "klingon", "big5", None])
@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Größe ist schön".encode() + b"\xff ok", "Größe ist schön\ufffd ok"),
        ("Grüße üü".encode()[:-1], "Grüße ü\ufffd"),
        ("Gr\xfc".encode()[:-1], "Gr\ufffd"),
        ("Für 日".encode()[:-1], "Für \ufffd"),
        ("Für 😀".encode()[:-1], "Für \ufffd"),
        ((RUSSIAN * 3).encode()[:-1] + b"\xff", (RUSSIAN * 3)[:-1] + "\ufffd"),
        (JAPANESE.encode() + b"\xff\xfe\xfd", JAPANESE + "\ufffd" * 3),
    ],
)
def test_some_broken_bytes_do_not_make_another_charset_of_utf8(
    content: bytes, text: str, said: str | None
) -> None:
    assert read(content, said) == (text, LOST)
    assert read(b'<meta charset="iso-8859-1">' + content, said, is_html=True)[0].endswith(text)


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        *((RUSSIAN[:12], name) for name in ("cp1251", "koi8-r")),
        *((word, "cp1252") for word in ("Grüße", "Ä", "José", "déjà", "für Müßiggänger „“ €")),
        *((CHINESE[:count], "gb18030") for count in (3, 5, 9)),
        *((JAPANESE[:count], name) for count in (3, 5, 9) for name in ("cp932", "euc-jp")),
        *((KOREAN[:count], "cp949") for count in (3, 5, 9)),
    ],
)
def test_no_other_charset_is_taken_for_damaged_utf8(text: str, charset: str) -> None:
    assert "\ufffd" not in read(text.encode(charset), "utf-8")[0]
    assert "\ufffd" not in read(text.encode(charset), None)[0]


def test_html_says_its_charset_itself() -> None:
    content = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=koi8-r"></head>Да'.encode(
            "koi8-r"
        )
    )
    assert read(content, None, is_html=True)[0].endswith("Да")
    assert not read(content, None)[0].endswith("Да")
    assert read(b'<meta charset="windows-1251">\xc4\xe0', None, is_html=True)[0].endswith("Да")


def test_line_ends_and_control_characters() -> None:
    assert read(b"a\r\nb\rc\n\td\0\x07\x1b[1m\x7f") == ("a\nb\nc\n\td[1m", None)
    assert read("a\r\nb\0\x85ü".encode(), "utf-8") == ("a\nb…ü", None)
    assert read("a\r\nü\0".encode("utf-16"), "utf-16") == ("a\nü", None)
    assert read(b"a\r\n\xfc\0", "iso-8859-1") == ("a\nü", None)
    assert read(b"a+2AA-b", "utf-7")[0] == "ab"


@pytest.mark.parametrize(
    "name",
    [
        "unicode_escape",
        "raw-unicode-escape",
        "idna",
        "punycode",
        "hex",
        "rot13",
        "zip",
        "",
        "\0",
        "../x",
        "é",
    ],
)
def test_codecs_that_are_no_charsets_are_unknown(name: str) -> None:
    assert codec_of(name) is None


CHARSETS = st.sampled_from(
    ["utf-8", "us-ascii", "iso-8859-1", "iso-2022-jp", "utf-7", "utf-16", "gb2312", "koi8-r", "hz", "x", None]
)


@given(st.binary(max_size=200), CHARSETS | st.text(max_size=20), st.booleans())
def test_any_bytes_in_any_charset_are_a_text(content: bytes, charset: str | None, is_html: bool) -> None:
    text, _ = decode(content, charset, is_html=is_html)
    text.encode()
    assert not set(text) & {chr(code) for code in (*range(9), 11, 12, 13, *range(14, 32), *range(127, 160))}


@given(
    st.text(st.characters(exclude_categories=["C"])), st.sampled_from(["utf-8", "utf-16", "gb18030", "utf-7"])
)
def test_a_true_charset_loses_nothing(text: str, charset: str) -> None:
    assert decode(text.encode(charset), charset, is_html=False)[0] == text
