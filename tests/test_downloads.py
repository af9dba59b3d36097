"""Files fetched from a real server over TLS: only from hosts of the source, and only what is the file."""

import gzip
import hashlib
import ssl
import stat
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from file_server import HOST, Answer, FileServer, names
from tiketti_migrate.blobs import Blobs
from tiketti_migrate.errors import DownloadFailed, Interrupted, Stopped
from tiketti_migrate.http import Downloader, Wanted, is_allowed, is_public
from tiketti_migrate.http.decoding import CodingError, decoded
from tiketti_migrate.http.pages import is_stand_in

URL = f"https://{HOST}/file"
DATA = b"%PDF-1.7 " + bytes(range(256)) * 20
PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as server:
        yield server


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path)


def answer(status: int, body: bytes = b"", kind: str = "application/octet-stream", **headers: str) -> Answer:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Transfer_Encoding" not in headers and "Content_Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return send


def in_turn(*answers: Answer) -> Answer:
    waiting = list(answers)

    def send(handler: BaseHTTPRequestHandler) -> None:
        (waiting.pop(0) if len(waiting) > 1 else waiting[0])(handler)

    return send


def refused(downloader: Downloader, blobs: Blobs, wanted: Wanted) -> DownloadFailed:
    try:
        with pytest.raises(DownloadFailed) as caught:
            downloader.fetch(wanted, blobs)
    finally:
        downloader.close()
    assert not [path for path in blobs.folder.rglob("*") if path.is_file()], "nothing of it stays"
    return caught.value


def fetched(downloader: Downloader, blobs: Blobs, wanted: Wanted) -> bytes:
    try:
        blob = downloader.fetch(wanted, blobs)
    finally:
        downloader.close()
    content = blobs.path(blob.sha256).read_bytes()
    assert blob == (hashlib.sha256(content).hexdigest(), len(content))
    return content


