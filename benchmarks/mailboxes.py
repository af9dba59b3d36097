"""Mails per second of an IMAP account into the ledger, beside mbsync, getmail and offlineimap copying it.

    .venv/bin/python benchmarks/mailboxes.py [--mails 13000] [--rounds 3] [--without getmail,offlineimap]

A Dovecot of its own on loopback (Debian's dovecot-imapd) holds an inbox and a Sent folder: half the mails are
texts of 2 KB, four in ten have a text and an HTML alternative of 8 KB together, one in ten has a file besides
(60 KB as sent). Threads are of three mails, the third is the answer in Sent. Ours is everything an import
does before its first request: heads read, threaded, mails fetched, parsed and converted, staged in a ledger
and the files kept in a folder that survive a power cut. The others write each mail into a file: mbsync
(isync) as it is by default, with fsync, and without; getmail (getmail6) and offlineimap (offlineimap3), all
from Debian. All are processes of their own, turn about, on an otherwise idle machine; the median counts, and
each copies from the start. Exits with 1 when ours is slower than one of them or takes more than 200 MB.
"""

import argparse
import base64
import email.utils
import os
import random
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rig import WORDS, Used, folder, measured

from dovecot import PASSWORD, USER, Dovecot, dovecot, free_port  # isort: skip - found by way of rig

MOST_MEMORY = 200_000_000
BEGUN = 1_400_000_000
# It takes minutes for all of them, and then ends on a time-out of its own.
GETMAIL_MOST = 2000
STAGE = """
import sys, threading
from pathlib import Path
from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS
from tiketti_migrate.registry import Registry
from tiketti_migrate.store import Workspace
source = Registry().source("imap")
reader = source(source.Options(host="127.0.0.1", port=int(sys.argv[1]), user=sys.argv[2], security="plain"))
with Workspace(Path(sys.argv[3])) as workspace:
    extract(reader, workspace.ledger, KINDS, Quiet(), threading.Event())
    counts = workspace.ledger.views.counts()
    print(sum(counts["message"].values()), sum(counts["ticket"].values()), sum(counts["attachment"].values()))
"""
MBSYNC = """
FSync {fsync}

IMAPAccount account
Host 127.0.0.1
Port {port}
User "{user}"
Pass "{password}"
SSLType None
AuthMechs LOGIN

IMAPStore far
Account account

MaildirStore near
Path {place}/
Inbox {place}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Sync Pull
SyncState *
"""
GETMAIL = """
[retriever]
type = SimpleIMAPRetriever
server = 127.0.0.1
port = {port}
username = {user}
password = {password}
mailboxes = ("INBOX", "Sent")

[destination]
type = Maildir
path = {place}/all/

[options]
read_all = true
max_messages_per_session = {most}
delivered_to = false
received = false
verbose = 0
"""
OFFLINEIMAP = """
[general]
accounts = account
metadata = {place}/state
ui = quiet

[Account account]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {place}/copy

[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = no
starttls = no
maxconnections = 2
readonly = true
"""


def text(size: int, draw: random.Random) -> str:
    lines, length = [], 0
    while length < size:
        lines.append(" ".join(draw.choices(WORDS, k=10)))
        length += len(lines[-1]) + 2
    return "\r\n".join(lines)


def head(number: int, thread: list[str], draw: random.Random) -> str:
    """Of a mail as servers deliver it; the third of each thread is ours."""
    is_ours = number % 3 == 2
    customer = f"Customer {number // 3 % 997} <c{number // 3 % 997}@example{number // 3 % 50}.org>"
    sender, recipient = (f"Support <{USER}>", customer) if is_ours else (customer, f"Support <{USER}>")
    own = f"<{number}.{draw.getrandbits(64):x}@mail.example.org>"
    lines = [
        "Return-Path: <someone@example.org>",
        "Received: from mx.example.org (mx.example.org [192.0.2.1]) by mail.acme.test (Postfix) with ESMTPS"
        " id 4AB for <support@acme.test>; Tue, 1 Sep 2020 10:00:00 +0000 (UTC)",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1; b={'A' * 340}",
        f"From: {sender}",
        f"To: {recipient}",
        f"Message-ID: {own}",
        f"Date: {email.utils.formatdate(BEGUN + number * 3600)}",
        "MIME-Version: 1.0",
        f"Subject: {'Re: ' if thread else ''}Request {number // 3} about {WORDS[number // 3 % 20]}",
    ]
    if thread:
        lines += [f"In-Reply-To: {thread[-1]}", f"References: {' '.join(thread)}"]
    thread.append(own)
    return "\r\n".join(lines) + "\r\n"


def body(number: int, draw: random.Random) -> str:
    kind = number % 10
    if kind < 5:
        plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        return plain + text(2000, draw) + "\r\n"
    words = text(2600, draw)
    paragraphs = words.replace("\r\n", '</p>\r\n<p class="MsoNormal" style="margin:0">')
    page = f"<html><body><p>{paragraphs}</p></body></html>"
    both = (
        "Content-Type: multipart/alternative; boundary=ALT\r\n\r\n"
        f"--ALT\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
        f"--ALT\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n"
        "--ALT--\r\n"
    )
    if kind < 9:
        return both
    file = base64.encodebytes(draw.randbytes(38_000)).decode().replace("\n", "\r\n")
    return (
        f"Content-Type: multipart/mixed; boundary=MIX\r\n\r\n--MIX\r\n{both}"
        f"\r\n--MIX\r\nContent-Type: application/pdf; name=file-{number}.pdf\r\n"
        f"Content-Disposition: attachment; filename=file-{number}.pdf\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{file}--MIX--\r\n"
    )


