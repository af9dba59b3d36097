"""HTTP as the engine needs it: typed outcomes, one rate limiter, the server's clock."""

from tiketti_migrate.http.addresses import is_loopback
from tiketti_migrate.http.budget import HeaderNames
from tiketti_migrate.http.client import Answer, Authorizer, Client
from tiketti_migrate.http.clock import ServerClock
from tiketti_migrate.http.downloads import Downloader, Wanted
from tiketti_migrate.http.limiter import Grant, Limiter, Slot
from tiketti_migrate.http.public import is_allowed, is_public
from tiketti_migrate.http.reader import Access, Reader, ReadLimits
from tiketti_migrate.http.refusals import refusal, shortened

__all__ = [
    "Access",
    "Answer",
    "Authorizer",
    "Client",
    "Downloader",
    "Grant",
    "HeaderNames",
    "Limiter",
    "ReadLimits",
    "Reader",
    "ServerClock",
    "Slot",
    "Wanted",
    "is_allowed",
    "is_loopback",
    "is_public",
    "refusal",
    "shortened",
]
