"""Images and links in the texts of comments, as a reader sees them in the end."""

import html
from typing import Any

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiketti_migrate.api import Refs
from tiketti_migrate.records import Message, record_of
from tiketti_migrate_tiketti.bodies import Provenance
from tiketti_migrate_tiketti.sanitising import plain_text
from tiketti_migrate_zendesk.bodies import without_images
from zendesk_objects import HOST, Converted, comment, convert, some_account, ticket

TOKEN = f"https://{HOST}/attachments/token/abc/?name=leak.png"


def written(body: str, **changes: Any) -> Converted:
    return convert(ticket(comment(html_body=body, **changes)))


def addresses(found: Converted) -> list[Any]:
    return [one["content_url"] for one in found.of("attachment")]


def as_sent(found: Converted) -> str:
    """The first message as it goes to Tiketti."""
    message = record_of(dict(found.talk[0]))
    assert isinstance(message, Message)
    return Provenance("Zendesk").message(message, Refs())


def test_an_image_that_is_an_attachment_is_named_and_listed_once() -> None:
    file = {"id": 5, "file_name": "leak.png", "content_url": TOKEN, "inline": False}
    found = written(f'<p>See <img src="{html.escape(TOKEN)}" alt="x"> here</p>', attachments=[file])
    assert found.talk[0]["body"] == "<p>See [image: leak.png] here</p>"
    (listed,) = found.of("attachment")
    assert (listed["source_id"], listed["inline"]) == ("1/5", True)


def test_an_image_is_known_by_its_token_and_one_with_malware_is_not_fetched_after_all() -> None:
    file = {"id": 5, "file_name": "bad.png", "content_url": TOKEN, "malware_scan_result": "malware_found"}
    found = written(f'<img src="https://cdn.{HOST}/attachments/token/abc">', attachments=[file])
    assert found.talk[0]["body"] == "[image: bad.png]"
    assert [one["content_url"] for one in found.of("attachment")] == [None]


def test_an_image_of_the_account_that_stands_only_in_the_text_becomes_an_attachment() -> None:
    body = f'<img src="{TOKEN}"><img src="{TOKEN}"><IMG SRC=https://{HOST}/a/b%20c.png>'
    found = written(body)
    assert found.talk[0]["body"] == "[image: leak.png][image: leak.png][image: b c.png]"
    assert [one["filename"] for one in found.of("attachment")] == ["leak.png", "b c.png"]
    assert {one["inline"] for one in found.of("attachment")} == {True}
    again = written(body)
    assert [one["source_id"] for one in again.of("attachment")] == [
        one["source_id"] for one in found.of("attachment")
    ]


def test_an_address_without_a_host_is_the_account_s() -> None:
    found = written('<img src="/attachments/token/abc/?name=x.png"><img src="//cdn.example.com/b.png">')
    assert found.talk[0]["body"] == (
        '[image: x.png]<a href="https://cdn.example.com/b.png">[image] https://cdn.example.com/b.png</a>'
    )
    assert addresses(found) == [f"https://{HOST}/attachments/token/abc/?name=x.png"]


@pytest.mark.parametrize(
    ("body", "becomes"),
    [
        (f"see ![]({TOKEN}) and", "see [image: leak.png] and"),
        ("see ![Photo & more](/attachments/token/abc/?name=leak.png) and", "see [image: leak.png] and"),
        (f"see ({TOKEN}).", f"see ({TOKEN})."),
        (f"see [the file]({TOKEN})", f"see [the file]({TOKEN})"),
    ],
)
def test_files_that_a_plain_text_names_become_attachments(body: str, becomes: str) -> None:
    for found in (convert(ticket(comment(body=body))), convert(ticket(description=body))):
        assert found.talk[0]["body"] == becomes
        assert addresses(found) == [TOKEN]
        assert [one["filename"] for one in found.of("attachment")] == ["leak.png"]
        assert not found.talk[0].get("warnings")


def test_an_image_in_a_plain_text_that_is_an_attachment_is_listed_once() -> None:
    file = {"id": 5, "file_name": "leak.png", "content_url": TOKEN, "inline": False}
    for body in (f"![]({TOKEN})", f"![](https://x.example.com/a.png) {TOKEN}"):
        found = convert(ticket(comment(body=body, attachments=[file])))
        assert [one["source_id"] for one in found.of("attachment")] == ["1/5"]
    assert found.talk[0]["body"] == body