def test_a_file_is_kept_by_its_content_for_the_user_alone(server: FileServer, blobs: Blobs) -> None:
    server.answers["/file"] = DATA
    assert fetched(server.downloader(), blobs, Wanted(URL, "a.pdf", len(DATA), "application/pdf")) == DATA
    path = blobs.path(hashlib.sha256(DATA).hexdigest())
    assert path.relative_to(blobs.folder).parts == (path.name[:2], path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(blobs.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not list(blobs.folder.glob("*.part"))
    before = path.stat()
    assert fetched(server.downloader(), blobs, Wanted(URL)) == DATA
    assert path.stat().st_ino == before.st_ino, "what is there is not written again"
    path.write_bytes(b"cut")
    assert fetched(server.downloader(), blobs, Wanted(URL)) == DATA, "but mended"


def test_the_server_learns_nothing_of_us(
    server: FileServer, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answers["/file"] = in_turn(
        answer(302, Location="/other?a=1", Set_Cookie="session=1; Path=/"), answer(200, DATA)
    )
    server.answers["/other?a=1"] = DATA
    fetched(server.downloader(), blobs, Wanted(URL))
    for _, headers in server.seen:
        assert {name.lower() for name in headers} == {"host", "accept", "accept-encoding", "user-agent"}
        assert headers["Host"] == HOST
    assert set(server.dialer.dialled) == {("93.184.216.34", 443)}, "the address that was judged"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://acme.zendesk.com/file", "DOWNLOAD_REFUSED_HOST"),
        ("ftp://acme.zendesk.com/file", "DOWNLOAD_REFUSED_HOST"),
        ("file:///etc/passwd", "DOWNLOAD_REFUSED_HOST"),
        ("https://user:secret@acme.zendesk.com/file", "DOWNLOAD_REFUSED_HOST"),
        ("https://acme.zendesk.com:8443/file", "DOWNLOAD_REFUSED_HOST"),
        ("https://acme.zendesk.com.evil.example/file", "DOWNLOAD_REFUSED_HOST"),
        ("https://evil.example/acme.zendesk.com", "DOWNLOAD_REFUSED_HOST"),
        ("https://acme.zendesk.com@evil.example/file", "DOWNLOAD_REFUSED_HOST"),
        ("https://other.zendesk.com/file", "DOWNLOAD_REFUSED_HOST"),
        ("https://[::1]/file", "DOWNLOAD_REFUSED_HOST"),
        ("https://169.254.169.254/latest/meta-data", "DOWNLOAD_REFUSED_HOST"),
        ("https://acme.zendesk.com/" + "a" * 9000, "DOWNLOAD_BAD_ADDRESS"),
        ("https://acme.zendesk.com:x/", "DOWNLOAD_BAD_ADDRESS"),
        ("https://", "DOWNLOAD_REFUSED_HOST"),
        ("", "DOWNLOAD_REFUSED_HOST"),
        ("https://acme.zendesk.com/\x00", "DOWNLOAD_BAD_ADDRESS"),
        ("https://\ud800.example/", "DOWNLOAD_BAD_ADDRESS"),
    ],
)
def test_other_addresses_are_not_asked(server: FileServer, blobs: Blobs, url: str, code: str) -> None:
    assert refused(server.downloader(), blobs, Wanted(url)).code == code
    assert server.seen == []
    assert server.dialer.dialled == []


@given(st.text(max_size=60))
def test_no_address_whatever_it_is_ends_in_anything_but_a_refusal(text: str) -> None:
    def nobody(_host: str, _port: int) -> list[str]:
        return []

    tls = ssl.create_default_context()
    downloader = Downloader((HOST,), stopping=threading.Event(), limit_bytes=9, resolver=nobody, tls=tls)
    for url in (text, f"https://{text}", f"https://{HOST}{text}"):
        with pytest.raises(DownloadFailed):
            downloader.fetch(Wanted(url), Blobs(Path("/nowhere")))
    downloader.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1",
        "2001:0:4136:e378::1", "::127.0.0.1", "::8.8.8.8", "", "localhost", "8.8.8.8/32",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


def test_hosts_are_named_exactly_or_below_a_suffix() -> None:
    hosts = ("acme.zendesk.com", ".zdusercontent.com")
    allowed = ["ACME.zendesk.com", "p1.zdusercontent.com", "a.b.zdusercontent.com"]
    others = ["zdusercontent.com", "xzdusercontent.com", ".zdusercontent.com", "b.acme.zendesk.com", ""]
    assert [host for host in (*allowed, *others) if is_allowed(host, hosts)] == allowed
    assert not is_allowed("acme.zendesk.com", ())


@pytest.mark.parametrize(
    "host", ["10-0-0-1.is.example", "127-0-0-1.is.example", "169-254-169-254.is.example"]
)
def test_a_name_of_our_own_network_is_refused_at_once_and_as_a_redirect(
    server: FileServer, blobs: Blobs, host: str
) -> None:
    inside = f"https://{host}/file"
    assert refused(server.downloader(host), blobs, Wanted(inside)).code == "DOWNLOAD_REFUSED_HOST"
    server.answers["/file"] = answer(302, Location=inside)
    assert refused(server.downloader(HOST, host), blobs, Wanted(URL)).code == "DOWNLOAD_REFUSED_HOST"
    assert len(server.seen) == 1


def test_one_private_address_among_several_is_enough(server: FileServer, blobs: Blobs) -> None:
    both = server.downloader(resolver=lambda _host, _port: ["8.8.8.8", "10.0.0.1"])
    assert refused(both, blobs, Wanted(URL)).code == "DOWNLOAD_REFUSED_HOST"
    assert server.dialer.dialled == []


def test_a_name_that_changes_its_meaning_gains_nothing(server: FileServer, blobs: Blobs) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    server.answers["/file"] = DATA
    fetched(server.downloader(resolver=rebinding), blobs, Wanted(URL))
    assert asked == [HOST], "asked once, and the connection goes to what was judged"
    assert server.dialer.dialled == [("8.8.8.8", 443)]


def test_the_real_resolver_and_dialer_refuse_this_machine(blobs: Blobs, server: FileServer) -> None:
    real = Downloader(("localhost",), stopping=threading.Event(), limit_bytes=9, tls=server.tls)
    assert refused(real, blobs, Wanted("https://localhost/file")).code == "DOWNLOAD_REFUSED_HOST"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("http://acme.zendesk.com/x", "DOWNLOAD_REFUSED_HOST"),
        ("https://evil.example/x", "DOWNLOAD_REFUSED_HOST"),
        ("//evil.example/x", "DOWNLOAD_REFUSED_HOST"),
        ("https://acme.zendesk.com:x/", "DOWNLOAD_BAD_ADDRESS"),
        ("/file", "DOWNLOAD_FAILED"),
        ("", "DOWNLOAD_FAILED"),
    ],
)
def test_each_hop_is_judged_and_they_end(server: FileServer, blobs: Blobs, target: str, code: str) -> None:
    server.answers["/file"] = answer(302, Location=target)
    assert refused(server.downloader(), blobs, Wanted(URL)).code == code
    assert len(server.seen) <= 6


