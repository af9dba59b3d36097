"""Who is taken for one of the helpdesk's own, and what is told of it."""

from typing import Any

import pytest

from mail_heads import THEM, US, Note, Planned, folder, planned

INBOX, SENT = folder(), folder("Sent", "sent")
JOE = "joe@acme.test"


def many(number: int, **said: Any) -> list[Note]:
    """So many mails by one sender, each with an id of its own."""
    name = said.get("sender", THEM).partition("@")[0]
    return [Note(f"{name}-{place}", **said) for place in range(number)]


def emails(found: Planned) -> set[str]:
    return set(found.plan.ours.emails)


def test_the_account_and_who_writes_what_lies_in_sent() -> None:
    found = planned((INBOX, many(3)), (SENT, many(2, sender=JOE, to=THEM)))
    assert emails(found) == {US, JOE}
    assert found.message("OURS") == (
        f"mails from these are taken for replies: {US} (account), {JOE} (2 mails in Sent);"
        " --our-address says otherwise"
    )
    assert found.plan.ours.mailboxes == {US}


def test_a_stray_mail_in_sent_makes_nobody_ours() -> None:
    mails = [*many(150, sender=JOE, to=THEM), Note("stray", sender=THEM)]
    assert emails(planned((SENT, mails))) == {US, JOE}
    assert emails(planned((SENT, [Note(sender=JOE, to=THEM)]))) == {US, JOE}


def test_some_mails_of_a_customer_among_many_answers_make_nobody_ours() -> None:
    mails = [*many(300, sender=JOE, to=THEM), *many(2)]
    assert emails(planned((SENT, mails), account=None)) == {JOE}


def test_colleagues_who_answer_seldom_are_ours() -> None:
    mails = [*many(300, sender=JOE, to=THEM), *many(2, sender="ann@acme.test", to=THEM)]
    assert emails(planned((SENT, mails), account=None)) == {JOE, "ann@acme.test"}
    team = [
        one for name in "abcdefghijklmnopqrstuvwxyz" for one in many(2, sender=f"{name}@acme.test", to=THEM)
    ]
    assert len(emails(planned((SENT, team), account=None))) == 26


def test_gmail_marks_what_was_sent_by_a_label() -> None:
    mails = [Note(name, sender=JOE, to=THEM, labels=("\\Sent",)) for name in "ab"]
    assert emails(planned((folder("All", "all"), mails), account=None)) == {JOE}


def test_to_whom_most_mails_were_delivered() -> None:
    mails = [
        *many(4, to="list@example.com", more="Delivered-To: desk@acme.test\r\n"),
        Note("other", to="x@example.com", more="Delivered-To: other@acme.test\r\n"),
    ]
    found = planned((INBOX, mails), account=None)
    assert emails(found) == {"desk@acme.test"}
    assert found.plan.ours.mailboxes == {"desk@acme.test"}


def test_colleagues_who_answer_from_elsewhere() -> None:
    mails = [
        *many(3),
        *many(2, sender=JOE, to=THEM, cc=US),
        *many(3, sender="ann@acme.test"),
    ]
    found = planned((INBOX, mails))
    assert emails(found) == {US, JOE}
    assert not found.plan.ours.domains


def test_a_domain_of_everybody_is_nobodys() -> None:
    mails = [*many(2, sender="joe@gmail.com", to=THEM), *many(2)]
    assert emails(planned((INBOX, mails), account="desk@gmail.com")) == {"desk@gmail.com"}
    told = planned((INBOX, many(2)), our_address=("@gmail.com",))
    assert not told.plan.ours.domains
    assert "@gmail.com: it is not taken for yours" in told.message("OURS")


def test_what_the_user_says_counts() -> None:
    found = planned((SENT, many(5, sender=JOE, to=THEM)), our_address=("Desk@acme.test", "@acme.example"))
    assert emails(found) == {US, "desk@acme.test"}
    assert found.plan.ours.domains == {"acme.example"}
    assert "desk@acme.test (as told)" in found.message("OURS")


@pytest.mark.parametrize("account", [None, "support"])
def test_in_a_lone_mbox_who_is_in_most_mails_and_writes_some(account: str | None) -> None:
    mails = [*many(3), *many(2, sender="bob@example.org"), *many(1, sender=US, to=THEM)]
    assert emails(planned((INBOX, mails), account=account)) == {US}


ZOE, HELP, BOB = "zoe@c.example", "help@acme.example", "bob@acme.example"


def asked_and_answered(customer: str, ours: str, times: int) -> list[Note]:
    return [
        note
        for number in range(times)
        for note in (
            Note(f"q{number}", f"Question {number}", customer, ours, at=number),
            Note(f"a{number}", f"Re: Question {number}", ours, customer, at=number + 0.5, refs=f"q{number}"),
        )
    ]


@pytest.mark.parametrize(
    ("mails", "ours"),
    [
        (asked_and_answered(ZOE, HELP, 2), HELP),
        (asked_and_answered(HELP, ZOE, 2), HELP),
        (asked_and_answered(ZOE, BOB, 2), BOB),
        (asked_and_answered(BOB, ZOE, 2), ZOE),
    ],
    ids=["office", "an office that begins", "person", "person that is asked"],
)
def test_in_the_mails_of_one_customer_the_office_or_who_is_asked(mails: list[Note], ours: str) -> None:
    assert emails(planned((INBOX, mails), account=None)) == {ours}


def test_nobody_may_be_ours() -> None:
    mails = [Note(name, sender=f"{name}@example.com", to=f"{name}@example.org") for name in "abcd"]
    found = planned((INBOX, mails), account=None)
    assert not emails(found)
    assert "no address was recognised as yours" in found.message("OURS")


def test_addresses_with_a_tag_are_ours_too() -> None:
    found = planned((INBOX, [Note(to="support+t17@acme.test")]))
    assert "support+t17@acme.test" in found.plan.ours.mailboxes
