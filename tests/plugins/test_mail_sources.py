"""The sources mbox and maildir as a plugin's contract wants them, and every real mail that there is."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mail_heads import Note
from tiketti_migrate.api import Checkpoint, Problem, Recalled, Source, each
from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS, Record
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing import SourceContract
from tiketti_migrate_mail.file_options import MaildirOptions, MboxOptions
from tiketti_migrate_mail.file_sources import MaildirSource, MboxSource
from tiketti_migrate_mail.mailbox import Folder, Raw
from tiketti_migrate_mail.maildir import MaildirMailbox

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


def real_mails(folder: str, into: Path) -> int:
    """Copied as single mails; their number."""
    mails = [
        path
        for path in sorted((DATA / folder).rglob("*"))
        if path.is_file() and path.name != "LICENSE" and path.suffix in (".eml", ".txt")
        if not path.name.endswith(".expected.txt")
    ]
    for number, path in enumerate(mails):
        (into / f"{folder}-{number:03}.eml").write_bytes(path.read_bytes())
    return len(mails)


@pytest.mark.parametrize("folder", ["mimekit", "talon"])
def test_every_real_mail_becomes_a_message_or_a_named_refusal(folder: str, tmp_path: Path) -> None:
    mails = real_mails(folder, tmp_path)
    items = read(MboxSource(MboxOptions(paths=(tmp_path,))))
    problems = [item for item in items if isinstance(item, Problem)]
    copies = sum(int(item.message.split()[0]) for item in problems if item.code == "COPIES")
    refused = sum(item.lost for item in problems)
    assert kinds(items)["message"] + copies + refused == mails > 10
    assert all(item.where for item in problems)
    assert kinds(items)["ticket"] == kinds(items)["outcome"]
    assert not any(isinstance(item, Record) for item in items)


def staged(items: list[object], *, is_settled: bool = False) -> list[Recalled]:
    """As the ledger remembers what was read."""
    found = [item for item in items if isinstance(item, dict) and item["kind"] == "message"]
    return [Recalled(one["source_id"], one["ticket_id"], is_settled) for one in found]


def again(path: Path, known: list[Recalled], cursor: str | None, **options: Any) -> Counter[str]:
    source = MaildirSource(MaildirOptions(paths=(path,), **options))
    source.recall(known)
    return kinds(read(source, cursor))


def cursor_of(items: list[object]) -> str:
    return [item.cursor for item in items if isinstance(item, Checkpoint)][-1]


def test_the_ledger_takes_every_record_of_them(tmp_path: Path) -> None:
    mails = tmp_path / "mails"
    mails.mkdir()
    for folder in ("mimekit", "talon"):
        real_mails(folder, mails)
    for number, sender in enumerate(("undisclosed", '"Carl" <carl smith at foo>', "MAILER-DAEMON", "")):
        odd = MAIL.format(number=number).replace("Jane <jane@example.com>", sender)
        (mails / f"odd-{number}.eml").write_text(odd)
    paths = (mails, *(DATA / "mbox").iterdir())
    with Workspace(tmp_path / "work") as workspace:
        source = MboxSource(MboxOptions(paths=paths, originals=True))
        extract(source, workspace.ledger, KINDS, Quiet(), threading.Event())
        assert workspace.ledger.problems.counts()["BAD_RECORD"] == 0
        counts = workspace.ledger.views.counts()
    assert sum(counts["message"].values()) > 40
    assert sum(counts["ticket"].values()) == sum(counts["outcome"].values())


def test_a_run_goes_on_with_what_is_not_staged_wherever_it_lies(tmp_path: Path) -> None:
    path = maildir(tmp_path / "Maildir", range(30))
    whole = read(MaildirSource(MaildirOptions(paths=(path,))))
    known, cursor = staged(whole), cursor_of(whole)
    assert again(path, known, cursor)["message"] == 0
    assert again(path, known, cursor)["ticket"] == 30
    assert again(path, known[:7] + known[9:], cursor)["message"] == 2
    maildir(path, range(30, 33))
    assert again(path, known, cursor)["message"] == 3


def test_with_other_options_what_is_not_written_is_read_again(tmp_path: Path) -> None:
    path = maildir(tmp_path / "Maildir", range(5))
    whole = read(MaildirSource(MaildirOptions(paths=(path,))))
    known, cursor = staged(whole), cursor_of(whole)
    assert again(path, known, cursor, originals=True)["message"] == 5
    assert again(path, known, "{broken")["message"] == 5
    assert again(path, staged(whole, is_settled=True), None, originals=True)["message"] == 0


def mbox(path: Path, *notes: Note) -> Path:
    raw = (b"From x Mon Jan  1 00:00:00 2024\n" + note.raw().replace(b"\r\n", b"\n") for note in notes)
    path.write_bytes(b"\n\n".join(raw) + b"\n")
    return path


def read_mbox(path: Path, known: list[Recalled], **options: Any) -> list[dict[str, Any]]:
    source = MboxSource(MboxOptions(paths=(path,), our_address=("help@acme.test",), **options))
    source.recall(known)
    return [item for item in read(source) if isinstance(item, dict)]


def test_a_mailbox_that_has_grown_moves_nothing_and_asks_for_nobody_else(tmp_path: Path) -> None:
    answer = Note("b", to="help@acme.test", at=1, refs="a")
    before = read_mbox(mbox(tmp_path / "mbox", answer), [])
    [ticket] = [item for item in before if item["kind"] == "ticket"]
    older = Note("a", "Older", sender="carl@example.com", to="help@acme.test")
    later = Note("c", to="help@acme.test", at=2, refs="a b")
    known = [*staged(list[object](before), is_settled=True)]
    grown = read_mbox(mbox(tmp_path / "mbox", older, answer, later), known)
    messages = [item for item in grown if item["kind"] == "message"]
    assert [(one["url"], one["ticket_id"]) for one in messages] == [
        ("mid:a@x", ticket["source_id"]),
        ("mid:c@x", ticket["source_id"]),
    ]
    [again] = [item for item in grown if item["kind"] == "ticket"]
    assert (again["requester_id"], again["subject"]) == (ticket["requester_id"], ticket["subject"])


def test_what_follows_a_split_is_a_ticket_of_its_own(tmp_path: Path) -> None:
    mails = [Note("a", to="help@acme.test"), Note("b", to="help@acme.test", at=100, refs="a")]
    before = read_mbox(mbox(tmp_path / "mbox", *mails), [])
    known = [*staged(list[object](before), is_settled=True)]
    mails.append(Note("c", to="help@acme.test", at=200, refs="b"))
    grown = read_mbox(mbox(tmp_path / "mbox", *mails), known, split_after=30)
    [message] = [item for item in grown if item["kind"] == "message"]
    assert message["ticket_id"] not in {one.ticket_id for one in known}
    assert len({item["source_id"] for item in grown if item["kind"] == "ticket"}) == 2


class Moving(MaildirMailbox):
    """While its mails are read, one is deleted and one moved to another folder."""

    def mails(self, folder: Folder, uids: Sequence[int]) -> Iterator[Raw]:
        found = list(super().mails(folder, uids))
        if folder.role == "inbox" and not self.done:
            self.done = True
            first, second = sorted((self.path / "cur").iterdir())[:2]
            first.unlink()
            second.rename(self.path / ".Done" / "cur" / second.name)
            found = found[2:]
        return iter(found)

    done = False
    path: Path


def test_a_mail_that_is_moved_meanwhile_is_found_and_a_deleted_one_told(tmp_path: Path) -> None:
    path = maildir(tmp_path / "Maildir", range(6))
    maildir(path / ".Done", range(0))
    source = MaildirSource(MaildirOptions(paths=(path,)))
    mailbox = Moving(source.chosen)
    mailbox.path = path
    source.__dict__["_mailbox"] = mailbox
    items = read(source)
    assert kinds(items)["message"] == 5
    assert [(one.code, one.lost) for one in items if isinstance(one, Problem)][-1] == ("DELETED_MEANWHILE", 0)
    assert (
        len({item["source_id"] for item in items if isinstance(item, dict) and item["kind"] == "ticket"}) == 5
    )


class Refusing(MaildirMailbox):
    """Names a mail that it never gives."""

    def mails(self, folder: Folder, uids: Sequence[int]) -> Iterator[Raw]:
        return (raw for raw in super().mails(folder, uids) if raw.uid != 2)


def test_a_mail_that_is_listed_and_never_given_counts_as_lost(tmp_path: Path) -> None:
    source = MaildirSource(MaildirOptions(paths=(maildir(tmp_path / "Maildir", range(4)),)))
    source.__dict__["_mailbox"] = Refusing(source.chosen)
    items = read(source)
    assert kinds(items)["message"] == 4
    assert [(one.code, one.lost) for one in items if isinstance(one, Problem)][-1] == ("UNREADABLE_MAIL", 1)


def test_a_later_copy_elsewhere_is_the_same_mailbox(tmp_path: Path) -> None:
    one = MaildirSource(MaildirOptions(paths=(maildir(tmp_path / "one", range(3)),)))
    staged = {item["source_id"] for item in read(one) if isinstance(item, dict)}
    later = MaildirSource(MaildirOptions(paths=(maildir(tmp_path / "later", range(1, 9)),)))
    other = MaildirSource(MaildirOptions(paths=(maildir(tmp_path / "other", range(40, 50)),)))

    def known(_kind: str, source_id: str) -> Record | None:
        return Record(kind="message", source_id=source_id) if source_id in staged else None

    assert later.continues(one.identity(), known)
    assert not other.continues(one.identity(), known)