def test_a_redirect_to_another_host_of_the_source_is_followed(server: FileServer, blobs: Blobs) -> None:
    server.answers["/file"] = answer(302, b"moved", Location="https://p1.zdusercontent.com/data")
    server.answers["/data"] = DATA
    assert fetched(server.downloader(HOST, ".zdusercontent.com"), blobs, Wanted(URL)) == DATA


def test_a_certificate_of_somebody_else_is_refused(server: FileServer, blobs: Blobs) -> None:
    failure = refused(server.downloader("third.example"), blobs, Wanted("https://third.example/file"))
    assert failure.code == "DOWNLOAD_REFUSED_HOST"
    assert "certificate" in failure.message


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "GONE"), (410, "GONE"), (401, "FORBIDDEN"), (403, "FORBIDDEN"), (400, "FAILED"), (204, "FAILED"),
     (206, "FAILED"), (304, "FAILED")],
)  # fmt: skip
def test_what_a_status_means_is_known_at_once(
    server: FileServer, blobs: Blobs, status: int, code: str
) -> None:
    server.answers["/file"] = answer(status)
    failure = refused(server.downloader(), blobs, Wanted(URL))
    assert (failure.code, failure.passing) == (f"DOWNLOAD_{code}", False)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(server: FileServer, blobs: Blobs, status: int) -> None:
    waits: list[float] = []
    server.answers["/file"] = in_turn(answer(status, Retry_After="7"), answer(status), answer(200, DATA))
    assert fetched(server.downloader(sleep=waits.append), blobs, Wanted(URL)) == DATA
    assert waits[0] >= 7
    assert len(waits) == 2


def test_patience_and_tries_end(server: FileServer, blobs: Blobs) -> None:
    server.answers["/file"] = answer(429, Retry_After="3600")
    failure = refused(server.downloader(), blobs, Wanted(URL))
    assert (failure.code, failure.passing) == ("DOWNLOAD_FAILED", True)
    assert len(server.seen) == 1, "an hour is too long"
    server.answers["/file"] = answer(503)
    assert refused(server.downloader(), blobs, Wanted(URL)).passing
    assert len(server.seen) == 5


def test_a_server_that_is_gone(server: FileServer, blobs: Blobs) -> None:
    server.dialer.port = 1
    failure = refused(server.downloader(), blobs, Wanted(URL))
    assert (failure.code, failure.passing) == ("DOWNLOAD_UNREACHABLE", True)


def test_a_name_that_is_not_known(server: FileServer, blobs: Blobs) -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    failure = refused(server.downloader(resolver=unknown), blobs, Wanted(URL))
    assert (failure.code, failure.passing) == ("DOWNLOAD_UNREACHABLE", True)


