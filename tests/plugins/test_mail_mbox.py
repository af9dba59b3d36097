"""mbox files: every variant comes back as it was written, whatever is in the mails."""

import mailbox as peer
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_folders import FROM, Read, mail, mboxcl2, mboxrd, read
from tiketti_migrate.errors import UsageError
from tiketti_migrate_mail.file_options import MboxOptions
from tiketti_migrate_mail.folder_names import role_of
from tiketti_migrate_mail.gmail_labels import read_labels
from tiketti_migrate_mail.mailbox import FolderRemade, Head
from tiketti_migrate_mail.mbox import MboxFile, MboxMailbox
from tiketti_migrate_mail.mbox_lines import from_line
from tiketti_migrate_mail.mbox_marks import marks

DATA = Path(__file__).parents[1] / "data" / "mail" / "mbox"


def opened(*paths: Path, scratch: Path, **options: object) -> MboxMailbox:
    return MboxMailbox(MboxOptions(paths=paths, **options), scratch)  # type: ignore[arg-type]


def one_file(tmp_path: Path, content: bytes, name: str = "Inbox.mbox", **options: object) -> Read:
    path = tmp_path / name
    path.write_bytes(content)
    return read(opened(path, scratch=tmp_path, **options))


def subjects(found: Read) -> list[bytes]:
    return [head.header.partition(b"Subject: ")[2].splitlines()[0] for head in found.all_heads()]


TEXT = b"Hello,\n\nFrom Monday on the printer jams.\n>From the manual: open tray 2.\n"
# What nobody can tell from a quoted line.
LESS = TEXT.replace(b">From", b"From")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mboxo.mbox", LESS), ("mboxrd.mbox", TEXT), ("mboxcl2.mbox", TEXT), ("crlf.mbox", TEXT),
        ("mboxcl.mbox", TEXT.replace(b"\nFrom", b"\n>From")), ("thunderbird", TEXT), ("eudora.mbx", TEXT),
        ("mailman.txt", TEXT), ("takeout.mbox", TEXT), ("pine", LESS), ("uucp", LESS),
        ("no-empty-line.mbox", LESS),
    ],
)  # fmt: skip
def test_files_as_programs_write_them(tmp_path: Path, name: str, text: bytes) -> None:
    found = read(opened(DATA / name, scratch=tmp_path))
    assert subjects(found) == [b"One", b"Two"]
    assert [head.received for head in found.all_heads()] == [
        datetime(2001, 1, 1, 10, tzinfo=UTC), datetime(2001, 1, 2, 11, 30, tzinfo=UTC)
    ]  # fmt: skip
    bodies = [content.replace(b"\r\n", b"\n").partition(b"\n\n")[2] for content in found.contents()]
    assert bodies == [text, b"Thank you.\n"]
    assert found.told() == []


def test_what_programs_noted_in_them(tmp_path: Path) -> None:
    noted = {
        name: [
            (set(h.flags), h.thread, h.labels)
            for h in read(opened(DATA / name, scratch=tmp_path)).all_heads()
        ]
        for name in ("thunderbird", "pine", "takeout.mbox")
    }
    thread = "1790000000000000001"
    assert noted == {
        "thunderbird": [({"seen", "answered"}, None, ()), ({"seen"}, None, ())],
        "pine": [({"seen", "answered"}, None, ()), (set(), None, ())],
        "takeout.mbox": [({"seen"}, thread, ("\\Inbox",)), (set(), thread, ("\\Sent", "Kunden"))],
    }


lines = st.sampled_from(
    [b"", b"Hello", b"From me to you", b">From here", b">>From there", FROM.strip(), b">" + FROM.strip(),
     b"\r", b"Content-Length: 3", b"Subject: x", b"\xff\x00"]
)  # fmt: skip
bodies = st.lists(lines, max_size=12).map(lambda found: b"".join(line + b"\n" for line in found))
mails = st.lists(bodies.map(lambda body: mail("Hi", body)), min_size=1, max_size=6)


@given(mails)
def test_mboxrd_comes_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, written: list[bytes]
) -> None:
    assert one_file(tmp_path_factory.mktemp("mbox"), mboxrd(written)).contents() == written


