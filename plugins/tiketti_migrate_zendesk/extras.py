"""What a ticket holds that Tiketti has no field for, as rows of a title and a text that people understand."""

from collections.abc import Iterator, Mapping, Set
from typing import Any, NamedTuple

from tiketti_migrate_zendesk.custom_fields import custom_rows
from tiketti_migrate_zendesk.extra_row import Row
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.references import References
from tiketti_migrate_zendesk.values import identifier, text

__all__ = ["Around", "rows_of"]

# A rating that was asked for but never given tells nothing.
_UNRATED = ("unoffered", "offered")
# Where nearly all tickets come from: the provenance line names sender and date already.
_USUAL_CHANNELS = ("web", "email", "api", "rule", "system")
_TICKETS = (
    ("via_followup_source_id", "Follow-up of"),
    ("followup_ids", "Follow-ups"),
    ("merged_ticket_ids", "Merged tickets"),
)
_LINES = (("external_id", "External id"), ("recipient", "Received at"))
_PEOPLE = (
    ("email_cc_ids", "CC", "CC"),
    ("follower_ids", "Followers", "follower"),
    ("collaborator_ids", "Collaborators", "collaborator"),
)

_OF_PLAIN = frozenset(["type", "due_at", *(key for key, _title in _LINES)])
_OF_NAMED = frozenset(["group_id", "brand_id", "ticket_form_id", "custom_status_id"])
_OF_PEOPLE = frozenset(["submitter_id", *(key for key, _title, _role in _PEOPLE)])
_OF_TICKETS = frozenset(["problem_id", *(key for key, _title in _TICKETS)])


class Around(NamedTuple):
    """What is known of the ticket by now. ``values``: those of its custom fields, time taken out."""

    requester_id: str
    values: Mapping[str, Any]
    references: References


def rows_of(fields: Fields, around: Around) -> list[Row]:
    """Every row; what could not be read is not taken and has a warning."""
    # Most tickets have few of them, and all are asked for all.
    is_set = {key for key, value in fields.raw.items() if value}
    rows: list[Row] = []
    if not is_set.isdisjoint(_OF_PLAIN):
        rows += _plain(fields, is_set)
    if not is_set.isdisjoint(_OF_NAMED):
        rows += _named(fields, around, is_set)
    if "organization_id" in is_set:
        rows += _company(fields, around)
    if not is_set.isdisjoint(_OF_PEOPLE):
        rows += _submitter(fields, around)
        rows += _people(fields, around.references)
    if not is_set.isdisjoint(_OF_TICKETS):
        rows += _tickets(fields, around.references)
    if "satisfaction_rating" in is_set:
        rows += _rating(fields)
    if "via" in is_set:
        rows += _channel(fields)
    if around.values:
        rows += custom_rows(around.values, around.references)
    return rows


def _plain(fields: Fields, is_set: Set[str]) -> Iterator[Row]:
    if "type" in is_set and (found := fields.line("type")):
        yield Row("type", "Type", found, labels=(f"type:{found}",))
    if "due_at" in is_set and (due := fields.moment("due_at")):
        yield Row("due_at", "Due", f"{due:%Y-%m-%d %H:%M} UTC")
    for key, title in _LINES:
        if key in is_set and (found := fields.line(key)):
            yield Row(key, title, found)


def _named(fields: Fields, around: Around, is_set: Set[str]) -> Iterator[Row]:
    """Group, brand, form and custom status; where there is only one it tells nothing."""
    account = around.references.account
    for key, kind, names in (
        ("group_id", "group", account.groups),
        ("brand_id", "brand", account.brands),
        ("ticket_form_id", "form", account.forms),
    ):
        object_id = fields.identifier(key) if key in is_set else None
        if object_id is None:
            continue
        name = names.get(object_id)
        if name is None:
            fields.warn(around.references.warning(kind, kind, object_id))
            fields.keep(key)
        elif len(names) > 1:
            yield Row(key, kind.capitalize(), name, labels=(f"{kind}:{name}",))
    if "custom_status_id" in is_set and fields.has("custom_status_id"):
        status = account.statuses.get(fields.identifier("custom_status_id") or "")
        if status is not None and status.name.casefold() not in _names_of(status.category):
            yield Row("custom_status_id", "Status", status.name, labels=(f"status:{status.name}",))


