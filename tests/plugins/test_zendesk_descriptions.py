"""A description repeats the first comment, as a rule; where it does not, or came alone, nothing is lost."""

from typing import Any

import pytest

from zendesk_objects import comment, convert, ticket

LONG = "The kettle leaks since it fell from the table on Monday"


def bodies(*comments: Any, **changes: Any) -> list[str]:
    return [one["body"] for one in convert(ticket(*comments, **changes)).talk]


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("It  leaks.\n", {"body": "It leaks."}),
        ("a & b", {"body": None, "html_body": "<p>a &amp; <b>b</b></p>"}),
        ("see https://x.example.com/a now", {"body": None, "html_body": "see <a href='https://x'></a> now"}),
        ("Please help me", {"body": "Please help me\nJD"}),
        (LONG[:-3], {"body": f"{LONG}.\nJane"}),
    ],
)
def test_a_description_that_a_comment_tells_does_not_come_twice(description: str, said: Any) -> None:
    assert len(bodies(comment(**said), description=description)) == 1


@pytest.mark.parametrize("said", ["History: nothing", "Oh, Hi", "This is it", "\U0001f44d"])
def test_a_description_whose_letters_stand_in_a_comment_by_chance_comes_first(said: str) -> None:
    assert bodies(comment(body=said), description="Hi") == ["Hi", said]


def test_the_comment_that_tells_the_description_says_under_which_id_that_came_before() -> None:
    told = convert(ticket(comment(), comment(id=2, body="Hm"), description="Hello")).talk
    assert [one.get("formerly") for one in told] == ["1000-description", None]
    # Had only the beginning come, the rest would stay away for good.
    (longer,) = convert(ticket(comment(body=f"{LONG}\nJane"), description=LONG)).talk
    assert "formerly" not in longer


@pytest.mark.parametrize(
    "said",
    [
        {"body": "OK!", "author_id": 900},
        {"body": "OK", "author_id": 900},
        {"body": "OK!"},
        {"body": "OK <call the police>"},
        {"body": "OK team, customer is a fraud suspect", "public": False},
    ],
)
def test_what_only_resembles_the_description_is_a_comment_of_its_own(said: dict[str, Any]) -> None:
    found = convert(ticket(comment(**said), description="OK")).talk
    assert [one["body"] for one in found] == ["OK", said["body"]]
    assert not any("formerly" in one for one in found)


def test_only_the_oldest_comment_tells_the_description() -> None:
    later = comment(id=2, body="OK", created_at="2023-01-03T09:00:00Z")
    found = convert(ticket(later, comment(body="Thanks"), description="OK")).talk
    assert [one["body"] for one in found] == ["OK", "Thanks", "OK"]
    assert not any("formerly" in one for one in found)


@pytest.mark.parametrize("author_id", [900, 101, 77])
@pytest.mark.parametrize("said", [LONG, f"{LONG}, which I doubt"])
def test_a_description_that_repeats_a_note_is_no_public_message(author_id: int, said: str) -> None:
    found = convert(ticket(comment(body=said, author_id=author_id, public=False), description=LONG)).talk
    assert all(one["is_internal"] for one in found)