@given(mails)
def test_mboxcl2_comes_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, written: list[bytes]
) -> None:
    found = one_file(tmp_path_factory.mktemp("mbox"), mboxcl2(written)).contents()
    assert [one.partition(b"\n\n")[2] for one in found] == [one.partition(b"\n\n")[2] for one in written]


@given(st.lists(st.lists(st.sampled_from([b"", b"Hi", b"From you", b"Fromage"])), min_size=1, max_size=5))
def test_what_the_standard_library_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, written: list[list[bytes]]
) -> None:
    path = tmp_path_factory.mktemp("mbox") / "box"
    box = peer.mbox(path)
    texts = [mail("Hi", b"".join(line + b"\n" for line in body)) for body in written]
    for text in texts:
        box.add(text)
    box.close()
    assert read(opened(path, scratch=path.parent)).contents() == texts


def test_mboxo_is_unquoted_by_one_level(tmp_path: Path) -> None:
    found = one_file(tmp_path, FROM + mail("Hi", b"\n>From me to you\n> From\n>Fromage\n"))
    assert found.contents() == [mail("Hi", b"\nFrom me to you\n> From\n>Fromage\n")]


def test_sentences_that_begin_with_from_do_not_part_a_mail(tmp_path: Path) -> None:
    body = b"\nFrom me to you\n\nFrom Monday on: we are closed\n\nFrom: Jan 1 10:00 2001\n"
    body += b"\nFrom here Mon Jan 1\n"
    found = one_file(tmp_path, FROM + mail("Hi", body) + b"\n" + FROM + mail("Ho"))
    assert found.contents() == [mail("Hi", body), mail("Ho")]


def test_a_separator_without_an_empty_line_before_it_is_found_when_it_looks_exactly_like_one(
    tmp_path: Path,
) -> None:
    found = one_file(
        tmp_path, FROM + mail("Hi") + FROM + mail("Ho", b"\nFrom jane on Mon Jan  1 10:00:00 2001\n")
    )
    assert subjects(found) == [b"Hi", b"Ho"]


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("From jane@example.org Mon Jan  1 10:00:00 2001", (10, 0)),
        ("From - Mon Jan 01 10:00:00 2001", (10, 0)),
        ("From ???@??? Mon Jan 01 10:00:00 2001", (10, 0)),
        ("From 1790000000000000000@xxx Mon Jan 01 10:00:00 +0000 2001", (10, 0)),
        ("From 1@xxx Mon Jan 01 10:00:00 +0530 2001", (4, 30)),
        ("From jane at example.org  Mon Jan  1 10:00:00 2001", (10, 0)),
        ("From uucp Mon Jan  1 10:00 MET 2001 remote from host", (10, 0)),
        ("From jane@example.org Mon Jan 1 10:00:00 2001 -0800", (18, 0)),
        ("From MAILER-DAEMON Mon, 1 Jan 2001 10:00:00 +0100", (9, 0)),
        ('From "Jane Doe"@example.org Mon Jan  1 10:00:00 2001\r', (10, 0)),
    ],
)  # fmt: skip
def test_dates_of_separators(line: str, date: tuple[int, int]) -> None:
    assert from_line(line.encode()) == (datetime(2001, 1, 1, *date, tzinfo=UTC), True)


@pytest.mark.parametrize(
    "line",
    [
        "From me to you", "From Mon Jan 32 10:00:00 2001", "From me, on Mon Jan  1 10:00:00 2001, to you",
        "From x Mon Jan  1 25:00:00 2001", "From " + "Mon Jan " * 1000,
    ],
)  # fmt: skip
def test_what_is_no_separator(line: str) -> None:
    assert not from_line(line.encode()).is_exact


def test_the_first_line_tells_whether_separators_have_dates(tmp_path: Path) -> None:
    first, second = b"From jane@example.org\n", b"From joe@example.org\n"
    found = one_file(tmp_path, first + mail("Hi", b"\nFrom me: no mail\n") + b"\n" + second + mail("Ho"))
    assert subjects(found) == [b"Hi", b"Ho"]


def test_line_ends_of_windows_and_both_kinds_in_one_file(tmp_path: Path) -> None:
    dos = mail("Hi", b"One\nTwo\n").replace(b"\n", b"\r\n")
    content = FROM.replace(b"\n", b"\r\n") + dos + b"\r\n" + FROM + mail("Ho") + b"\n" + FROM + dos
    assert one_file(tmp_path, content).contents() == [dos, mail("Ho"), dos]


