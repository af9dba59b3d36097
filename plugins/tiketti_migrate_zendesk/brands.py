"""Hosts of an account's brands: under each of them lead addresses to its tickets."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tiketti_migrate_zendesk.recognise import host_of
from tiketti_migrate_zendesk.values import text

__all__ = ["SUFFIX", "BrandHosts", "brand_hosts"]

SUFFIX = ".zendesk.com"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class BrandHosts(NamedTuple):
    """Those of one brand, that of its subdomain first; ``is_default``: it is the account's main one."""

    hosts: tuple[str, ...]
    is_default: bool


def brand_hosts(brand: Mapping[str, Any]) -> BrandHosts:
    """What a brand says of its hosts."""
    name = text(brand.get("subdomain")).strip().lower()
    mapped = text(brand.get("host_mapping")).strip().lower()
    try:
        address = urlsplit(text(brand.get("brand_url"))).hostname or ""
    except ValueError:
        address = ""
    found = [f"{name}{SUFFIX}" if _NAME.fullmatch(name) else "", address, mapped, host_of(brand) or ""]
    hosts = tuple(dict.fromkeys(host for host in found if _HOST.fullmatch(host)))
    return BrandHosts(hosts, brand.get("default") is True)
