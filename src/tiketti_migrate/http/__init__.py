"""HTTP as the engine needs it: typed outcomes, one rate limiter, the server's clock."""

from tiketti_migrate.http.client import Answer, Authorizer, Client
from tiketti_migrate.http.clock import ServerClock
from tiketti_migrate.http.limiter import Grant, Limiter, Slot
from tiketti_migrate.http.refusals import refusal, shortened

__all__ = [
    "Answer",
    "Authorizer",
    "Client",
    "Grant",
    "Limiter",
    "ServerClock",
    "Slot",
    "refusal",
    "shortened",
]