def test_content_length_is_not_believed_where_no_mail_follows(tmp_path: Path) -> None:
    wrong = b"From: jane@example.org\nSubject: Hi\nContent-Length: 3\n\nHello, Joe.\n"
    huge = wrong.replace(b"3", b"9" * 15)
    found = one_file(tmp_path, FROM + wrong + b"\n" + FROM + huge + b"\n" + FROM + mail("Ho"))
    assert found.contents() == [wrong, huge, mail("Ho")]


def test_a_mail_does_not_swallow_others_by_its_content_length(tmp_path: Path) -> None:
    victim = FROM + mail("Victim") + b"\n"
    swallowing = (
        b"From: mallory@example.org\nSubject: Hi\nContent-Length: %d\n\n" % (4 + len(victim)) + b"Hey\n"
    )
    content = FROM + mail("One") + b"\n" + FROM + swallowing + b"\n" + victim + FROM + mail("Last")
    assert subjects(one_file(tmp_path, content)) == [b"One", b"Hi", b"Victim", b"Last"]


def test_junk_before_the_first_mail_is_told(tmp_path: Path) -> None:
    found = one_file(tmp_path, b"what is this\n\n" + FROM + mail("Hi"))
    assert (subjects(found), found.told()) == ([b"Hi"], [("NO_MAIL", "Inbox.mbox", 1)])


def test_a_mail_whose_first_line_is_missing_is_read(tmp_path: Path) -> None:
    found = one_file(tmp_path, mail("Cut") + b"\n" + FROM + mail("Hi"))
    assert (found.contents(), found.told()) == ([mail("Cut"), mail("Hi")], [])


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_empty_folder(tmp_path: Path, content: bytes) -> None:
    found = one_file(tmp_path, content)
    assert (found.names, found.contents(), found.told()) == (["Inbox"], [], [])


def test_what_is_there_of_a_mail_that_was_cut_off(tmp_path: Path) -> None:
    found = one_file(tmp_path, FROM + mail("Hi") + b"\n" + FROM + b"From: jane@exam")
    assert found.contents() == [mail("Hi"), b"From: jane@exam"]
    assert one_file(tmp_path, FROM).contents() == [b""]


def test_lines_of_uucp_and_a_second_separator_are_no_part_of_the_mail(tmp_path: Path) -> None:
    uucp = FROM + b">From joe Mon Jan  1 09:00 2001 remote from ihnp4\n>From ann Mon Jan  1 2001\n"
    found = one_file(tmp_path, uucp + mail("Hi") + b"\n" + FROM + FROM + mail("Ho"))
    assert found.contents() == [mail("Hi"), mail("Ho")]


def test_states_that_programs_write_into_mails(tmp_path: Path) -> None:
    states = {
        b"Status: RO\nX-Status: AF\n": {"seen", "answered", "flagged"},
        b"Status: O\n": set(),
        b"X-Mozilla-Status: 0007\nX-Mozilla-Status2: 00000000\n": {"seen", "answered", "flagged"},
        b"X-Mozilla-Status: 1001\n": {"seen"},
        b"X-Mozilla-Status: zz\n": set(),
        b"X-Status: T\n": {"draft"},
    }
    found = one_file(tmp_path, b"".join(FROM + state + mail("Hi") + b"\n" for state in states))
    assert [head.flags for head in found.all_heads()] == [frozenset(flags) for flags in states.values()]
    assert [head.received for head in found.all_heads()] == [datetime(2001, 1, 1, 10, tzinfo=UTC)] * len(
        states
    )


def test_deleted_mails_and_the_notes_of_servers_are_left_out(tmp_path: Path) -> None:
    notes = b"From: Mail System Internal Data <MAILER-DAEMON@x>\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER"
    notes += b" INTERNAL DATA\nX-IMAP: 1 2\nStatus: RO\n\nThis is not a real message.\n\n"
    gone = (
        FROM
        + b"X-Mozilla-Status: 0009\n"
        + mail("Gone")
        + b"\n"
        + FROM
        + b"X-Status: D\n"
        + mail("Gone")
        + b"\n"
    )
    found = one_file(tmp_path, FROM + notes + gone + FROM + mail("Hi"))
    assert subjects(found) == [b"Hi"]
    assert found.told() == [("DELETED_MAIL", "Inbox.mbox", 0)]
    assert "2 mails" in found.problems[0].message


