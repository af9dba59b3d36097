"""The mapping file: every mistake in it is told with its line and what was probably meant."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import example, given
from hypothesis import strategies as st

from tiketti_migrate.errors import UsageError
from tiketti_migrate.mapping import lines as toml_lines
from tiketti_migrate.mapping import parse_mapping, read_mapping

FIELDS = {"ticket": ("subject", "status", "priority", "requester"), "contact": ("name", "email")}
HEADER = ("Titel", "Produkt", "Status", "Erstellt")


def mistakes_in(text: str) -> str:
    """What somebody is told whose file, for a table with that header, is ``text``."""
    try:
        mapping = parse_mapping(text, "map.toml")
        mapping.check_fields(FIELDS)
        mapping.check("ticket", HEADER, "tickets.csv")
    except UsageError as error:
        return str(error)
    return "none"


MISTAKES = [
    # (the file, the line, what is wrong, what was meant)
    ("[tickets.columns]\nTitel = 'subject'", 1, "no table 'tickets'", "'ticket'"),
    ("[ticket]\n\n[ticket.colums]\nTitel = 'subject'", 3, "no table 'colums'", "'columns'"),
    ("[ticket]\nsubject = 'Titel'", 2, "no key 'subject'", "columns, fields, values"),
    ("[ticket.columns]\nTitel = 'subjct'", 2, "no field 'subjct'", "'subject'"),
    ("# a\n[ticket.columns]\n\n'Titl' = 'subject'", 4, "no column 'Titl' in tickets.csv", "'Titel'"),
    ("[ticket.columns]\nTitel.x = 'subject'", 2, "must be text", "quotes"),
    ("[ticket.columns]\nTitel = ['subject']", 2, "must be text", ""),
    ("[ticket]\ncolumns = 3", 2, "must be a table", ""),
    ("ticket = 3", 1, "must be a table", ""),
    ("[ticket.fields]\nsubjekt = 'x'", 2, "no field 'subjekt'", "'subject'"),
    ("[ticket.fields]\nsubject = '{Produkte}: {Titel}'", 2, "no column 'Produkte'", "'Produkt'"),
    ("[ticket.fields]\nsubject = '{Produkt'", 2, "the brace '{' has no partner", "{{"),
    ("[ticket.fields]\nsubject = 'Produkt}'", 2, "the brace '}' has no partner", "}}"),
    ("[ticket.fields]\nsubject = '{}'", 2, "no column between the braces", "{{}}"),
    ("[ticket.fields]\nsubject = '{0.__class__}'", 2, "no column '0.__class__'", "known"),
    ("[ticket.fields]\nsubject = '{Titel!r:>999999999}'", 2, "no column 'Titel!r:>999999999'", "known"),
    ("[ticket.fields]\nstatus = 'pendin'", 2, "'pendin' is no status", "'pending'"),
    ("[ticket.values.status]\nWartend = 'pending'\nFertig = 'solved'", 3, "'solved' is no", "'resolved'"),
    ("[ticket.values.status]\nOffen = 'open'\nFertig = 4", 3, "'4' is no status", "open, pending"),
    ("[ticket.fields]\nstatus = true", 2, "'true' is no status", "open, pending"),
    ("[ticket.fields]\nstatus='Ofen'\n[ticket.values.status]\nOffen='open'", 2, "'Ofen' is no", "'open'"),
    ("[ticket.values.priority]\nA = 'hoch'", 2, "'hoch' is no priority", "low, normal, high, urgent"),
    ("[ticket.values.statu]\nA = 'open'", 1, "no field 'statu'", "'status'"),
    ("[ticket.values.status]\nOffen='open'\n\n'offen '='open'", 4, "'offen ' stands there twice", "case"),
    ("[[ticket.replace.subject]]\npattern = '(a'", 2, "does not compile: missing )", "\\("),
    ("[[ticket.replace.subject]]\npattern = 'a'\nwith = '\\1'", 3, "'\\\\1' is wrong: invalid group", "\\1"),
    ("[[ticket.replace.subject]]\nwith = 'a'", 1, "ticket.replace.subject has no 'pattern'", ""),
    ("[[ticket.replace.subject]]\npattern='a'\nwth='b'", 3, "no key 'wth'", "'with'"),
    ("[[ticket.replace.subject]]\npattern = '(?R)?a'", 2, "cannot call itself", "\\?"),
    ("[ticket.replace]\nsubject = [\n  {pattern='a'},\n  {pattern='['},\n]", 4, "does not compile", ""),
    ("[[ticket.where]]\n\ncolumn = 'Stauts'\nis = 'x'", 3, "no column 'Stauts'", "'Status'"),
    ("[[ticket.where]]\ncolumn = 'Status'\nisnot = 'x'", 3, "no key 'isnot'", "'is_not'"),
    ("[[ticket.where]]\ncolumn = 'Status'", 1, "has no condition", "is_not"),
    ("[[ticket.where]]\ncolumn = 'Status'\nis='x'\nempty=true", 4, "more than one condition", "a [[table]]"),
    ("[[ticket.where]]\ncolumn = 'Status'\nin = 'x'", 3, "must be a list", ""),
    ("[[ticket.where]]\ncolumn = 'Status'\nempty = 'maybe'", 3, "must be true or false", ""),
    ("[[ticket.where]]\ncolumn = 'Status'\nmatches = '*'", 3, "does not compile", ""),
    ("[[ticket.where]]\nis = 'x'", 1, "has no 'column'", ""),
    ("[ticket.formats]\nErstellt = '%d.%m.%Q'", 2, "is no date format: 'Q'", "%d.%m.%Y"),
    ("[ticket.formats]\nErstellt = '%d.%m.'", 2, "no whole date comes of '%d.%m.'", "%Y"),
    ("[ticket.formats]\nErstellt = 'TT.MM.JJJJ'", 2, "no whole date comes of", "%Y"),
    ("[ticket.formats]\nErstelt = '%d.%m.%Y'", 2, "no column 'Erstelt'", "'Erstellt'"),
    ("[message.columns]\nText = 'body'", 1, "the source has no message", "ticket, contact"),
    ("[ticket.columns]\nTitel = subject", 2, "this is no value", "quotes"),
    ("[ticket.columns]\nTitel = “subject”", 2, "this is no value", "“"),
    ("[ticket.columns]\nTitel = 'subject'\nTitel = 'status'", 3, "the key stands there twice", ""),
    ("[ticket.columns]\n[ticket.columns]", 2, "the table [ticket.columns] stands there twice", "under one"),
    ("[ticket.columns]\nTicket ID = 'id'", 2, "no line of the form", '"Ticket ID" = "id"'),
    ("[ticket.columns]\nÄrende = 'id'", 2, "no line of the form", "letters beyond a to z"),
    ("[ticket.columns]\nTitel: 'subject'", 2, "no line of the form", "= follows"),
    ("[ticket.columns]\nTitel = 'subject',", 2, "something follows the value", "no comma"),
    ("[ticket.columns]\nTitel = \"subject\n", 2, "not closed on its line", "quotes"),
    ("[columns]\nTitel = 'subject'", 1, "no table 'columns'", "[ticket.columns]"),
    ("[ticket.columns]\nsubject = 'Titel'", 2, "no field 'Titel'", '"Titel" = "subject"'),
    ("[ticket.where]\ncolumn = 'Status'\nis = 'x'", 1, "must be a list", "[[ticket.where]]"),
    ("[ticket.replace.subject]\npattern = 'x'", 1, "must be a list", "[[ticket.replace.subject]]"),
    ("[[ticket.where]]\ncolumn = 'Status'\nis = ['x']", 3, "must be text", "in takes a list"),
    ("[ticket.fields]\nsubject = \"\\d\"", 2, "Unescaped '\\' in a string", "'...' as it is"),
    ("[ticket.columns\nTitel = 'subject'", 1, "Expected ']'", ""),
    ("[ticket.columns]\nTitel = 'subject", 2, "Expected \"'\"", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "wrong", "meant"), MISTAKES, ids=[row[2][:40] for row in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_what_was_meant(
    text: str, line: int, wrong: str, meant: str
) -> None:
    told = mistakes_in(text)
    assert told.startswith(f"map.toml:{line}: ")
    assert wrong in told
    assert meant in told.partition(wrong)[2]


def test_all_mistakes_of_a_file_are_told_at_once_in_its_order() -> None:
    text = "[tickt]\n[contact.columns]\nx = 1.5\ny.z = 2\n[[ticket.where]]\nmatches = '('\n[label]\nq=1"
    told = mistakes_in(text).splitlines()
    assert told[0] == "map.toml: 5 mistakes"
    assert [line.split(":")[1] for line in told[1:]] == ["1", "4", "5", "6", "8"]


def test_a_catastrophic_number_of_mistakes_is_cut() -> None:
    told = mistakes_in("[ticket.columns]\n" + "".join(f"c{n} = 'x{n}'\n" for n in range(5000)))
    assert len(told.splitlines()) == 22
    assert told.endswith("... and 4980 more")


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"[ticket.fields]\n\nsubject = '\xe4'", ":3: is not UTF-8"),
        (b"a = 1\n" * 200_000, "not larger than"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"\x00", ":1: "),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, data: bytes, wrong: str) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(data)
    with pytest.raises(UsageError, match="map") as refused:
        read_mapping(path)
    assert wrong in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_mapping(path)


def test_a_file_saved_on_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(b"\xef\xbb\xbf[ticket.columns]\r\nTitel = 'subject'\r\n\r\nX = 'stats'\r\n")
    mapping = read_mapping(path)
    assert mapping.rules("ticket").columns == {"Titel": "subject", "X": "stats"}
    with pytest.raises(UsageError, match=r"map.toml:4: a ticket has no field 'stats'"):
        mapping.check_fields(FIELDS)


def test_paths_are_those_of_the_file_and_options_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text("[source]\nname = 'csv'\npaths = ['a.csv']\n[import]\nworkers = 4\n")
    mapping = read_mapping(path)
    assert (mapping.source_name, mapping.folder) == ("csv", tmp_path)
    assert mapping.source_options == {"paths": ["a.csv"]}
    assert mapping.import_options == {"workers": 4}
    assert not mapping.has_rules


def test_numbers_truths_and_dates_of_toml_are_words() -> None:
    text = "[ticket.fields]\na = 3\nb = true\nc = 2023-11-25\n[ticket.values.d]\nx = 1.5"
    rules = parse_mapping(text, "map.toml").rules("ticket")
    assert rules.apply({}) == {"a": "3", "b": "true", "c": "2023-11-25"}
    change = rules.values("d")
    assert change is not None
    assert change("X ") == "1.5"


NAMES = st.one_of(
    st.text(min_size=1, max_size=8), st.sampled_from(["a.b", '"', "'", "#", "[x]", "=", "{", "ä"])
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Tables in tables, with a number of its own as each value."""
    numbers = iter(range(100_000, 200_000))

    def leaf() -> st.SearchStrategy[Any]:
        return st.builds(lambda: next(numbers))

    texts = st.sampled_from(["x", "# no comment", "[a]\nb = 1", 'say "a"\n', "'''", '"""', "{", "\\"])
    value = st.one_of(leaf(), texts, st.lists(leaf(), max_size=3))
    tree = st.recursive(
        st.dictionaries(NAMES, value, max_size=4),
        lambda inner: st.dictionaries(
            NAMES, st.one_of(value, inner, st.lists(inner, min_size=1, max_size=2)), max_size=4
        ),
        max_leaves=12,
    )
    return draw(tree)


