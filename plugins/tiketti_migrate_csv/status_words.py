"""Words for status, priority and yes or no, of helpdesks in seven languages (design.md, section 9)."""

from collections.abc import Mapping
from functools import lru_cache

from tiketti_migrate.records import Priority, Status
from tiketti_migrate_csv.plain import language_words, plain

__all__ = ["priority_of", "status_of", "truth_of"]

_STATUS_WORDS: Mapping[Status, tuple[str, ...]] = {
    "open": (
        "open, opened, new, in progress, reopened, re-opened, active, todo, to do, unresolved",
        "unassigned, assigned",
        "work in progress, wip, started, processing, processing assigned, processing planned, incoming",
        "escalated",
        "waiting for support, waiting for agent, waiting on agent, waiting for us, customer responded",
        "customer replied, customer reply, answered by customer, under investigation, investigating",
        "acknowledged",
        "in review, planned, scheduled, received, created, queued, accepted, ongoing, not started, backlog",
        "avoin, avoinna, uusi, käsittelyssä, työn alla, kesken, aloitettu, avattu, avattu uudelleen",
        "aktiivinen",
        "vastaanotettu, kirjattu, osoitettu, työssä, odottaa käsittelyä",
        "offen, neu, in bearbeitung, in arbeit, wieder geöffnet, wiedereröffnet, aktiv, zugewiesen",
        "begonnen",
        "bearbeitung, eröffnet, in bearbeitung zugewiesen, in bearbeitung geplant, erneut geöffnet",
        "ouvert, ouverte, nouveau, nouvelle, en cours, en cours attribué, en cours planifié, rouvert",
        "réouvert",
        "actif, active, à faire, en traitement, assigné, attribué, en cours de traitement",
        "abierto, abierta, nuevo, nueva, en curso, en curso asignada, en curso planificada, en progreso",
        "en proceso, reabierto, reabierta, activo, activa, por hacer, asignado, asignada",
        "aberto, aberta, novo, nova, em andamento, em progresso, em atendimento, em curso, reaberto",
        "reaberta",
        "ativo, ativa, a fazer, atribuído, em processamento, processando, em análise",
        "öppen, öppet, öppna, ny, nytt, pågående, pågår, under arbete, återöppnad, aktiv, att göra",
        "tilldelad",
        "påbörjad, under behandling",
    ),
    "pending": (
        "pending, on hold, hold, waiting, waiting on customer, waiting for customer, waiting on client",
        "awaiting",
        "awaiting reply, awaiting response, awaiting customer, awaiting customer reply, awaiting user",
        "awaiting customer response, waiting for reply, waiting for response, waiting for user, waiting",
        "on user",
        "waiting on third party, waiting for third party, waiting for vendor, waiting on vendor, awaiting",
        "vendor",
        "waiting for approval, awaiting approval, pending approval, pending reminder, pending close",
        "pending user",
        "pending customer, pending vendor, pending change, customer pending, stalled, suspended, paused",
        "snoozed",
        "blocked, deferred, postponed, answered, replied, feedback, need info, needs info, more info",
        "required",
        "waiting for information, waiting for change, waiting on contact, with customer, delayed",
        "odottaa, odottaa vastausta, odottaa asiakasta, odottaa asiakkaan vastausta, odottaa kolmatta",
        "osapuolta",
        "odottaa toimittajaa, odottaa hyväksyntää, pidossa, vastattu, keskeytetty, jäissä, tauolla",
        "odotetaan",
        "lisätietopyyntö",
        "wartend, wartet, warten, warten auf kunde, warten auf kunden, wartet auf kunde, wartet auf kunden",
        "wartet auf antwort, warten auf antwort, wartet auf kundenantwort, ausstehend, zurückgestellt",
        "angehalten",
        "pausiert, in wartestellung, beantwortet, rückfrage, warten auf dritte, wartet auf dritte",
        "schwebend",
        "warten auf erinnerung, warten auf schließen, wartet auf rückmeldung, warten auf rückmeldung",
        "en attente, en attente du client, en attente client, en attente de réponse, en suspens, suspendu",
        "en attente d'approbation, en attente d'un tiers, attente client, répondu, en pause",
        "pendiente, en espera, esperando, esperando al cliente, en espera del cliente, esperando respuesta",
        "a la espera, suspendido, suspendida, respondido, esperando cliente, en espera de respuesta, en",
        "pausa",
        "pendente, em espera, aguardando, aguardando cliente, aguardando o cliente, aguardando resposta",
        "aguardando terceiros, aguardando aprovação, suspenso, suspensa, respondido, aguardando retorno",
        "väntar, väntande, väntar på kund, väntar på svar, väntar på tredje part, avvaktar, parkerad",
        "pausad",
        "besvarad, vilande, väntar på godkännande",
    ),
    "resolved": (
        "solved, resolved, done, fixed, completed, complete, finished, implemented, deployed, fulfilled",
        "ratkaistu, valmis, korjattu, tehty, hoidettu, selvitetty, käsitelty, suoritettu",
        "gelöst, erledigt, behoben, fertig, abgearbeitet, fertiggestellt, beendet",
        "résolu, résolue, terminé, terminée, fait, corrigé, complété, traité",
        "resuelto, resuelta, solucionado, solucionada, terminado, terminada, hecho, completado, completada",
        "resolvido, resolvida, solucionado, solucionada, concluído, concluída, feito, finalizado",
        "finalizada",
        "löst, klar, klart, färdig, åtgärdad, åtgärdat, slutförd, utförd",
    ),
    "closed": (
        "closed, archived, cancelled, canceled, declined, rejected, merged, duplicate, spam, deleted",
        "removed",
        "trash, invalid, wont fix, won't fix, wont do, won't do, withdrawn, closed successful, closed",
        "unsuccessful",
        "ended, inactive, not an issue",
        "suljettu, arkistoitu, peruttu, peruutettu, hylätty, poistettu, päätetty, yhdistetty, roskaposti",
        "geschlossen, archiviert, abgebrochen, storniert, abgelehnt, gelöscht, zusammengeführt",
        "zusammengefasst",
        "abgeschlossen, verworfen",
        "fermé, fermée, clos, close, clôturé, clôturée, archivé, archivée, annulé, annulée, rejeté, refusé",
        "supprimé, fusionné",
        "cerrado, cerrada, archivado, archivada, cancelado, cancelada, rechazado, rechazada, anulado",
        "eliminado",
        "fechado, fechada, encerrado, encerrada, arquivado, arquivada, rejeitado, rejeitada, excluído",
        "stängd, stängt, avslutad, avslutat, arkiverad, avbruten, avvisad, makulerad, borttagen",
        "sammanslagen",
    ),
}  # fmt: skip
_PRIORITY_WORDS: Mapping[Priority, tuple[str, ...]] = {
    "low": (
        "low, lowest, very low, minor, trivial, p4, p5, planning, low priority, not urgent",
        "matala, alhainen, pieni, vähäinen, hyvin matala, ei kiireellinen, erittäin matala, alin",
        "niedrig, gering, sehr niedrig, niedrigste, klein, unwichtig",
        "basse, faible, bas, très basse, mineure, mineur, très faible",
        "baja, bajo, muy baja, menor, mínima",
        "baixa, baixo, muito baixa, mínima",
        "låg, lågt, mycket låg, lägst, lägsta, liten",
    ),
    "normal": (
        "normal, medium, standard, none, moderate, average, default, p3, no priority, not set, unset, mid",
        "normal priority, medium priority",
        "normaali, keskitaso, keskisuuri, tavallinen, keskitasoinen, keskitasoa, ei asetettu",
        "mittel, normale, keine, mittlere",
        "moyenne, moyen, normale, aucune",
        "normal, media, medio, ninguna",
        "média, médio, nenhuma, normal",
        "medel, normalt, vanlig, ingen",
    ),
    "high": (
        "high, very high, major, important, p2, high priority, elevated, severe, above normal",
        "korkea, tärkeä, suuri, hyvin korkea, erittäin korkea",
        "hoch, sehr hoch, wichtig, groß",
        "haute, haut, élevée, élevé, très haute, majeure, importante, très élevée",
        "alta, alto, muy alta, mayor, importante",
        "alta, alto, muito alta, importante",
        "hög, högt, mycket hög, viktig",
    ),
    "urgent": (
        "urgent, critical, p1, p0, emergency, highest, blocker, asap, immediate, urgent priority",
        "showstopper, disaster, top",
        "kiireellinen, kiireinen, kriittinen, erittäin kiireellinen, välitön, hätä, pakottava, akuutti",
        "korkein",
        "dringend, kritisch, sehr dringend, höchste, notfall, sofort, eilig",
        "urgente, critique, très urgente, bloquante, bloquant, immédiate, la plus haute",
        "urgente, crítica, crítico, muy urgente, emergencia, inmediata, máxima, bloqueante",
        "crítica, crítico, emergência, imediata, muito urgente",
        "brådskande, kritisk, akut, omedelbar, högst, högsta",
    ),
}  # fmt: skip
_TRUTH_WORDS: Mapping[bool, tuple[str, ...]] = {
    True: (
        "true, t, yes, y, 1, on, x, checked",
        "kyllä, k, tosi, ja, j, wahr, oui, o, vrai, sí, si, s, verdadero, sim, verdadeiro, sant",
    ),
    False: (
        "false, f, no, n, 0, off, unchecked",
        "ei, e, epätosi, nein, falsch, non, faux, falso, não, nao, nej, falskt",
    ),
}
# What exports with ``--preset`` write as numbers.
_STATUS_NUMBERS: Mapping[str, Mapping[str, Status]] = {
    "glpi": {
        "1": "open", "2": "open", "3": "open", "4": "pending", "5": "resolved", "6": "closed",
        # Changes and problems have more.
        "7": "open", "8": "closed", "10": "pending",
    },
    "freshdesk": {
        "2": "open", "3": "pending", "4": "resolved", "5": "closed", "6": "pending", "7": "pending",
    },
}  # fmt: skip
_PRIORITY_NUMBERS: Mapping[str, Mapping[str, Priority]] = {
    "glpi": {"1": "low", "2": "low", "3": "normal", "4": "high", "5": "high", "6": "urgent"},
    "freshdesk": {"1": "low", "2": "normal", "3": "high", "4": "urgent"},
    "jira": {"1": "urgent", "2": "high", "3": "normal", "4": "low", "5": "low"},
    "osticket": {"1": "low", "2": "normal", "3": "high", "4": "urgent"},
}

