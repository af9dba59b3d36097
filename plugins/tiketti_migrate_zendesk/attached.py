"""Files of a comment become attachments: listed from the export, be they downloadable or not."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tiketti_migrate.api import RecordFields
from tiketti_migrate_zendesk.bodies import Image, file_keys
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.values import identifier, number, text

__all__ = ["File", "attachments", "attachments_of_images", "plain_attachment"]

_WEB = re.compile(r"https?://", re.IGNORECASE)
_CLEAN = ("malware_not_found", "not_scanned", "failed_to_scan")


class File(NamedTuple):
    """An attachment, and by what an image in the text is known for it."""

    fields: RecordFields
    keys: tuple[str, ...]


def attachments(raw: Iterable[Any], message_id: str, where: str) -> list[File]:
    """One for each JSON object among ``raw``, in its order."""
    found: list[File] = []
    used: set[str] = set()
    for position, one in enumerate(raw, start=1):
        if not isinstance(one, Mapping):
            continue
        own = identifier(one.get("id")) or str(position)
        own = f"{own}-{position}" if own in used else own
        used.add(own)
        made = _attachment(Fields(one), f"{message_id}/{own}", message_id, position, where)
        addresses = (text(one.get("content_url")), text(one.get("mapped_content_url")))
        keys = tuple(key for address in addresses if address for key in file_keys(address))
        found.append(File(made, keys))
    return found


def attachments_of_images(images: Iterable[Image], message_id: str, where: str) -> list[RecordFields]:
    """Images that stand only in the text; the id is made of the address, which is all there is of them."""
    return [
        plain_attachment(
            f"{message_id}/image-{_digest(image.address)}",
            message_id,
            where,
            filename=_base_name(image.name) or "image",
            content_type=image.content_type,
            content_url=image.address,
            inline=True,
        )
        for image in images
    ]


def plain_attachment(source_id: str, message_id: str, where: str, **fields: Any) -> RecordFields:
    """An attachment that is none in Zendesk."""
    about = {"kind": "attachment", "source_id": source_id, "origin": where, "message_id": message_id}
    return {**about, **fields}


def _attachment(fields: Fields, source_id: str, message_id: str, position: int, where: str) -> RecordFields:
    fields.drop("id", "url", "thumbnails", "mapped_content_url", "width", "height", "malware_access_override")
    name = _base_name(fields.line("file_name") or fields.line("filename") or "")
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
        filename=name or f"attachment-{position}",
        content_type=content_type,
        size=size,
        content_url=address,
        inline=inline,
        extra=fields.extra(),
        warnings=tuple(fields.warnings),
    )


def _address(fields: Fields) -> str | None:
    """Where the file can be fetched from; nowhere for what nobody should fetch."""
    address = fields.line("content_url") or fields.line("mapped_content_url")
    if address is not None and not _WEB.match(address):
        fields.warn("its address leads nowhere in the web")
        address = None
    scanned = fields.line("malware_scan_result")
    if scanned is not None and scanned not in _CLEAN:
        fields.warn(f"Zendesk's scan for malware says {scanned}: not to be downloaded")
        address = None
    if fields.flag("deleted"):
        fields.warn("was deleted in Zendesk")
        address = None
    return address


def _base_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _digest(address: str) -> str:
    return hashlib.blake2b(address.encode("utf-8", "replace"), digest_size=6).hexdigest()
