"""A text table of any origin is read as it was meant: the matrix of what programs write, and odd exports."""

# ruff: noqa: RUF001

import csv
import io
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tables import Reader, cells_of, contents
from tiketti_migrate.errors import SourceError, UsageError
from tiketti_migrate_csv.tables import How


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


HEADER = ["Ticket ID", "Subject", "Description", "Price", "Labels"]
ROWS = [
    ["1", "Käyttäjä ei pääse kirjautumaan", "Hyvää päivää,\nnäyttö on \"musta\"", "12,50", "a,b"],
    ["2", "Größe prüfen; bitte zurückrufen", "Schlüssel für Büro", "3,20", "a;b"],
    ["3", "Problème résolu", "C'est déjà réglé | merci", "1,00", "a|b"],
    ["4", "Återbetalning", "Lösenordet\tär glömt\n\nHälsningar", "7", ""],
    ["5", "Plain", "", "", ""],
]  # fmt: skip
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252", "cp850", "latin-1", "iso8859-15", "mac-roman")
MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def written(delimiter: str, newline: str) -> tuple[str, list[list[str]]]:
    """A table as a program writes it, its line ends inside cells too, and its rows."""
    rows = [[cell.replace("\n", newline) for cell in row] for row in ROWS]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows([HEADER, *rows])
    return text.getvalue(), rows


MATRIX = [
    pytest.param(*one, id="-".join(str(part) for part in one))
    for one in product(ENCODINGS, (",", ";", "\t", "|"), ("\r\n", "\n", "\r"), (False, True))
    if one[0] in MARKS or not one[3]
]


@pytest.mark.parametrize(("encoding", "delimiter", "newline", "mark"), MATRIX)
def test_encoding_delimiter_line_ends_and_mark_are_detected(
    read: Reader, encoding: str, delimiter: str, newline: str, mark: bool
) -> None:
    text, rows = written(delimiter, newline)
    table = read((MARKS[encoding] if mark else b"") + text.encode(encoding))
    found = table.description
    assert list(table.header) == HEADER
    assert cells_of(table) == rows
    assert (found.delimiter, found.bom) == (delimiter, mark)
    assert found.newlines == ({"\r\n": "CRLF", "\n": "LF", "\r": "CR"}[newline],)


SENTENCES = {
    "Finnish": "Pöytäkone käynnistyy hitaasti",
    "Finnish, one word": "Järvenpää",
    "German": "Könnten Sie bitte zurückrufen?",
    "German, sharp s": "Größe prüfen",
    "French": "Réinitialiser le mot de passe",
    "French, grave": "Problème d'accès à la messagerie",
    "Spanish": "Contraseña olvidada",
    "Spanish, marks": "¿Cómo cambio el correo electrónico?",
    "Portuguese": "Não consigo aceder à conta",
    "Portuguese, cedilla": "Atualização da ligação",
    "Swedish": "Användaren kan inte logga in",
    "Swedish, ring": "På kontoret fungerar det inte längre",
}


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "iso8859-15"])
@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=list(SENTENCES))
def test_one_sentence_among_plain_rows_tells_the_encoding(read: Reader, encoding: str, sentence: str) -> None:
    plain = [f"{number},printer is slow,open" for number in range(5_000)]
    plain.insert(4_000, f"x,{sentence},open")
    table = read("\n".join(["id,subject,status", *plain]).encode(encoding))
    assert cells_of(table)[4_000] == ["x", sentence, "open"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("it’s “quoted” – and…", "cp1252"),
        ("20 € each", "cp1252"),
        ("20 € each, déjà vu", "iso8859-15"),
        ("Не работает принтер", "cp1251"),
        ("Nie działa drukarka, proszę o pomoc", "cp1250"),
        ("メール が届かない", "shift_jis"),
        ("打印机无法工作", "gb18030"),
    ],
)
def test_other_encodings(read: Reader, text: str, encoding: str) -> None:
    assert cells_of(read(f"id;subject\n1;{text}\n".encode(encoding))) == [["1", text]]


def test_text_that_is_utf8_but_for_a_few_bytes_stays_utf8(read: Reader) -> None:
    lines = [f"{number};Käyttäjä" for number in range(100)]
    data = ("id;subject\n" + "\n".join(lines)).encode().replace("57;Käyttäjä".encode(), b"57;K\xe4ytt")
    table = read(data)
    rows, problems = contents(table)
    assert table.description.encoding == "UTF-8"
    assert rows[57] == (59, ["57", "K\ufffdytt"])
    assert [(one.code, one.where) for one in problems] == [("UNDECODABLE", "tickets.csv:59")]