_STATUS: Mapping[str, Status] = {
    word: status for status, lists in _STATUS_WORDS.items() for word in language_words(*lists)
}
_PRIORITY: Mapping[str, Priority] = {
    word: priority for priority, lists in _PRIORITY_WORDS.items() for word in language_words(*lists)
}
_TRUTH: Mapping[str, bool] = {
    word: truth for truth, lists in _TRUTH_WORDS.items() for word in language_words(*lists)
}
_LONGEST = 80
_RANK = "0123456789 "


def status_of(word: str, preset: str | None = None) -> Status | None:
    """The status that a word stands for, whatever its case and accents; None for an unknown word.

    Numbers are words only of a ``preset`` whose helpdesk exports them.
    """
    key = _key(word[:_LONGEST])
    found = _STATUS.get(key) or _STATUS.get(key.lstrip(_RANK))
    return _STATUS_NUMBERS.get(preset or "", {}).get(key, found)


def priority_of(word: str, preset: str | None = None) -> Priority | None:
    """The priority that a word stands for ("High", "2 - High"); None for an unknown word.

    Numbers are words only of a ``preset`` whose helpdesk exports them.
    """
    key = _key(word[:_LONGEST])
    found = _PRIORITY.get(key) or _PRIORITY.get(key.lstrip(_RANK))
    return _PRIORITY_NUMBERS.get(preset or "", {}).get(key, found)


def truth_of(word: str) -> bool | None:
    """Yes or no ("true", "kyllä", "Oui", "1"); None for another word."""
    return _TRUTH.get(_key(word[:_LONGEST]))


@lru_cache(maxsize=4096)
def _key(word: str) -> str:
    return plain(word)