@pytest.mark.parametrize(
    ("body", "becomes"),
    [
        (f'<a href="{TOKEN}">file</a>', f'<a href="{TOKEN}">file</a>'),
        ('<a href=/attachments/token/abc/?name=leak.png>file</a>', f"<a href={TOKEN}>file</a>"),
        (f'<video controls src="{TOKEN}"></video>', "[file: leak.png]</video>"),
        (f'<VIDEO><source src="{TOKEN}"></VIDEO>', "<VIDEO>[file: leak.png]</VIDEO>"),
        (f'<input type=image src="{TOKEN}">', "[image: leak.png]"),
        (f'<object data="{TOKEN}">', "[file: leak.png]"),
    ],
)  # fmt: skip
def test_files_that_html_names_become_attachments(body: str, becomes: str) -> None:
    found = written(body)
    assert found.talk[0]["body"] == becomes
    assert addresses(found) == [TOKEN]


def test_what_is_embedded_from_elsewhere_becomes_a_link() -> None:
    found = written('<iframe src="https://films.example.com/1" title="Film"></iframe> and words')
    assert as_sent(found).endswith(">[file: Film] https://films.example.com/1</a> and words")


@pytest.mark.parametrize(
    ("html_body", "plain", "body_format"),
    [
        ('<div class="zd-comment"></div>', "Hello", "text"),
        ("<p>&nbsp;</p>", "Hello", "text"),
        ("<!-- x --><br>", "Hello", "text"),
        ('<div><img src="cid:1"></div>', "Hello", "html"),
        ("<p></p>", None, "html"),
        ("<p>\n &amp;</p>", "Hello", "html"),
    ],
)
def test_html_without_words_gives_way_to_the_plain_text(html_body: str, plain: Any, body_format: str) -> None:
    for plain_body, body in ((plain, None), (None, plain), (plain, plain)):
        found = convert(ticket(comment(html_body=html_body, plain_body=plain_body, body=body)))
        assert found.talk[0]["body_format"] == body_format
        assert body_format == "html" or found.talk[0]["body"] == plain


def test_an_image_from_elsewhere_becomes_a_link_and_is_not_loaded() -> None:
    found = written('<p><img src="https://x.example.com/a.png?b=1&amp;c=2" alt="Our &lt;logo&gt;"></p>')
    assert as_sent(found).endswith(
        '<p><a href="https://x.example.com/a.png?b=1&amp;c=2" rel="noopener noreferrer">'
        "[image: Our &lt;logo&gt;] https://x.example.com/a.png?b=1&amp;c=2</a></p>"
    )
    assert not found.of("attachment")


def test_an_image_in_a_link_leaves_the_link_alone() -> None:
    found = written('<a href="https://shop.example.com/"><img src="https://x.example.com/a.png"></a>')
    assert as_sent(found).count("<a ") == 1
    assert "[image] https://x.example.com/a.png</a>" in as_sent(found)


def test_what_counts_readers_is_left_out() -> None:
    assert (
        written('<p>Hi<img src="https://x.example.com/p.gif" width=1 height="1"></p>').talk[0]["body"]
        == "<p>Hi </p>"
    )


def test_an_image_written_into_the_text_is_kept_up_to_a_size() -> None:
    small = "data:image/png;base64,iVBORw0KGgo="
    found = written(f'<img src="{small}" alt=""><img src="data:image/png;base64,{"A" * 5_000_000}">')
    (kept,) = found.of("attachment")
    assert (kept["filename"], kept["content_type"], kept["content_url"]) == (
        "image-1.png",
        "image/png",
        small,
    )
    assert any("too large" in warning for warning in found.talk[0]["warnings"])


@pytest.mark.parametrize("source", ["cid:1", "file:///etc/passwd", "javascript:alert(1)", "", "/x", "[::1"])
def test_an_image_that_leads_nowhere_is_said(source: str) -> None:
    account = some_account(hosts=())
    found = convert(
        ticket(comment(html_body=f'<p>a<img src="{source}" alt="Photo">b</p>'), url=None), account
    )
    assert found.talk[0]["body"] == "<p>a[image: Photo]b</p>"
    (warning,) = found.talk[0]["warnings"]
    told = f": '{source}'" if source else ""
    assert warning == f"1 x an image in the text leads nowhere in the web{told}"


def test_nothing_in_a_text_can_act() -> None:
    found = written(
        '<a href="javascript:alert(1)">click</a><script>alert(2)</script><svg onload=alert(3)>'
        '<img src=x onerror="alert(4)"><a href="java&#10;script:alert(5)">again</a>'
    )
    sent = as_sent(found)
    assert "alert" not in sent
    assert "click" in sent


