"""What a file is, by its content: never by its name, which people change."""

import re
import zipfile
from enum import Enum
from pathlib import Path

from tiketti_migrate.errors import UsageError

__all__ = ["HEAD", "Kind", "kind_of", "refuse_other_text"]

# Bytes at the beginning of a file, which tell most kinds.
HEAD = 64 * 1024
_EXPORT = "export it as CSV or .xlsx"


class Kind(Enum):
    """What can be opened."""

    TEXT = "text"
    SPREADSHEET = "spreadsheet"
    ZIP = "zip"
    GZIP = "gzip"


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (_OLE, "an old Excel workbook (.xls) or one with a password", "save it as .xlsx without a password"),
    (b"%PDF-", "a PDF document", f"{_EXPORT}: a PDF has no rows"),
    (b"\x89PNG\r\n", "a picture", _EXPORT),
    (b"\xff\xd8\xff", "a picture", _EXPORT),
    (b"GIF8", "a picture", _EXPORT),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV"),
    (b"PAR1", "a Parquet file", "export the table as CSV"),
    (b"7z\xbc\xaf'\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"BZh", "compressed with bzip2", "unpack it first"),
    (b"\xfd7zXZ\0", "compressed with xz", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it first"),
    (b"{\\rtf", "a text document (RTF)", _EXPORT),
    (b"bplist00", "an Apple property list", _EXPORT),
    (b"\x7fELF", "a program", _EXPORT),
    (b"MZ\x90", "a program", _EXPORT),
)
_EXCEL = "xl/workbook.xml"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_DOCUMENTS = {
    "xl/workbook.bin": ("a binary Excel workbook (.xlsb)", "save it as .xlsx"),
    "word/document.xml": ("a Word document", "copy its table into a spreadsheet"),
    "ppt/presentation.xml": ("a PowerPoint presentation", "copy its table into a spreadsheet"),
    "Index/Document.iwa": ("an Apple Numbers or Pages file", _EXPORT),
    "Index.zip": ("an Apple Numbers or Pages file", _EXPORT),
}

_BINARY = re.compile("[\x00-\x08\x0e-\x1f\udc80-\udcff]")
_MAIL = re.compile(
    r"(?:Return-Path|Received|Delivered-To|From|To|Date|Subject|MIME-Version|Message-ID|X-[\w-]+): ?\S", re.I
)
_HTML = r"(?:<!--.*?-->\s*)*(?:<!doctype html|<html|<head|<body|<table|<div|<meta)"
_XML = r"<\?xml|<[a-z][\w:.-]*(?:\s[^<>]*)?>\s*<"
_JSON = r'\{\s*(?:"[^"\n]*"\s*:|\})|\[\s*(?:\{|\]|\[|"[^"\n]*"\s*[,\]])'
_SQL = r"(?:--[^\n]*\n\s*|/\*.*?\*/;?\s*)*(?:CREATE|INSERT|DROP)\s+(?:TABLE|INTO|DATABASE)\s"
_TEXTS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(_HTML, re.I | re.S),
        "a web page (HTML), whatever its name says",
        "open it in a spreadsheet and save it as .xlsx",
    ),
    (re.compile(_XML, re.I), "XML", _EXPORT),
    (re.compile(_JSON), "JSON", "export it as CSV, or use the source that reads this export"),
    (re.compile(r"From \S+ .*\d{4}\r?\n"), "a mailbox (mbox)", "import it with the source mbox"),
    (re.compile(r"BEGIN:V(?:CARD|CALENDAR)", re.I), "an address book or calendar", _EXPORT),
    (re.compile(_SQL, re.I | re.S), "an SQL dump", "export the table as CSV"),
)


def kind_of(path: Path, name: str) -> Kind:
    """Raises UsageError for a file that no table can come out of, OSError."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        raise UsageError("is empty", where=name, hint="export the table again")
    if head.startswith(b"\x1f\x8b"):
        return Kind.GZIP
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _kind_of_zip(path, name)
    for magic, what, hint in _FOREIGN:
        if head.startswith(magic):
            raise _no_table(what, name, hint)
    return Kind.TEXT


def _kind_of_zip(path: Path, name: str) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename for member in archive.infolist()}
            if _EXCEL in members:
                return Kind.SPREADSHEET
            for member, (what, hint) in _DOCUMENTS.items():
                if member in members:
                    raise _no_table(what, name, hint)
            if "mimetype" in members:
                with archive.open("mimetype") as stream:
                    mime = stream.read(200)
                if mime.startswith(_ODS):
                    return Kind.SPREADSHEET
                if mime.startswith(b"application/"):
                    raise _no_table("a document, no spreadsheet", name, _EXPORT)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise UsageError(
            "the archive or workbook is damaged", where=name, hint="download or export it again"
        ) from error
    return Kind.ZIP


def refuse_other_text(text: str, name: str) -> None:
    """Raises UsageError when the beginning of a text is that of something else than a table."""
    start = text.lstrip("\ufeff \t\r\n")
    for pattern, what, hint in _TEXTS:
        if pattern.match(start):
            raise _no_table(what, name, hint)
    lines = start.split("\n", 6)[:6]
    if len(lines) > 2 and sum(1 for line in lines[:3] if _MAIL.match(line)) >= 2:
        raise _no_table("an e-mail message", name, "import mail with the source mbox, maildir or imap")
    if len(_BINARY.findall(text)) > len(text) // 10 + 4:
        raise _no_table("binary data", name, _EXPORT)


def _no_table(what: str, name: str, hint: str) -> UsageError:
    return UsageError(f"this is no table: it looks like {what}", where=name, hint=hint)
