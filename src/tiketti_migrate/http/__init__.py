"""HTTP as the engine needs it: typed outcomes, one rate limiter, the server's clock."""

from tiketti_migrate.http.addresses import is_loopback
from tiketti_migrate.http.budget import HeaderNames
from tiketti_migrate.http.client import Answer, Authorizer, Client
from tiketti_migrate.http.clock import ServerClock
from tiketti_migrate.http.limiter import Grant, Limiter, Slot
from tiketti_migrate.http.reader import Access, Reader, ReadLimits
from tiketti_migrate.http.refusals import refusal, shortened

__all__ = [
    "Access",
    "Answer",
    "Authorizer",
    "Client",
    "Grant",
    "HeaderNames",
    "Limiter",
    "ReadLimits",
    "Reader",
    "ServerClock",
    "Slot",
    "is_loopback",
    "refusal",
    "shortened",
]
