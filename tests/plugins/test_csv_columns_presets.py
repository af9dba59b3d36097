"""The exports of the known helpdesks, as those tools write them, are told apart and read as they mean it."""

import csv
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from tiketti_migrate.errors import UsageError
from tiketti_migrate.records import Priority, Status
from tiketti_migrate_csv.fields import EXTRA, FIELDS, IGNORE
from tiketti_migrate_csv.presets import PRESETS, preset_named, preset_suggested
from tiketti_migrate_csv.recognise import recognise
from tiketti_migrate_csv.verdicts import guess_kind, has_header, is_usable

DATA = Path(__file__).parents[1] / "data" / "csv"
EXPORTS: dict[str, dict[str, Any]] = tomllib.loads((DATA / "presets" / "expected.toml").read_text("utf-8"))


def rows_of(name: str) -> list[list[str]]:
    with (DATA / "presets" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=EXPORTS[name].get("delimiter", ",")))


def test_every_export_has_its_expected_twin() -> None:
    assert {path.stem for path in (DATA / "presets").glob("*.csv")} == set(EXPORTS)
    assert {export["preset"] for export in EXPORTS.values()} == set(PRESETS)


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_recognised_by_its_header(name: str) -> None:
    header, *rows = rows_of(name)
    assert preset_suggested(header) == EXPORTS[name]["preset"]
    assert has_header(header, rows)
    kinds = guess_kind(header, rows)
    assert max(kinds, key=lambda kind: kinds[kind]) == "ticket"


@pytest.mark.parametrize("name", EXPORTS)
def test_the_columns_of_an_export(name: str) -> None:
    header, *rows = rows_of(name)
    matches = recognise("ticket", header, rows, EXPORTS[name]["preset"])
    found: dict[str, str] = {}
    for match in matches:
        if match.field != EXTRA:
            assert found.setdefault(match.column, match.field) == match.field
    assert found == EXPORTS[name]["columns"]
    assert is_usable("ticket", matches)


def test_all_comments_and_labels_of_a_jira_issue_are_taken() -> None:
    header, *rows = rows_of("jira")
    matches = recognise("ticket", header, rows, "jira")
    comments = [index for index, name in enumerate(header) if name == "Comment"]
    assert [match.index for match in matches if match.field == "comment"] == comments
    assert sum(match.field == "labels" for match in matches) == header.count("Labels") == 2
    preset = PRESETS["jira"]
    cells = dict(zip(preset.comment_parts, rows[0][header.index("Comment")].split(";", 2), strict=True))
    assert cells == {
        "created_at": "26/Feb/26 9:05 AM", "author_id": "5f0a", "body": "Is the light red; or does it blink?"
    }  # fmt: skip


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_speaks_of_what_exists(preset: Any) -> None:
    assert set(preset.columns.values()) <= {*FIELDS[preset.kind], EXTRA, IGNORE}
    assert preset.repeated <= {"comment", "labels", "note"}
    assert set(preset.statuses.values()) <= set(get_args(Status))
    assert set(preset.priorities.values()) <= set(get_args(Priority))
    assert len(preset.signature) >= preset.enough
    assert preset.sources


@pytest.mark.parametrize("name", EXPORTS)
def test_the_words_for_status_and_priority_in_an_export_are_known(name: str) -> None:
    header, *rows = rows_of(name)
    preset = PRESETS[EXPORTS[name]["preset"]]
    for match in recognise("ticket", header, rows, preset.name):
        known = {"status": preset.statuses, "priority": preset.priorities}.get(match.field)
        if known:
            assert {row[match.index].casefold() for row in rows} <= {*known, "-"}


def test_a_column_that_the_tool_has_not_of_itself_goes_by_its_header() -> None:
    matches = recognise("ticket", ["Issue key", "Summary", "Kunden-E-Mail", "Creator"], [], "jira")
    assert [(match.field, match.confidence) for match in matches] == [
        ("id", 1.0), ("subject", 1.0), ("requester_email", 0.9), (EXTRA, 0.0)]  # fmt: skip
    assert matches[3].reason == "preset jira"


def test_a_preset_is_for_tickets_only() -> None:
    (match,) = recognise("contact", ["Email"], [], "freshdesk")
    assert (match.field, match.reason) == ("email", "the header is the field's own name")


@pytest.mark.parametrize(
    "header",
    [["ID", "Subject", "Description", "Status"], ["Customer name", "Customer email", "Subject"], [], ["", ""],
     ["Created time", "Closed time", "Resolved time"], ["Name", "Email"]],
)  # fmt: skip
def test_usual_headers_suggest_no_preset(header: list[str]) -> None:
    assert preset_suggested(header) is None


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        recognise("ticket", ["ID"], [], "zendex")
    assert caught.value.hint is not None
    assert "zendesk" in caught.value.hint
    assert preset_named("none") is preset_named(None) is None


def test_glpi_speaks_german_as_its_translators_do() -> None:
    header = [
        "ID", "Titel", "Anforderer - Anforderer", "Anmerkungen - Beschreibung", "Tätigkeiten - Beschreibung",
        "Datum der Lösung", "Abschlussdatum", "Letzte Änderung durch",
    ]  # fmt: skip
    assert preset_suggested(header) == "glpi"
    found = [match.field for match in recognise("ticket", header, [], "glpi")]
    assert found == ["id", "subject", "requester", "comment", "note", EXTRA, EXTRA, EXTRA]
    assert PRESETS["glpi"].priorities["kritisch"] == "urgent"