PIECES = st.sampled_from(
    ["<img", "<IMAGE", "<im", "g", " src=", "x", '"', "'", ">", "<", "/", "a=b", " ", "<p>", "</p>", "text",
     "<a href=y>", "</a>", "<!--", "-->", "<b", "=", "alt", "&lt;img>", "<textarea>", "<title>", "\n"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_no_image_is_left_whatever_the_markup(body: str) -> None:
    rewritten = without_images(body, {}, (HOST,)).body
    assert "<img" not in nh3.clean(rewritten)


@pytest.mark.parametrize(
    "body",
    ['before <img alt=5" src=x> middle <b title="z">after</b>', "before <img src='a>b' x>middle after",
     'before <img/src="x"/>middle after', "before <img src=x >middle after"],
)  # fmt: skip
def test_the_words_around_an_image_stay(body: str) -> None:
    shown = plain_text(without_images(body, {}, ()).body)
    assert all(word in shown for word in ("before", "middle", "after"))


@pytest.mark.parametrize("unit", ["<img ", "<img a=", '<img a="', "<div>", "<a><img>", "<img a='b\" "])
def test_a_megabyte_of_one_thing_takes_no_more_than_its_length(unit: str) -> None:
    body = unit * (1_000_000 // len(unit)) + "the end"
    assert without_images(body, {}, ()).body.count("<img") <= 1


@pytest.mark.parametrize(
    "unit", ["![", "![](", "![a](/x", "https://a", f"({TOKEN}", f"![]({TOKEN}", "href  ", "href='/"]
)
def test_a_megabyte_that_names_files_takes_no_more_than_its_length(unit: str) -> None:
    body = unit * (1_000_000 // len(unit)) + TOKEN
    for is_html in (True, False):
        assert len(without_images(body, {}, (HOST,), is_html=is_html).images) <= 1001


def test_of_thousands_of_files_in_a_text_the_first_are_fetched_and_the_others_stay_addresses() -> None:
    body = "".join(f'<img src="https://{HOST}/attachments/token/{number}/">' for number in range(1002))
    found = written(body)
    assert len(found.of("attachment")) == 1000
    assert found.talk[0]["warnings"] == ("2 x a file in the text, after 1,000 others: not fetched",)
    assert found.talk[0]["body"].count("<a href=") == 2


@pytest.mark.parametrize(
    "path",
    ["agent/tickets/2000", "tickets/2000", "requests/2000", "hc/en-us/requests/2000", "hc/requests/2000",
     "agent/#/tickets/2000", "agent/tickets/2000/events", "agent/tickets/2000?a=1", "tickets/2000#c5"],
)  # fmt: skip
def test_addresses_of_tickets_are_links(path: str) -> None:
    found = convert(ticket(comment(body=f"see https://{HOST}/{path}.")))
    assert found.talk[0]["links"] == {f"https://{HOST}/{path}": "2000"}
    assert [note["ticket_ids"] for note in found.of("link_note")] == [("2000",)]


@pytest.mark.parametrize(
    "address",
    [f"https://{HOST}/attachments/2000", "https://other.zendesk.com/tickets/2000", f"https://{HOST}/tickets/20x",
     f"https://{HOST}/api/v2/tickets/2000", f"https://{HOST}.evil.example/tickets/2000", f"ftp://{HOST}/tickets/1",
     f"https://{HOST}/hc/articles/2000", f"https://x.example/?{HOST}/tickets/2000"],
)  # fmt: skip
def test_other_addresses_are_not(address: str) -> None:
    found = convert(ticket(comment(body=f"see {address}")))
    assert "links" not in found.talk[0]
    assert not found.of("link_note")


def test_in_html_a_link_is_the_value_of_the_attribute() -> None:
    address = f"https://{HOST}/agent/tickets/2000?a=1&b=2"
    body = f'<a href="{html.escape(address)}">https://{HOST}/tickets/2001</a>, and &lt;https://{HOST}/tickets/2&gt;'
    (message,) = written(body).talk
    assert message["links"] == {
        address: "2000",
        f"https://{HOST}/tickets/2001": "2001",
        f"https://{HOST}/tickets/2": "2",
    }


def test_a_ticket_s_own_address_needs_no_note_and_links_can_be_off() -> None:
    body = f"https://{HOST}/tickets/1000 https://{HOST}/tickets/2000"
    assert [one["ticket_ids"] for one in convert(ticket(comment(body=body))).of("link_note")] == [("2000",)]
    found = convert(ticket(comment(body=body), problem_id=2000), links="off")
    assert not any(one.get("links") for one in found.of("message"))
    assert not found.of("link_note")


def test_a_note_tells_so_many_links_and_the_ticket_that_there_are_more() -> None:
    body = " ".join(f"https://{HOST}/tickets/{number}" for number in range(2000, 2202))
    found = convert(ticket(comment(body=body)))
    (note,) = found.of("link_note")
    assert len(note["ticket_ids"]) == 200
    assert "leads to 202 tickets: a note at the end tells the first 200" in found.ticket["warnings"]
