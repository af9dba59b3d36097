"""Whatever stands in a ticket, a person or an organization is found again in a record, or a problem names it.

Every leaf of realistic objects is replaced by a marker, one at a time and several. What may vanish is listed.
"""

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.people import company_records, person_records
from zendesk_objects import HOST, comment, convert, options, some_account, ticket

Path = tuple[str | int, ...]

# Where the ticket has its field of that name.
LAST_UPDATE = 5
TICKET: dict[str, Any] = ticket(
    comment(
        html_body="<p>Hello</p>",
        plain_body="Hello",
        body="Hello",
        attachments=[
            {
                "id": 5,
                "url": f"https://{HOST}/api/v2/attachments/5.json",
                "file_name": "leak.png",
                "content_url": f"https://{HOST}/attachments/token/abc/?name=leak.png",
                "mapped_content_url": f"https://{HOST}/attachments/token/abc/?name=leak.png",
                "content_type": "image/png",
                "size": 1200,
                "width": 20,
                "height": 30,
                "inline": False,
                "deleted": False,
                "malware_access_override": False,
                "malware_scan_result": "malware_not_found",
                "thumbnails": [{"id": 6, "file_name": "leak_thumb.png"}],
            }
        ],
        audit_id=7,
        via={"channel": "email", "source": {"from": {"name": "Jane", "address": "jane@example.com"}}},
        metadata={"system": {"client": "Firefox", "ip_address": "192.0.2.1", "location": "Espoo"}},
    ),
    comment(
        id=2,
        type="VoiceComment",
        body="Call",
        public=False,
        author_id=900,
        created_at="2023-01-03T09:00:00Z",
        data={
            "from": "+358 1",
            "to": "+358 2",
            "recording_url": f"https://{HOST}/recording.mp3",
            "started_at": "2023-01-03T09:00:00Z",
            "call_duration": 90,
            "answered_by_id": 900,
            "answered_by_name": "Aino",
            "location": "Espoo",
            "transcription_text": "Words",
            "transcription_status": "completed",
            "call_id": 8,
        },
        transcription_visible=True,
        formatted_from="+358 1",
        formatted_to="+358 2",
    ),
    raw_subject="A kettle leaks",
    description="Hello",
    type="incident",
    priority="high",
    group_id=7,
    brand_id=1,
    ticket_form_id=3,
    custom_status_id=5,
    organization_id=51,
    external_id="X-9",
    due_at="2023-02-01T12:00:00Z",
    recipient="help@acme.test",
    submitter_id=900,
    email_cc_ids=[101],
    follower_ids=[900],
    collaborator_ids=[101, 900],
    satisfaction_rating={"id": 1, "score": "bad", "comment": "Too slow", "reason": "Waiting", "reason_id": 3},
    via={
        "channel": "whatsapp",
        "source": {"from": {"name": "Jane", "phone": "+1"}, "to": {"name": "Desk"}, "rel": "help"},
    },
    problem_id=2000,
    via_followup_source_id=900,
    followup_ids=[1100],
    fields=[{"id": 30, "value": "c_blue"}],
    custom_fields=[
        {"id": 31, "value": ["p_lid", "p_cord"]},
        {"id": 32, "value": True},
        {"id": 33, "value": "It fell"},
        {"id": 34, "value": 100},
        {"id": 20, "value": 125},
        {"id": 21, "value": 60},
    ],
    generated_timestamp=1672900000,
    has_incidents=False,
    allow_channelback=False,
    surprise={"deep": ["one", 2]},
)
USER: dict[str, Any] = {
    "id": 1, "url": f"https://{HOST}/api/v2/users/1.json", "name": "Jane", "email": "jane@example.com",
    "phone": "+358 1", "role": "end-user", "organization_id": 50, "notes": "Nice", "details": "Lobby",
    "alias": "JD", "external_id": "E-1", "signature": "Yours", "tags": ["vip"],
    "user_fields": {"tier": "gold"},
    "identities": [{"id": 4, "type": "email", "value": "jd@example.com", "primary": False}],
    "locale": "fi", "time_zone": "Helsinki", "active": True, "suspended": False, "surprise": [1],
}  # fmt: skip
COMPANY: dict[str, Any] = {
    "id": 50, "url": f"https://{HOST}/api/v2/organizations/50.json", "name": "Example Oy",
    "domain_names": ["example.com"], "details": "Street", "notes": "Nice", "tags": ["vip"], "group_id": 7,
    "external_id": "E-1", "organization_fields": {"tier": "gold"}, "surprise": [1],
}  # fmt: skip

