"""The sources mbox and maildir as a plugin's contract wants them, and every real mail that there is."""

from collections import Counter
from pathlib import Path

import pytest

from tiketti_migrate.api import Checkpoint, Problem, Source, each
from tiketti_migrate.records import Record
from tiketti_migrate.testing import SourceContract
from tiketti_migrate_mail.file_options import MaildirOptions, MboxOptions
from tiketti_migrate_mail.file_sources import MaildirSource, MboxSource

DATA = Path(__file__).parents[1] / "data" / "mail"
MAIL = "\r\n".join(
    (
        "From: Jane <jane@example.com>",
        "To: help@acme.test",
        "Message-ID: <{number}@x>",
        "Date: Mon, 1 Jan 2024 10:00:{number:02} +0000",
        "Subject: Printer {number}",
        "",
        "It is on fire",
    )
)


class TestMbox(SourceContract):
    def make(self) -> Source:
        return MboxSource(MboxOptions(paths=(DATA / "mbox" / "mboxrd.mbox", DATA / "mbox" / "takeout.mbox")))


class TestMaildir(SourceContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self._path = maildir(tmp_path / "Maildir", range(6))

    def make(self) -> Source:
        return MaildirSource(MaildirOptions(paths=(self._path,)))


def maildir(path: Path, numbers: range) -> Path:
    for name in ("cur", "new", "tmp"):
        (path / name).mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (path / "cur" / f"17000000{number:02}.M1P1.host:2,S").write_text(MAIL.format(number=number))
    return path


def read(source: Source, cursor: str | None = None) -> list[object]:
    source.check()
    return list(each(source.extract(cursor)))


def kinds(items: list[object]) -> Counter[str]:
    return Counter(item["kind"] for item in items if isinstance(item, dict))


@pytest.mark.parametrize("folder", ["mimekit", "talon", "talon_replies"])
def test_every_real_mail_becomes_a_message_or_a_named_refusal(folder: str, tmp_path: Path) -> None:
    mails = [
        path
        for path in sorted((DATA / folder).rglob("*"))
        if path.is_file() and path.name != "LICENSE" and path.suffix in (".eml", ".txt")
        if not path.name.endswith(".expected.txt")
    ]
    for number, path in enumerate(mails):
        (tmp_path / f"{number:03}.eml").write_bytes(path.read_bytes())
    items = read(MboxSource(MboxOptions(paths=(tmp_path,))))
    problems = [item for item in items if isinstance(item, Problem)]
    copies = sum(int(item.message.split()[0]) for item in problems if item.code == "COPIES")
    refused = sum(item.lost for item in problems)
    assert kinds(items)["message"] + copies + refused == len(mails) > 10
    assert all(item.where for item in problems)
    assert kinds(items)["ticket"] == kinds(items)["outcome"]
    assert not any(isinstance(item, Record) for item in items)


def test_a_run_goes_on_from_its_checkpoint_with_what_came_meanwhile(tmp_path: Path) -> None:
    path = maildir(tmp_path / "Maildir", range(30))
    whole = read(MaildirSource(MaildirOptions(paths=(path,))))
    cursors = [item.cursor for item in whole if isinstance(item, Checkpoint)]
    rest = read(MaildirSource(MaildirOptions(paths=(path,))), cursors[-1])
    assert kinds(rest)["message"] == 0
    assert kinds(rest)["ticket"] == 30
    maildir(path, range(30, 33))
    grown = read(MaildirSource(MaildirOptions(paths=(path,))), cursors[-1])
    assert kinds(grown)["message"] == 33


def test_a_cursor_that_says_nothing_is_none(tmp_path: Path) -> None:
    path = maildir(tmp_path / "Maildir", range(3))
    assert kinds(read(MaildirSource(MaildirOptions(paths=(path,))), "{broken"))["message"] == 3


def test_a_later_copy_elsewhere_is_the_same_mailbox(tmp_path: Path) -> None:
    one = MaildirSource(MaildirOptions(paths=(maildir(tmp_path / "one", range(3)),)))
    staged = {item["source_id"] for item in read(one) if isinstance(item, dict)}
    later = MaildirSource(MaildirOptions(paths=(maildir(tmp_path / "later", range(1, 9)),)))
    other = MaildirSource(MaildirOptions(paths=(maildir(tmp_path / "other", range(40, 50)),)))

    def known(_kind: str, source_id: str) -> Record | None:
        return Record(kind="message", source_id=source_id) if source_id in staged else None

    assert later.continues(one.identity(), known)
    assert not other.continues(one.identity(), known)
