"""A mailbox that has grown: what is staged stays where it is, and what is new follows it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail_heads import THEM, US, Note, Planned, conversation, folder, planned
from tiketti_migrate_mail.headers import Address

INBOX = folder()
ALICE, BEN, JOE = "alice@c1.example", "ben@c2.example", "joe@acme.test"


def plan(*mails: Note, known: dict[str, str] | None = None, **options: Any) -> Planned:
    return planned((INBOX, list(mails)), known=known, **{"our_address": (US, JOE), **options})


def staged(found: Planned) -> dict[str, str]:
    """What the ledger remembers."""
    return {one.message_id: one.ticket_id for mails in found.plan.mails for one in mails}


def asker(found: Planned, ticket: str) -> Address | None:
    return found.plan.threads[ticket].requester


A, B = Note("a", sender=ALICE), Note("b", sender=BEN, at=1)


def tickets(found: Planned) -> dict[str | None, str]:
    """By the names of mails."""
    notes = found.mailbox.boxes[0][1]
    by_name = {}
    for one in found.plan.mails[0]:
        note = notes[one.uid - 1]
        assert isinstance(note, Note)
        by_name[note.id] = one.ticket_id
    return by_name


def test_two_tickets_that_are_joined_stay_two_and_new_mails_go_where_they_belong() -> None:
    a, b = Note("a", thread=None), Note("b", at=1)
    before = plan(a, b)
    known = staged(before)
    # Gmail says now that both are one thread.
    a, b = Note("a", thread="7"), Note("b", at=1, thread="7")
    new = [
        Note("c", at=2, refs="a", thread="7"),
        Note("d", at=3, refs="b", thread="7"),
        Note("e", at=4, refs="a c", thread="7"),
        Note("f", at=5, thread="7"),
        Note("g", sender=BEN, at=6, thread="7"),
    ]
    found = plan(a, b, *new, known=known)
    assert found.groups == {frozenset("acef"), frozenset("bd"), frozenset("g")}
    assert staged(found).items() >= known.items()


def test_an_answer_to_staged_mails_of_two_goes_with_the_one_it_answers() -> None:
    before = plan(A, B)
    found = plan(A, B, Note("c", sender=JOE, to=BEN, at=2, refs="b"), known=staged(before))
    assert tickets(found)["c"] == tickets(before)["b"]
    assert staged(found).items() >= staged(before).items()


def test_a_ticket_that_is_split_now_stays_one_and_what_follows_has_one_of_its_own() -> None:
    a, b, c = Note("a"), Note("b", at=100, refs="a"), Note("c", at=200, refs="a b")
    before = plan(a, b)
    assert before.groups == {frozenset("ab")}
    found = plan(a, b, c, known=staged(before), split_after=30)
    assert found.groups == {frozenset("ab"), frozenset("c")}
    assert staged(found).items() >= staged(before).items()
    soon = plan(a, b, Note("d", at=101, refs="a b"), known=staged(before), split_after=30)
    assert soon.groups == {frozenset("abd")}


def test_an_older_mail_before_a_split_has_a_ticket_of_its_own_too() -> None:
    a, b = Note("a", at=0), Note("b", at=100, refs="a")
    before = plan(b, split_after=30)
    found = plan(a, b, known=staged(before), split_after=30)
    assert found.groups == {frozenset("a"), frozenset("b")}
    assert staged(found).items() >= staged(before).items()
    assert staged(plan(a, b, known=staged(found), split_after=30)) == staged(found)


def test_an_older_mail_in_front_makes_nobody_else_ask() -> None:
    answer = Note("b", sender=ALICE, at=1, refs="a")
    before = plan(answer)
    [ticket] = before.plan.threads
    older = Note("a", "What Carl asks", sender="carl@c1.example")
    found = plan(older, answer, known=staged(before))
    assert set(found.plan.threads) == {ticket}
    assert asker(found, ticket) == asker(before, ticket) == Address("", ALICE)
    thread = found.plan.threads[ticket]
    assert (thread.subject, thread.lead) == ("Printer", (0, 2))
    assert thread.created_at == plan(older).plan.mails[0][0].created_at
    assert asker(plan(older, answer), *plan(older, answer).plan.threads) == Address("", "carl@c1.example")


def test_the_text_that_told_who_asks_stays_the_one_that_is_read() -> None:
    form = Note("b", sender="noreply@shop.example", at=1, refs="a")
    before = plan(form)
    [ticket] = before.plan.threads
    found = plan(Note("a", sender=ALICE), form, Note("c", sender=BEN, at=2, refs="b"), known=staged(before))
    assert asker(found, ticket) is None
    assert found.plan.threads[ticket].lead == (0, 2)


def test_status_is_that_of_what_stays_in_a_ticket() -> None:
    a, b = Note("a", thread=None), Note("b", at=1)
    known = staged(plan(a, b))
    a, b = Note("a", thread="7"), Note("b", at=1, thread="7")
    answer = Note("c", sender=JOE, to=THEM, at=2, refs="a", thread="7")
    found = plan(a, b, answer, known=known)
    assert {found.plan.threads[known_id].status for known_id in (tickets(found)["a"],)} == {"resolved"}
    assert found.plan.threads[tickets(found)["b"]].status == "open"


def test_what_was_staged_and_deleted_goes_on_in_its_ticket() -> None:
    before = plan(A)
    answer = Note("c", sender=JOE, to=ALICE, at=1, refs="a")
    assert set(plan(answer, known=staged(before)).plan.threads) == set(before.plan.threads)
    others = Note("c", sender=BEN, at=1, refs="a")
    assert not set(plan(others, known=staged(before)).plan.threads) & set(before.plan.threads)


@pytest.mark.parametrize("first", ["b", "c"])
def test_answers_to_a_mail_that_is_not_there_stay_apart_whoever_comes_first(first: str) -> None:
    alice, ben = Note("b", sender=ALICE, at=1, refs="a"), Note("c", sender=BEN, at=2, refs="a")
    known = staged(plan(alice if first == "b" else ben))
    for mails in ((alice, ben), (Note("a", sender=US, to=None), alice, ben)):
        found = plan(*mails, known=known)
        assert tickets(found)["b"] != tickets(found)["c"]
        assert staged(found).items() >= known.items()


@given(st.lists(st.integers(0, 20), min_size=1, max_size=20), st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_comes_what_is_staged_stays_and_a_second_look_changes_nothing(
    parents: list[int], data: st.DataObject
) -> None:
    names = [f"m{number}" for number in range(len(parents))]
    mails = [
        Note(name, at=float(n), refs=f"m{parents[n]}", sender=data.draw(st.sampled_from([ALICE, BEN, JOE])))
        for n, name in enumerate(names)
    ]
    first = data.draw(st.lists(st.sampled_from(mails), unique=True))
    options = {"split_after": data.draw(st.sampled_from([None, 1, 5]))}
    before = plan(*first)
    found = plan(*mails, known=staged(before), **options)
    assert staged(found).items() >= staged(before).items()
    assert staged(plan(*mails, known=staged(found), **options)) == staged(found)
    for ticket in set(before.plan.threads) & set(found.plan.threads):
        assert asker(found, ticket) == asker(before, ticket)


def answers(*mails: Note) -> str:
    found = plan(*mails).plan.mails[0]
    return "".join(mails[one.uid - 1].id or "" for one in found if one.answers)


def test_a_mail_answers_what_is_in_its_ticket_only() -> None:
    assert answers(*conversation("a\n b\n  c\n(d)\n e\n e: a d")) == "bce"
    assert answers(Note("a"), Note("b", at=1, more="In-Reply-To: <a@x>\r\n")) == "b"
    news = Note("a", sender=US, to=f"{ALICE}, {BEN}")
    assert answers(news, Note("b", sender=ALICE, at=1, refs="a")) == ""
    assert answers(Note("a", flags="draft"), Note("b", at=1, refs="a")) == ""


def test_gmail_joins_without_references_and_then_nobody_knows_what_is_quoted() -> None:
    mails = [Note("a", thread="7"), Note("b", at=1, thread="7"), Note("c", at=2, refs="b", thread="7")]
    assert plan(*mails).groups == {frozenset("abc")}
    assert answers(*mails) == "c"


def test_what_was_staged_elsewhere_is_not_answered_here() -> None:
    a, b = Note("a"), Note("b", at=1, refs="a")
    [of_a] = [one.message_id for one in plan(a).plan.mails[0]]
    [of_b] = [one.message_id for one in plan(b).plan.mails[0]]
    found = plan(a, b, known={of_a: "one", of_b: "two"}).plan.mails[0]
    assert [one.answers for one in found] == [False, False]


def test_a_thread_that_begins_with_somebody_else_is_no_ticket_of_another() -> None:
    vendor = Note("b", sender="tech@vendor.example", to=JOE, at=1, refs="a")
    known = staged(plan(vendor))
    question = Note("a", sender=ALICE, at=0)
    answer = Note("c", sender=JOE, to=ALICE, at=2, refs="a")
    ticket = next(iter(known.values()))
    found = planned(
        (INBOX, [vendor, question, answer]),
        our_address=(US, JOE),
        known=known,
        askers={ticket: "tech@vendor.example"},
    )
    assert staged(found).items() >= known.items()
    assert len(found.plan.threads) == 2
    other = next(thread for name, thread in found.plan.threads.items() if name != ticket)
    assert other.requester is not None
    assert other.requester.email == ALICE
