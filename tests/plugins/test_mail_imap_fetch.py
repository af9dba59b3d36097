"""Odd servers: what they answer, refuse and throttle, over a real socket."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest
from imapclient import IMAPClient

from mail_filled import INBOX, QUICK, a_mail
from mail_imap_server import Asked, Cut, OddServer, odd
from tiketti_migrate.api import Notice, Problem
from tiketti_migrate.errors import AccessDenied, SourceUnreachable
from tiketti_migrate_mail import imap_fetch
from tiketti_migrate_mail.imap_fetch import Sizes, Window, sequence_set
from tiketti_migrate_mail.imap_mailbox import FolderState, ImapMailbox
from tiketti_migrate_mail.imap_retry import Pace
from tiketti_migrate_mail.mailbox import Folder, FolderRemade, Head, Raw, Unread

MEBIBYTE = 1024 * 1024
MAILS = {uid: a_mail(uid, 500) for uid in range(1, 41)}
ALL = list(MAILS)


@contextmanager
def reading(
    server: OddServer,
    *,
    notify: Callable[[Notice], None] = lambda _notice: None,
    largest: int = 50 * MEBIBYTE,
    pace: Pace = QUICK,
) -> Iterator[ImapMailbox]:
    """The mailbox on a server that runs for the block."""
    with odd(server):
        mailbox = ImapMailbox(
            lambda _client: [INBOX],
            server.connect,
            stopping=threading.Event(),
            notify=notify,
            largest=largest,
            pace=pace,
        )
        try:
            yield mailbox
        finally:
            mailbox.close()


def read(mailbox: ImapMailbox, uids: list[int] = ALL) -> list[Raw | Unread]:
    """After the heads, as always."""
    heads = list(mailbox.heads(INBOX))
    assert [head.uid for head in heads if isinstance(head, Head)] == sorted(uids), heads
    return list(mailbox.mails(INBOX, uids))


def whole(mails: dict[int, bytes], uids: Iterable[int]) -> list[Raw]:
    return [Raw(uid, mails[uid], len(mails[uid])) for uid in uids]


def only_bodies(
    answer: Callable[[Asked], Iterable[bytes] | None],
) -> Callable[[Asked], Iterable[bytes] | None]:
    """The server is odd when mails are asked for, not for heads."""
    return lambda asked: answer(asked) if asked.is_for_bodies else None


def test_a_good_server() -> None:
    server = OddServer(MAILS)
    with reading(server) as mailbox:
        assert mailbox.folders()[0].validity == "7"
        assert mailbox.state(INBOX) == FolderState("7", 41, 99)
        assert read(mailbox) == whole(MAILS, ALL)
    assert server.connections == 1
    assert not [line for line in server.commands if "SELECT" in line or "STORE" in line or "BODY[" in line]


def test_mails_come_in_the_order_asked_for() -> None:
    def backwards(asked: Asked) -> Iterator[bytes]:
        for uid in reversed(asked.uids):
            yield server.answer_of(uid, asked.items)
        yield f"{asked.tag} OK done\r\n".encode()

    server = OddServer(MAILS, fetch=backwards)
    with reading(server) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)


def test_what_a_server_sends_on_its_own_is_no_trouble() -> None:
    def chatty(asked: Asked) -> Iterator[bytes]:
        for uid in asked.uids:
            yield b"* 41 EXISTS\r\n* 3 EXPUNGE\r\n* OK still here {12}\r\n* 1 FETCH (FLAGS (\\Seen))\r\n\r\n"
            yield b"* %d FETCH (UID %d FLAGS (\\Answered $Label1) MODSEQ (917))\r\n" % (uid, uid)
            yield server.answer_of(uid, asked.items)
            yield b'* LIST () "/" {5}\r\nabcde\r\n* NO watch out\r\n'
        yield f"{asked.tag} OK [THROTTLED] done\r\n".encode()

    server = OddServer(MAILS, fetch=chatty)
    with reading(server) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)
    assert server.connections == 1


def test_an_answer_may_come_in_pieces_and_in_any_order() -> None:
    def strange(asked: Asked) -> Iterator[bytes]:
        for uid in asked.uids:
            mail = MAILS[uid]
            if "HEADER" in asked.items:
                yield b"* 1 FETCH (UID %d FLAGS (\\SEEN \\Flagged) RFC822.SIZE %d)\r\n" % (uid, len(mail))
                yield b'* 1 FETCH (BODY[HEADER.FIELDS ("SUBJECT" "X)")] "Subject: \\"x\\"" UID %d)\r\n' % uid
            elif "BODY" in asked.items:
                yield b"* 1 FETCH (body[] {%d}\r\n%b uid %d)\r\n" % (len(mail), mail, uid)
            else:
                yield server.answer_of(uid, asked.items)
        yield f"{asked.tag} OK done\r\n".encode()

    server = OddServer(MAILS, fetch=strange)
    with reading(server) as mailbox:
        head = next(mailbox.heads(INBOX))
        assert head == Head(1, b'Subject: "x"', len(MAILS[1]), frozenset({"seen", "flagged"}))
        assert read(mailbox) == whole(MAILS, ALL)


def test_gmail_is_asked_for_threads_and_labels() -> None:
    def gmail(asked: Asked) -> Iterator[bytes] | None:
        if "X-GM-LABELS" not in asked.items:
            return None
        labels = b'("\\\\Inbox" "\\\\Sent" Plain "two words" "K&APY-ln" "say \\"hi\\"" {4}\r\nabc) "&-")'
        gm = b"(X-GM-THRID 1278455344230334865 X-GM-LABELS %b UID " % labels
        return (piece.replace(b"(UID ", gm, 1) for piece in server.well(asked))

    server = OddServer(MAILS, fetch=gmail, capabilities="IMAP4rev1 X-GM-EXT-1")
    with reading(server) as mailbox:
        head = next(mailbox.heads(INBOX))
    assert isinstance(head, Head)
    assert head.thread == "1278455344230334865"
    assert head.labels == ("\\Inbox", "\\Sent", "Plain", "two words", "Köln", 'say "hi"', "abc)", "&")


def test_a_bye_in_the_middle_of_a_mail_costs_nothing() -> None:
    def dying(asked: Asked) -> Iterator[bytes] | None:
        if asked.connection >= 4:
            return None
        return cut_short(asked)

    def cut_short(asked: Asked) -> Iterator[bytes]:
        for uid in asked.uids[:3]:
            yield server.answer_of(uid, asked.items)
        yield server.answer_of(asked.uids[-1], asked.items)[:200]
        yield b"\r\n* BYE Connection closed. 14\r\n"
        raise Cut

    server = OddServer(MAILS, fetch=only_bodies(dying))
    with reading(server) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)
    assert server.connections == 5


@pytest.mark.parametrize(
    "words",
    [
        "BAD Request is throttled. Suggested Backoff Time: 30 milliseconds",
        "NO [UNAVAILABLE] Temporary authentication failure",
        "NO [INUSE] Mailbox in use",
        "BAD User is authenticated but not connected.",
        "NO [OVERQUOTA] Account exceeded command or bandwidth limits.",
        "NO Server Unavailable. 15",
        "BAD Command throttled",
        "NO [ALERT] Too many simultaneous connections. (Failure)",
        "NO Server error while fetching messages",
    ],
)
def test_what_passes_is_waited_for(words: str) -> None:
    told: list[Notice] = []
    refusals = iter(range(3))

    def busy(asked: Asked) -> Iterable[bytes] | None:
        return None if next(refusals, None) is None else [f"{asked.tag} {words}\r\n".encode()]

    server = OddServer(MAILS, fetch=only_bodies(busy))
    with reading(server, notify=told.append) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)
    if "Backoff" in words:
        assert {notice.seconds for notice in told} == {0.03}
        assert "Suggested Backoff Time" in told[0].text


def test_the_wait_that_is_suggested_before_a_bye_is_kept() -> None:
    told: list[Notice] = []

    def busy(asked: Asked) -> Iterator[bytes] | None:
        return refused(asked) if asked.connection < 2 else None

    def refused(asked: Asked) -> Iterator[bytes]:
        yield f"{asked.tag} BAD Request is throttled. Suggested Backoff Time: 30 milliseconds\r\n".encode()
        yield b"* BYE Connection closed. 14\r\n"
        raise Cut

    server = OddServer(MAILS, fetch=only_bodies(busy), capabilities="IMAP4rev1 MESSAGELIMIT=7")
    with reading(server, notify=told.append) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)
    assert [notice.seconds for notice in told] == [0.03, 0.03]


def test_a_connection_that_is_not_connected_any_more_is_made_again() -> None:
    def half_dead(asked: Asked) -> Iterable[bytes] | None:
        words = "BAD User is authenticated but not connected."
        return [f"{asked.tag} {words}\r\n".encode()] if asked.connection == 0 else None

    server = OddServer(MAILS, fetch=only_bodies(half_dead))
    with reading(server) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)
    assert server.connections == 2


def test_a_header_without_end_is_cut() -> None:
    mails = {**MAILS, 7: b"To: " + b"a@b.test, " * 300_000 + b"\r\n\r\nhello"}
    with reading(OddServer(mails)) as mailbox:
        heads = [head for head in mailbox.heads(INBOX) if isinstance(head, Head)]
    assert [head.uid for head in heads] == ALL
    assert (len(heads[6].header), heads[6].size) == (MEBIBYTE, len(mails[7]))


@pytest.mark.parametrize("place", ["examine", "login"])
def test_a_server_that_is_busy_after_a_reconnect_is_waited_for(place: str) -> None:
    def dying(asked: Asked) -> Iterable[bytes] | None:
        if asked.connection == 0:
            raise Cut
        return None

    def busy(connection: int) -> str | None:
        return "NO [UNAVAILABLE] Too many simultaneous connections" if 0 < connection < 3 else None

    server = OddServer(MAILS, fetch=only_bodies(dying))
    setattr(server, place, busy)
    with reading(server) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)
    assert server.connections >= 4


def test_a_first_connection_that_fails_is_told_at_once() -> None:
    for error in (
        AccessDenied("the password is wrong"),
        SourceUnreachable("nobody listens"),
        OSError("no host"),
    ):
        waits: list[Notice] = []

        def connect(error: Exception = error) -> IMAPClient:
            raise error

        mailbox = ImapMailbox(
            lambda _client: [INBOX],
            connect,
            stopping=threading.Event(),
            notify=waits.append,
            largest=MEBIBYTE,
        )
        with pytest.raises((AccessDenied, SourceUnreachable)):
            mailbox.folders()
        assert not waits


@pytest.mark.parametrize("way", ["refused", "lost", "nothing", "nil", "nonsense"])
def test_one_mail_that_cannot_be_had_does_not_end_the_reading(way: str) -> None:
    bad = {1, 17, 18, 40}

    def broken(asked: Asked) -> Iterator[bytes]:
        for uid in asked.uids:
            if uid not in bad or "BODY.PEEK" not in asked.items:
                yield server.answer_of(uid, asked.items)
            elif way == "refused":
                yield f"{asked.tag} NO Server error while fetching messages\r\n".encode()
                return
            elif way == "lost":
                raise Cut
            elif way != "nothing":
                body = b"NIL" if way == "nil" else b"((("
                yield b"* 1 FETCH (UID %d BODY[] %b)\r\n" % (uid, body)
        yield f"{asked.tag} OK done\r\n".encode()

    server = OddServer(MAILS, fetch=lambda asked: None if "HEADER" in asked.items else broken(asked))
    with reading(server) as mailbox:
        found = read(mailbox)
    assert [one.uid for one in found] == ALL
    assert {one.uid for one in found if isinstance(one, Unread)} == bad
    assert [one for one in found if isinstance(one, Raw)] == whole(MAILS, [u for u in ALL if u not in bad])


def test_one_head_that_cannot_be_had_is_a_problem() -> None:
    def broken(asked: Asked) -> Iterator[bytes]:
        for uid in asked.uids:
            if uid == 5 and "HEADER" in asked.items:
                yield f"{asked.tag} NO [SERVERBUG] Internal error\r\n".encode()
                return
            yield server.answer_of(uid, asked.items)
        yield f"{asked.tag} OK done\r\n".encode()

    server = OddServer(MAILS, fetch=broken)
    with reading(server) as mailbox:
        found = list(mailbox.heads(INBOX))
    assert [one.uid for one in found if isinstance(one, Head)] == [uid for uid in ALL if uid != 5]
    assert [(one.code, one.where, one.lost) for one in found if isinstance(one, Problem)] == [
        ("MAIL_UNREADABLE", "INBOX uid 5", 1)
    ]


def test_a_server_that_refuses_everything_is_given_up() -> None:
    def refusing(asked: Asked) -> Iterable[bytes]:
        return [f"{asked.tag} NO we are not in the mood\r\n".encode()]

    server = OddServer(MAILS, fetch=only_bodies(refusing))
    with (
        reading(server, pace=Pace(first=0.001)) as mailbox,
        pytest.raises(SourceUnreachable, match="not in the mood"),
    ):
        read(mailbox)


def test_a_server_that_talks_on_and_on_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def chattering(_asked: Asked) -> Iterable[bytes]:
        return (b"* OK still here\r\n" * 100 for _ in range(1000))

    monkeypatch.setattr(imap_fetch, "_MOST_IDLE", 2000)
    with (
        reading(OddServer(MAILS, fetch=only_bodies(chattering)), pace=Pace(first=0.001)) as mailbox,
        pytest.raises(SourceUnreachable, match="on and on"),
    ):
        read(mailbox)


def test_a_server_that_wants_too_long_a_wait_is_not_waited_for() -> None:
    def throttled(asked: Asked) -> Iterable[bytes]:
        words = "BAD Request is throttled. Suggested Backoff Time: 86400000 milliseconds"
        return [f"{asked.tag} {words}\r\n".encode()]

    with (
        reading(OddServer(MAILS, fetch=only_bodies(throttled))) as mailbox,
        pytest.raises(SourceUnreachable, match=r"24\.0 hours"),
    ):
        read(mailbox)


@pytest.mark.parametrize("announced", [4 * 1024**3, 17 * MEBIBYTE, 10**19])
def test_more_than_was_asked_for_is_not_taken(announced: int) -> None:
    def hostile(asked: Asked) -> Iterator[bytes] | None:
        return flood(asked) if 9 in asked.uids and "BODY.PEEK[]" in asked.items else None

    def flood(asked: Asked) -> Iterator[bytes]:
        for uid in asked.uids:
            if uid == 9:
                yield b"* 9 FETCH (UID 9 BODY[] {%d}\r\nabc" % announced
                while True:
                    yield b"x" * 65536
            yield server.answer_of(uid, asked.items)

    server = OddServer(MAILS, fetch=hostile)
    with reading(server) as mailbox:
        found = read(mailbox)
    assert [one.uid for one in found if isinstance(one, Unread)] == [9]
    assert len(found) == len(ALL)


def test_a_mail_larger_than_the_server_says_is_read_in_parts() -> None:
    mails = {**MAILS, 9: a_mail(9, 40 * MEBIBYTE)}

    def liar(asked: Asked) -> Iterator[bytes] | None:
        if "RFC822.SIZE" not in asked.items:
            return None
        size = b"RFC822.SIZE %d" % len(mails[9])
        return (piece.replace(size, b"RFC822.SIZE 12") for piece in server.well(asked))

    server = OddServer(mails, fetch=liar)
    with reading(server) as mailbox:
        assert read(mailbox) == whole(mails, ALL)
    with reading(OddServer(mails)) as mailbox:
        assert read(mailbox) == whole(mails, ALL)


def test_a_large_mail_goes_on_where_the_connection_was_lost() -> None:
    mails = {**MAILS, 2: a_mail(2, 30 * MEBIBYTE)}
    sent: list[int] = []

    def dying(asked: Asked) -> Iterator[bytes] | None:
        return cut_off(asked) if asked.uids == [2] and "BODY.PEEK[]" in asked.items else None

    def cut_off(asked: Asked) -> Iterator[bytes]:
        answer = server.answer_of(2, asked.items)
        sent.append(len(answer))
        if len(sent) in (1, 3, 4, 7, 11, 12, 13):
            yield answer[:100_000]
            raise Cut
        yield answer + f"{asked.tag} OK done\r\n".encode()

    server = OddServer(mails, fetch=dying)
    with reading(server) as mailbox:
        assert read(mailbox) == whole(mails, ALL)
    assert server.connections == 8


@pytest.mark.parametrize("size", [0, 1, 12 * MEBIBYTE])
def test_sizes_that_are_wrong_do_not_cut_mails(size: int) -> None:
    def liar(asked: Asked) -> Iterator[bytes] | None:
        if "RFC822.SIZE" not in asked.items:
            return None
        right = b"RFC822.SIZE %d" % len(MAILS[1])
        return (piece.replace(right, b"RFC822.SIZE %d" % size) for piece in server.well(asked))

    server = OddServer(MAILS, fetch=liar)
    with reading(server) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)


def test_a_mail_at_the_limit_and_one_beyond() -> None:
    mails = {1: b"x" * (2 * MEBIBYTE), 2: b"y" * (2 * MEBIBYTE + 1), 3: b"z"}
    with reading(OddServer(mails), largest=2 * MEBIBYTE) as mailbox:
        found = read(mailbox, [1, 2, 3])
    assert found == [
        Raw(1, mails[1], len(mails[1])),
        Raw(2, b"y" * (2 * MEBIBYTE), 2 * MEBIBYTE + 1),
        Raw(3, b"z", 1),
    ]


def test_mails_that_are_counted_and_not_listed_are_told() -> None:
    with reading(OddServer(MAILS, exists=43)) as mailbox:
        found = list(mailbox.heads(INBOX))
    assert [(one.code, one.lost) for one in found if isinstance(one, Problem)] == [("MAIL_UNLISTED", 3)]
    assert len(found) == 41


def test_a_folder_that_is_refused_is_a_problem_and_its_mails_unread() -> None:
    closed = threading.Event()
    server = OddServer(MAILS, examine=lambda _connection: "NO Unable to open" if closed.is_set() else None)
    with reading(server) as mailbox:
        mailbox.folders()
        mailbox._session.drop()
        closed.set()
        problems = list(mailbox.heads(INBOX))
        mails = list(mailbox.mails(INBOX, ALL))
    assert [(one.code, one.where) for one in problems if isinstance(one, Problem)] == [
        ("FOLDER_UNREADABLE", "INBOX")
    ]
    assert [one.uid for one in mails if isinstance(one, Unread)] == ALL


def test_one_folder_that_is_broken_does_not_end_the_reading() -> None:
    broken = Folder("Old", "other", "Old")
    server = OddServer(
        MAILS, examine=lambda _connection: "NO [SERVERBUG] Internal error" if is_old() else None
    )

    def is_old() -> bool:
        return "Old" in server.commands[-1]

    with reading(server) as mailbox:
        problems = list(mailbox.heads(broken))
        assert [(one.code, one.where) for one in problems if isinstance(one, Problem)] == [
            ("FOLDER_UNREADABLE", "Old")
        ]
        assert read(mailbox) == whole(MAILS, ALL)


def test_another_validity_after_a_reconnect_is_noticed_in_between() -> None:
    def dying(asked: Asked) -> Iterable[bytes] | None:
        if asked.connection == 0:
            server.validity = 8
            raise Cut
        return None

    server = OddServer(MAILS, fetch=only_bodies(dying))
    with reading(server) as mailbox:
        folder = mailbox.folders()[0]
        list(mailbox.heads(folder))
        with pytest.raises(FolderRemade):
            list(mailbox.mails(folder, ALL))


@pytest.mark.parametrize(
    "junk", [b"\r\n\r\n", b"garbage\r\n", b"t1 OK old\r\n", b"\xff\xfe\x00\r\n", b"a" * 1_100_000]
)
def test_garbage_between_answers_is_survived(junk: bytes) -> None:
    def noisy(asked: Asked) -> Iterator[bytes] | None:
        return with_junk(asked) if asked.connection == 0 else None

    def with_junk(asked: Asked) -> Iterator[bytes]:
        for uid in asked.uids:
            yield server.answer_of(uid, asked.items)
            if uid == 20:
                yield junk
        yield f"{asked.tag} OK done\r\n".encode()

    server = OddServer(MAILS, fetch=only_bodies(noisy))
    with reading(server) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)


def test_the_limit_of_a_server_on_mails_a_command_is_kept() -> None:
    server = OddServer(MAILS, capabilities="IMAP4rev1 MESSAGELIMIT=7")
    with reading(server) as mailbox:
        assert read(mailbox) == whole(MAILS, ALL)
    assert any("UID FETCH 1:7 " in line for line in server.commands)
    assert not any("UID FETCH 1:8 " in line for line in server.commands)


def test_sets_are_short() -> None:
    assert sequence_set([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"
    assert sequence_set([4_294_967_295]) == "4294967295"


def test_sizes_are_kept_by_uid() -> None:
    sizes = Sizes()
    for uid, size in ((5, 50), (9, 90), (7, 70), (9, 91), (4_000_000_000, 2**40)):
        sizes.add(uid, size)
    assert [sizes.get(uid) for uid in (5, 7, 9, 4_000_000_000, 6, 1)] == [50, 70, 91, 2**40, None, None]


def test_a_window_narrows_and_widens_within_its_limits() -> None:
    window = Window(200, 8 * MEBIBYTE)
    for _ in range(9):
        window.narrow()
    assert window.is_single
    assert window.depth == 1
    assert 0 < window.part <= 64 * 1024
    for _ in range(20):
        window.widen()
    assert (window.count, window.size) == (200, 8 * MEBIBYTE)
