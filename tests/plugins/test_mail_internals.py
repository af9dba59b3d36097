"""What the customer must not see stays internal: our talk among us, and with others about her."""

from typing import Any

import pytest

from mail_heads import THEM, US, Note, Planned, folder, planned
from tiketti_migrate_mail.headers import Address

INBOX = folder()
JOE, BOSS, VENDOR = "joe@acme.test", "boss@acme.test", "help@vendor.example"


def plan(*mails: Note) -> Planned:
    return planned((INBOX, list(mails)), our_address=(US, JOE))


def internal(*mails: Note) -> str:
    """The names of the mails that are."""
    found = plan(*mails).plan.mails[0]
    return "".join(mails[one.uid - 1].id or "" for one in found if one.is_internal)


ASKED = Note("a")
TO_VENDOR = Note("b", sender=JOE, to=VENDOR, at=1, refs="a", body="This customer is an idiot")
FROM_VENDOR = Note("c", sender=VENDOR, to=JOE, at=2, refs="a b", body="Charge them 50")
TO_BOSS = Note("b", sender=JOE, to=BOSS, at=1, refs="a")
FROM_BOSS = Note("c", sender=BOSS, to=JOE, at=2, refs="a b", body="Do not tell her")


def test_what_a_supplier_is_asked_and_answers_is_internal() -> None:
    answer = Note("d", sender=JOE, to=THEM, at=3, refs="a b c")
    thanks = Note("e", at=4, refs="a b c d")
    assert internal(ASKED, TO_VENDOR, FROM_VENDOR, answer, thanks) == "bc"
    found = plan(ASKED, TO_VENDOR, FROM_VENDOR)
    assert found.groups == {frozenset("abc")}
    [ticket] = found.plan.threads.values()
    assert ticket.requester == Address("", THEM)
    assert ticket.status == "open"


@pytest.mark.parametrize(
    "said",
    [
        Note("d", sender=JOE, to=VENDOR, at=3, refs="a b c"),
        Note("d", sender="kim@vendor.example", to=JOE, at=3, refs="a b c"),
        Note("d", sender=VENDOR, to=JOE, at=3, refs="a"),
        Note("d", sender="noreply@vendor.example", to=JOE, at=3, refs="a b"),
        Note("d", sender="notify@acme.test", to=JOE, at=3, refs="a b"),
        Note("d", sender=JOE, to=None, at=3, refs="a"),
        Note("d", sender=JOE, to="undisclosed-recipients:;", at=3, refs="a"),
    ],
    ids=["again", "a colleague of theirs", "few references", "robot", "our robot", "to nobody", "hidden"],
)
def test_so_is_what_follows(said: Note) -> None:
    assert internal(ASKED, TO_VENDOR, FROM_VENDOR, said) == "bcd"


def test_a_colleague_whom_nobody_named_is_of_us() -> None:
    assert internal(ASKED, TO_BOSS, FROM_BOSS) == "bc"
    assert plan(ASKED, TO_BOSS, FROM_BOSS).plan.ours.emails == {US, JOE, BOSS}
    # Nobody of us wrote to her before, so that only the domain tells.
    assert internal(ASKED, Note("b", sender=BOSS, to=US, cc="chief@acme.test", at=1, refs="a")) == "b"


def test_a_colleague_who_answers_the_customer_is_seen() -> None:
    assert internal(ASKED, Note("b", sender=BOSS, to=THEM, cc=US, at=1, refs="a")) == ""


def test_in_an_offices_helpdesk_colleagues_are_customers() -> None:
    asked = Note("a", sender="ann@acme.test")
    answer = Note("b", sender=JOE, to="ann@acme.test", at=1, refs="a")
    again = Note("c", sender="ann@acme.test", at=2, refs="a b")
    approved = Note("d", sender=BOSS, to=US, at=3, refs="a")
    found = plan(asked, answer, again, approved)
    assert [one.is_internal for one in found.plan.mails[0]] == [False, False, False, True]
    assert BOSS not in found.plan.ours.emails
    both = plan(ASKED, TO_BOSS, FROM_BOSS, Note("x", "My mouse", sender=BOSS))
    assert BOSS not in both.plan.ours.emails


@pytest.mark.parametrize(
    "answer",
    [
        Note("b", sender=JOE, to=THEM, at=1, refs="a"),
        Note("b", sender=JOE, to=VENDOR, cc=f"{THEM}, {BOSS}", at=1, refs="a"),
        Note("b", sender=JOE, to=US, at=1, refs="a", more=f"Bcc: {THEM}\r\n"),
        Note("b", sender="noreply@acme.test", to=THEM, at=1, refs="a"),
        Note("b", sender="carl@example.com", at=1, refs="a"),
        Note("b", sender="carl@example.com", to=JOE, at=1, refs="a"),
    ],
    ids=["to her", "with others", "hidden", "receipt", "her colleague", "her colleague to one of us"],
)
def test_what_she_sees_is_public(answer: Note) -> None:
    assert internal(ASKED, answer) == ""


def test_who_wrote_for_all_to_see_can_be_answered_alone() -> None:
    carl = Note("b", sender="carl@example.com", at=1, refs="a")
    answer = Note("c", sender=JOE, to="carl@example.com", at=2, refs="a b")
    assert internal(ASKED, carl, answer) == ""


