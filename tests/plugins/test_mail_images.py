"""Images in texts: words for readers, attachments for their files."""

import base64

import pytest

from mail_texts import plain, rich, trimmed_of
from tiketti_migrate_mail.bodies import Body
from tiketti_migrate_mail.mail import FilePart

LOGO = FilePart("logo.png", "image/png", b"1", "image001.png@01D5", inline=True)
SCAN = FilePart("scan.pdf", "application/pdf", b"2")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="


def shown(markup: str, *files: FilePart) -> Body:
    return trimmed_of(rich(markup), files=files)


@pytest.mark.parametrize(
    "address", ["cid:image001.png@01D5", "CID:IMAGE001.PNG@01d5", "cid:image001.png%4001D5"]
)
def test_an_image_of_the_mail_is_named_and_told(address: str) -> None:
    body = shown(f'<p>See <img src="{address}" alt="x"> here</p>', SCAN, LOGO)
    assert body.text == "<p>See [image: logo.png] here</p>"
    assert body.shown == {1}
    assert body.warnings == ()


def test_the_address_of_a_page_saved_as_mail() -> None:
    file = FilePart("a.gif", "image/gif", b"1", "http://example.com/a.gif")
    assert shown('<img src="a.gif">', file) == shown('<img src="cid:http://example.com/a.gif">', file)


def test_outlook_names_the_image_even_where_the_id_is_lost() -> None:
    body = shown('<img src="cid:image001.png@01D5">', FilePart("image001.png", "image/png", b"1"))
    assert body.text == "[image: image001.png]"
    assert body.shown == {0}


def test_an_image_that_is_not_in_the_mail() -> None:
    body = shown('<img src="cid:gone"><img src="cid:lost" alt="a map">', LOGO)
    assert body.text == "[image: not in the mail][image: a map, not in the mail]"
    assert body.warnings == ("2 x an image of the text is not in the mail: 'cid:gone', 'cid:lost'",)
    assert not body.shown


def test_names_are_no_markup() -> None:
    body = shown('<img src="cid:x">', FilePart('<b>"&.png', "image/png", b"1", "x"))
    assert body.text == '[image: &lt;b&gt;"&amp;.png]'


def test_an_image_written_into_the_text_becomes_a_file_once() -> None:
    image = f'<img src="data:image/png;base64,{PIXEL}">'
    body = shown(f"<p>{image}{image}</p>")
    assert body.text == "<p>[image: image-1.png][image: image-1.png]</p>"
    assert body.files == (FilePart("image-1.png", "image/png", base64.b64decode(PIXEL), inline=True),)


@pytest.mark.parametrize(
    "data", ["data:image/png;base64,%%%", "data:image/svg+xml,<svg/>", "data:,x", "data:"]
)
def test_an_image_that_cannot_be_read_is_told(data: str) -> None:
    body = shown(f"<p><img src='{data}' alt='chart'></p>")
    assert body.text == "<p>[image: chart]</p>"
    assert body.warnings == ("1 x an image written into the text cannot be kept",)
    assert body.files == ()


def test_an_image_of_the_web_becomes_a_link() -> None:
    body = shown('<img src="http://example.com/offers/may.png?a=1&amp;b=2" alt="Offers  of May">')
    assert body.text == '<a href="http://example.com/offers/may.png?a=1&amp;b=2">[image: Offers of May]</a>'


def test_without_words_of_its_own_it_has_those_of_its_address() -> None:
    assert "[image: may.png]" in shown('<img src="http://example.com/may.png">').text
    assert ">[image]<" in shown('<img src="http://example.com/">').text


def test_a_link_stays_the_link_that_it_is() -> None:
    body = shown('<a href="http://example.com"><b><img src="http://example.com/logo.png" alt="Home"></b></a>')
    assert body.text == '<a href="http://example.com"><b>[image: Home]</b></a>'


@pytest.mark.parametrize(
    "image",
    [
        '<img src="http://example.com/open?id=5" width="1" height="1">',
        '<img src="http://example.com/open?id=5" width="0px" height="0" alt="x">',
        '<img src="http://example.com/open?id=5" style="display:none">',
        '<img src="http://example.com/open?id=5" style="border:0;width: 1px; height:1px">',
        "<img>",
    ],
)
def test_what_counts_readers_vanishes(image: str) -> None:
    assert shown(f"<p>Hello{image}</p>").text == "<p>Hello</p>"


def test_an_image_of_the_history_is_not_shown() -> None:
    quote = '<blockquote type="cite"><img src="cid:image001.png@01D5"></blockquote>'
    body = shown(f"<p>It does.</p><p>On 2 May 2022, Bob wrote:</p>{quote}", LOGO)
    assert body.text == "<p>It does.</p>"
    assert not body.shown


def test_markers_in_plain_text() -> None:
    text = "Jane\n[cid:image001.png@01D5]\n[cid:gone]\n[cid: no]"
    body = trimmed_of(plain(text), files=(SCAN, LOGO))
    assert body.text == "Jane\n[image: logo.png]\n[image: not in the mail]\n[cid: no]"
    assert body.shown == {1}
