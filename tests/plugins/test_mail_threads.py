"""Conversations: RFC 5256 REFERENCES, Gmail's threads, splits, subjects, reports."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail_heads import THEM, US, ListMailbox, Note, Planned, conversation, folder, planned
from tiketti_migrate_mail.envelopes import Envelope, envelope_of, reference_keys
from tiketti_migrate_mail.identities import key_of
from tiketti_migrate_mail.mailbox import Head
from tiketti_migrate_mail.planned import Ours
from tiketti_migrate_mail.threads import ticket_ids

INBOX = folder()


def groups(drawn: str, **options: Any) -> list[str]:
    """The conversations of a drawing, each as the names of its mails."""
    found = planned((INBOX, conversation(drawn)), **options).groups
    return sorted("".join(sorted(filter(None, one))) for one in found)


def test_answers_are_one_conversation_with_what_they_answer() -> None:
    assert groups("""
        a
          b
            c
          d
        e
    """) == ["abcd", "e"]


def test_missing_mails_hold_a_conversation_together() -> None:
    assert groups("""
        (a)
          b
          (c)
            d
    """) == ["bd"]


def test_in_reply_to_alone_is_enough() -> None:
    answer = Note("b", at=1, more="In-Reply-To: Your message of Monday <a@x>\r\n")
    assert planned((INBOX, [Note("a"), answer])).groups == {frozenset("ab")}


def test_an_address_in_in_reply_to_is_no_mail() -> None:
    odd = f"In-Reply-To: Your message of Monday <{US}>\r\n"
    mails = [Note("a", more=odd), Note("b", at=1, more=odd)]
    assert planned((INBOX, mails)).groups == {frozenset("a"), frozenset("b")}


@pytest.mark.parametrize(
    ("drawn", "found"),
    [
        ("a: a", ["a"]),
        ("a: b\nb: a", ["ab"]),
        ("a: c\nb: a\nc: b", ["abc"]),
        ("a: b b b a a", ["a"]),
        ("a\nb: a a\nc: b a b", ["abc"]),
        # What b itself says counts more than what c says of it.
        ("x\ny\nb: x\nc: y b", ["bcx", "y"]),
        ("a: z y x\nb: x y z", ["ab"]),
    ],
    ids=["itself", "each other", "a ring", "again and again", "repeats", "hearsay", "both ways round"],
)
def test_what_makes_no_sense_is_survived(drawn: str, found: list[str]) -> None:
    assert groups(drawn) == found


ALICE, BEN, JOE = "alice@c1.example", "ben@c2.example", "joe@acme.test"


@pytest.mark.parametrize(
    "both",
    [
        Note("z", sender="mallory@evil.example", at=3, refs="a b"),
        Note("z", sender=US, to="boss@acme.test", at=3, refs="a b"),
        Note("z", sender=US, to=f"{ALICE}, {BEN}", at=3, more="In-Reply-To: <a@x> <b@x>\r\n"),
        Note("z", sender="mallory@evil.example", at=3, refs="a z b y"),
    ],
    ids=["References", "ours", "In-Reply-To", "with unknown ones"],
)
def test_a_mail_that_names_two_threads_does_not_join_them(both: Note) -> None:
    found = planned((INBOX, [Note("a", sender=ALICE), Note("b", sender=BEN, at=1), both])).groups
    assert len(found) == 2
    assert not any({"a", "b"} <= one for one in found)


def test_of_several_ids_in_in_reply_to_the_first_counts() -> None:
    answer = Note("c", at=2, more="In-Reply-To: <unknown> <a@x> <b@x>\r\n")
    assert planned((INBOX, [Note("a"), Note("b", at=1), answer])).groups == {frozenset("ac"), frozenset("b")}


def test_what_others_say_of_a_missing_mail_moves_nobody() -> None:
    mails = [
        Note("a", sender=ALICE),
        Note("b", sender=BEN, at=1),
        Note("m", sender="mallory@evil.example", at=2, refs="a z"),
        Note("c", sender=BEN, at=3, refs="b z"),
    ]
    assert planned((INBOX, mails)).groups == {frozenset("am"), frozenset("bc")}


@pytest.mark.parametrize(
    "more", ["References: <unknown>\r\n", "In-Reply-To: none\r\n", "References: 0\r\n", "In-Reply-To: <>\r\n"]
)
def test_a_word_is_no_id(more: str) -> None:
    mails = [Note("a", sender=ALICE, more=more), Note("b", sender=BEN, at=1, more=more)]
    again = Note("c", "Scanner", sender=ALICE, at=2, more=more)
    assert planned((INBOX, [*mails, again])).groups == {frozenset("a"), frozenset("b"), frozenset("c")}


def test_a_word_that_a_mail_bears_is_its_id_for_those_whom_it_concerns() -> None:
    odd = Note(None, sender=ALICE, more="Message-ID: <17>\r\n")
    answer = Note("b", sender=US, to=ALICE, at=1, more="In-Reply-To: <17>\r\n")
    other = Note("c", sender=BEN, at=2, more="In-Reply-To: <17>\r\n")
    assert planned((INBOX, [odd, answer, other])).groups == {frozenset([None, "b"]), frozenset("c")}


def test_a_missing_mail_holds_together_only_who_has_met() -> None:
    mails = [
        Note("b", sender=ALICE, at=1, refs="a"),
        Note("c", sender=BEN, at=2, refs="a"),
        Note("d", sender=US, to=ALICE, at=3, refs="a"),
        Note("e", sender=US, to=f"{ALICE}, {BEN}", at=4, refs="a"),
        Note("f", sender=US, to=JOE, at=5, refs="a"),
        Note("g", sender=BEN, to=US, cc="carl@c2.example", at=6, refs="a"),
    ]
    found = planned((INBOX, mails), our_address=(US, JOE))
    assert found.groups == {frozenset("bd"), frozenset("cg"), frozenset("e"), frozenset("f")}
    assert len(set(found.plan.threads)) == 4
    alone = [mails[0], mails[2], mails[4]]
    assert planned((INBOX, alone), our_address=(US, JOE)).groups == {frozenset("bdf")}


def test_a_ticket_named_by_a_missing_mail_is_never_anothers() -> None:
    of_alice = ids([Note("b", sender=ALICE, refs="a")])["b"]
    assert ids([Note("c", sender=US, to=ALICE, refs="a")])["c"] == of_alice
    assert ids([Note("b", sender=BEN, refs="a")])["b"] != of_alice


def ids(mails: list[Note]) -> dict[str | None, str]:
    """The ticket of each mail."""
    found = planned((INBOX, mails))
    return {mails[one.uid - 1].id: one.ticket_id for one in found.plan.mails[0]}


def test_a_ticket_keeps_its_id_when_the_first_mail_is_found_later() -> None:
    whole = conversation("a\n b\n  c")
    assert ids(whole[1:])["c"] == ids(whole)["c"] == ids(whole[::-1])["a"]


def test_a_ticket_keeps_its_id_when_a_later_mail_names_older_ones() -> None:
    answer = Note("c", at=2, refs="b")
    later = Note("d", at=3, refs="a b c")
    assert ids([answer])["c"] == ids([answer, later])["d"]


def test_one_message_id_may_be_that_of_many_mails() -> None:
    scans = [Note("scan", at=day, subject=f"Scan {day}") for day in range(3)]
    assert len(set(planned((INBOX, scans)).plan.threads)) == 3


def test_gmail_says_what_belongs_together() -> None:
    a, b, c = conversation("a\n b\nc")
    mails = [Note("a", thread="11"), Note("b", at=1, refs="a", thread="12"), Note("c", at=2, thread="11")]
    assert planned((INBOX, mails)).groups == {frozenset("ac"), frozenset("b")}
    assert set(planned((INBOX, mails)).plan.threads) == {"gm-11", "gm-12"}
    assert planned((INBOX, [mails[0], b])).groups == {frozenset("ab")}
    assert planned((INBOX, [a, c])).groups == {frozenset("a"), frozenset("c")}


def test_a_thread_of_gmail_that_is_no_number_is_none() -> None:
    assert not any(one.startswith("gm-") for one in planned((INBOX, [Note(thread="1\n2")])).plan.threads)


def test_each_mail_is_its_own_where_the_user_wants_it() -> None:
    assert groups("a\n b\n  c", thread_by="none") == ["a", "b", "c"]


def test_silence_splits() -> None:
    mails = [
        Note("a"),
        Note("b", at=10, refs="a"),
        Note("c", at=100, refs="a b"),
        Note("d", at=101, refs="c"),
    ]
    found = planned((INBOX, mails), split_after=30)
    assert found.groups == {frozenset("ab"), frozenset("cd")}
    assert planned((INBOX, mails)).groups == {frozenset("abcd")}
    later = planned((INBOX, [*mails, Note("e", at=102, refs="d")]), split_after=30)
    assert set(later.plan.threads) == set(found.plan.threads)


def by_subject(*mails: Note) -> set[frozenset[str | None]]:
    return planned((INBOX, list(mails)), thread_by="subject").groups


def test_a_reply_without_headers_goes_by_its_subject() -> None:
    asked = Note("a", "Printer is broken")
    answer = Note("b", "AW: printer is broken", sender=US, to=THEM, at=3)
    assert by_subject(asked, answer) == {frozenset("ab")}
    assert planned((INBOX, [asked, answer])).groups == {frozenset("a"), frozenset("b")}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Note("a", "Broken printer"), Note("b", "Broken printer", at=1)),
        (Note("a", "Broken printer"), Note("b", "Re: Broken printer", at=15)),
        (Note("a", "Broken printer"), Note("b", "Re: Broken printer", sender="joe@example.com", at=1)),
        (Note("a", "Test"), Note("b", "Re: Test", at=1)),
        (Note("a", ""), Note("b", "Re:", at=1)),
        (Note("a", "hi"), Note("b", "Re: hi", at=1)),
        (Note("a", "Broken printer"), Note("b", "Re: Broken printer", refs="z", at=1)),
    ],
    ids=["no reply", "too late", "another person", "generic", "empty", "short", "has headers"],
)
def test_a_subject_alone_is_not_enough(first: Note, second: Note) -> None:
    assert by_subject(first, second) == {frozenset("a"), frozenset("b")}


def test_of_several_with_one_subject_the_newest_is_answered() -> None:
    mails = [
        Note("a", "Broken printer"),
        Note("b", "Broken printer", at=5),
        Note("c", "Re: Broken printer", at=6),
    ]
    assert by_subject(*mails) == {frozenset("a"), frozenset("bc")}


def test_a_reply_to_two_of_one_subject_is_neithers() -> None:
    subject = "Printer broken"
    mails = [
        Note("a", subject, sender=ALICE),
        Note("b", subject, sender=BEN, at=1),
        Note("c", f"Re: {subject}", sender=US, to=f"{ALICE}, {BEN}", at=2),
        Note("d", f"Re: {subject}", sender=ALICE, at=3),
        Note("e", f"Re: {subject}", sender=US, to=BEN, at=4),
    ]
    assert by_subject(*mails) == {frozenset("ad"), frozenset("be"), frozenset("c")}


def test_robots_and_newsletters_join_nobody_by_subject() -> None:
    robot = [
        Note("a", "Re: Order 17", sender="noreply@shop.example", reply_to=ALICE),
        Note("b", "Re: Order 17", sender="noreply@shop.example", reply_to=BEN, at=1),
    ]
    assert by_subject(*robot) == {frozenset("a"), frozenset("b")}
    news = Note("n", "Summer sale", sender=US, to=f"{ALICE}, {BEN}")
    answers = [Note(one[0], "Re: Summer sale", sender=one, at=1) for one in (ALICE, BEN)]
    assert by_subject(news, *answers) == {frozenset("n"), frozenset("a"), frozenset("b")}


BOUNCE = """This is the mail system.

