"""A mapping file from the disk: read, checked, and every mistake told with its line."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from tiketti_migrate.errors import UsageError
from tiketti_migrate.mapping import lines as toml_lines
from tiketti_migrate.mapping.explain import explain
from tiketti_migrate.mapping.mistakes import Mistake, nearest, refuse
from tiketti_migrate.mapping.model import EXTRA, IGNORE, MAPPED_KINDS, WORDS, FileTables, MappedKind, as_word
from tiketti_migrate.mapping.rules import Rules
from tiketti_migrate.mapping.syntax import in_words
from tiketti_migrate.mapping.templates import parse_template
from tiketti_migrate.mapping.word_maps import folded

__all__ = ["MappingFile", "parse_mapping", "read_mapping"]

_MOST_BYTES = 1_000_000
_MOST_DOTS = 200
_MOST_IN_VAIN = 20
_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")
_LIST = re.compile(r"[,;|\n]")
_LAST_LINE = " (at end of document)"


class MappingFile:
    """A mapping as it stands in ``file``: rules by kind, and the options of a whole migration.

    ``text`` is the file's text. Options are as TOML gave them: their owners check them.
    """

    def __init__(
        self, file: str, text: str, tables: FileTables, lines: Mapping[toml_lines.Path, int]
    ) -> None:
        self.file = file
        self.text = text
        self._tables = tables
        self._lines = lines

    @property
    def folder(self) -> Path:
        """What paths in the file are relative to."""
        return Path(self.file).parent

    @property
    def source_name(self) -> str | None:
        """The plugin that the file is for, None when it does not say."""
        name = self._tables.source.get("name")
        return name if isinstance(name, str) else None

    @property
    def source_options(self) -> dict[str, Any]:
        """The options of the source."""
        return {key: value for key, value in self._tables.source.items() if key != "name"}

    @property
    def import_options(self) -> dict[str, Any]:
        """The options of the import."""
        return dict(self._tables.import_)

    @property
    def agents(self) -> dict[str, str]:
        """Agents of the source, by name, e-mail address or id, and who they are in the target."""
        return dict(self._tables.agents)

    @property
    def label_names(self) -> frozenset[str]:
        """Labels that the file names as they are to be called, case-folded: in the words of a label's name
        or of a ticket's labels, and in the constant text of a template of these.
        """
        label, ticket = self._tables.label, self._tables.ticket
        cells = [*label.values.get("name", {}).values(), *ticket.values.get("labels", {}).values()]
        cells += [
            text
            for one in (label.fields.get("name"), ticket.fields.get("labels"))
            if one
            for text in parse_template(one).parts[::2]
        ]
        return frozenset(name for cell in cells for part in _LIST.split(cell) if (name := folded(part)))

    def rules(self, kind: MappedKind) -> Rules:
        """The rules for one kind of record, compiled; made once."""
        return self._rules[kind]

    @property
    def has_rules(self) -> bool:
        """False when the file holds options alone."""
        return not all(rules.is_empty for rules in self._rules.values())

    def line(self, path: toml_lines.Path) -> int:
        """The line of a path or of what it stands in."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 1

    def place(self, path: toml_lines.Path) -> str:
        """File and line of a path."""
        return f"{self.file}:{self.line(path)}"

    def check(self, kind: MappedKind, header: Iterable[str], file: str | None = None) -> None:
        """Raises UsageError for columns that ``header`` does not have. ``file``: whose header that is."""
        known = list(header)
        whose = f" in {file}" if file else ""
        refuse(
            self.file,
            [
                Mistake(
                    self.line((kind, *path)), f"there is no column {column!r}{whose}", nearest(column, known)
                )
                for column, path in self._rules[kind].read_columns
                if column not in known
            ],
        )

    def check_fields(self, fields: Mapping[str, Iterable[str]]) -> None:
        """Raises UsageError for kinds and fields that a source does not have. ``fields``: names by kind."""
        mistakes: list[Mistake] = []
        for kind in MAPPED_KINDS:
            named = list(self._named_fields(kind))
            if named and kind not in fields:
                line = self.line((kind,))
                mistakes.append(Mistake(line, f"the source has no {kind}", nearest(kind, fields)))
                continue
            known = list(fields.get(kind, ()))
            mistakes += [
                Mistake(self.line(path), f"a {kind} has no field {field!r}", _meant(field, path, known))
                for field, path in named
                if field not in known
            ]
        refuse(self.file, mistakes)

    def refuse_at(self, path: toml_lines.Path, message: str, hint: str | None = None) -> NoReturn:
        """Raises UsageError that names the line of ``path``."""
        raise UsageError(message, where=self.place(path), hint=hint)

    @contextmanager
    def mistakes(self) -> Iterator[Callable[[toml_lines.Path, str, str | None], None]]:
        """Collect mistakes (path, message, hint) inside; UsageError at the end tells them all."""
        found: list[Mistake] = []
        yield lambda path, message, hint: found.append(Mistake(self.line(path), message, hint))
        refuse(self.file, found)

    def words_in_vain(self, kind: MappedKind) -> Iterator[tuple[str, str]]:
        """Once all was read: the place of each word of a map that nothing held, and what to tell."""
        found = list(self._rules[kind].words_in_vain())
        for field, word, met in found[:_MOST_IN_VAIN]:
            hint = f" ({nearest(word, met)})" if met else ""
            words = f"no {kind.replace('_', ' ')} has {word!r} in {field.replace('_', ' ')}{hint}"
            yield self.place((kind, "values", field, word)), words
        if len(found) > _MOST_IN_VAIN:
            place = self.place((kind, "values"))
            yield (
                place,
                f"no {kind.replace('_', ' ')} has {len(found) - _MOST_IN_VAIN:,} more words of its maps",
            )

    @cached_property
    def _rules(self) -> dict[MappedKind, Rules]:
        return {
            kind: Rules(self._tables.table(kind), lambda path, kind=kind: self.place((kind, *path)))  # type: ignore[misc]
            for kind in MAPPED_KINDS
        }

    def _named_fields(self, kind: MappedKind) -> Iterator[tuple[str, toml_lines.Path]]:
        table = self._tables.table(kind)
        for column, field in table.columns.items():
            if field not in (EXTRA, IGNORE):
                yield field, (kind, "columns", column)
        for part in ("fields", "values", "replace"):
            for field in getattr(table, part):
                yield field, (kind, part, field)


