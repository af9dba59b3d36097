"""Links in texts: which addresses are replaced, what stays of them, and that nothing hostile comes of it."""

import re
from collections import Counter

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_tiketti.links import Relinking, told

BASE = "https://acme.zendesk.com/agent/tickets/"
LINKS = {f"{BASE}{ticket}": ticket for ticket in ("1", "12", "123", "7")} | {f"{BASE}12?a=1&b=2": "12"}
CODES = {"1": "ACME-1", "12": "ACME-42", "123": "<b>&"}


def text(body: str) -> str:
    return Relinking(LINKS, CODES).in_text(body)


def markup(body: str) -> str:
    return Relinking(LINKS, CODES).in_html(nh3.clean(body))


@pytest.mark.parametrize(
    ("before", "address", "after"),
    [
        ("see ", "12", "."),
        ("see ", "12", ""),
        ("(", "12", ")"),
        ("Ticket:", "12", ", and"),
        ("[x](", "12", ")"),
        ("<", "12", ">"),
        ("a\n", "12", "\nb"),
        ("詳細は", "12", "を見て"),
        ("😀 𐌰 ", "12", "…"),
        ("really ", "12", "?!"),
        ("", "12", "/"),
        ("x,", "12?a=1&b=2", "; y"),
    ],
)
def test_an_address_reads_as_the_new_number_and_is_kept(before: str, address: str, after: str) -> None:
    whole = f"{before}{BASE}{address}{after}"
    assert text(whole) == f"{before}ACME-42 (was {BASE}{address}){after}"


@pytest.mark.parametrize(
    "body",
    [
        f"{BASE}1234",
        f"{BASE}12-3",
        f"{BASE}12/comments",
        f"{BASE}12?x=1",
        f"{BASE}12.json",
        f"https://elsewhere.example/?to={BASE}12",
        f"x{BASE}12",
        f"{BASE}7",
        BASE,
        "tickets/12",
        "",
    ],
)
def test_what_is_another_address_or_a_ticket_without_a_number_stays(body: str) -> None:
    assert text(body) == body
    assert markup(body) == nh3.clean(body)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (f'<a href="{BASE}12">#12</a>', "ACME-42 (was #12)"),
        (f'<a href="{BASE}12">12</a>', "ACME-42 (was 12)"),
        (f'<a href=" {BASE}12 ">{BASE}12</a>', f"ACME-42 (was {BASE}12)"),
        (f'<a href="{BASE}12">acme.zendesk.com/agent/tickets/12</a>', None),
        (f'<a href="{BASE}12?a=1&amp;b=2">the <b>printer</b> &lt;</a>', "the <b>printer</b> &lt; (ACME-42)"),
        (f'<a href="{BASE}12"></a>!', "ACME-42!"),
        (f'<a href="{BASE}123">#123</a>', "&lt;b&gt;&amp; (was #123)"),
        (f"<p>&lt; {BASE}123 &amp;</p>", f"<p>&lt; &lt;b&gt;&amp; (was {BASE}123) &amp;</p>"),
        (f"{BASE}12?a=1&amp;b=2", f"ACME-42 (was {BASE}12?a=1&amp;b=2)"),
        (f'<a href="https://x.example">{BASE}12</a>', None),
        (f'<a href="{BASE}7">#7</a>', None),
    ],
)
def test_an_anchor_becomes_its_text_and_the_number(body: str, shown: str | None) -> None:
    made = markup(body)
    if shown is not None:
        assert made == shown
    else:
        assert ("ACME-42 (was " in made) == (f"{BASE}7" not in body)
    assert f'href="{BASE}12' not in made


def test_an_anchor_within_a_table_within_an_anchor() -> None:
    inner = f'<a href="{BASE}1">in</a>'
    made = markup(f'<a href="{BASE}12"><table><tr><td>{inner}</td></tr></table>out</a> {BASE}1')
    assert made.endswith(f"out (ACME-42) ACME-1 (was {BASE}1)")
    assert made.count("<a ") == made.count("</a>") == 1


def test_an_address_as_it_is_escaped_in_the_body() -> None:
    links = Relinking({f"{BASE}5?a&amp;b": "5"}, {"5": "ACME-5"})
    assert links.in_html(f'<a href="{BASE}5?a&amp;b">x</a>') == "x (ACME-5)"


TAG = re.compile("<[^>]*>")
PIECES = st.sampled_from(
    [f"{BASE}{one}" for one in ("1", "12", "123", "7", "12?a=1&b=2", "12?a=1&amp;b=2")]
    + [f'<a href="{BASE}12">', f"<a href='{BASE}7' title='\">'>", "</a>", "<table><tr><td>", "</td>", "#12"]
    + ["<script>", "<img src=x onerror=alert(1)>", "<!--", "-->", '"', "'", "<", ">", "&", "&lt;", " ", "\0"]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_nothing_but_links_changes_and_nothing_can_act(body: str) -> None:
    clean = nh3.clean(body)
    made = markup(body)
    left, taken = Counter(TAG.findall(made)), Counter(TAG.findall(clean))
    assert left <= taken
    assert all(tag.startswith(("<a ", "</a>")) for tag in taken - left)
    assert Relinking(LINKS, {}).in_html(clean) == clean
    if "tickets/" not in clean:
        assert made == clean


@given(st.lists(PIECES, max_size=8).map("".join))
def test_texts_hold_all_they_held(body: str) -> None:
    made = text(body)
    for code in CODES.values():
        made = made.replace(f"{code} (was ", "\1")
    assert made.replace("\1", "").replace(")", "") == body.replace(")", "")


def test_many_links_in_a_long_text_take_no_time_of_their_own() -> None:
    links = {f"{BASE}{number}": str(number) for number in range(10_000)}
    relinking = Relinking(links, {str(number): f"ACME-{number}" for number in range(0, 10_000, 2)})
    body = " ".join([*links] * 12)
    assert relinking.in_text(body).count("(was ") == 12 * 5_000
    anchors = nh3.clean("".join(f'<p><a href="{one}">x</a> {one}</p>' for one in links))
    assert relinking.in_html(anchors).count("(was ") == 5_000


def test_a_note_tells_those_that_have_a_number_and_stays_short() -> None:
    assert (
        told("Zendesk", ["7", "12", "1", "12"], CODES) == "Zendesk 12 is now ACME-42; Zendesk 1 is now ACME-1"
    )
    many = [str(number) for number in range(1000)]
    lines = told("Zendesk", many, dict.fromkeys(many, "ACME-1"))
    assert lines.endswith("; and 800 more")
    assert lines.count(";") == 200
