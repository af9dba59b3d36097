"""Whom and what one ticket names, each looked up once; what the export does not hold is said once."""

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
        self._held: dict[tuple[str, str], bool] = {}
        self._people: dict[str, Known | None] = {}

    def person(self, user_id: str) -> Known | None:
        """The user, None where nobody knows it."""
        if user_id not in self._people:
            self._people[user_id] = self.account.person(user_id)
        return self._people[user_id]

    def warning(self, role: str, kind: str, object_id: str | None) -> str | None:
        """What is to be said of an id that leads nowhere (``role``: author, group, ...)."""
        if object_id is None or self._holds(kind, object_id):
            return None
        return f"{role} {object_id} is not among the {_PLURALS[kind]}"

    def name(self, user_id: str) -> str:
        """A user for a text: customers with their address, agents by name alone."""
        known = self.person(user_id)
        if known is None:
            return f"Unknown user {user_id}"
        return f"{known.name} ({known.email})" if known.email and not known.is_agent else known.name

    def _holds(self, kind: str, object_id: str) -> bool:
        key = (kind, object_id)
        if key not in self._held:
            self._held[key] = self.account.holds(kind, object_id)
        return self._held[key]
