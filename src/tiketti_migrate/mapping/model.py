"""What stands in a mapping file, as frozen pydantic models that check it: one table a kind of record."""

import datetime as dt
import re
import warnings
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tiketti_migrate.mapping.mistakes import Mistaken
from tiketti_migrate.mapping.patterns import check_pattern, check_replacement
from tiketti_migrate.mapping.templates import parse_template
from tiketti_migrate.records import Priority, Status

__all__ = [
    "EXTRA",
    "IGNORE",
    "MAPPED_KINDS",
    "WORDS",
    "FileTables",
    "MappedKind",
    "Replace",
    "Table",
    "Where",
    "as_word",
]

MappedKind = Literal["ticket", "contact", "company", "message", "time_entry", "label"]
MAPPED_KINDS: tuple[MappedKind, ...] = get_args(MappedKind)

# Not fields but what becomes of a column that has none: kept beside the record, or left out on purpose.
EXTRA = "extra"
IGNORE = "ignore"

# Fields that hold one of a few words, by name.
WORDS: dict[str, tuple[str, ...]] = {"status": get_args(Status), "priority": get_args(Priority)}

_LONGEST_FORMAT = 100
_SAMPLE = dt.datetime(2023, 11, 25, 13, 45, 59, tzinfo=dt.UTC)


def as_word(value: Any) -> Any:
    """Text, also as a number, a truth or a date of TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict):
        raise Mistaken("must be text", hint="a name with a dot in it takes quotes")
    return value


def _template(text: str) -> str:
    parse_template(text)
    return text


def _pattern(text: str) -> str:
    check_pattern(text)
    return text


def _date_format(text: str) -> str:
    """As strptime reads it; a whole date must come of it."""
    if len(text) > _LONGEST_FORMAT:
        raise Mistaken(f"the date format is longer than {_LONGEST_FORMAT} characters")
    try:
        with warnings.catch_warnings():
            # Newer Pythons complain of a format without a year before it is refused here.
            warnings.simplefilter("ignore")
            read = dt.datetime.strptime(_SAMPLE.strftime(text), text)
    except (ValueError, re.error, IndexError, OverflowError) as error:
        raise Mistaken(f"{text!r} is no date format: {error}", hint=_FORMAT_HINT) from None
    if read.date() != _SAMPLE.date():
        raise Mistaken(f"no whole date comes of {text!r}", hint=_FORMAT_HINT)
    return text


_FORMAT_HINT = "such as %d.%m.%Y %H:%M for 25.11.2023 13:45; %y is a year of two digits, %b a month's name"


def _told_apart(words: dict[str, str]) -> dict[str, str]:
    seen: set[str] = set()
    for word in words:
        folded = word.strip().casefold()
        if folded in seen:
            raise Mistaken(f"the word {word!r} stands there twice", hint="case makes no difference", key=word)
        seen.add(folded)
    return words


Word = Annotated[str, BeforeValidator(as_word)]
Words = Annotated[dict[str, Word], AfterValidator(_told_apart)]
Pattern = Annotated[str, BeforeValidator(as_word), AfterValidator(_pattern)]
Template = Annotated[str, BeforeValidator(as_word), AfterValidator(_template)]
DateFormat = Annotated[str, AfterValidator(_date_format)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Replace(_Table):
    """One regular expression and what comes in its place (nothing, by default)."""

    pattern: Pattern
    replacement: str = Field(default="", alias="with")

    @model_validator(mode="after")
    def _groups_exist(self) -> "Replace":
        try:
            check_replacement(self.pattern, self.replacement)
        except Mistaken as mistake:
            raise Mistaken(str(mistake), hint=mistake.hint, key="with") from None
        return self


class Where(_Table):
    """One condition on a column. Words are compared as whole cells, without regard to case and outer blanks;
    ``matches`` looks anywhere in the cell."""

    column: str
    is_: Word | None = Field(default=None, alias="is")
    is_not: Word | None = None
    in_: tuple[Word, ...] | None = Field(default=None, alias="in")
    not_in: tuple[Word, ...] | None = None
    matches: Pattern | None = None
    not_matches: Pattern | None = None
    empty: bool | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> "Where":
        fields = type(self).model_fields.items()
        given = [field.alias or name for name, field in fields if getattr(self, name) is not None]
        if len(given) != 2:
            raise Mistaken(
                "has no condition" if len(given) < 2 else "has more than one condition",
                hint="one of: is, is_not, in, not_in, matches, not_matches, empty; a [[table]] for each",
                key=given[-1] if len(given) > 2 else None,
            )
        return self


class Table(_Table):
    """The rules for one kind of record. Keys are columns in ``columns`` and ``formats``, else fields."""

    columns: dict[str, Word] = Field(default_factory=dict)
    fields: dict[str, Template] = Field(default_factory=dict)
    values: dict[str, Words] = Field(default_factory=dict)
    replace: dict[str, tuple[Replace, ...]] = Field(default_factory=dict)
    where: tuple[Where, ...] = ()
    formats: dict[str, DateFormat] = Field(default_factory=dict)


class FileTables(_Table):
    """A whole file. ``source`` and ``import`` hold options, which their owners check; ``agents``: who of the
    source's staff is whom in the target."""

    source: dict[str, Any] = Field(default_factory=dict)
    import_: dict[str, Any] = Field(default_factory=dict, alias="import")
    agents: Words = Field(default_factory=dict)
    ticket: Table = Table()
    contact: Table = Table()
    company: Table = Table()
    message: Table = Table()
    time_entry: Table = Table()
    label: Table = Table()

    def table(self, kind: MappedKind) -> Table:
        """The rules for ``kind``; an empty table where the file has none."""
        found: Table = getattr(self, kind)
        return found