def test_what_we_begin_is_public() -> None:
    begun = Note("a", sender=JOE, to="carl@example.com")
    assert internal(begun, Note("b", at=1, refs="a")) == ""
    # Of what it answers nothing is there: it may well be about her.
    about = Note("a", sender=JOE, to=VENDOR, refs="z")
    assert internal(about, Note("b", to=VENDOR, cc=US, at=1, refs="z a")) == "a"
    assert internal(Note("a", sender=JOE, to=US)) == "a"


def test_whom_one_of_us_spoke_for_is_answered_and_a_forward_goes_to_somebody_else() -> None:
    forwarded = Note("a", "Fwd: Printer", JOE)
    assert internal(forwarded, Note("b", "Re: Fwd: Printer", US, THEM, at=1, refs="a")) == "a"
    assert internal(forwarded, Note("b", "Fwd: Printer", US, VENDOR, at=1, refs="a")) == "ab"
    form = Note("a", sender="form@acme.test")
    assert internal(form, Note("b", "Re: Printer", US, THEM, at=1, refs="a")) == ""


def test_the_absence_of_a_supplier_shows_him_nothing() -> None:
    absent = Note("c", sender=VENDOR, to=JOE, at=2, refs="b", more="Auto-Submitted: auto-replied\r\n")
    assert "d" in internal(ASKED, TO_VENDOR, absent, Note("d", sender=JOE, to=VENDOR, at=3, refs="a b"))


def seen(*notes: Note, **more: Any) -> list[bool]:
    """Of each mail, oldest first, whether the customer sees it."""
    found = planned((folder(), list(notes)), our_address=("support@acme.test", "aino@acme.test"), **more)
    mails = sorted(found.plan.mails[0], key=lambda mail: mail.uid)
    return [not mail.is_internal for mail in mails]


JO, AINO, ED, TECH = "jo@client.example", "aino@acme.test", "ed@client.example", "tech@vendor.example"
QUESTION = Note("a", sender=JO, to="support@acme.test")


def test_an_answer_to_where_the_customer_wants_it_is_public() -> None:
    home = "jo.home@gmail.com"
    assert seen(
        Note("a", sender=JO, to="support@acme.test", reply_to=home),
        Note("b", sender=AINO, to=home, refs="a", at=1),
        Note("c", sender=home, to=AINO, refs="a b", at=2),
    ) == [True, True, True]


def test_whom_the_customer_copied_and_their_colleagues_see_it() -> None:
    friend = "friend@elsewhere.example"
    assert seen(
        Note("a", sender=JO, to="support@acme.test", cc=friend),
        Note("b", sender=AINO, to=friend, refs="a", at=1),
        Note("c", sender=friend, to=AINO, refs="a b", at=2),
    ) == [True, True, True]
    assert seen(
        QUESTION,
        Note("b", sender=AINO, to=ED, refs="a", at=1),
        Note("c", sender=ED, to=AINO, refs="a b", at=2),
    ) == [True, True, True]


def test_a_vendor_whom_we_copied_once_is_no_customer() -> None:
    assert seen(
        QUESTION,
        Note("b", sender=AINO, to=JO, cc=TECH, refs="a", at=1),
        Note("c", sender=AINO, to=TECH, refs="a b", at=2),
        Note("d", sender=TECH, to=AINO, refs="a b c", at=3),
    ) == [True, True, False, False]


@pytest.mark.parametrize("to", ["Jo Client", "/O=ACME/OU=X/CN=JO"])
def test_an_answer_whose_addressee_cannot_be_read_is_public(to: str) -> None:
    assert seen(QUESTION, Note("b", sender=AINO, to=to, refs="a", at=1)) == [True, True]


def test_who_asked_is_remembered_when_his_mail_is_gone() -> None:
    forward = Note("b", "Fwd: pain", sender=AINO, to=TECH, refs="a", at=1)
    first = planned((folder(), [QUESTION, forward]), our_address=("support@acme.test", AINO)).plan
    known = {mail.message_id: mail.ticket_id for mail in first.mails[0]}
    ticket = next(iter(known.values()))
    answer = Note("c", sender=TECH, to=AINO, refs="a b", at=2, body="cost price is 5")
    assert seen(forward, answer, known=known, askers={ticket: JO}) == [False, False]


def test_who_asked_by_the_text_alone_is_remembered() -> None:
    forward = Note("a", "Fwd: Printer", sender=AINO, to="support@acme.test")
    later = [
        Note("b", sender=AINO, to=JO, refs="a", at=1),
        Note("c", sender=JO, to=AINO, refs="a b", at=2),
    ]
    first = planned((folder(), [forward]), our_address=("support@acme.test", AINO)).plan
    [mail] = first.mails[0]
    known, askers = {mail.message_id: mail.ticket_id}, {mail.ticket_id: JO}
    assert seen(forward, *later, known=known, askers=askers) == [False, True, True]
    found = planned(
        (folder(), [forward, *later]), our_address=("support@acme.test", AINO), known=known, askers=askers
    )
    [thread] = found.plan.threads.values()
    assert (thread.status, thread.requester and thread.requester.email) == ("open", JO)
