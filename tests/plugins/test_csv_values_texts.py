"""Texts in cells: HTML or not, written-out line breaks, entities, and a subject from a body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_csv.texts import Text, TextEvidence, TextStrategy, clean, read_text, subject_from

HTML = TextStrategy(html=True)
PLAIN = TextStrategy()
BREAKS = TextStrategy(line_breaks=True)


def strategy(*cells: str) -> TextStrategy:
    evidence = TextEvidence()
    evidence.add(cells)
    return evidence.strategy()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("plain \u00e4 text", "plain \u00e4 text"),
        ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
        ("a\x00b\x1b[31mc\x85\ud800\uffff", "ab[31mc"),
        ("a\u00a0b\u200b", "a\u00a0b\u200b"),
        ("", ""),
    ],
)
def test_cleaning(cell: str, expected: str) -> None:
    assert clean(cell) == expected


@pytest.mark.parametrize(
    ("cells", "html"),
    [
        (["<p>Hello</p>", "<div class='x'>Hi<br/></div>"], True),
        (["Hello,<br>there"], True),
        (["<p>Hello</p>", "plain", "plain", "plain"], True),
        (["<p>Hello</p>", *["plain"] * 9], False),
        (["mail from <jane@x.test>", "a < b and c > d", "see <https://x.test/>", "x <- y"], False),
        (["Generic List<String> in Java", "press <ctrl> and <alt>"], False),
        ([], False),
    ],
)
def test_a_column_of_html(cells: list[str], html: bool) -> None:
    assert strategy(*cells).html is html


@pytest.mark.parametrize(
    ("cells", "line_breaks"),
    [
        (["Hello,\\n\\nthe printer is broken.\\nJane"], True),
        (["Hello,\\r\\nthanks"], True),
        (["Hello,\\nthanks", "open C:\\new\\files please"], True),
        (["open C:\\new\\files please"], False),
        (["\\\\server\\new\\folder. Thanks"], False),
        (["log in as CORP\\nina"], False),
        (["hello\\nit jams", "please\\nhelp", "thanks\\nbye"], True),
        (["log in as CORP\\nina", "as CORP\\nina again", "nothing"], False),
        (["hello\\nit jams", "please\\nhelp", "a real\nbreak"], False),
        (["Hello,\\nthanks", "a real\nline break"], False),
        (["no backslash"], False),
    ],
)
def test_a_column_with_written_out_line_breaks(cells: list[str], line_breaks: bool) -> None:
    assert strategy(*cells).line_breaks is line_breaks


@pytest.mark.parametrize(
    ("cells", "entities"),
    [
        (["Procter &amp; Gamble", "no sign"], True),
        (["&quot;Hello&quot; &#228;", "R&D"], False),
        (["R&D"], False),
        (["&auml; &ouml;"], True),
    ],
)
def test_a_column_with_entities(cells: list[str], entities: bool) -> None:
    assert strategy(*cells).entities is entities


@pytest.mark.parametrize(
    ("cell", "how", "expected"),
    [
        ("<p>Hello</p>", HTML, Text("<p>Hello</p>", "html")),
        ("a < b", HTML, Text("a < b", "text")),
        ("Tom &amp; Jane", HTML, Text("Tom & Jane", "text")),
        ("Hi<br>Jane <jane@x.test>", HTML, Text("Hi<br>Jane &lt;jane@x.test&gt;", "html")),
        ("see <https://x.test/a> <br>", HTML, Text("see &lt;https://x.test/a&gt; <br>", "html")),
        ("use a <b>bold</b> tag", PLAIN, Text("use a <b>bold</b> tag", "text")),
        ("<html><body>Hi</body></html>\n", PLAIN, Text("<html><body>Hi</body></html>\n", "html")),
        ("Tom &amp; Jane", PLAIN, Text("Tom &amp; Jane", "text")),
        ("Tom &amp; Jane", TextStrategy(entities=True), Text("Tom & Jane", "text")),
        ("a\\r\\nb\\nc\\td", BREAKS, Text("a\nb\nc\td", "text")),
        ("a\\nb", PLAIN, Text("a\\nb", "text")),
        ("see\\nC:\\new\\table ok\\nbye", BREAKS, Text("see\nC:\\new\\table ok\nbye", "text")),
        ("\\\\server\\new", BREAKS, Text("\\\\server\\new", "text")),
        ("a_x000D_\nb_x0041_", PLAIN, Text("a\nb_x0041_", "text")),
        ("=cmd|' /C calc'!A0", PLAIN, Text("=cmd|' /C calc'!A0", "text")),
        ("", PLAIN, Text("", "text")),
    ],
)
def test_reading_a_cell(cell: str, how: TextStrategy, expected: Text) -> None:
    assert read_text(cell, how) == expected


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (Text("\n  \n Printer  broken \nHelp", "text"), "Printer broken"),
        (
            Text("<div><br></div><p>Printer <b>broken</b> &amp; hot</p><p>Help</p>", "html"),
            "Printer broken & hot",
        ),
        (Text("<style>p {color: red}</style><script>x()</script>Hi<br>there", "html"), "Hi"),
        (Text("a < b", "text"), "a < b"),
        (Text(" \n ", "text"), None),
        (Text("<p></p>", "html"), None),
        (Text("word " * 100, "text"), ("word " * 40).strip()[:-5] + "\u2026"),
        (Text("x" * 300, "text"), "x" * 199 + "\u2026"),
    ],
)
def test_a_subject_from_a_body(text: Text, subject: str | None) -> None:
    found = subject_from(text)
    assert found == subject
    assert len(found or "") <= 200


@given(st.lists(st.text() | st.text("<>/pbr&;amp\\nC:_x0D ", max_size=40)))
def test_any_column_is_read_and_nothing_harmful_is_left(cells: list[str]) -> None:
    how = strategy(*cells)
    for cell in cells:
        found = read_text(cell, how)
        assert found.body == clean(found.body)
        found.body.encode()
        subject_from(found)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="<&\\_")))
def test_a_plain_text_stays_as_it_is(cell: str) -> None:
    assert read_text(cell, TextStrategy(True, True, True)) == Text(cell, "text")


def test_a_huge_cell_takes_no_time_to_speak_of() -> None:
    for piece in ("<", "<a", "&", "\\", "C:\\", "<a@", "=?", "\\n", "<!--"):
        cell = piece * 200_000
        subject_from(read_text(cell, strategy(cell)))
        subject_from(read_text(cell, TextStrategy(True, True, True)))
