"""Which folders of a mailbox are read."""

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from imaplib import IMAP4
from typing import NamedTuple

from imapclient import IMAPClient

from tiketti_migrate.errors import UsageError
from tiketti_migrate.http import shortened
from tiketti_migrate_mail.folder_roles import role_by_flag, role_by_name
from tiketti_migrate_mail.imap_errors import for_people
from tiketti_migrate_mail.imap_list import Listed, Namespaces, list_folders, namespaces, readable
from tiketti_migrate_mail.imap_options import ImapOptions
from tiketti_migrate_mail.mailbox import Folder, Role

__all__ = ["choose_folders"]

_UNREADABLE = frozenset({"noselect", "nonexistent"})
_ONLY_IF_NAMED: frozenset[Role] = frozenset({"trash", "junk", "drafts"})
_ORDER: dict[Role, int] = {"inbox": 0, "sent": 1, "archive": 2, "all": 2}
_MOST_SHOWN = 20


class _Known(NamedTuple):
    """``short``: the name without the prefix of its namespace."""

    folder: Folder
    short: str
    is_foreign: bool


def choose_folders(client: IMAPClient, options: ImapOptions) -> list[Folder]:
    """Inbox, sent, archive, then the others by name; ``key`` is the name as the server gave it.

    Without options: inbox and sent mail, or all mail where labels tell the rest (Gmail). Raises UsageError
    for a glob that matches nothing, naming what there is; otherwise as for_people.
    """
    with for_people(options.at):
        known = _known(client, with_foreign=options.all_folders or bool(options.folder))
        tells_labels = client.has_capability("X-GM-EXT-1")
    chosen = _named(known, options.folder, "--folder")
    if options.all_folders:
        chosen += _usual(known, tells_labels, {one.folder.role for one in known})
    elif not options.folder:
        chosen += _usual([one for one in known if not one.is_foreign], tells_labels, {"inbox", "sent"})
    kept = set(chosen) - set(_named(known, options.without_folder, "--without-folder"))
    if not kept:
        raise UsageError("there is no folder to be read", where=options.at, hint=_there_is(known))
    return sorted(kept, key=lambda one: (_ORDER.get(one.role, 3), _folded(one.name), one.key))


def _usual(known: Sequence[_Known], tells_labels: bool, roles: set[Role]) -> list[Folder]:
    """A folder of all mail has each a second time: alone where labels tell the others, else left out."""
    everything = [one.folder for one in known if one.folder.role == "all" and not one.is_foreign]
    if tells_labels and everything:
        return everything
    return [one.folder for one in known if one.folder.role in roles - _ONLY_IF_NAMED - {"all"}]


def _named(known: Sequence[_Known], globs: Iterable[str], option: str) -> list[Folder]:
    chosen = []
    for glob in globs:
        is_meant = _matcher(glob)
        found = [one.folder for one in known if is_meant(one)]
        if not found:
            raise UsageError(
                f"no folder is called {shortened(glob, 200)}", where=option, hint=_there_is(known)
            )
        chosen += found
    return chosen


def _matcher(glob: str) -> Callable[[_Known], bool]:
    # Gmail's folders have brackets in their names: those stand for themselves.
    matches = re.compile(fnmatch.translate(_folded(glob.strip("/")).replace("[", "[[]"))).match

    def is_meant(one: _Known) -> bool:
        if one.is_foreign:
            # A glob that begins with a wildcard does not name what belongs to others.
            return not glob.startswith(("*", "?")) and bool(matches(_folded(one.folder.name)))
        return bool(matches(_folded(one.folder.name)) or matches(_folded(one.short)))

    return is_meant


def _there_is(known: Sequence[_Known]) -> str:
    names = sorted((one.folder.name for one in known), key=_folded)
    if not names:
        return "the server lists no folders"
    shown = ", ".join(shortened(name, 100) for name in names[:_MOST_SHOWN])
    return f"there is {shown}" + (f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else "")


def _known(client: IMAPClient, *, with_foreign: bool) -> list[_Known]:
    spaces = namespaces(client)
    found = {one.wire: one for one in list_folders(client)}
    for prefix in spaces.foreign if with_foreign else ():
        try:
            found |= {one.wire: one for one in list_folders(client, prefix) if one.wire not in found}
        except IMAP4.abort:
            raise
        except IMAP4.error:
            # A namespace that this user may not look into has nothing to be read.
            continue
    return [_as_known(one, spaces) for one in found.values() if not one.flags & _UNREADABLE]


def _as_known(listed: Listed, spaces: Namespaces) -> _Known:
    prefix, is_foreign = spaces.prefix_of(listed)
    name = readable(listed.wire, listed.delimiter)
    short = readable(listed.wire[len(prefix) :], listed.delimiter) or name
    return _Known(Folder(name, _role(listed, short, is_foreign), listed.wire), short, is_foreign)


def _role(listed: Listed, short: str, is_foreign: bool) -> Role:
    if listed.wire.upper() == "INBOX":
        return "inbox"
    if by_flag := role_by_flag(listed.flags):
        return by_flag
    levels = short.split("/")
    # Below the inbox, or below the name of another user.
    if len(levels) > 1 and (is_foreign or levels[0].upper() == "INBOX"):
        del levels[0]
    return role_by_name(levels[0]) if len(levels) == 1 else "other"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
