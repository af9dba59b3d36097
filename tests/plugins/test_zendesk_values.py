"""Ids, numbers and flags, however tools write them."""

from typing import Any

import pytest

from tiketti_migrate_zendesk.values import flag, identifier, number


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (10, "10"),
        (10.0, "10"),
        ("10", "10"),
        ("10.0", "10"),
        (" 10.00 ", "10"),
        ("360012345678.0", "360012345678"),
        ("-1.0", "-1"),
        ("10.5", "10.5"),
        ("1.0.0", "1.0.0"),
        ("custom_10.0", "custom_10.0"),
        (".0", ".0"),
        ("", None),
        (True, None),
    ],
)
def test_an_id_is_the_same_whatever_wrote_it(value: Any, found: str | None) -> None:
    assert identifier(value) == found


@pytest.mark.parametrize(
    ("value", "found"), [("90", 90), ("90.0", 90), (90.0, 90), ("9.5", None), ("x", None)]
)
def test_a_whole_number_may_have_decimals_that_say_nothing(value: Any, found: int | None) -> None:
    assert number(value) == found


FLAGS: tuple[tuple[Any, bool | None], ...] = (
    (True, True), (1, True), (1.0, True), (" Yes ", True), ("t", True),
    (False, False), (0, False), (0.0, False), ("f", False), ("No", False),
    ("", None), ("maybe", None), (2, None), (None, None), ([], None), ("t" * 1000, None),
)  # fmt: skip


@pytest.mark.parametrize(("value", "found"), FLAGS)
def test_a_flag_is_true_false_or_neither(value: Any, found: bool | None) -> None:
    assert flag(value) is found
