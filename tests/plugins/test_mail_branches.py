"""One mail of ours to many is no conversation of those who answer it."""

import pytest

from mail_heads import US, Note, Planned, folder, planned
from tiketti_migrate_mail.headers import Address

INBOX = folder()
JOE, ALICE, BEN = "joe@acme.test", "alice@c1.example", "ben@c2.example"


def plan(*mails: Note) -> Planned:
    return planned((INBOX, list(mails)), our_address=(US, JOE))


FROM_ALICE = Note("b", sender=ALICE, at=1, refs="a", body="My password is x")
FROM_BEN = Note("c", sender=BEN, at=2, refs="a")
SENT = {
    "undisclosed": Note("a", sender=US, to="undisclosed-recipients:;"),
    "to nobody": Note("a", sender=US, to=None),
    "to ourselves": Note("a", sender=US, to=US),
    "Bcc": Note("a", sender=US, to=US, more=f"Bcc: {ALICE}, {BEN}\r\n"),
    "To": Note("a", sender=US, to=f"{ALICE}, {BEN}"),
}


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_each_who_answers_has_a_ticket_of_his_own(sent: Note) -> None:
    answer = Note("d", sender=JOE, to=ALICE, at=3, refs="a b")
    thanks = Note("e", sender=ALICE, at=4, refs="a b d")
    again = Note("f", sender=BEN, at=5, refs="a")
    found = plan(sent, FROM_ALICE, FROM_BEN, answer, thanks, again)
    assert found.groups == {frozenset("a"), frozenset("bde"), frozenset("cf")}
    askers = [thread.requester.email for thread in found.plan.threads.values() if thread.requester]
    assert {ALICE, BEN} <= set(askers)


def test_what_we_write_to_one_of_them_later_is_with_him() -> None:
    sent = SENT["Bcc"]
    later = Note("d", sender=JOE, to=BEN, at=3, refs="a")
    to_all = Note("e", sender=US, to=US, at=4, refs="a", more=f"Bcc: {ALICE}, {BEN}\r\n")
    also = Note("f", sender=BEN, at=5, refs="a e")
    found = plan(sent, FROM_ALICE, FROM_BEN, later, to_all, also).groups
    assert found == {frozenset("ae"), frozenset("b"), frozenset("cdf")}


def test_tickets_of_answers_stay_when_others_answer() -> None:
    first = plan(SENT["Bcc"], FROM_BEN).plan
    later = plan(SENT["Bcc"], FROM_ALICE, FROM_BEN).plan
    assert set(first.threads) < set(later.threads)


def test_a_mail_to_people_who_see_one_another_is_a_conversation() -> None:
    colleagues = Note("a", sender=US, to=ALICE, cc="carl@c1.example")
    assert plan(colleagues, FROM_ALICE, Note("d", sender="carl@c1.example", at=2, refs="a")).groups == {
        frozenset("abd")
    }
    to_all = Note("b", sender=ALICE, to=f"{US}, {BEN}", at=1, refs="a")
    assert plan(SENT["To"], to_all).groups == {frozenset("ab")}


def test_who_alone_is_named_answers_in_its_ticket_and_who_got_it_unseen_in_another() -> None:
    sent = Note("a", sender=US, to=ALICE, more=f"Bcc: {BEN}, crm@crm.example\r\n")
    later = Note("d", sender=US, to=ALICE, at=3, refs="a")
    assert plan(sent, FROM_ALICE, FROM_BEN, later).groups == {frozenset("abd"), frozenset("c")}


def test_what_came_among_ourselves_and_is_answered_outside_is_one() -> None:
    forwarded = Note("a", "Fwd: Printer", JOE)
    assert plan(
        forwarded, Note("b", sender=US, to=ALICE, at=1, refs="a"), Note("c", sender=ALICE, at=2, refs="b")
    ).groups == {frozenset("abc")}


def test_within_a_thread_it_changes_nothing() -> None:
    both = Note("b", sender=JOE, to=ALICE, cc=BEN, at=1, refs="a")
    assert plan(Note("a", sender=ALICE), both, Note("c", sender=BEN, at=2, refs="a b")).groups == {
        frozenset("abc")
    }


def test_reports_of_it_stay_with_it() -> None:
    absent = Note("b", sender=ALICE, at=1, refs="a", more="Auto-Submitted: auto-replied\r\n")
    assert plan(SENT["Bcc"], absent).groups == {frozenset("ab")}


def test_gmail_does_not_join_them() -> None:
    sent, alice, ben = (
        Note(one.id, sender=one.sender, to=one.to, at=one.at, refs=one.refs, more=one.more, thread="7")
        for one in (SENT["Bcc"], FROM_ALICE, FROM_BEN)
    )
    assert plan(sent, alice, ben).groups == {frozenset("a"), frozenset("b"), frozenset("c")}


def test_who_is_alone_in_bcc_asks_and_of_several_nobody() -> None:
    alone = plan(Note("a", sender=JOE, to=US, more=f"Bcc: {ALICE}\r\n")).plan
    [ticket] = alone.threads.values()
    assert ticket.requester == Address("", ALICE)
    assert not alone.mails[0][0].is_internal
    [ticket] = plan(SENT["Bcc"]).plan.threads.values()
    assert ticket.requester is None
    assert ticket.guess.email == US


def test_a_hidden_copy_to_one_is_answered_in_its_ticket() -> None:
    sent = Note("a", sender=JOE, to=US, more=f"Bcc: {ALICE}\r\n")
    received = Note("a", sender=JOE, to=US)
    boxes = (INBOX, [received, FROM_ALICE]), (folder("Sent", "sent"), [sent])
    assert planned(*boxes, our_address=(US, JOE)).groups == {frozenset("ab")}
