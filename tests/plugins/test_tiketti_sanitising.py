"""Markup of others: nothing in it acts, and no nesting takes time out of proportion."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_tiketti.sanitising import clean

PIECES = st.sampled_from(
    [
        "<b>",
        "</b>",
        "<div>",
        "</div>",
        "<script>",
        "</script>",
        "&lt;",
        "x",
        "<",
        ">",
        "<a href='javascript:x'>",
        '"',
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join), st.booleans())
def test_nothing_acts(markup: str, is_deep: bool) -> None:
    found = clean("<div>" * 2500 * is_deep + markup).lower()
    assert "<script" not in found
    assert "href=" not in found or "javascript" not in found.partition("href=")[2]


@pytest.mark.parametrize("tag", ["div", "ul", "blockquote", "b", "span", "a", "font"])
def test_deep_nesting_keeps_the_words_and_ends(tag: str) -> None:
    code = (
        "import sys; from tiketti_migrate_tiketti.sanitising import clean, plain_text\n"
        "body = f'<{sys.argv[1]}>' * 700_000 + 'the end &amp; all<br>of it'\n"
        "print(clean(body)[-40:]); print(plain_text(body)[-40:])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, tag],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "the end &amp; all<br>" in ran.stdout
    assert "the end & all\nof it" in ran.stdout


HOSTILE = (
    "<",
    "&",
    "<a",
    "<br ",
    "</p ",
    "<!--",
    "<a b=",
    "<a href='",
    "&a",
    "&#",
    "<b><p>",
    "<svg>",
    "<?",
    "<![CDATA[",
)


@pytest.mark.parametrize("piece", [*HOSTILE, "attributes"])
def test_a_megabyte_of_what_never_ends_takes_no_time(piece: str) -> None:
    code = (
        "import sys; from tiketti_migrate_tiketti.sanitising import clean, plain_text\n"
        "piece = sys.argv[1]\n"
        "many = ' '.join(f'a{n}=1' for n in range(200_000))\n"
        "body = f'<a {many}>x' if piece == 'attributes' else piece * (2_000_000 // len(piece))\n"
        "clean(body); plain_text(body)"
    )
    subprocess.run([sys.executable, "-c", code, piece], timeout=60, check=True)


@pytest.mark.parametrize("markup", ["<p>a" * 5000, "<li>a" * 5000, "<div>a</div>" * 5000, "a<br>" * 5000])
def test_what_is_long_and_flat_keeps_its_markup(markup: str) -> None:
    assert clean(markup).count("<") >= 5000