def _names_of(category: str) -> tuple[str, ...]:
    return (category, "on-hold", "on hold") if category == "hold" else (category,)


def _company(fields: Fields, around: Around) -> Iterator[Row]:
    """Where it is another one than the requester's, which the target links by the requester."""
    company_id = fields.identifier("organization_id")
    if company_id is None:
        return
    references = around.references
    fields.warn(references.warning("organization", "organization", company_id))
    known = references.person(around.requester_id)
    if known is not None and known.company_id != company_id:
        name = references.account.company(company_id)
        yield Row("organization_id", "Organization", name or f"organization {company_id}")


def _submitter(fields: Fields, around: Around) -> list[Row]:
    submitter = fields.identifier("submitter_id") if fields.has("submitter_id") else None
    if submitter is None or submitter == around.requester_id:
        return []
    fields.warn(around.references.warning("submitter", "user", submitter))
    return [Row("submitter_id", "Submitted by", around.references.name(submitter))]


def _people(fields: Fields, references: References) -> Iterator[Row]:
    told: set[str] = set()
    for key, title, role in _PEOPLE:
        ids = _ids(fields, key)
        for user_id in ids:
            fields.warn(references.warning(role, "user", user_id))
        # Collaborators repeat the other two.
        names = [
            references.name(user_id) for user_id in ids if key != "collaborator_ids" or user_id not in told
        ]
        told.update(ids)
        if names:
            yield Row(key, title, ", ".join(names))


def _tickets(fields: Fields, references: References) -> Iterator[Row]:
    problem = _ids(fields, "problem_id")
    for ticket_id in problem:
        fields.warn(references.warning("problem", "ticket", ticket_id))
    if problem:
        yield Row("problem_id", "Problem", "", tickets=problem)
    for key, title in _TICKETS:
        if ids := _ids(fields, key):
            yield Row(key, title, "", tickets=ids)


def _ids(fields: Fields, key: str) -> tuple[str, ...]:
    """The ids in a list, or the only one; a list with anything else in it is kept, too."""
    if not fields.has(key):
        return ()
    if not isinstance(fields.raw[key], list):
        one = fields.identifier(key)
        return (one,) if one else ()
    found = [identifier(one) for one in fields.items(key)]
    if None in found:
        fields.warn(f"{key}: some are no ids")
        fields.keep(key)
    return tuple(dict.fromkeys(one for one in found if one))


def _rating(fields: Fields) -> Iterator[Row]:
    raw = fields.raw.get("satisfaction_rating")
    if not isinstance(raw, dict):
        return
    if len(raw) == 1 and raw.get("score") == "unoffered":
        fields.drop("satisfaction_rating")
        return
    rating = Fields(raw)
    rating.drop(
        "id", "url", "assignee_id", "group_id", "requester_id", "ticket_id", "created_at", "updated_at"
    )
    rating.drop("reason_id", "reason_code")
    score, comment, reason = rating.line("score"), rating.text("comment"), rating.line("reason")
    if rating.warnings or rating.extra():
        return
    fields.drop("satisfaction_rating")
    if score in _UNRATED and not comment:
        return
    parts = [part for part in (score, comment, reason) if part]
    labels = (f"satisfaction:{score}",) if score and not comment and not reason else ()
    if parts:
        yield Row("satisfaction_rating", "Satisfaction", ": ".join(parts), labels=labels)


def _channel(fields: Fields) -> Iterator[Row]:
    raw = fields.raw.get("via")
    via = raw if isinstance(raw, dict) else {}
    channel = via.get("channel")
    if channel not in _USUAL_CHANNELS:
        channel = " ".join(text(channel).split())
    if not channel:
        return
    fields.drop("via")
    source = via.get("source")
    found = source.get("from") if isinstance(source, dict) else None
    sender = found if isinstance(found, dict) else {}
    origin = identifier(sender.get("ticket_id"))
    if origin is not None and not fields.raw.get("via_followup_source_id"):
        yield Row("via", "Follow-up of", "", tickets=(origin,))
    if channel in _USUAL_CHANNELS:
        return
    names = [
        name for key in ("name", "username", "phone", "address") if (name := text(sender.get(key)).strip())
    ]
    words = f"{channel} ({', '.join(names)})" if names else channel
    yield Row("via", "Channel", words, labels=(f"channel:{channel}",))
