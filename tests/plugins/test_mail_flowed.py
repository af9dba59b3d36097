"""Format=flowed (RFC 3676)."""

import time

from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_mail.flowed import unflowed


def test_a_paragraph_becomes_one_line() -> None:
    assert unflowed("Thanks for your \nmail, it works. \nNow.\n\nBye\n") == (
        "Thanks for your mail, it works. Now.\n\nBye\n"
    )


def test_with_delsp_the_space_is_no_part_of_the_text() -> None:
    assert unflowed("日本語の \nメール", delsp=True) == "日本語のメール"
    assert unflowed("two  \nwords", delsp=True) == "two words"


def test_stuffed_spaces_go() -> None:
    assert unflowed(" From the start\n >no quote\n  two") == "From the start\n>no quote\n two"


def test_quotes_keep_their_depth_and_end_where_it_changes() -> None:
    text = "> a question \n> of two lines\n>> an older \n>>one\n> and \nan answer"
    assert unflowed(text) == "> a question of two lines\n>> an older one\n> and\nan answer"


def test_the_line_of_a_signature_is_neither_joined_nor_goes_on() -> None:
    assert unflowed("Bye \n-- \nJane \nDoe") == "Bye\n-- \nJane Doe"
    assert unflowed("> Bye\n> -- \n> Jane") == "> Bye\n> --\n> Jane"


def test_line_ends_of_the_wire() -> None:
    assert unflowed("one \r\ntwo\r\n") == "one two\n"


@given(st.text(alphabet="> \n-ab\r"), st.booleans())
def test_no_word_is_lost(text: str, delsp: bool) -> None:
    words = [one for one in "ab" if one in text]
    joined = unflowed(text, delsp=delsp)
    assert all(joined.count(one) == text.count(one) for one in words)


def test_hostile_texts_take_no_time() -> None:
    started = time.process_time()
    for text in (">" * 1_000_000, "> \n" * 300_000, " \n" * 500_000, "-- \n" * 250_000):
        unflowed(text)
    assert time.process_time() - started < 20