def _meant(field: str, path: toml_lines.Path, known: Sequence[str]) -> str:
    if path[1] == "columns" and path[2] in known:
        return f'the column comes first: "{field}" = "{path[2]}"'
    return nearest(field, known)


def read_mapping(path: Path) -> MappingFile:
    """The file at ``path``. Raises UsageError that names all of its mistakes, each with its line."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the mapping cannot be read: {error.strerror}", where=str(path)) from error
    if len(data) > _MOST_BYTES:
        raise UsageError(f"a mapping is not larger than {_MOST_BYTES:,} bytes", where=str(path))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError("is not UTF-8", where=f"{path}:{line}", hint="save it as UTF-8") from None
    return parse_mapping(text, str(path))


def parse_mapping(text: str, file: str) -> MappingFile:
    """The same from a text; ``file`` is what errors call it, and its folder that of relative paths."""
    _refuse_endless_keys(text, file)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        words, hint = in_words(_LINE.sub("", str(error)).removesuffix(_LAST_LINE))
        raise UsageError(words, where=f"{file}:{line}", hint=hint) from None
    except RecursionError:
        raise UsageError("is nested too deeply", where=file) from None
    lines = toml_lines.lines_of(text)
    try:
        tables = FileTables.model_validate(data)
    except ValidationError as error:
        # A stand-in knows the lines: what is wrong with the tables is not in them.
        blank = MappingFile(file, text, FileTables(), lines)
        refuse(file, [*explain(error, blank.line), *_wrong_words(data, blank)])
        raise
    mapping = MappingFile(file, text, tables, lines)
    refuse(file, list(_wrong_words(data, mapping)))
    return mapping


def _refuse_endless_keys(text: str, file: str) -> None:
    """The parser takes the square of a key's parts: a line of dots would keep it busy for hours."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > _MOST_DOTS:
            raise UsageError(f"there are more than {_MOST_DOTS} dots on one line", where=f"{file}:{number}")


def _wrong_words(data: Mapping[str, Any], mapping: MappingFile) -> Iterator[Mistake]:
    """Words that are none of the few which a field can hold, in maps of words and constants."""
    for kind in MAPPED_KINDS:
        table = data.get(kind)
        if not isinstance(table, dict):
            continue
        for field, known in WORDS.items():
            for path, word in _given_words(table, field):
                if folded(word) not in known:
                    message = f"{word!r} is no {field}"
                    yield Mistake(mapping.line((kind, *path)), message, nearest(word, known))


def _given_words(table: Mapping[str, Any], field: str) -> Iterator[tuple[toml_lines.Path, str]]:
    values, fields = table.get("values"), table.get("fields")
    words = values.get(field) if isinstance(values, dict) else None
    if isinstance(words, dict):
        yield from ((("values", field, old), as_word(new)) for old, new in words.items() if _is_word(new))
    constant = fields.get(field) if isinstance(fields, dict) else None
    if not _is_word(constant) or "{" in as_word(constant):
        return
    # Where a map of words follows, the constant may be one of its words.
    mapped = {folded(word) for word in words} if isinstance(words, dict) else set()
    if folded(as_word(constant)) not in mapped:
        yield ("fields", field), as_word(constant)


def _is_word(value: Any) -> bool:
    """Whatever else it is, another mistake tells it."""
    return value is not None and not isinstance(value, dict | list)
