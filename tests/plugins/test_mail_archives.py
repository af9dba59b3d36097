"""Packed mailboxes: unpacked once and under limits, what is no mail stays packed."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from mail_folders import Read, mail, mboxrd, read
from tiketti_migrate.api import Problem
from tiketti_migrate.errors import SourceError, UsageError
from tiketti_migrate_mail.file_options import MboxOptions
from tiketti_migrate_mail.mail_archives import Limits, Member, Unpacking
from tiketti_migrate_mail.mbox import MboxMailbox
from tiketti_migrate_mail.mbox_files import is_mail

ALL = "Takeout/Mail/All mail Including Spam and Trash.mbox"
BOX = mboxrd([mail("Hi"), mail("Ho")])


def takeout(*labels: str) -> bytes:
    return b"".join(
        b"From %d@xxx Mon Jan 01 10:00:00 +0000 2024\r\nX-GM-THRID: %d\r\nX-Gmail-Labels: %s\r\n"
        % (number, number // 2, one.encode())
        + mail(one).replace(b"\n", b"\r\n")
        + b"\r\n"
        for number, one in enumerate(labels, start=100)
    )


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def opened(tmp_path: Path, content: bytes, name: str, **options: object) -> MboxMailbox:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(content)
    return MboxMailbox(MboxOptions(paths=(tmp_path / name,), **options), scratch)  # type: ignore[arg-type]


def one(tmp_path: Path, content: bytes, name: str, **options: object) -> Read:
    return read(opened(tmp_path, content, name, **options))


@pytest.mark.parametrize("is_zip", [True, False])
def test_takeout_with_threads_and_labels(tmp_path: Path, is_zip: bool) -> None:
    content = takeout("Inbox,Opened", "Sent,Starred", "Inbox,Unread,Kunden", "Spam", "Trash", "Drafts")
    members = {ALL: content, "Takeout/archive_browser.html": b"<html>", "Takeout/Drive/a.bin": b"\0" * 9999}
    packed = zipped(members) if is_zip else gzip.compress(tarred(members))
    found = one(tmp_path, packed, "takeout.zip" if is_zip else "takeout.tgz")
    (folder,) = found.folders
    assert (folder.name, folder.role) == ("All mail Including Spam and Trash", "all")
    assert [(head.thread, head.labels, set(head.flags)) for head in found.all_heads()] == [
        ("50", ("\\Inbox",), {"seen"}),
        ("50", ("\\Sent", "\\Starred"), {"flagged"}),
        ("51", ("\\Inbox", "Kunden"), set()),
    ]
    assert [head.received.year for head in found.all_heads() if head.received] == [2024] * 3
    assert found.contents()[0].endswith(mail("Inbox,Opened").replace(b"\n", b"\r\n"))
    assert [(told[0], told[2]) for told in found.told()] == [("FOLDER_LEFT_OUT", 0)]
    everything = one(tmp_path, packed, "again.zip" if is_zip else "again.tgz", all_folders=True)
    assert len(everything.contents()) == 6


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Inbox.mbox.gz", gzip.compress(BOX)),
        ("Inbox.gz", gzip.compress(BOX[:50]) + gzip.compress(BOX[50:])),
        ("Inbox.mbox.bz2", bz2.compress(BOX)), ("Inbox.xz", lzma.compress(BOX)),
        ("Inbox.zip", zipped({"Inbox.mbox.gz": gzip.compress(BOX)})), ("mail.tar", tarred({"Inbox": BOX})),
        ("mail.tgz", gzip.compress(tarred({"./Inbox": BOX}))),
    ],
)  # fmt: skip
def test_whatever_it_is_packed_with(tmp_path: Path, name: str, content: bytes) -> None:
    found = one(tmp_path, content, name)
    assert found.contents() == [mail("Hi"), mail("Ho")]
    assert found.folders[0].role == "inbox"
    assert found.told() == []


def test_packed_in_a_folder_beside_others(tmp_path: Path) -> None:
    (tmp_path / "all/lists").mkdir(parents=True)
    (tmp_path / "all/lists/2004-March.txt.gz").write_bytes(gzip.compress(BOX))
    (tmp_path / "all/photos.zip").write_bytes(zipped({"a.jpg": b"\xff\xd8"}))
    (tmp_path / "all/mails.zip").write_bytes(zipped({"Acme/1.eml": mail("One"), "Acme/2.eml": mail("Two")}))
    (tmp_path / "scratch").mkdir()
    found = read(MboxMailbox(MboxOptions(paths=(tmp_path / "all",)), tmp_path / "scratch"))
    assert found.names == ["Acme", "lists/2004-March"]
    assert found.contents() == [mail("One"), mail("Two"), mail("Hi"), mail("Ho")]
    assert [(one.code, one.lost) for one in found.problems] == [("NO_MAILBOX", 0)]
    assert "photos.zip" in found.problems[0].message


def test_names_never_become_paths(tmp_path: Path) -> None:
    members = {
        "../../escaped.mbox": BOX,
        "/etc/escaped.mbox": BOX,
        "a\\..\\..\\b.mbox": BOX,
        "\n.mbox": BOX,
    }
    found = one(tmp_path, zipped(members), "x.zip")
    assert len(found.contents()) == 2 * len(members)
    assert all(name.isprintable() for name in found.names)
    assert not list(tmp_path.parent.rglob("escaped*"))


def test_links_and_devices_in_archives_are_told(tmp_path: Path) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, kind in (("Sent", tarfile.SYMTYPE), ("Trash", tarfile.LNKTYPE), ("null", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        member = tarfile.TarInfo("Inbox")
        member.size = len(BOX)
        archive.addfile(member, io.BytesIO(BOX))
    found = one(tmp_path, target.getvalue(), "x.tar")
    assert len(found.contents()) == 2
    assert found.told() == [("UNKNOWN_FILE", f"x.tar/{name}", 0) for name in ("Sent", "Trash", "null")]


def unpacked(tmp_path: Path, content: bytes, limits: Limits) -> tuple[list[str], list[tuple[str, str]]]:
    (tmp_path / "x").write_bytes(content)
    found = list(Unpacking(tmp_path, limits).open(tmp_path / "x", "x", is_mail))
    problems = [(item.code, item.where) for item in found if isinstance(item, Problem)]
    return [item.told for item in found if isinstance(item, Member)], problems


@pytest.mark.parametrize("form", ["gz", "zip", "tgz", "skipped", "nested"])
def test_bombs_are_not_unpacked(tmp_path: Path, form: str) -> None:
    bomb = mboxrd([mail("Bomb", b"\0" * 30_000_000)])
    content = {
        "gz": lambda: gzip.compress(bomb),
        "zip": lambda: zipped({"Inbox": BOX, "Sent": bomb}),
        "tgz": lambda: gzip.compress(tarred({"Inbox": BOX, "Sent": bomb})),
        "skipped": lambda: gzip.compress(tarred({"x.bin": b"\0" * 30_000_000})),
        "nested": lambda: zipped({"Inbox.gz": gzip.compress(bomb)}),
    }[form]()
    members, problems = unpacked(tmp_path, content, Limits(harmless=3_000_000, ratio=20))
    assert members == (["x/Inbox"] if form in ("zip", "tgz") else [])
    assert [code for code, _ in problems] == ["TOO_LARGE"]
    assert sum(path.stat().st_size for path in tmp_path.glob("mail-*")) <= len(BOX)


def test_there_is_no_more_room(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="room"):
        unpacked(tmp_path, gzip.compress(BOX), Limits(free=0.0))


def test_what_is_damaged_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(500_000).hex().encode()
    box = mboxrd([mail(str(n), noise[n * 2000 : (n + 1) * 2000] + b"\n") for n in range(500)])
    for name, content in (("a.gz", gzip.compress(box)[:-5000]), ("b.zip", zipped({"Inbox": box}))):
        damaged = bytearray(content)
        if name == "b.zip":
            damaged[-5000] ^= 0xFF
        found = one(tmp_path, bytes(damaged), name)
        assert [problem.code for problem in found.problems] == ["BROKEN_ARCHIVE"]
        assert found.problems[0].lost == 1
        assert 450 < len(found.contents()) <= 500


def test_what_cannot_be_unpacked_is_told(tmp_path: Path) -> None:
    encrypted = bytearray(zipped({"Inbox": BOX}))
    for at in (6, encrypted.index(b"PK\x01\x02") + 8):
        encrypted[at] |= 1
    with pytest.raises(UsageError, match="is encrypted"):
        opened(tmp_path, bytes(encrypted), "x.zip").folders()
    nested = zipped({"a.zip": zipped({"b.zip": zipped({"c.zip": zipped({"Inbox": BOX})})})})
    with pytest.raises(UsageError, match="packed too often"):
        opened(tmp_path, nested, "y.zip").folders()
    with pytest.raises(UsageError, match="damaged or cut off"):
        opened(tmp_path, zipped({"Inbox": BOX})[:100], "z.zip").folders()


def test_it_is_unpacked_once_and_removed_at_the_end(tmp_path: Path) -> None:
    box = opened(tmp_path, gzip.compress(BOX), "Inbox.gz")
    first, second = box.folders(), box.folders()
    assert first == second
    assert len(list((tmp_path / "scratch").iterdir())) == 1
    box.close()
    assert not list((tmp_path / "scratch").iterdir())


def test_what_is_packed_is_the_same_mailbox_in_every_run(tmp_path: Path) -> None:
    packed = zipped({"Inbox": BOX, **{f"Acme/{n}.eml": mail(str(n)) for n in range(12)}})
    first = read(opened(tmp_path, packed, "x.zip"))
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        again = read(MboxMailbox(MboxOptions(paths=(tmp_path / "x.zip",)), tmp_path / run))
        assert (again.folders, again.heads.keys()) == (first.folders, first.heads.keys())
        assert again.contents() == first.contents()
