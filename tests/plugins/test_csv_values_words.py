"""Words for status, priority and yes or no, as helpdesks export them in seven languages."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.records import Priority, Status
from tiketti_migrate_csv import status_words
from tiketti_migrate_csv.plain import language_words
from tiketti_migrate_csv.status_words import priority_of, status_of, truth_of

STATUS_WORDS: dict[Status, str] = {
    "open": "new, Open, In Progress, IN_PROGRESS, reopened, active, to-do, Processing (assigned), "
    "Waiting for support, Avoin, Uusi, käsittelyssä, Offen, In Bearbeitung, Neu, Ouvert, En cours, "
    "En cours (Attribué), Abierto, En curso (asignada), Aberto, Em andamento, Öppen, Pågående",
    "pending": "pending, On-Hold, Hold, Waiting on Customer, Awaiting reply!, Waiting on Third Party, "
    "pending reminder, pending close, Waiting for customer, Odottaa, Wartend, Warten auf Kunde, En attente, "
    "Pendiente, En espera, Pendente, Aguardando cliente, Väntar",
    "resolved": "Solved, Resolved, Done, fixed, completed, Ratkaistu, GELÖST, geloest, Erledigt, Résolu, "
    "RESOLU, Resuelto, Resolvido, Löst, Åtgärdad",
    "closed": "Closed, Archived, Cancelled, canceled, merged, spam, Won't fix, Suljettu, Geschlossen, Fermé, "
    "Clos, Cerrado, Fechado, Encerrado, Stängd, Avslutad",
}
PRIORITY_WORDS: dict[Priority, str] = {
    "low": "low, Lowest, Very low, Matala, Niedrig, Basse, Très basse, Baja, Baixa, Låg, 4 - Low",
    "normal": "normal, Medium, standard, None, Normaali, Mittel, Moyenne, Media, Média, Medel, 2 normal",
    "high": "High, Very High, Major, Korkea, Hoch, Haute, Alta, Hög, 2 - High",
    "urgent": "Urgent, Critical, P1, Emergency, Highest, Kiireellinen, Dringend, Urgente, Crítica, Akut",
}


def pairs(words: Mapping[Any, str]) -> list[tuple[str, Any]]:
    return [(word.strip(), meaning) for meaning, listed in words.items() for word in listed.split(",")]


@pytest.mark.parametrize(("word", "status"), pairs(STATUS_WORDS))
def test_a_status(word: str, status: Status) -> None:
    assert status_of(word) == status
    assert status_of(f"  {word.upper()} ") == status


@pytest.mark.parametrize(("word", "priority"), pairs(PRIORITY_WORDS))
def test_a_priority(word: str, priority: Priority) -> None:
    assert priority_of(word) == priority
    assert priority_of(word.swapcase()) == priority


@pytest.mark.parametrize("word", ["", "1", "3", "purple", "open?closed", "x" * 100_000])
def test_an_unknown_word_is_no_status_and_no_priority(word: str) -> None:
    assert status_of(word) is None
    assert priority_of(word) is None


def test_numbers_are_words_of_the_presets_that_export_them() -> None:
    assert [status_of(str(n), "glpi") for n in range(1, 7)] == [
        "open", "open", "open", "pending", "resolved", "closed",
    ]  # fmt: skip
    assert [status_of(str(n), "freshdesk") for n in range(2, 6)] == ["open", "pending", "resolved", "closed"]
    assert [priority_of(str(n), "freshdesk") for n in range(1, 5)] == ["low", "normal", "high", "urgent"]
    assert [priority_of(str(n), "jira") for n in range(1, 6)] == ["urgent", "high", "normal", "low", "low"]
    assert status_of("Closed", "glpi") == "closed"
    assert status_of("3", "zendesk") is None


@pytest.mark.parametrize("word", ["true", "YES", "1", "x", "Kyllä", "Ja", "wahr", "Oui", "Sí", "Sim", "sant"])
def test_a_yes(word: str) -> None:
    assert truth_of(word) is True


@pytest.mark.parametrize("word", ["false", "No", "0", "Ei", "Nein", "falsch", "Non", "Não", "Nej", "falskt"])
def test_a_no(word: str) -> None:
    assert truth_of(word) is False


def test_no_word_means_two_things() -> None:
    tables: list[Mapping[Any, tuple[str, ...]]] = [
        status_words._STATUS_WORDS,
        status_words._PRIORITY_WORDS,
        status_words._TRUTH_WORDS,
    ]
    for table in tables:
        meanings: dict[str, set[Any]] = {}
        for meaning, lists in table.items():
            for word in language_words(*lists):
                meanings.setdefault(word, set()).add(meaning)
        assert {word: found for word, found in meanings.items() if len(found) > 1} == {}


@given(st.text())
def test_garbage_is_just_unknown(word: str) -> None:
    assert status_of(word) in (None, "open", "pending", "resolved", "closed")
    assert priority_of(word) in (None, "low", "normal", "high", "urgent")
    assert truth_of(word) in (None, True, False)
