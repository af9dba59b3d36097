"""Whom and what a ticket names, and what is to be said of what the export does not hold."""

from tiketti_migrate_zendesk.account import Account, Known

__all__ = ["References"]

_PLURALS = {
    "user": "users",
    "organization": "organizations",
    "group": "groups",
    "brand": "brands",
    "form": "ticket forms",
    "ticket": "tickets",
}  # fmt: skip


class References:
    """The look-ups of one ticket."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def person(self, user_id: str) -> Known | None:
        """The user, None where nobody knows it."""
        return self.account.person(user_id)

    def warning(self, role: str, kind: str, object_id: str | None) -> str | None:
        """What is to be said of an id that leads nowhere (``role``: author, group, ...)."""
        if object_id is None or self.account.holds(kind, object_id):
            return None
        return f"{role} {object_id} is not among the {_PLURALS[kind]}"

    def name(self, user_id: str) -> str:
        """A user for a text: customers with their address, agents by name alone."""
        known = self.person(user_id)
        if known is None:
            return f"Unknown user {user_id}"
        return f"{known.name} ({known.email})" if known.email and not known.is_agent else known.name
