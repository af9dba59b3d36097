"""Files of a comment become attachments: listed from the export, be they downloadable or not."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tiketti_migrate.api import RecordFields
from tiketti_migrate_zendesk.bodies import Image, file_keys, name_in
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.values import identifier, number, text

__all__ = ["File", "attachments", "attachments_of_images", "plain_attachment"]

_WEB = re.compile(r"https?://", re.IGNORECASE)
_ADDRESSES = ("content_url", "mapped_content_url")
_LEFT = "attachments_rest"
_CLEAN = ("malware_not_found", "not_scanned", "failed_to_scan")


class File(NamedTuple):
    """An attachment, and by what an image in the text is known for it."""

    fields: RecordFields
    keys: tuple[str, ...]


def attachments(fields: Fields, message_id: str, where: str) -> list[File]:
    """One for each JSON object and each address in the list of ``fields``, in its order.

    What is neither is kept as extra, with a warning.
    """
    found: list[File] = []
    used: set[str] = set()
    left: list[Any] = []
    for position, one in enumerate(_listed(fields), start=1):
        raw = {"content_url": one} if isinstance(one, str) and _WEB.match(one.strip()) else one
        if not isinstance(raw, Mapping):
            left.append(one)
            continue
        own = identifier(raw.get("id")) or str(position)
        while own in used:
            own = f"{own}-{position}"
        used.add(own)
        made = _attachment(Fields(raw), f"{message_id}/{own}", message_id, position, where)
        addresses = (text(raw.get("content_url")), text(raw.get("mapped_content_url")))
        keys = tuple(key for address in addresses if address for key in file_keys(address))
        found.append(File(made, keys))
    if left:
        fields.warn("some attachments are neither JSON objects nor addresses: kept as extra")
        fields.keep_as(_LEFT, left)
    return found


def attachments_of_images(images: Iterable[Image], message_id: str, where: str) -> list[RecordFields]:
    """Images and files that stand only in the text; the id is made of the address, all there is of them."""
    return [
        plain_attachment(
            f"{message_id}/{'image' if image.is_inline else 'file'}-{_digest(image.address)}",
            message_id,
            where,
            filename=_base_name(image.name) or ("image" if image.is_inline else "file"),
            content_type=image.content_type,
            content_url=image.address,
            inline=image.is_inline,
        )
        for image in images
    ]


def plain_attachment(source_id: str, message_id: str, where: str, **fields: Any) -> RecordFields:
    """An attachment that is none in Zendesk."""
    about = {"kind": "attachment", "source_id": source_id, "origin": where, "message_id": message_id}
    return {**about, **fields}


def _attachment(fields: Fields, source_id: str, message_id: str, position: int, where: str) -> RecordFields:
    fields.identifier("id")
    fields.drop("url", "thumbnails", "width", "height", "malware_access_override")
    size = number(fields.raw.get("size"))
    if size is not None and 0 <= size < 2**63:
        fields.drop("size")
    else:
        size = None
    address = _address(fields)
    content_type = fields.line("content_type")
    inline = bool(fields.flag("inline"))
    return plain_attachment(
        source_id,
        message_id,
        where,
        filename=_name(fields, position),
        content_type=content_type,
        size=size,
        content_url=address,
        inline=inline,
        extra=fields.extra(),
        warnings=tuple(fields.warnings),
    )


def _address(fields: Fields) -> str | None:
    """Where the file can be fetched from; nowhere for what nobody should fetch, which keeps it as extra."""
    given = [(key, found) for key in _ADDRESSES if (found := fields.line(key))]
    in_web = [(key, found) for key, found in given if _WEB.match(found)]
    address = in_web[0][1] if in_web else None
    if given and address is None:
        fields.warn("its address leads nowhere in the web")
    scanned = fields.line("malware_scan_result")
    if scanned is not None and scanned not in _CLEAN:
        fields.warn(f"Zendesk's scan for malware says {scanned}: not to be downloaded")
        address = None
    if fields.flag("deleted"):
        fields.warn("was deleted in Zendesk")
        address = None
    for key, _found in given if address is None else [one for one in given if one not in in_web]:
        fields.keep(key)
    return address


def _name(fields: Fields, position: int) -> str:
    name = fields.line("file_name") or fields.line("filename")
    if name is None and (address := text(fields.raw.get("content_url"))):
        name = name_in(address)
    return _base_name(name or "") or f"attachment-{position}"


def _listed(fields: Fields) -> list[Any]:
    """The list, or the only one."""
    given = fields.raw.get("attachments")
    if given and isinstance(given, Mapping | str):
        fields.drop("attachments")
        return [given]
    return fields.items("attachments")


def _base_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _digest(address: str) -> str:
    return hashlib.blake2b(address.encode("utf-8", "replace"), digest_size=6).hexdigest()
