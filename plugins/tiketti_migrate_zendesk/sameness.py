"""Whether an export is of the account that a workspace was begun with, where one of both does not name it."""

from collections.abc import Callable, Iterator
from itertools import islice

from tiketti_migrate.errors import UsageError
from tiketti_migrate.records import Record
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.export import Export, read_part
from tiketti_migrate_zendesk.recognise import Item
from tiketti_migrate_zendesk.values import id_in

__all__ = ["is_host", "overlaps", "refuse"]

_ENOUGH = 20
_LOOKED_AT = 50_000


def is_host(identity: str) -> bool:
    """Whether an identity is the host of an account, not the path of files that name none."""
    return not set(identity) & set("/\\, ")


def overlaps(export: Export, staged: Callable[[str, str], Record | None]) -> bool:
    """Whether tickets of the export were staged before: accounts use the same ids, not the same moments."""
    same = 0
    try:
        for item in islice(_tickets(export), _LOOKED_AT):
            source_id, made = id_in(item.raw), moment(item.raw.get("created_at")).at
            known = staged("ticket", source_id) if source_id is not None and made is not None else None
            if known is None or known.moment is None:
                continue
            if known.moment != made:
                return False
            same += 1
            if same == _ENOUGH:
                break
    except OSError:
        return False  # said when the file's turn comes
    return same > 0


def refuse(pinned: str, own: str) -> None:
    """Raises UsageError where one of both does not name its account, with what to do."""
    if is_host(pinned) and is_host(own):
        return
    begun = f"was begun with {pinned}" + ("" if is_host(pinned) else ", files that do not name their account")
    these = f"this is {own}" if is_host(own) else "these files do not name theirs"
    raise UsageError(
        f"this workspace {begun}; {these}, and none of the tickets shows that it is the same",
        where=own,
        hint="if it is the same account, give the earlier files together with the new ones in one command;"
        " else choose another --workspace",
    )


def _tickets(export: Export) -> Iterator[Item]:
    for part in export.parts:
        if "ticket" in part.kinds:
            yield from (one for one in read_part(part) if isinstance(one, Item) and one.kind == "ticket")