def test_broken_utf16_is_named_by_line(read: Reader) -> None:
    data = b"\xff\xfe" + "id,subject\n1,ab\n2,cd\n".encode("utf-16-le").replace(b"c\0", b"\x00\xd8")
    rows, problems = contents(read(data))
    assert rows == [(2, ["1", "ab"]), (3, ["2", "\ufffdd"])]
    assert [(one.code, one.where) for one in problems] == [("UNDECODABLE", "tickets.csv:3")]


def test_bytes_of_no_character_in_a_named_encoding_are_named(read: Reader) -> None:
    rows, problems = contents(read(b"id,subject\n1,\x81x\n", How(encoding="cp1252")))
    assert rows == [(2, ["1", "\ufffdx"])]
    assert problems[0].where == "tickets.csv:2"
    assert "Windows-1252" in problems[0].message


def test_control_characters_are_left_out_and_named(read: Reader) -> None:
    rows, problems = contents(read(b"id,subject\n1,a\0b\n2,c\x0bd\n3,e\x07\x1ff\n"))
    assert rows == [(2, ["1", "ab"]), (3, ["2", "c\nd"]), (4, ["3", "ef"])]
    assert [(one.code, one.where) for one in problems] == [
        ("CONTROL_CHARACTERS", "tickets.csv:2"),
        ("CONTROL_CHARACTERS", "tickets.csv:4"),
    ]
    assert "U+0007, U+001F" in problems[1].message


def test_the_end_mark_of_msdos_is_no_row(read: Reader) -> None:
    assert cells_of(read(b"id,subject\r\n1,a\r\n\x1a")) == [["1", "a"]]


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        (How(encoding="cp850"), [["1", "naÔve"]]),
        (How(encoding="latin1"), [["1", "naâve"]]),
        (How(encoding="ANSI"), [["1", "naâve"]]),
    ],
)
def test_a_named_encoding_wins(read: Reader, how: How, wanted: list[list[str]]) -> None:
    assert cells_of(read(b"id,subject\n1,na\xe2ve\n", how)) == wanted


def test_utf16_can_be_named_with_and_without_a_mark(read: Reader) -> None:
    text = "id,subject\n1,ä\n"
    for data in (text.encode("utf-16"), text.encode("utf-16-le")):
        assert cells_of(read(data, How(encoding="utf-16-le"))) == [["1", "ä"]]
    assert cells_of(read(text.encode("utf-16"), How(encoding="utf16"))) == [["1", "ä"]]


@pytest.mark.parametrize("word", [";", "semicolon", "Semicolon"])
def test_a_named_delimiter_wins(read: Reader, word: str) -> None:
    table = read(b"a,b;c,d\n1,2;3,4\n", How(delimiter=word))
    assert table.header == ("a,b", "c,d")
    assert cells_of(table) == [["1,2", "3,4"]]


