"""People in cells: one or several, with a name, an address or both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_csv.people import Person, is_email, parse_people

JANE = Person("Jane Doe", "jane@x.test")
RICK = Person("Rick Roe", "rick@x.test")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Jane Doe <jane@x.test>", [JANE]),
        ('"Jane Doe" <jane@x.test>', [JANE]),
        ("\u201eJane Doe\u201c <jane@x.test>", [JANE]),
        ("jane@x.test (Jane Doe)", [JANE]),
        ("<jane@x.test> (Jane Doe)", [JANE]),
        ("Jane Doe (jane@x.test)", [JANE]),
        ("Jane Doe [jane@x.test]", [JANE]),
        ("Jane Doe - jane@x.test", [JANE]),
        ("Jane Doe, jane@x.test", [JANE]),
        ("Jane Doe <mailto:jane@x.test>", [JANE]),
        ("  Jane\u00a0 Doe\t<jane@x.test>", [JANE]),
        ("=?utf-8?q?Jane?= Doe <jane@x.test>", [JANE]),
        ("Jane Doe <jane@x.test>; Rick Roe <rick@x.test>", [JANE, RICK]),
        ("Jane Doe <jane@x.test>, Rick Roe <rick@x.test>", [JANE, RICK]),
        ("Jane Doe <jane@x.test>\nRick Roe <rick@x.test>", [JANE, RICK]),
        ("Jane Doe <jane@x.test><br>Rick Roe <rick@x.test>", [JANE, RICK]),
        ("Jane Doe <jane@x.test> and Rick Roe <rick@x.test>", [JANE, RICK]),
        ("Jane Doe <jane@x.test> | Rick Roe <rick@x.test>", [JANE, RICK]),
        ("jane@x.test (Jane Doe), rick@x.test (Rick Roe)", [JANE, RICK]),
        ("Jane Doe <jane@x.test>; Jane Doe <jane@x.test>", [JANE]),
        ("jane@x.test", [Person(None, "jane@x.test")]),
        ("'jane@x.test'", [Person(None, "jane@x.test")]),
        ("jane@x.test.", [Person(None, "jane@x.test")]),
        ("jane@x.test <jane@x.test>", [Person(None, "jane@x.test")]),
        ("mailto:jane@x.test", [Person(None, "jane@x.test")]),
        ("a@x.test, b@x.test b@x.test", [Person(None, "a@x.test"), Person(None, "b@x.test")]),
        ("Doe, Jane", [Person("Doe, Jane", None)]),
        ("Doe, Jane <jane@x.test>", [Person("Doe, Jane", "jane@x.test")]),
        ("Doe, Jane <a@x.test>; Roe, Rick <b@x.test>", [
            Person("Doe, Jane", "a@x.test"), Person("Roe, Rick", "b@x.test"),
        ]),
        ("Doe, Jane <a@x.test>, Roe, Rick <b@x.test>", [
            Person("Doe, Jane", "a@x.test"), Person("Roe, Rick", "b@x.test"),
        ]),
        ("Jane Doe; Rick Roe", [Person("Jane Doe", None), Person("Rick Roe", None)]),
        ("Jane Doe | Acme <jane@x.test>", [Person("Jane Doe | Acme", "jane@x.test")]),
        ("Jane (Sales)", [Person("Jane (Sales)", None)]),
        ("O'Brien <o'brien@x.test>", [Person("O'Brien", "o'brien@x.test")]),
        ("Jane <jane@nowhere>", [Person("Jane jane@nowhere", None)]),
        ("@jane", [Person("@jane", None)]),
        ("Tom", [Person("Tom", None)]),
        ("N/A", []),
        ("N/A <jane@x.test>", [Person(None, "jane@x.test")]),
        ("(none)", []),
        ("Unassigned", []),
        ("-", []),
        (" ; ", []),
        ("", []),
    ],
)  # fmt: skip
def test_people(cell: str, expected: list[Person]) -> None:
    assert parse_people(cell) == expected


@pytest.mark.parametrize(
    "address",
    [
        "jane@x.test",
        "jane.doe+tag@mail.x.test",
        "o'brien@x.test",
        "jane@xn--bcher-kva.test",
        "jäne@bücher.test",
    ],
)
def test_an_address(address: str) -> None:
    assert is_email(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "jane", "jane@", "@x.test", "jane@x", "jane@x..test", "jane..doe@x.test", ".jane@x.test",
        "jane@-x.test", "jane doe@x.test", "jane@x.test\n", "a@b@x.test", "jane@1.2.3.4", "jane@x.test,",
        "a" * 65 + "@x.test", "jane@" + "x" * 300 + ".test",
    ],
)  # fmt: skip
def test_no_address(address: str) -> None:
    assert not is_email(address)


NAMES = st.from_regex(r"[A-Z][a-z]{2,8}x [A-Z][a-z]{2,8}x", fullmatch=True)
ADDRESSES = st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z]{1,5})?@[a-z]{1,8}\.test", fullmatch=True)
PEOPLE = st.lists(st.builds(Person, NAMES, ADDRESSES), min_size=1, max_size=4, unique=True)
LAYOUTS = ["{0.name} <{0.email}>", '"{0.name}" <{0.email}>', "{0.email} ({0.name})", "{0.name} ({0.email})"]


@given(PEOPLE, st.sampled_from(LAYOUTS), st.sampled_from(["; ", ", ", "\n", ";", " and "]))
def test_people_read_back_from_any_layout(people: list[Person], layout: str, between: str) -> None:
    assert parse_people(between.join(layout.format(person) for person in people)) == people


@given(st.text() | st.text("aA@.<>()[]\"',; |\n=?&:-", max_size=40))
def test_garbage_is_people_with_names_or_addresses_or_nobody(cell: str) -> None:
    for person in parse_people(cell):
        assert person.name or person.email
        assert person.email is None or is_email(person.email)


def test_a_huge_cell_is_read_all_the_same() -> None:
    assert parse_people("a" * 1_000_000) == [Person("a" * 1_000_000, None)]
    assert len(parse_people("; ".join(f"p{n}@x.test" for n in range(50_000)))) == 50_000