--x
Content-Type: message/delivery-status

Final-Recipient: rfc822; jane@example.com

--x
Content-Type: {kind}

From: support@acme.test
References: <a@x>
Message-ID: <b@x>
Subject: Re: Printer

--x--
"""


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers; charset=utf-8"])
def test_a_bounce_belongs_to_the_mail_it_is_about(kind: str) -> None:
    more = "Content-Type: multipart/report; boundary=x\r\nAuto-Submitted: auto-replied\r\n"
    bounce = Note("c", "Undelivered", "MAILER-DAEMON@mx", at=2, more=more, body=BOUNCE.format(kind=kind))
    found = planned((INBOX, [Note("a"), bounce]))
    assert found.groups == {frozenset("ac")}
    assert found.mailbox.asked == [("INBOX", 2)]
    alone = planned((INBOX, [bounce]))
    assert [one.status for one in alone.plan.threads.values()] == ["closed"]
    assert planned((INBOX, [Note("a"), bounce]), bounces="skip").groups == {frozenset("a")}


def test_a_bounce_of_plain_text_names_the_mail_too() -> None:
    text = "I'm afraid I wasn't able to deliver.\n\n--- Below this line is a copy of the message.\n\n"
    bounce = Note(
        "b", "failure notice", "MAILER-DAEMON@mx", at=1, body=f"{text}Message-Id: <a@x>\nTo: y\n\nHi"
    )
    assert planned((INBOX, [Note("a"), bounce])).groups == {frozenset("ab")}


NAMES = "abcdefg"


@st.composite
def mailboxes(draw: st.DrawFn) -> list[Note]:
    """Mails that name one another without any sense."""
    return [
        Note(
            name,
            draw(st.sampled_from(["Broken printer", "Re: Broken printer"])),
            flags=draw(st.sampled_from(["", "", "", "draft", "deleted"])),
            sender=draw(st.sampled_from([THEM, THEM, US, "ben@c2.example", None])),
            to=draw(st.sampled_from([US, US, THEM, f"{THEM}, ben@c2.example", None])),
            cc=draw(st.sampled_from([None, None, US])),
            reply_to=draw(st.sampled_from([None, None, None, "alice@c1.example"])),
            more=draw(st.sampled_from(["", "", "Bcc: ben@c2.example, alice@c1.example\r\n"])),
            at=float(draw(st.integers(0, 4))) + draw(st.sampled_from([0.0, 0.0, 0.001, 0.005])),
            refs=" ".join(draw(st.lists(st.sampled_from(NAMES), max_size=4))),
            thread=draw(st.sampled_from([None, None, None, "7", "8"])),
        )
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=12))
    ]


def tickets(found: Planned) -> set[tuple[str, str]]:
    return {(one.message_id, one.ticket_id) for mails in found.plan.mails for one in mails}


@given(mailboxes(), st.randoms(use_true_random=False), st.sampled_from(["headers", "subject", "none"]))
@settings(max_examples=150, deadline=None)
def test_the_order_of_folders_and_mails_changes_nothing(
    mails: list[Note], chance: random.Random, by: str
) -> None:
    first = planned((INBOX, mails), thread_by=by)
    shuffled = chance.sample(mails, len(mails))
    cut = chance.randint(0, len(mails))
    second = planned((folder("B"), shuffled[:cut]), (folder("A"), shuffled[cut:]), thread_by=by)
    assert tickets(first) == tickets(second)


@given(mailboxes())
@settings(max_examples=150, deadline=None)
def test_each_mail_is_planned_once_or_counted_and_each_ticket_has_a_lead(mails: list[Note]) -> None:
    found = planned((INBOX, mails[::2]), (folder("Old", "archive"), mails[1::2]))
    all_planned = [one for mails in found.plan.mails for one in mails]
    counted = [int(told.message.split()[0]) for told in found.told if told.code != "OURS"]
    assert len(all_planned) + sum(counted) == len(mails)
    assert len({one.message_id for one in all_planned}) == len(all_planned)
    assert {one.ticket_id for one in all_planned} == set(found.plan.threads)
    assert sorted(one.ticket_id for one in all_planned if one.is_lead) == sorted(found.plan.threads)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=20), st.integers(1, 20))
def test_newer_mails_change_no_ticket(parents: list[int], cut: int) -> None:
    names = [f"m{number}" for number in range(len(parents))]
    chains: list[list[str]] = []
    for number, parent in enumerate(parents):
        chains.append([*chains[parent], names[parent]] if parent < number else [])
    mails = [Note(name, at=float(n), refs=" ".join(chains[n])) for n, name in enumerate(names)]
    assert tickets(planned((INBOX, mails[:cut]))) <= tickets(planned((INBOX, mails)))


def bare(number: int, references: bytes) -> Envelope:
    key = key_of(f"{number}@x")
    return Envelope(0, number, 0, key, references, key + b"\0\0", number, None, None, (), 0, "")


@pytest.mark.parametrize("step", [1, -1], ids=["oldest first", "newest first"])
def test_a_chain_of_100_000_answers_is_one_conversation(step: int) -> None:
    mails = [bare(number, key_of(f"{number - 1}@x")) for number in range(100_000)][::step]
    assert len(set(ticket_ids(mails, "headers", Ours()))) == 1


def test_of_a_megabyte_of_references_the_first_and_the_last_count() -> None:
    many = " ".join(f"<{number}@x>" for number in range(90_000))
    head = Head(1, f"Message-ID: <a@x>\r\nReferences: {many}\r\n\r\n".encode(), 1)
    envelope, _ = envelope_of(head, 0, INBOX, True)
    assert len(envelope.references) == 8000
    assert envelope.references[:8] == key_of("0@x")
    assert envelope.references[-8:] == key_of("89999@x")


def test_references_are_digests_without_repeats_and_the_mail_itself() -> None:
    assert reference_keys(["a", "b", "a", "me"], "me") == key_of("a") + key_of("b")


def test_only_what_needs_it_is_read_whole() -> None:
    mailbox = ListMailbox([(INBOX, conversation("a\n b"))])
    assert planned(*mailbox.boxes).mailbox.asked == []
