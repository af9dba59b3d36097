"""Whose account it is: its host names, told apart from those of another account."""

from collections.abc import Iterable
from itertools import islice

from tiketti_migrate.errors import UsageError
from tiketti_migrate_zendesk.brands import SUFFIX, BrandHosts, brand_hosts
from tiketti_migrate_zendesk.looking import Part, read_part
from tiketti_migrate_zendesk.recognise import Item

__all__ = ["hosts_of"]

_BRANDS = 10_000


def hosts_of(parts: Iterable[Part]) -> tuple[str, ...]:
    """The account's subdomain host first, then its others. Raises UsageError for those of two accounts."""
    parts = tuple(parts)
    seen = {host for part in parts for host in part.hosts}
    accounts, default = _accounts([part for part in parts if "brand" in part.kinds])
    # An account may have a host of its own beside its subdomain; two subdomains are two accounts.
    candidates = sorted(host for host in seen if host.endswith(SUFFIX)) or sorted(seen)
    owners = {next((n for n, hosts in enumerate(accounts) if host in hosts), host) for host in candidates}
    if len(owners) > 1:
        hint = "their ids collide: import each account into a workspace of its own"
        raise UsageError(f"the files are of different accounts: {', '.join(candidates)}", hint=hint)
    everything = seen.union(*accounts)
    subdomains = candidates or sorted(host for host in everything if host.endswith(SUFFIX))
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
        for own, is_default in _brands_of(part):
            found.update(own)
            default = own[0] if own and (is_default or not default) else default
        for other in [one for one in accounts if one & found]:
            accounts.remove(other)
            found |= other
        # Pages by the thousand may bear an empty list.
        accounts.extend([found] if found else [])
    return accounts, default


def _brands_of(part: Part) -> Iterable[BrandHosts]:
    if part.brands is not None:
        return part.brands
    try:
        entries = list(islice(read_part(part), _BRANDS))
    except OSError:
        return ()  # said when the file's turn comes
    return [brand_hosts(one.raw) for one in entries if isinstance(one, Item) and one.kind == "brand"]
