"""What a table is as a whole: its kind, whether its first row is a header, what it lacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_csv.fields import TABLE_KINDS, TableKind
from tiketti_migrate_csv.recognise import ColumnMatch, recognise
from tiketti_migrate_csv.verdicts import (
    guess_kind,
    has_header,
    header_hint,
    is_usable,
    looks_like_other,
    what_is_missing,
)


def matches(kind: TableKind, *header: str) -> list[ColumnMatch]:
    return recognise(kind, header, [], None)


@pytest.mark.parametrize(
    ("kind", "header"),
    [("ticket", ["ID", "Subject", "Status", "Requester email"]),
     ("ticket", ["Nr.", "Betreff", "Beschreibung", "Kunde", "Erstellt am"]),
     ("ticket", ["Nimi", "Sähköposti", "Otsikko", "Kuvaus"]),
     ("ticket", ["Ticket ID", "Subject", "Comment", "Comment author", "Comment date"]),
     ("contact", ["ID", "Name", "Email", "Phone", "Organization", "Role", "Created at"]),
     ("contact", ["Etunimi", "Sukunimi", "Sähköposti"]), ("contact", ["Prénom", "Nom", "Courriel"]),
     ("company", ["Id", "Name", "Domains", "Notes"]), ("company", ["Firma", "Stundensatz", "Währung"]),
     ("message", ["Ticket ID", "Author", "Body", "Created at", "Public"]),
     ("message", ["Tikettinumero", "Kirjoittaja", "Viesti", "Pvm"]),
     ("time_entry", ["Ticket", "Date", "Hours", "User", "Billable"]),
     ("time_entry", ["N° ticket", "Date", "Durée", "Technicien"]),
     ("label", ["Name", "Color"]), ("label", ["Tag", "Farbe"])],
)  # fmt: skip
def test_the_kind_of_a_table_shows_in_its_header(kind: TableKind, header: list[str]) -> None:
    shares = guess_kind(header, [])
    assert max(shares, key=lambda k: shares[k]) == kind
    assert sum(shares.values()) == pytest.approx(1)


def test_a_table_of_unknown_columns_is_of_no_kind() -> None:
    assert set(guess_kind(["Foo", "Bar", ""], []).values()) == {0.0}
    assert set(guess_kind([], [])) == set(TABLE_KINDS)


@pytest.mark.parametrize(
    "header",
    [["ID", "Subject"], ["Nr.", "2023", "2024"], ["Asia", "Sposti"], ["Email"], ["Produkt", "Menge", "Ort"],
     ["Subject", "Status", "jane@example.com"], ["id", "reply to", "https"]],
)  # fmt: skip
def test_a_first_row_of_names_is_a_header(header: list[str]) -> None:
    row = ["x", "y", "z"][: len(header)]
    assert has_header(header, [row]) == (header[1:2] != ["2023"])


@pytest.mark.parametrize(
    ("header", "what"),
    [(["4711", "Printer broken", "open"], "“4711” is a number"),
     (["Jane Doe", "jane@example.com"], "“jane@example.com” is an e-mail address"),
     (["Printer broken", "2023-05-01 12:30"], "“2023-05-01 12:30” is a date"),
     (["Printer broken", "1.5.2023"], "is a date"), (["x " * 100, "yes"], "is a long text"),
     (["Printer", "https://desk.example.com/4711"], "is a web address")],
)  # fmt: skip
def test_a_first_row_of_data_is_none_and_the_hint_shows_why(header: list[str], what: str) -> None:
    assert not has_header(header, [["a", "b", "c"]])
    assert what in header_hint(header)
    assert "add a row with their names" in header_hint(header)


def test_a_first_row_that_its_columns_repeat_is_data() -> None:
    assert not has_header(["Printer broken", "Jane Doe"], [["No paper", "Jane Doe"]])
    assert has_header(["Printer broken", "Jane Doe"], [["No paper", "Joe Bloggs"]])


def test_tickets_need_a_subject_or_a_description() -> None:
    found = matches("ticket", "ID", "Requester email", "Status", "Created", "Kommt von")
    assert not is_usable("ticket", found)
    (said,) = what_is_missing("ticket", found)
    assert said.startswith("no column is the subject or description: name it in a mapping file")
    assert "columns without a field are “Kommt von”" in said
    assert is_usable("ticket", matches("ticket", "Body"))


def test_what_tickets_can_do_without_is_said_after_what_they_need() -> None:
    said = what_is_missing("ticket", matches("ticket", "Foo"))
    assert [line.split(":")[0] for line in said] == [
        "no column is the subject or description", "no column names the requester", "no column is the status",
        "no column is the date of creation", "no column is the id"]  # fmt: skip
    assert "--default-requester" in said[1]
    complete = matches("ticket", "ID", "Subject", "Requester", "Status", "Created at")
    assert what_is_missing("ticket", complete) == []


def test_a_table_of_contacts_without_addresses_is_told_what_becomes_of_it() -> None:
    (said,) = what_is_missing("contact", matches("contact", "Name"))
    assert "tiketti-migrate init csv" in said
    assert "placeholder" in said
    assert "--" not in said.replace("-o migration.toml", ""), "there is no such option"


@pytest.mark.parametrize(
    ("kind", "header", "lacks"),
    [("message", ["Body", "Author", "Date", "Public"], "ticket id"), ("message", ["Ticket"], "body"),
     ("time_entry", ["Ticket", "Date"], "duration"), ("company", ["Domains"], "name"),
     ("label", ["Color"], "name"), ("contact", ["Company"], "email or name")],
)  # fmt: skip
def test_what_the_other_tables_need(kind: TableKind, header: list[str], lacks: str) -> None:
    found = matches(kind, *header)
    assert not is_usable(kind, found)
    assert what_is_missing(kind, found)[0].startswith(f"no column is the {lacks}")


@given(
    st.lists(st.text(max_size=200), max_size=6),
    st.lists(st.lists(st.text(max_size=50), max_size=6), max_size=4),
)
def test_any_table_is_judged(header: list[str], sample: list[list[str]]) -> None:
    has_header(header, sample)
    assert header_hint(header)
    for kind, share in guess_kind(header, sample).items():
        found = recognise(kind, header, sample, None)
        assert 0 <= share <= 1
        assert is_usable(kind, found) or what_is_missing(kind, found)


@pytest.mark.parametrize(
    ("given", "header", "rather"),
    [("ticket", ["Name", "Email", "Phone", "Company"], "contacts: give it with --contacts FILE"),
     ("ticket", ["Firma", "Stundensatz", "Währung"], "companies: give it with --companies FILE"),
     ("ticket", ["Ticket", "Date", "Hours", "Billable"], "time entries: give it with --time-entries FILE"),
     ("contact", ["ID", "Subject", "Description", "Status"], "tickets: give it first, without a flag")],
)  # fmt: skip
def test_a_table_given_as_another_kind_is_told_its_flag(
    given: TableKind, header: list[str], rather: str
) -> None:
    assert looks_like_other(given, header, []) == f"it looks like a table of {rather}"


@pytest.mark.parametrize("header", [["ID", "Subject", "Name", "Email"], ["Foo"], []])
def test_a_table_that_may_be_of_tickets_is_taken_for_one(header: list[str]) -> None:
    assert looks_like_other("ticket", header, []) is None