def test_the_delimiter_can_be_any_character_and_the_tab_a_word(read: Reader) -> None:
    assert cells_of(read(b"a^b\n1^2\n", How(delimiter="^"))) == [["1", "2"]]
    assert cells_of(read(b"a\tb\n1\t2\n", How(delimiter="\\t"))) == [["1", "2"]]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (How(encoding="utf-88"), "did you mean utf_8"),
        (How(encoding="base64"), "no encoding"),
        (How(encoding="x\0y"), "no encoding"),
        (How(delimiter="--"), "cannot be a delimiter"),
        (How(delimiter='"'), "cannot be a delimiter"),
        (How(delimiter=";"), "is not in the header"),
    ],
)
def test_what_cannot_be_is_refused_with_advice(read: Reader, how: How, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read(b"id,subject\n1,x\n", how)


ODD: dict[str, tuple[str, str, list[list[str]]]] = {
    "Excel names its delimiter": ("sep=;\r\nid;price\r\n1;2,5\r\n", "id price", [["1", "2,5"]]),
    "a title above the table": (
        'Tickets of 2024\r\n\r\nid;subject;status\r\n1;x;open\r\n2;y;open\r\n',
        "id subject status", [["1", "x", "open"], ["2", "y", "open"]],
    ),
    "a title as wide as the table": (
        "Report,,,\nid,subject,status,note\n1,x,open,\n2,y,open,z\n",
        "id subject status note", [["1", "x", "open", ""], ["2", "y", "open", "z"]],
    ),
    "decimal commas in every row": (
        "id;net;gross\n1;1,5;2,5\n2;3,5;4,5\n", "id net gross",
        [["1", "1,5", "2,5"], ["2", "3,5", "4,5"]],
    ),
    "a single column": (
        "Subject\nPrinter, again\nNo; never\n", "Subject", [["Printer, again"], ["No; never"]],
    ),
    "Jira repeats names": (
        "Key,Comment,Comment,Comment\nA-1,x,y,\nA-2,z,,\n", "Key Comment Comment Comment",
        [["A-1", "x", "y", ""], ["A-2", "z", "", ""]],
    ),
    "delimiters at the end of each line": (
        "id,subject,\n1,x,\n2,y,\n", "id subject", [["1", "x"], ["2", "y"]],
    ),
    "quotes with backslashes": (
        'id,subject\n1,"a \\"b\\", c"\n2,"d\\\\"\n', "id subject", [["1", 'a "b", c'], ["2", "d\\"]],
    ),
    "a path that ends in a backslash": (
        'id,path\n1,"C:\\"\n2,"D:\\"\n', "id path", [["1", "C:\\"], ["2", "D:\\"]],
    ),
    "inches are no quotes": (
        'id,subject\n1,19" screen\n2,5\' 3"\n', "id subject", [["1", '19" screen'], ["2", "5' 3\""]],
    ),
    "all in quotes with mixed line ends": (
        '"id","subject"\r\n"1","a\nb"\n"2","c\r\nd"\r\n', "id subject", [["1", "a\nb"], ["2", "c\r\nd"]],
    ),
    "only a header": ("id,subject,status\n", "id subject status", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "header", "rows"), ODD.values(), ids=list(ODD))
def test_odd_exports(read: Reader, text: str, header: str, rows: list[list[str]]) -> None:
    table = read(text.encode())
    assert table.header == tuple(header.split(" "))
    assert cells_of(table) == rows


def test_cells_left_out_at_the_end_of_lines_are_empty_and_said(read: Reader) -> None:
    table = read(b"id,subject,a,b\nT-1,x,y,z\nT-2,x,y\nT-3,x\nT-4,x,y,z\nT-5,x,y,z\n")
    rows, problems = contents(table)
    assert [cells for _, cells in rows][1:3] == [["T-2", "x", "y", ""], ["T-3", "x", "", ""]]
    assert [problem.code for problem in problems] == ["SHORT_ROWS"]
    assert "2 rows end early (lines 3, 4)" in problems[0].message


def test_what_was_detected_is_said(read: Reader) -> None:
    table = read("\ufeffid;subject\r\n1;ä\r\n".encode())
    assert table.description.text == "UTF-8 with BOM, semicolon, CRLF"
    assert table.name == "tickets.csv"
    assert table.path == read.path.resolve()
    assert "header in line 3" in read(b"Title\n\na,b,c\n1,2,3\n").description.text


def test_a_row_that_spans_many_blocks_is_one_row(read: Reader) -> None:
    body = "a line of text\n" * 100_000
    table = read(f'id,body,status\n1,"{body}",open\n2,x,open\n'.encode())
    rows, problems = contents(table)
    assert problems == []
    assert rows == [(2, ["1", body, "open"]), (100_003, ["2", "x", "open"])]


def test_a_table_is_read_again_and_again(read: Reader) -> None:
    table = read(b"id,subject\n1,a\n,\n")
    assert contents(table) == contents(table)


def test_a_file_that_changes_between_two_readings_is_noticed(read: Reader) -> None:
    table = read(b"id,subject\n1,a\n")
    contents(table)
    read.path.write_bytes(b"id,subject\n1,a\n2,b\n")
    with pytest.raises(SourceError, match="changed while it was read"):
        contents(table)
    read.path.unlink()
    with pytest.raises(SourceError, match="is gone"):
        contents(table)


CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from("\n\r\"',;\t| "), max_size=12
)


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\r\n", "\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    newline: str,
    quoting: int,
    encoding: str,
) -> None:
    # Before Python 3.13 the writer leaves a lone CR without quotes where lines end with LF.
    assume(
        quoting == csv.QUOTE_ALL or newline == "\r\n" or not any("\r" in cell for row in rows for cell in row)
    )
    text = io.StringIO(newline="")
    numbered = [[str(number), *row] for number, row in enumerate(rows)]
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([["id", "subject", "status", "body"], *numbered])
    read = Reader(tmp_path_factory.mktemp("csv"))
    assert cells_of(read(text.getvalue().encode(encoding))) == numbered


@given(st.binary(max_size=300))
def test_no_bytes_break_it(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    read = Reader(tmp_path_factory.mktemp("csv"))
    attempts: list[Callable[[], object]] = [
        lambda: contents(read(data)),
        lambda: contents(read(b"id,subject\n1,x\n" + data + b"\n2,y\n")),
    ]
    for attempt in attempts:
        try:
            attempt()
        except (UsageError, SourceError) as error:
            assert error.message  # noqa: PT017
