"""Who reads the account: an admin's API token, or an OAuth token. Only from the environment, never shown.

https://developer.zendesk.com/api-reference/introduction/security-and-auth/
"""

from base64 import b64encode
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, SecretStr

from tiketti_migrate.errors import UsageError
from tiketti_migrate.http import Access

__all__ = ["HOW_TO_GIVE", "ZendeskCredentials"]

HOW_TO_GIVE = (
    "set ZENDESK_EMAIL and ZENDESK_API_TOKEN (Admin Center > Apps and integrations > APIs), or"
    " ZENDESK_OAUTH_TOKEN, of an admin"
)


class ZendeskCredentials(BaseModel):
    """An e-mail address with its API token, or else an OAuth token."""

    model_config = ConfigDict(frozen=True)

    email: str | None = None
    api_token: SecretStr | None = None
    oauth_token: SecretStr | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "ZendeskCredentials":
        """Raises UsageError when there are none, only half of them, or what can be no token."""
        email = environment.get("ZENDESK_EMAIL", "").strip() or None
        api_token, oauth_token = (
            _secret(environment, name) for name in ("ZENDESK_API_TOKEN", "ZENDESK_OAUTH_TOKEN")
        )
        if not oauth_token and not (email and api_token):
            missing = "ZENDESK_EMAIL is missing" if api_token else "ZENDESK_API_TOKEN is missing"
            words = missing if email or api_token else "no credentials for Zendesk"
            raise UsageError(words, hint=HOW_TO_GIVE)
        return cls(email=email, api_token=api_token, oauth_token=oauth_token)

    def access(self) -> Access:
        """As the API takes them; the API token where both are given."""
        if self.email and self.api_token:
            token = self.api_token.get_secret_value()
            pair = b64encode(f"{self.email}/token:{token}".encode()).decode()
            return Access(f"Basic {pair}", (token,), HOW_TO_GIVE)
        token = self.oauth_token.get_secret_value() if self.oauth_token else ""
        return Access(f"Bearer {token}", (token,), HOW_TO_GIVE)


def _secret(environment: Mapping[str, str], name: str) -> SecretStr | None:
    found = environment.get(name, "").strip()
    if not found:
        return None
    if not (found.isascii() and found.isprintable()) or " " in found:
        raise UsageError(f"{name} holds what can be no token", hint="copy it again")
    return SecretStr(found)