def test_a_large_mail_is_cut_and_its_size_told(tmp_path: Path) -> None:
    large = mail("Hi", b"x" * 1_200_000 + b"\n")
    found = one_file(tmp_path, FROM + large + b"\n" + FROM + mail("Ho"), largest_mail=1)
    first, second = found.raws["Inbox"]
    assert (first.content, first.size) == (large[:1_000_000], len(large))
    assert (second.content, second.size) == (mail("Ho"), len(mail("Ho")))
    assert found.heads["Inbox"][0].size == len(large)


def test_a_header_without_end_is_looked_at_no_further_than_256_kb(tmp_path: Path) -> None:
    found = one_file(tmp_path, FROM + b"Subject: Hi\n" + b"X-Long: y\n" * 100_000)
    assert len(found.heads["Inbox"][0].header) == 256 * 1024


def test_a_megabyte_of_separators_and_of_signs(tmp_path: Path) -> None:
    for sign in (b"From ", b">", b"<", b"=?", b"(", b"\n", b"From From\n\n", b"From  Mon Jan  1\n"):
        content = FROM + mail("Hi", sign * (1_000_000 // len(sign)) + b"\n")
        found = one_file(tmp_path, content + b"\n" + FROM + mail("Ho"))
        assert subjects(found) == [b"Hi", b"Ho"]
        labels = b"X-Gmail-Labels: " + sign * (200_000 // len(sign)) + b"\n"
        assert marks(labels.replace(b"\n", b"\n ")).thread is None


def test_a_file_that_grows_is_read_to_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "Inbox"
    path.write_bytes(FROM + mail("Hi") + b"\n")
    box = opened(path, scratch=tmp_path)
    (folder,) = box.folders()
    with path.open("ab") as stream:
        stream.write(FROM + mail("Ho") + b"\n")
    (head,) = box.heads(folder)
    assert isinstance(head, Head)
    assert [raw.content for raw in box.mails(folder, [head.uid])] == [mail("Hi")]
    again = read(box)
    assert subjects(again) == [b"Hi", b"Ho"]
    assert again.folders[0].validity != folder.validity


@pytest.mark.parametrize(
    "after", [b"", FROM + mail("Ho") + b"\n" + FROM + mail("Hi") + b"\n" + FROM + mail("Hi")]
)
def test_a_file_that_was_made_anew_is_noticed(tmp_path: Path, after: bytes) -> None:
    path = tmp_path / "Inbox"
    path.write_bytes(FROM + mail("Hi") + b"\n" + FROM + mail("Hi") + b"\n")
    box = opened(path, scratch=tmp_path)
    (folder,) = box.folders()
    uids = [head.uid for head in box.heads(folder) if isinstance(head, Head)]
    path.write_bytes(after)
    with pytest.raises(FolderRemade):
        list(box.mails(folder, uids))


def test_mails_are_found_by_number_without_their_heads_and_others_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "Inbox"
    path.write_bytes(b"".join(FROM + mail(str(n)) + b"\n" for n in range(100)))
    uids = [head.uid for head in read(opened(path, scratch=tmp_path)).all_heads()]
    box = opened(path, scratch=tmp_path)
    (folder,) = box.folders()
    found = list(box.mails(folder, [uids[7], uids[7] + 1, uids[90], 10**9]))
    assert [raw.content for raw in found] == [mail("7"), mail("90")]
    assert box.where(folder, uids[7]) == f"Inbox byte {uids[7]}"
    shown = subprocess.run(["tail", "-c", f"+{uids[7]}", path], capture_output=True, check=True).stdout
    assert shown.startswith(FROM + mail("7"))


def test_folders_of_thunderbird_and_apple_mail(tmp_path: Path) -> None:
    content = mboxrd([mail("Hi")])
    for name in (
        "Mail/Local Folders/Inbox", "Mail/Local Folders/Inbox.sbd/Kunden", "Mail/Local Folders/Trash",
        "Apple/Gesendet.mbox/mbox", "Apple/Alt.mbox/2004.mbox/mbox", "Archiv/2004-March.txt", "In.mbx",
        "Empty", "KMail/.Inbox.directory/Acme",
    ):  # fmt: skip
        path = tmp_path / "all" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if name != "Empty" else b"")
    (tmp_path / "all/Mail/Local Folders/Inbox.msf").write_bytes(b"// <!-- <mdb:mork:z v=1.4/> -->")
    (tmp_path / "all/notes.txt").write_bytes(b"From me to you\n")
    (tmp_path / "all/old.msg").write_bytes(b"\xd0\xcf\x11\xe0")
    found = read(opened(tmp_path / "all", scratch=tmp_path))
    assert found.names[:2] == ["In", "Inbox"]
    assert set(found.names[2:]) == {
        "Inbox/Kunden",
        "Apple/Gesendet",
        "Apple/Alt/2004",
        "Archiv/2004-March",
        "KMail/Inbox/Acme",
    }
    assert sorted(found.told()) == [
        ("FOLDER_LEFT_OUT", "drafts, junk and trash", 0),
        ("FOREIGN_MAILBOX", "old.msg", 1),
        ("NO_MAILBOX", str(tmp_path / "all"), 0),
    ]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["Inbox", "Gesendet"]),
        ({"all_folders": True}, ["Inbox", "Gesendet", "Papierkorb", "Spam"]),
        ({"folder": ("spam",)}, ["Spam"]),
        ({"folder": ("IN*", "Papier*")}, ["Inbox", "Papierkorb"]),
    ],
)
def test_folders_are_chosen_by_name(tmp_path: Path, options: dict[str, object], names: list[str]) -> None:
    for name in ("Inbox", "Gesendet", "Papierkorb", "Spam"):
        (tmp_path / name).write_bytes(mboxrd([mail(name)]))
    assert read(opened(tmp_path, scratch=tmp_path, **options)).names == names


