"""Workbooks and archives in the memory, as programs write them."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import xlsxwriter

__all__ = ["Formula", "book", "cell", "ods", "zipped"]


class Formula(NamedTuple):
    """A cell with a formula, and what the spreadsheet made of it last; "" where none has seen it yet."""

    result: str


def zipped(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def book(sheets: Mapping[str, Sequence[Any]], hidden: tuple[str, ...] = ()) -> bytes:
    """A workbook: rows of each sheet; dates, times and durations in the formats that Excel gives them."""
    data = io.BytesIO()
    workbook = xlsxwriter.Workbook(data, {"in_memory": True})
    formats = {
        dt.datetime: workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        dt.date: workbook.add_format({"num_format": "d.m.yyyy"}),
        dt.time: workbook.add_format({"num_format": "hh:mm"}),
        dt.timedelta: workbook.add_format({"num_format": "[h]:mm:ss"}),
    }
    for name, rows in sheets.items():
        sheet = workbook.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, Formula):
                    sheet.write_formula(at, column, "=Other!A1", None, value.result)
                else:
                    sheet.write(at, column, value, formats.get(type(value)))
        if name in hidden:
            sheet.hide()
    workbook.close()
    return data.getvalue()


def ods(sheets: dict[str, list[list[str]]]) -> bytes:
    """An OpenDocument spreadsheet; each cell is given as XML: attributes and content."""
    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
        for prefix in ("office", "table", "text")
    )
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    parts = {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content.encode()}
    return zipped(parts)


def cell(kind: str, value: str, shown: str = "") -> str:
    name = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}.get(kind, "value")
    attribute = "" if kind == "string" else f' office:{name}="{value}"'
    text = f"<text:p>{shown or value}</text:p>"
    return f'<table:table-cell office:value-type="{kind}"{attribute}>{text}</table:table-cell>'