# What may be held in vain: repeats, Zendesk's own bookkeeping, and what is personal without being of use.
# "*" is any position in a list; what lies below is meant, too.
MAY_VANISH = frozenset(
    [
        "id", "generated_timestamp", "has_incidents", "allow_channelback", "is_public", "raw_subject",
        "description", "satisfaction_rating.id", "satisfaction_rating.reason_id",
        "comments.*.id", "comments.*.type", "comments.*.audit_id", "comments.*.via", "comments.*.metadata",
        "comments.*.body", "comments.*.plain_body", "comments.*.transcription_visible",
        "comments.*.formatted_from", "comments.*.formatted_to", "comments.*.data.call_id",
        "comments.*.data.transcription_status", "comments.*.data.answered_by_id",
        "comments.*.attachments.*.url", "comments.*.attachments.*.width", "comments.*.attachments.*.height",
        "comments.*.attachments.*.malware_access_override", "comments.*.attachments.*.thumbnails",
        "comments.*.attachments.*.mapped_content_url", "comments.*.attachments.*.deleted",
        # One of the account's own that nobody knows says no more than the standard one beside it.
        "custom_status_id",
        # Told in other words: minutes of a call, seconds of the last update beside those of all.
        "comments.*.data.call_duration", f"custom_fields.{LAST_UPDATE}",
        "identities.*.id", "identities.*.primary",
    ]
)  # fmt: skip
SHAPES: dict[str, Any] = {
    "text": lambda marker: f"mark{marker}",
    "number": lambda marker: marker,
    "digits": str,
    "long": lambda marker: f"{'words ' * 60}mark{marker}",
    "very long": lambda marker: f"{'words ' * 20_000}\nmark{marker}",
    "markup": lambda marker: f"<b title='x'> & </b>\n\n <mark{marker}>",
    "address": lambda marker: f"https://x.example.com/{marker}",
    "controls": lambda marker: f"\x00\ud800\u202e mark{marker}\x1b",
    "huge": lambda marker: [int(f"1{marker}") * 10**40 + marker],
    "fraction": lambda marker: marker + 0.5,
    "list": lambda marker: [f"mark{marker}"],
    "numbers": lambda marker: [marker, None],
    "object": lambda marker: {"odd": f"mark{marker}"},
}
FIRST_MARKER = 40_000_001


def paths_in(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every leaf, list and object but the root."""
    if path:
        yield path
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, one in inner:
        yield from paths_in(one, (*path, key))


def is_let_go(path: Path) -> bool:
    plain = [str(key) for key in path]
    names = ["*" if isinstance(key, int) else key for key in path]
    return any(
        ".".join(words[:length]) in MAY_VANISH
        for words in (plain, names)
        for length in range(1, len(path) + 1)
    )


def changed(raw: dict[str, Any], changes: Mapping[Path, Any]) -> dict[str, Any]:
    """A copy; changes below others that took their place are left out."""
    made = copy.deepcopy(raw)
    for path, value in sorted(changes.items(), key=lambda one: len(one[0])):
        inner: Any = made
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
    return made


def told(found: Iterable[Any]) -> str:
    return "\n".join(
        str(one) if isinstance(one, Problem) else json.dumps(one, default=str, ensure_ascii=False)
        for one in found
    )


def marked(paths: list[Path]) -> st.SearchStrategy[dict[Path, Any]]:
    """Some paths, none below another, each with a marker of its own in some shape."""
    kept = [path for path in paths if not is_let_go(path)]
    chosen = st.lists(st.sampled_from(kept), min_size=1, max_size=6, unique=True)
    return st.tuples(chosen, st.lists(st.sampled_from(sorted(SHAPES)), min_size=6, max_size=6)).map(
        lambda drawn: {
            path: SHAPES[shape](FIRST_MARKER + number)
            for number, (path, shape) in enumerate(zip(drawn[0], drawn[1], strict=False))
            if not any(path != other and path[: len(other)] == other for other in drawn[0])
        }
    )


def missing(changes: Mapping[Path, Any], found: Iterable[Any]) -> list[Path]:
    words = told(found)
    return [
        path
        for path, value in changes.items()
        for marker in re.findall(r"4\d{7}", str(value))
        if marker not in words
    ]


def ticket_found(raw: dict[str, Any], extras: str, time: str) -> list[Any]:
    found = convert(raw, extras=extras, time=time)
    return [*found.records, *found.problems]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("extras", ["note", "label", "off"])
def test_every_value_of_a_ticket_is_found_again(shape: str, extras: str) -> None:
    lost = []
    for path in paths_in(TICKET):
        changes = {} if is_let_go(path) else {path: SHAPES[shape](FIRST_MARKER)}
        lost += missing(changes, ticket_found(changed(TICKET, changes), extras, "updates"))
    assert lost == []


@settings(max_examples=500, deadline=None)
@given(
    marked(list(paths_in(TICKET))),
    st.sampled_from(["note", "label", "off"]),
    st.sampled_from(["updates", "total", "off"]),
)
def test_values_of_a_ticket_are_found_again(changes: dict[Path, Any], extras: str, time: str) -> None:
    assert missing(changes, ticket_found(changed(TICKET, changes), extras, time)) == []


@pytest.mark.parametrize(
    "shape", ["text", "long", "very long", "markup", "address", "controls", "list", "object"]
)
def test_the_description_of_a_ticket_without_comments_is_found_again(shape: str) -> None:
    changes: dict[Path, Any] = {("description",): SHAPES[shape](FIRST_MARKER), ("comments",): []}
    assert missing(changes, ticket_found(changed(TICKET, changes), "note", "updates")) == []


def person(raw: dict[str, Any], extras: str) -> list[Any]:
    return list(person_records(raw, "1", "users:1", (), some_account(), options(extras=extras)))


def company(raw: dict[str, Any], extras: str) -> list[Any]:
    return list(company_records(raw, "50", "orgs:1", (), (), some_account(), options(extras=extras)))


@pytest.mark.parametrize("role", ["end-user", "agent"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("extras", ["note", "off"])
def test_every_value_of_a_person_and_a_company_is_found_again(shape: str, extras: str, role: str) -> None:
    lost = []
    for raw, convert_it in (({**USER, "role": role}, person), (COMPANY, company)):
        for path in paths_in(raw):
            changes = {} if is_let_go(path) else {path: SHAPES[shape](FIRST_MARKER)}
            lost += missing(changes, convert_it(changed(raw, changes), extras))
    assert lost == []
