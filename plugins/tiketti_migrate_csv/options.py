"""What a user says about tables."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CsvOptions"]

_JOINED = "joined with the tickets by their id."


class CsvOptions(BaseModel):
    """Where the tables lie, and what cannot be seen from them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: tuple[Path, ...] = Field(
        min_length=1,
        description="Tables of tickets: .csv, .tsv, .txt, .xlsx, .ods, each also as .gz or .zip; - is the"
        " standard input. A sheet of a workbook, here and below: book.xlsx::People.",
    )
    contacts: Path | None = Field(default=None, description="Table of contacts, " + _JOINED)
    companies: Path | None = Field(default=None, description="Table of companies.")
    messages: Path | None = Field(default=None, description="Table of messages, " + _JOINED)
    time_entries: Path | None = Field(default=None, description="Table of time entries, " + _JOINED)
    labels: Path | None = Field(default=None, description="Table of labels with their colours.")
    sheet: str | None = Field(
        default=None, description="Sheet of the tickets' workbook, by name or number; else its only one."
    )
    encoding: str | None = Field(default=None, description="Encoding of all tables [detected].")
    delimiter: str | None = Field(
        default=None, description="Between cells: comma, semicolon, tab, pipe, or one character [detected]."
    )
    preset: str | None = Field(
        default=None, description="Whose export it is; none for nobody's [told by its columns]."
    )
    date_order: Literal["dmy", "mdy", "ymd"] | None = Field(
        default=None, description="Order of day, month and year [told by the whole column]."
    )
    duration_unit: Literal["seconds", "minutes", "hours", "days"] | None = Field(
        default=None, description="Unit of durations that are numbers alone [told by their column's name]."
    )
    timezone: str = Field(
        default="UTC", description="Time zone of dates that name none, like Europe/Helsinki."
    )
    group_by: str | None = Field(
        default=None, description="Column whose equal cells make one ticket of several rows [the id]."
    )
    default_requester: str | None = Field(
        default=None,
        description="Who asked where no requester is named, like 'Front desk <desk@example.com>'.",
    )
    title: str | None = Field(
        default=None, description="What provenance lines call the source [the preset's or the file's name]."
    )