def test_single_mails_are_read_each(tmp_path: Path) -> None:
    (tmp_path / "Kunden").mkdir()
    (tmp_path / "Kunden/2.eml").write_bytes(mail("Two"))
    (tmp_path / "Kunden/1.eml").write_bytes(FROM + mail("One"))
    (tmp_path / "Kunden/3.emlx").write_bytes(b"%-10d\n" % len(mail("Three")) + mail("Three") + b"<?xml ?>")
    (tmp_path / "Kunden/17").write_bytes(mail("MH"))
    found = read(opened(tmp_path, scratch=tmp_path))
    assert found.names == ["Kunden"]
    assert found.contents() == [mail("One"), mail("MH"), mail("Two"), mail("Three")]
    alone = read(opened(tmp_path / "Kunden/2.eml", scratch=tmp_path))
    assert (alone.names, alone.contents()) == (["Kunden"], [mail("Two")])


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail/Inbox").write_bytes(mboxrd([mail("Hi")]))
    (tmp_path / "secret").write_bytes(mboxrd([mail("Secret")]))
    (tmp_path / "mail/Sent").symlink_to(tmp_path / "secret")
    found = read(opened(tmp_path / "mail", scratch=tmp_path))
    assert (found.names, found.told()) == (["Inbox"], [("LINK_OUTSIDE", "Sent", 1)])


def test_a_maildir_is_told_of(tmp_path: Path) -> None:
    for name in ("box/cur", "box/new", "box/tmp"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(UsageError, match="import maildir"):
        opened(tmp_path, scratch=tmp_path).folders()


@pytest.mark.parametrize(
    ("name", "words"),
    [("nothing", "there is no such"), ("empty", "no mailbox was found"), ("a.pst", "readpst")],
)
def test_a_wrong_path_is_refused_with_a_hint(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.pst").write_bytes(b"!BDN")
    with pytest.raises(UsageError, match=words):
        opened(tmp_path / name, scratch=tmp_path).folders()


def test_a_folder_that_is_not_there_is_refused_naming_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "Inbox").write_bytes(mboxrd([mail("Hi")]))
    with pytest.raises(UsageError, match="that there are: Inbox"):
        opened(tmp_path, scratch=tmp_path, folder=("Posteingang",)).folders()


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("INBOX", "inbox"), ("Posteingang", "inbox"), ("Envoyés", "sent"), ("Отправленные", "sent"),
        ("INBOX/Gesendete Elemente", "sent"), ("INBOX.Sent", "sent"), ("Projects/Sent Items", "sent"),
        ("Trash/Customers", "trash"), ("Gelöschte Objekte", "trash"), ("Junk E-Mail", "junk"),
        ("Entwürfe", "drafts"),
        ("Archive", "archive"), ("Archives/2019", "archive"), ("Archive/Acme", "other"),
        ("Customers", "other"),
        ("All mail Including Spam and Trash", "all"), ("All mail Including Spam and Trash-002", "all"),
        ("Alle E-Mails einschließlich Spam und Papierkorb", "all"), ("Presented", "other"), ("", "other"),
    ],
)  # fmt: skip
def test_what_folders_are_for(name: str, role: str) -> None:
    assert role_of(name) == role