def numbers_in(value: Any, path: toml_lines.Path = ()) -> list[tuple[toml_lines.Path, int]]:
    """The path of every number."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in numbers_in(inner, (*path, key))]
    if isinstance(value, list):
        return [found for place, inner in enumerate(value) for found in numbers_in(inner, (*path, place))]
    return [(path, value)] if isinstance(value, int) else []


@example({"0": [{"0": [{}]}, {"0": {"0": 100000}}]})
@given(documents())
def test_every_number_of_any_document_is_found_on_its_line(data: dict[str, Any]) -> None:
    text = tomlkit.dumps(data)
    if tomllib.loads(text) != data:
        return  # not every odd name survives the library that writes
    lines = toml_lines.lines_of(text)
    written = text.split("\n")
    for path, number in numbers_in(data):
        longest = max((known for known in lines if path[: len(known)] == known), key=len)
        assert str(number) in written[lines[longest] - 1]


@given(st.text())
def test_any_text_is_a_mapping_or_is_refused_with_a_line(text: str) -> None:
    try:
        where: str | None = parse_mapping(text, "map.toml").file
    except UsageError as error:
        where = error.where
    assert where is not None
    assert where.startswith("map.toml")


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2060, 1, 1)))
def test_a_format_that_is_taken_reads_dates_back(moment: datetime) -> None:
    text = "[ticket.formats]\nA = '%d.%m.%Y %H:%M'"
    form = parse_mapping(text, "map.toml").rules("ticket").formats["A"]
    whole = moment.replace(second=0, microsecond=0)
    assert datetime.strptime(whole.strftime(form), form).replace(tzinfo=UTC) == whole.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 300_000) + " = 1",
        f"[{'.'.join(['a'] * 300_000)}]",
        f"[[{'.'.join(['ticket'] * 150)}]]",
        "a = " + "{a=" * 400 + "1" + "}" * 400,
        "".join(f"[[ticket.where]]\ncolumn = 'x{n}'\nis = ''\n" for n in range(20_000)),
    ],
    ids=["deep key", "deep table", "deep list", "deep value", "many"],
)
def test_a_file_made_to_cost_much_costs_little(text: str) -> None:
    assert "map.toml" in mistakes_in(text)
