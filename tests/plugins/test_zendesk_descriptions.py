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
        ("Help me", {"body": "Help me\n-- \nJane"}),
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
    (longer,) = convert(ticket(comment(body="Hello\nJane"), description="Hello")).talk
    assert "formerly" not in longer