def fill(server: Dovecot, count: int) -> int:
    """The bytes of all mails."""
    draw, thread, size = random.Random(1), [], 0
    inbox, sent = server.maildir(), server.maildir(folder="Sent")
    for number in range(count):
        if number % 3 == 0:
            thread = []
        content = (head(number, thread, draw) + body(number, draw)).encode()
        place = sent if number % 3 == 2 else inbox
        (place / "cur" / f"{BEGUN + number}.M{number}P1.host,S={len(content)}:2,S").write_bytes(content)
        size += len(content)
    return size


def peers(place: Path, port: int) -> Iterator[tuple[str, list[str], Path]]:
    """Name, command, and where its copy lies."""
    given = {"port": port, "user": USER, "password": PASSWORD}
    for name, fsync in (("mbsync", "yes"), ("mbsync without fsync", "no")):
        copy = place / f"mbsync-{fsync}"
        copy.mkdir()
        config = place / f"mbsync-{fsync}.rc"
        config.write_text(MBSYNC.format(fsync=fsync, place=copy, **given))
        yield name, ["mbsync", "-q", "-c", str(config), "-a"], copy
    copy = place / "getmail"
    for part in ("cur", "new", "tmp"):
        (copy / "all" / part).mkdir(parents=True)
    (copy / "getmailrc").write_text(GETMAIL.format(place=copy, most=GETMAIL_MOST, **given))
    yield (
        "getmail",
        [*_as_nobody(copy), "getmail", f"--getmaildir={copy}", "--rcfile=getmailrc"],
        copy / "all",
    )
    copy = place / "offlineimap"
    copy.mkdir()
    config = place / "offlineimap.rc"
    config.write_text(OFFLINEIMAP.format(place=copy, **given))
    yield "offlineimap", ["offlineimap", "-c", str(config), "-o"], copy / "copy"


def _as_nobody(place: Path) -> list[str]:
    """It refuses to write mail as root."""
    if os.getuid():
        return []
    for path in (place, *place.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
    place.parent.parent.chmod(0o711)
    place.parent.chmod(0o711)
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def show(name: str, used: Used, count: int) -> float:
    rate = count / used.wall
    times = f"{used.wall:7.1f} s {used.cpu:7.1f} s CPU"
    print(f"{name:24} {rate:8,.0f} mails/s {times} {used.peak / 1e6:6.1f} MB peak", flush=True)
    return rate


def _programs(command: list[str]) -> list[str]:
    return [word for word in command if word in ("setpriv", "mbsync", "getmail", "offlineimap")]


def copied(place: Path) -> int:
    return sum(1 for path in place.rglob("*") if path.parent.name in ("cur", "new") and path.is_file())


def ours(port: int, workspace: Path, count: int) -> tuple[float, int]:
    env = {**os.environ, "TIKETTI_IMAP_PASSWORD": PASSWORD}
    used = measured([sys.executable, "-c", STAGE, str(port), USER, str(workspace)], env)
    assert used.code == 0, f"staging ended with exit {used.code}"
    messages, tickets, files = map(int, used.out.split())
    assert messages == count, f"{messages} of {count} mails are staged"
    assert tickets == (count + 2) // 3, f"{tickets} threads"
    assert files == sum(number % 10 == 9 for number in range(count)), f"{files} files"
    shutil.rmtree(workspace)
    return show("read and staged by us", used, count), used.peak


def one_round(place: Path, port: int, count: int, without: set[str]) -> dict[str, float]:
    place.mkdir()
    rates = {}
    for name, command, copy in peers(place, port):
        if name in without or not all(map(shutil.which, _programs(command))):
            print(f"{name:24} left out")
            continue
        subprocess.run(["sync"], check=True)
        used = measured(command, {**os.environ, "HOME": str(place)})
        assert used.code == 0, f"{name} ended with exit {used.code}"
        wanted = min(count, GETMAIL_MOST) if name == "getmail" else count
        assert copied(copy) == wanted, f"{name} copied {copied(copy)} of {wanted}"
        rates[name] = show(name, used, wanted)
    shutil.rmtree(place)
    return rates


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mails", type=int, default=13_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", default="", help="peers to leave out")
    chosen = parser.parse_args()
    without = set(filter(None, chosen.without.split(",")))
    found: dict[str, list[float]] = {}
    mine, peaks = [], []
    with folder() as place:
        (place / "server").mkdir()
        server = Dovecot(place / "server", free_port())
        size = fill(server, chosen.mails)
        print(f"{chosen.mails:,} mails, {size / 1e6:.0f} MB")
        with dovecot(server):
            for number in range(chosen.rounds):
                for name, rate in one_round(
                    place / f"round-{number}", server.port, chosen.mails, without
                ).items():
                    found.setdefault(name, []).append(rate)
                subprocess.run(["sync"], check=True)
                rate, peak = ours(server.port, place / "workspace", chosen.mails)
                mine.append(rate)
                peaks.append(peak)
    ratios = {name: statistics.median(mine) / statistics.median(rates) for name, rates in found.items()}
    for name, ratio in ratios.items():
        print(f"{ratio:6.2f} x {name}")
    print(f"{max(peaks) / 1e6:.0f} MB peak")
    return 0 if min(ratios.values(), default=1.0) > 1 and max(peaks) <= MOST_MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