def test_sizes_are_limited_before_while_and_whatever_is_said(server: FileServer, blobs: Blobs) -> None:
    large = bytes(5000)

    def chunks(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while True:
            handler.wfile.write(b"400\r\n" + bytes(1024) + b"\r\n")

    assert (
        refused(server.downloader(limit_bytes=4999), blobs, Wanted(URL, size=5000)).code
        == "DOWNLOAD_TOO_LARGE"
    )
    assert server.seen == [], "the source says so"
    server.answers["/file"] = large
    assert refused(server.downloader(limit_bytes=4999), blobs, Wanted(URL)).code == "DOWNLOAD_TOO_LARGE"
    server.answers["/file"] = chunks
    assert refused(server.downloader(limit_bytes=4999), blobs, Wanted(URL)).code == "DOWNLOAD_TOO_LARGE"
    server.answers["/file"] = large
    assert fetched(server.downloader(limit_bytes=5000), blobs, Wanted(URL)) == large


@pytest.mark.parametrize("body", [b"", DATA[:-1], DATA + b"x"])
def test_another_size_than_the_source_says_is_not_the_file(
    server: FileServer, blobs: Blobs, body: bytes
) -> None:
    server.answers["/file"] = body
    failure = refused(server.downloader(), blobs, Wanted(URL, size=len(DATA)))
    assert failure.code == "DOWNLOAD_WRONG_SIZE"
    assert f"{len(DATA):,}" in failure.message
    assert not failure.passing


def test_an_answer_that_is_cut_is_asked_for_again(server: FileServer, blobs: Blobs) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        answer(200, DATA[:100], Content_Length=str(len(DATA)))(handler)
        handler.close_connection = True

    server.answers["/file"] = in_turn(cut, answer(200, DATA))
    assert fetched(server.downloader(), blobs, Wanted(URL)) == DATA


def test_an_empty_file_is_one(server: FileServer, blobs: Blobs) -> None:
    server.answers["/file"] = b""
    assert fetched(server.downloader(), blobs, Wanted(URL, size=0)) == b""


@pytest.mark.parametrize(
    ("body", "kind", "name", "expected"),
    [
        (PAGE, "text/html; charset=utf-8", "invoice.pdf", "application/pdf"),
        (PAGE, "text/html", "unknown", None),
        (b"\xef\xbb\xbf  \n<!-- x -->\n<HTML lang=en>", "text/html", "notes.txt", "text/plain"),
        (PAGE, "application/octet-stream", "photo.png", None),
        (b'<?xml version="1.0"?><html xmlns="x">', "application/xhtml+xml", "a.docx", None),
        (b'{"error": "Unauthenticated"}', "application/json", "photo.png", "image/png"),
        (b'{"errors": [{"title": "no"}]}', "text/plain", "a.zip", "application/zip"),
    ],
)
def test_a_page_or_an_error_is_not_the_file(
    server: FileServer, blobs: Blobs, body: bytes, kind: str, name: str, expected: str | None
) -> None:
    server.answers["/file"] = answer(200, body, kind)
    failure = refused(server.downloader(), blobs, Wanted(URL, name, None, expected))
    assert failure.code == ("DOWNLOAD_FAILED" if body.startswith(b"{") else "DOWNLOAD_LOGIN_PAGE")
    assert refused(server.downloader(), blobs, Wanted(URL, name, 999, expected)).code == failure.code


@pytest.mark.parametrize(
    ("body", "kind", "name", "expected"),
    [
        (PAGE, "text/html", "saved.html", None),
        (PAGE, "text/html", "mail", "text/html"),
        (PAGE, "text/plain", "template.txt", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "a.svg", "image/svg+xml"),
        (b'{"error": "in my log"}', "application/json", "log.json", "application/json"),
        (b'{"rows": []}', "application/json", "data", None),
    ],
)
def test_files_that_only_look_like_one(
    server: FileServer, blobs: Blobs, body: bytes, kind: str, name: str, expected: str | None
) -> None:
    server.answers["/file"] = answer(200, body, kind)
    assert fetched(server.downloader(), blobs, Wanted(URL, name, None, expected)) == body


def test_a_page_of_the_size_that_the_source_says_is_the_file(server: FileServer, blobs: Blobs) -> None:
    server.answers["/file"] = answer(200, PAGE, "text/html")
    assert fetched(server.downloader(), blobs, Wanted(URL, "report", len(PAGE), "application/pdf")) == PAGE


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate"])
def test_a_coded_answer_is_decoded(server: FileServer, blobs: Blobs, coding: str) -> None:
    body = zlib.compress(DATA) if coding == "deflate" else gzip.compress(DATA)
    server.answers["/file"] = answer(200, body, Content_Encoding=coding)
    assert fetched(server.downloader(), blobs, Wanted(URL, size=len(DATA))) == DATA


def test_a_packed_file_that_the_server_calls_coded_stays_packed(server: FileServer, blobs: Blobs) -> None:
    packed = gzip.compress(DATA)
    server.answers["/file"] = answer(200, packed, Content_Encoding="gzip")
    assert fetched(server.downloader(), blobs, Wanted(URL, "a.tar.gz", len(packed))) == packed


def test_a_bomb_is_stopped_at_the_limit(server: FileServer, blobs: Blobs) -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    server.answers["/file"] = answer(200, bomb, Content_Encoding="gzip")
    assert refused(server.downloader(), blobs, Wanted(URL)).code == "DOWNLOAD_TOO_LARGE"
    assert max(map(len, decoded([bomb], "gzip"))) <= 65_536


@pytest.mark.parametrize(
    ("coding", "body"), [("br", DATA), ("gzip", DATA), ("gzip", gzip.compress(DATA)[:-9])]
)
def test_a_coding_that_cannot_be_read(server: FileServer, blobs: Blobs, coding: str, body: bytes) -> None:
    server.answers["/file"] = answer(200, body, Content_Encoding=coding)
    assert refused(server.downloader(), blobs, Wanted(URL)).code == "DOWNLOAD_FAILED"


@given(st.binary(max_size=200_000), st.integers(1, 5000))
def test_decoding_brings_back_what_was_coded(data: bytes, size: int) -> None:
    coded = gzip.compress(data)
    parts = [coded[start : start + size] for start in range(0, len(coded), size)]
    assert b"".join(decoded(parts, "gzip")) == data
    with pytest.raises(CodingError):
        list(decoded([*parts, b"more"], "gzip"))


def test_a_server_that_drips_is_left(server: FileServer, blobs: Blobs) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        answer(200, b"x", Content_Length="100000")(handler)
        for _ in range(200):
            handler.wfile.write(b"x")
            time.sleep(0.02)

    server.answers["/file"] = drip
    failure = refused(server.downloader(grace=0.2), blobs, Wanted(URL))
    assert (failure.code, failure.passing) == ("DOWNLOAD_UNREACHABLE", True)


@pytest.mark.parametrize("begins", [False, True])
def test_whoever_stops_does_not_wait_for_a_server_that_hangs(
    server: FileServer, blobs: Blobs, begins: bool
) -> None:
    stopping, released = threading.Event(), threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        if begins:
            answer(200, b"x", Content_Length="100000")(handler)
        threading.Timer(0.1, stopping.set).start()
        released.wait(20)

    server.answers["/file"] = hang
    downloader = server.downloader(stopping=stopping)
    began = time.monotonic()
    with pytest.raises(Interrupted):
        downloader.fetch(Wanted(URL), blobs)
    assert time.monotonic() - began < 15, "the read timeout is 30"
    released.set()
    downloader.close()
    assert not list(blobs.folder.rglob("*.part"))


def test_a_folder_that_cannot_be_written_stops(server: FileServer, tmp_path: Path) -> None:
    server.answers["/file"] = DATA
    (tmp_path / "attachments").write_text("in the way")
    downloader = server.downloader()
    with pytest.raises(Stopped, match="attachments cannot be written"):
        downloader.fetch(Wanted(URL), Blobs(tmp_path))
    downloader.close()


def test_several_threads_share_one(server: FileServer, blobs: Blobs) -> None:
    for number in range(20):
        server.answers[f"/{number}"] = str(number).encode() * 1000
    downloader = server.downloader()
    failures: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, 20, 4):
                blob = downloader.fetch(Wanted(f"https://{HOST}/{number}"), blobs)
                assert blobs.path(blob.sha256).read_bytes() == str(number).encode() * 1000
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    downloader.close()
    assert failures == []
    assert len(server.dialer.dialled) <= 4, "connections are used again"
    assert names(HOST, 443) == ["93.184.216.34"]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"<!DOCTYPE html><title>Log in", "page"),
        (b"\xef\xbb\xbf <?xml version='1.0'?> <!-- a --> <!-- b --><HTML>", "page"),
        (b"<!---->" * 580 + b"<html>", "page"),
        (b"<!---->" * 600, None),
        (b"<!-- never ends " * 300, None),
        (b"\x89PNG", None),
    ],
)
def test_a_page_is_told_in_time_however_many_comments_stand_before_it(head: bytes, found: str | None) -> None:
    assert is_stand_in(head, len(head), "text/html", "image/png", "x.png") == found
