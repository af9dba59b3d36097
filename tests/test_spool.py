"""Pieces of a source on disk: what is newest, what belongs together, and what happens on a full disk."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.errors import SourceError
from tiketti_migrate.scratch import scratch
from tiketti_migrate.store import Spool

IDS = st.sampled_from(["1", "2", "10", "Ä", ""])
STAMPS = st.sampled_from([0.0, 1.0, 1.5, 2.0])


@given(st.lists(st.tuples(IDS, STAMPS, st.integers(0, 2))))
def test_the_newest_copy_counts_of_equal_ones_the_heaviest_of_those_the_last(
    copies: list[tuple[str, float, int]],
) -> None:
    best: dict[str, tuple[float, int, int]] = {}
    with scratch() as folder:
        spool = Spool(folder)
        for place, (record_id, stamp, weight) in enumerate(copies):
            spool.saw("ticket", record_id, stamp, place, weight)
            copy = (stamp, weight, place)
            best[record_id] = max(best.get(record_id, copy), copy)
        assert {one: spool.place_of("ticket", one) for one in best} == {
            one: place for one, (_stamp, _weight, place) in best.items()
        }
        assert all(spool.stamp_of("ticket", one) == stamp for one, (stamp, *_) in best.items())
        assert spool.stamp_of("ticket", "unheard of") == 0
        assert spool.copies("ticket") == len(copies) - len(best)
        assert spool.has_copies("ticket") is (len(best) < len(copies))
        spool.close()


@given(st.lists(st.tuples(IDS, st.sampled_from(["comment", "audit"]), st.binary(max_size=5))))
def test_pieces_come_back_in_their_order(pieces: list[tuple[str, str, bytes]]) -> None:
    with scratch() as folder:
        spool = Spool(folder)
        for piece in pieces:
            spool.add(*piece)
        for owner in {one[0] for one in pieces}:
            assert spool.pieces(owner) == [(kind, content) for who, kind, content in pieces if who == owner]
        owners = Counter(one[0] for one in pieces if one[1] == "comment")
        assert list(spool.owners("comment")) == sorted(owners.items(), key=lambda one: one[0].encode())
        spool.close()


def test_nothing_is_known_of_what_was_never_seen(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert spool.place_of("ticket", "1") is None
    assert not spool.holds("user", "1")
    assert spool.pieces("1") == []
    assert not spool.has_copies("ticket")


def test_many_owners_are_read_page_by_page(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(2500):
        spool.add(f"{number:05}", "comment", b"x")
    assert list(spool.owners("comment")) == [(f"{number:05}", 1) for number in range(2500)]


def test_a_full_disk_says_where_to_get_room(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from tiketti_migrate.store import Spool\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "spool = Spool(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n"
        "    for number in range(100): spool.add('1', 'comment', b'x' * 1_000_001)\n"
        "    spool.pieces('1')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ran.stdout.startswith("SourceError "), ran.stderr
    assert "temporary files cannot be used" in ran.stdout
    assert "TMPDIR" in ran.stdout


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="temporary files"):
        Spool(tmp_path / "gone")


def test_another_thread_may_close_it(tmp_path: Path) -> None:
    """What reads is left where it is when a run is stopped."""
    spool = Spool(tmp_path)
    spool.add("1", "comment", b"x")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(spool.close).result()
