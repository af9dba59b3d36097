"""Copies of a mail, and mails that only look like copies."""

import pytest

from mail_heads import THEM, US, Note, Planned, folder, planned

INBOX, SENT, OLD = folder(), folder("Sent", "sent"), folder("Old")


def test_copies_are_one_mail_read_from_the_first_folder_and_told_once() -> None:
    found = planned(
        (INBOX, [Note("a")]), (OLD, [Note("a", flags="flagged"), Note("a")]), flagged_priority="high"
    )
    assert [len(mails) for mails in found.plan.mails] == [1, 0]
    assert found.message("COPIES").startswith("2 mails are further copies")
    assert [problem.lost for problem in found.told] == [0] * len(found.told)
    thread = next(iter(found.plan.threads.values()))
    assert thread.labels == ("Old",)
    assert thread.priority == "high"


def test_what_a_list_adds_to_the_subject_makes_no_other_mail() -> None:
    more = "List-Id: Team <team.lists.example.com>\r\n"
    through = Note("a", "[team] Printer", more=more)
    assert planned((INBOX, [Note("a"), through])).groups == {frozenset("a")}
    munged = Note("a", "[team] Printer", "Jane via Team <team@lists.example.com>", reply_to=THEM, more=more)
    assert planned((INBOX, [Note("a"), munged])).codes.count("COPIES") == 1


@pytest.mark.parametrize(
    "other",
    [Note("a", at=1), Note("a", "Scanner"), Note("a", sender="joe@example.com"), Note("b"), Note(None)],
    ids=["date", "subject", "sender", "id", "no id"],
)
def test_another_mail_is_no_copy(other: Note) -> None:
    found = planned((INBOX, [Note("a"), other]))
    assert len(found.plan.mails[0]) == 2
    assert "COPIES" not in found.codes


def test_without_an_id_the_text_tells_copies() -> None:
    mails = [Note(None, body="one\r\n"), Note(None, body="two"), Note(None, body="one\n\n")]
    found = planned((INBOX, mails), (OLD, [Note(None, body="two")]))
    assert len(found.plan.mails[0]) == 2
    assert found.message("COPIES").startswith("2 mails")
    assert len(found.mailbox.asked) == 4


def test_a_draft_and_what_was_deleted_are_no_copies_of_what_was_sent() -> None:
    sent = Note("a", sender=US, to=THEM)
    boxes = (INBOX, [Note("a", sender=US, to=THEM, flags="deleted")]), (SENT, [sent])
    found = planned(*boxes)
    assert [len(mails) for mails in found.plan.mails] == [0, 1]
    assert found.codes.count("DELETED") == 1


def test_the_id_of_a_mail_is_the_same_on_every_read() -> None:
    def ids(*mails: Note) -> list[str]:
        return [one.message_id for one in planned((INBOX, list(mails))).plan.mails[0]]

    [alone] = ids(Note("a"))
    assert len(alone) == 16
    assert alone in ids(Note("b"), Note("a", flags="seen answered", labels=("x",)))
    # A date that cannot be is part of what it is known by all the same.
    assert ids(Note("a", at=40_000.0)) != ids(Note("a", at=40_001.0))


SECOND = 1 / 86400
SENT_LATER = Note("b", "Re: Printer", sender=US, to=THEM, at=1 + 3 * SECOND)
SENT_FIRST = Note("b", "Re: Printer", sender=US, to=THEM, cc=US, at=1)


def message_ids(found: Planned) -> list[str]:
    return [one.message_id for mails in found.plan.mails for one in mails]


def test_a_copy_in_sent_that_is_dated_seconds_apart_is_a_copy() -> None:
    [first], [later] = (message_ids(planned((INBOX, [one]))) for one in (SENT_FIRST, SENT_LATER))
    boxes = (SENT, [SENT_LATER]), (INBOX, [SENT_FIRST])
    found = planned(*boxes)
    assert [len(mails) for mails in found.plan.mails] == [1, 0]
    assert message_ids(found) == [first]
    assert found.codes.count("COPIES") == 1
    # What is staged stays what it is.
    assert message_ids(planned(*boxes, known={later: "ticket"})) == [later]
    assert found.plan.mails[0][0].created_at == planned((INBOX, [SENT_FIRST])).plan.mails[0][0].created_at


@pytest.mark.parametrize(
    "tagged",
    ["***SPAM*** {}", "[SPAM] {}", "[EXTERNAL] {}", "[EXT] {}", "{{Disarmed}} {}", "*****SPAM***** [EXT] {}"],
)
@pytest.mark.parametrize("subject", ["Printer", "Re: Printer"])
def test_what_filters_put_before_a_subject_makes_no_other_mail(tagged: str, subject: str) -> None:
    found = planned((INBOX, [Note("a", subject)]), (OLD, [Note("a", tagged.format(subject))]))
    assert [len(mails) for mails in found.plan.mails] == [1, 0]


@pytest.mark.parametrize(
    "others",
    [
        [Note("a", "Contact", sender="web@acme.test", reply_to="ben@example.org")],
        [Note("a", "Contact", sender="web@acme.test", reply_to="ben@example.org", at=SECOND)],
        [Note("a", "Contact", sender="web@acme.test", at=at * 11 / 1440) for at in (1, 2)],
        [Note("a", "Contact", sender="web@acme.test", at=at) for at in (SECOND, 1)],
    ],
    ids=["for another", "for another a second later", "minutes apart", "again and again"],
)
def test_mails_of_a_form_that_gives_all_one_id_are_not_copies(others: list[Note]) -> None:
    mails = [Note("a", "Contact", sender="web@acme.test", reply_to=THEM), *others]
    found = planned((INBOX, mails))
    assert len(found.plan.mails[0]) == len(set(message_ids(found))) == len(mails)


@pytest.mark.parametrize(
    "form",
    [Note("a", sender="form@acme.test"), Note("a", sender=US, to=US), Note("a", at=None, more="Date: x\r\n")],
    ids=["robot", "to itself", "undated"],
)
def test_what_may_be_a_form_has_no_copies_of_another_second(form: Note) -> None:
    later = Note("a", sender=form.sender, to=form.to, at=SECOND)
    assert len(planned((INBOX, [form, later])).plan.mails[0]) == 2


def test_a_reply_to_that_a_list_adds_makes_no_other_mail() -> None:
    listed = Note("a", reply_to="team@lists.example.com", more="List-Id: <team.lists.example.com>\r\n")
    assert [len(mails) for mails in planned((INBOX, [Note("a")]), (OLD, [listed])).plan.mails] == [1, 0]
