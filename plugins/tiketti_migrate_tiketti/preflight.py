"""Before the first write: which organization, which role, what would be set off, were we here before."""

from collections.abc import Callable, Mapping
from typing import Any

from tiketti_migrate.api import Needs, Standing
from tiketti_migrate.errors import AccessDenied, Refused, UsageError
from tiketti_migrate.http import ServerClock
from tiketti_migrate_tiketti.bodies import Provenance
from tiketti_migrate_tiketti.client import TikettiClient
from tiketti_migrate_tiketti.lookups import bears_token

__all__ = ["choose_organization", "preflight"]

_SKEW_WORTH_TELLING = 60.0
_DOCUMENTED_ROLES = ("admin", "manager", "agent", "viewer")

Object = Mapping[str, Any]


def choose_organization(
    me: Object,
    wanted: str | None,
    choose: Callable[[str, Mapping[str, str]], str | None] = lambda _question, _options: None,
) -> Object:
    """The one the user named, has, or chooses among several.

    Raises UsageError that lists them where nobody can be asked, AccessDenied when there is none.
    """
    organizations = [one for one in me.get("organizations") or [] if isinstance(one, dict)]
    listed = ", ".join(f"{one.get('name')} ({one.get('id')})" for one in organizations)
    if not organizations:
        raise AccessDenied("this user belongs to no organization in Tiketti")
    if wanted is None and len(organizations) > 1:
        names = {
            str(one.get("id")): f"{one.get('name')} (you are {one.get('role')})" for one in organizations
        }
        wanted = choose("Which organization is meant?", names)
    if wanted is None:
        if len(organizations) > 1:
            raise UsageError(
                "this user belongs to several organizations", hint=f"choose one with --organization: {listed}"
            )
        return organizations[0]
    for one in organizations:
        if wanted == one.get("id") or wanted.casefold() == str(one.get("name")).casefold():
            return one
    raise UsageError(f"this user has no organization {wanted}", hint=f"there is: {listed}")


def preflight(
    client: TikettiClient,
    clock: ServerClock,
    provenance: Provenance,
    me: Object,
    organization: Object,
    needs: Needs,
) -> Standing:
    """Raises AccessDenied when the role is too small for what is planned."""
    role = str(organization.get("role") or "").casefold()
    _check_role(role, needs)
    warnings = [*_skew(clock), *_later_limits(role, needs), *_webhooks(client, role, needs)]
    return Standing(
        user=str(me.get("email") or me.get("name") or ""),
        organization=str(organization.get("name") or organization.get("id")),
        role=role,
        warnings=tuple(warnings),
        earlier_import=_earlier(client, provenance, needs),
    )


def _check_role(role: str, needs: Needs) -> None:
    if role == "viewer" and (needs.creates or needs.deletes):
        raise AccessDenied(
            "the role viewer may only read", hint="use the token of an agent, manager or admin"
        )
    if role == "agent" and needs.creates.get("label"):
        raise AccessDenied(
            f"the role agent may not create the {needs.creates['label']} labels that are planned",
            hint="use the token of a manager or admin, or --labels off",
        )
    if role == "agent" and needs.deletes:
        raise AccessDenied("the role agent may not delete tickets", hint="use a manager's or admin's token")


def _skew(clock: ServerClock) -> list[str]:
    if abs(clock.skew) < _SKEW_WORTH_TELLING:
        return []
    return [f"Tiketti's clock differs from this machine's by {clock.skew:+.0f} s; Tiketti's is used"]


def _later_limits(role: str, needs: Needs) -> list[str]:
    """What this role cannot do later, or may turn out not to be allowed."""
    if not needs.creates:
        return []
    if role == "agent":
        return ["the role agent may not delete tickets: to undo the import takes a manager or an admin"]
    if role not in _DOCUMENTED_ROLES:
        return [f"what the role {role!r} may do is not documented: a refusal stops the run, to be resumed"]
    return []


def _webhooks(client: TikettiClient, role: str, needs: Needs) -> list[str]:
    """Only an admin may see them."""
    if not needs.creates:
        return []
    unseen = ["whether webhooks will be called cannot be seen: only an admin may list them"]
    if role != "admin":
        return unseen
    try:
        hooks = client.webhooks()
    except Refused:
        return unseen
    warnings = []
    for hook in hooks.values():
        fired = _fired(hook.get("events"), needs)
        if hook.get("active", True) and fired:
            # What follows the path may be somebody's secret.
            url = str(hook.get("url")).partition("?")[0][:100]
            warnings.append(
                f"the webhook {url} will be called up to {fired:,} times; switch it off to prevent it"
            )
    return warnings


def _fired(events: Any, needs: Needs) -> int:
    """At the most: a public reply moves the status only where it was another."""
    creates = needs.creates
    messages = creates.get("message", 0) + creates.get("link_note", 0)
    moves = creates.get("message", 0) + creates.get("outcome", 0)
    counts = {
        "ticket.created": creates.get("ticket", 0),
        "ticket.updated": messages + creates.get("outcome", 0) + creates.get("time_entry", 0),
        "ticket.status_changed": moves,
        "ticket.assigned": creates.get("ticket", 0),
        "message.created": messages + creates.get("ticket", 0),
        "contact.created": creates.get("contact", 0),
        "time_entry.created": creates.get("time_entry", 0),
    }
    names = events if isinstance(events, list) else []
    return sum(counts.get(event, 0) for event in names if isinstance(event, str))


def _earlier(client: TikettiClient, provenance: Provenance, needs: Needs) -> tuple[str, ...]:
    """Tickets that bear the token of one of ours although this workspace never wrote it (rule 13)."""
    found = []
    for ticket in needs.probes:
        term = provenance.search_term(ticket.source_id)
        items, _ = client.page("ticket", 1, search=term)
        for ticket_id, item in list(items.items())[:3]:
            messages = client.messages(ticket_id).values()
            if any(bears_token(message, (f"{term}]", f"{term}/")) for message in messages):
                found.append(str(item.get("code") or ticket_id))
    return tuple(found)
