"""Requests side by side: in order, not too far ahead, and let go when something goes wrong."""

import threading
from collections.abc import Iterator

import pytest

from tiketti_migrate_zendesk.side_by_side import SideBySide


def same(number: int) -> int:
    return number


def test_results_come_in_the_order_of_their_inputs() -> None:
    later = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            later.wait(10)
        if number == 3:
            later.set()
        return number * number

    with SideBySide(work, 4) as crew:
        assert list(crew.results(range(30))) == [number * number for number in range(30)]
        assert list(crew.results([])) == []
        assert list(crew.results([5])) == [25]


def test_no_more_is_begun_than_can_be_taken_soon() -> None:
    given: list[int] = []

    def inputs() -> Iterator[int]:
        for number in range(100):
            given.append(number)
            yield number

    with SideBySide(same, 2) as crew:
        results = crew.results(inputs())
        next(results)
        assert len(given) == 4
        results.close()  # type: ignore[attr-defined]


def test_an_error_is_raised_in_its_turn_and_what_was_not_begun_is_left() -> None:
    begun: list[int] = []
    release = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        if number == 2:
            raise ValueError("the third")
        if number > 2:
            release.wait(10)
        return number

    with SideBySide(work, 1) as crew:
        results = crew.results(range(10))
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(ValueError, match="the third"):
            next(results)
        release.set()
        assert list(crew.results([0, 1])) == [0, 1]
    assert len(begun) < 10