@pytest.mark.parametrize(
    ("raw", "labels", "flags"),
    [
        (b" Inbox,Opened,Important,Category Updates", ("\\Inbox", "\\Important"), {"seen"}),
        (b" Sent,Starred,Opened", ("\\Sent", "\\Starred"), {"seen", "flagged"}),
        (b' Archived,"Customers, new",Billing/2024', ("Customers, new", "Billing/2024"), set()),
        (b" =?UTF-8?Q?Posteingang,Wichtig,Ungelesen,Kategorie:_=22Neuigkeiten=22?=",
         ("\\Inbox", "\\Important"), set()),
        (b' =?UTF-8?Q?Messages_archiv=C3=A9s,Ouvert,Cat=C3=A9gorie=C2=A0:_E-mails_?=\r\n'
         b' =?UTF-8?Q?personnels,"Culture,_associations,_=C3=A9v=C3=A9nements"?=',
         ("Culture, associations, événements",), {"seen"}),
        (b" =?UTF-8?Q?Archiv=C3=A9s,Envoy=C3=A9?=", ("\\Sent",), set()),
        (b" Drafts", ("\\Draft",), {"draft"}),
        (b" =?x-nowhere?Q?Inbox?=,Bin", None, None),
        (b" IMAP_$Forwarded,Spam", ("\\Junk",), set()),
    ],
)  # fmt: skip
def test_labels_of_gmail(raw: bytes, labels: tuple[str, ...] | None, flags: set[str] | None) -> None:
    found = read_labels(raw)
    if labels is not None:
        assert found == (labels, frozenset(flags or ()))


CODE = """
import resource, sys
from pathlib import Path
from tiketti_migrate_mail.mbox import MboxFile

box = MboxFile("Inbox", "Inbox", Path(sys.argv[1]))
box.look()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
uids = [head.uid for head in box.heads()]
size = sum(len(raw.content) for raw in box.mails(uids, 1_000_000))
print(len(uids), size, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_200_mb_are_read_in_flat_memory(tmp_path: Path) -> None:
    text = mail("Hi", b"It jams, again.\n" * 300)
    with (tmp_path / "Inbox").open("wb") as stream:
        count = 0
        while stream.tell() < 200_000_000:
            stream.write((FROM + text + b"\n") * 1000)
            count += 1000
    command = [sys.executable, "-c", CODE, str(tmp_path / "Inbox")]
    done = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found, size, taken = map(int, done.split())
    assert (found, size) == (count, count * len(text))
    assert taken < 25


def test_the_first_block_ends_anywhere(tmp_path: Path) -> None:
    """A separator that lies across two blocks is found wherever the first block ends."""
    for missing in range(60):
        first = mail("Hi", b"x" * (1024 * 1024 - len(FROM) - len(mail("Hi", b"")) - missing) + b"\n")
        (tmp_path / "box").write_bytes(FROM + first + b"\n" + FROM + mail("Ho"))
        box = MboxFile("box", "box", tmp_path / "box")
        box.look()
        assert len(list(box.heads())) == 2


def test_a_year_of_mails_has_rising_dates(tmp_path: Path) -> None:
    days = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(366)]
    content = b"".join(f"From - {day:%a %b %d %H:%M:%S %Y}\n".encode() + mail("Hi") + b"\n" for day in days)
    assert [head.received for head in one_file(tmp_path, content).all_heads()] == days
