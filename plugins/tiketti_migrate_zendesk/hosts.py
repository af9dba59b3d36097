"""Whose account it is: its host names, told apart from those of another account."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from tiketti_migrate.errors import UsageError
from tiketti_migrate_zendesk.looking import Part, read_part
from tiketti_migrate_zendesk.recognise import Item, host_of
from tiketti_migrate_zendesk.values import text

__all__ = ["hosts_of"]

_SUFFIX = ".zendesk.com"
_BRANDS = 10_000
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


def hosts_of(parts: Iterable[Part]) -> tuple[str, ...]:
    """The account's subdomain host first, then its others. Raises UsageError for those of two accounts."""
    parts = tuple(parts)
    seen = {host for part in parts for host in part.hosts}
    accounts, default = _accounts([part for part in parts if "brand" in part.kinds])
    # An account may have a host of its own beside its subdomain; two subdomains are two accounts.
    candidates = sorted(host for host in seen if host.endswith(_SUFFIX)) or sorted(seen)
    owners = {next((n for n, hosts in enumerate(accounts) if host in hosts), host) for host in candidates}
    if len(owners) > 1:
        hint = "their ids collide: import each account into a workspace of its own"
        raise UsageError(f"the files are of different accounts: {', '.join(candidates)}", hint=hint)
    everything = seen.union(*accounts)
    subdomains = candidates or sorted(host for host in everything if host.endswith(_SUFFIX))
    if not subdomains:
        return tuple(sorted(everything))
    main = default if default in (candidates or everything) else subdomains[0]
    return (main, *sorted(everything - {main}))


def _accounts(parts: Iterable[Part]) -> tuple[list[set[str]], str]:
    """The hosts that lists of brands say are of one account, and the host of the default brand ("")."""
    accounts: list[set[str]] = []
    default = ""
    for part in parts:
        found: set[str] = set()
        try:
            entries = list(islice(read_part(part), _BRANDS))
        except OSError:
            continue  # said when the file's turn comes
        for brand in (one.raw for one in entries if isinstance(one, Item) and one.kind == "brand"):
            own = _hosts_of_brand(brand)
            found.update(own)
            default = own[0] if own and (brand.get("default") is True or not default) else default
        for other in [one for one in accounts if one & found]:
            accounts.remove(other)
            found |= other
        accounts.append(found)
    return accounts, default


def _hosts_of_brand(brand: Mapping[str, Any]) -> list[str]:
    """That of its subdomain first."""
    name = text(brand.get("subdomain")).strip().lower()
    mapped = text(brand.get("host_mapping")).strip().lower()
    try:
        address = urlsplit(text(brand.get("brand_url"))).hostname or ""
    except ValueError:
        address = ""
    found = [f"{name}{_SUFFIX}" if _NAME.fullmatch(name) else "", address, mapped, host_of(brand) or ""]
    return list(dict.fromkeys(host for host in found if _HOST.fullmatch(host)))
