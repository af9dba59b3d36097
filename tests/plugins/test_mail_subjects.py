"""Base subjects: RFC 5256, 2.1, in the languages of mailers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_mail.subjects import Subject, base_subject, shown_subject, split_subject


@pytest.mark.parametrize(
    "subject",
    [
        *("Printer", "Re: Printer", "RE : printer", "Re:Re: Printer", "Re[2]: Printer", "Re^2: Printer"),
        *(
            "Re (3): Printer",
            "AW: Printer",
            "SV: VS: Printer",
            "Antw: Printer",
            "Odp: Printer",
            "YNT: Printer",
        ),
        *("RV: Printer", "TR: Printer", "WG: Printer", "Fw: Printer", "FWD: Printer", "İLT: Printer"),
        *(
            "回复: Printer",
            "答复\uff1aPrinter",
            "转发: Printer",
            "trả lời: Printer",
            "Vá: Printer",
            "R: Printer",
        ),
        *("Printer (fwd)", "Printer (fwd) (fwd)", "[Fwd: Printer]", "Fwd: [Fwd: Re: Printer]"),
        *("[team] Printer", "[team] Re: Printer", "Re: [team] Printer", "[a][b] AW: [team] Printer"),
    ],
)
def test_of_one_conversation(subject: str) -> None:
    assert base_subject(subject) == "printer"


@pytest.mark.parametrize(
    "subject",
    ["Restart: now", "Ticket: 17", "Ref: 4711", "(x) y", "[team]", "Re-order: ink", "Hallo :)", "12:30 Uhr"],
)
def test_what_is_no_prefix_stays(subject: str) -> None:
    assert base_subject(subject) == subject.casefold()
    assert shown_subject(subject) == subject


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("[team] Re: Printer", Subject("printer", "[team] Printer", True, False)),
        ("WG: AW: Printer", Subject("printer", "Printer", False, True)),
        ("AW: WG: Printer", Subject("printer", "Printer", True, False)),
        ("[Fwd: Printer]", Subject("printer", "Printer", False, True)),
        ("Re:", Subject("", "", True, False)),
        ("", Subject("", "", False, False)),
    ],
)
def test_parts(subject: str, found: Subject) -> None:
    assert split_subject(subject) == found


@given(st.text(max_size=60))
def test_a_base_has_a_base_and_answers_share_it(subject: str) -> None:
    line = " ".join(subject.split())
    assert base_subject(f"Re: {line}") == base_subject(line)
    assert base_subject(base_subject(line)) == base_subject(line)


@pytest.mark.parametrize("piece", ["Re:", "[", "[]", "[a]", "(fwd)", ":", "[Fwd:", "Re[", "[a] Re: ", "İ"])
def test_a_megabyte_of_prefixes(piece: str) -> None:
    assert len(split_subject(piece * 300_000).shown) <= 1000
