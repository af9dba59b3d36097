"""Copies of a mail, and mails that only look like copies."""

import pytest

from mail_heads import THEM, US, Note, folder, planned

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
