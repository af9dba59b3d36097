"""The engine: the rules for one kind of record, compiled once and then applied cell by cell.

The order is the same everywhere: ``where`` looks at the cells as they came, columns and templates fill the
fields, then each field goes through its replacements and at last its map of words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from tiketti_migrate.mapping.lines import Path
from tiketti_migrate.mapping.model import EXTRA, IGNORE, Replace, Table, Where
from tiketti_migrate.mapping.patterns import Expression
from tiketti_migrate.mapping.templates import Template, parse_template
from tiketti_migrate.mapping.word_maps import WordMap, folded

__all__ = ["Cell", "Row", "Rules"]

Cell = Callable[[str], str]
Row = Sequence[str]


class Rules:
    """The compiled rules for one kind. ``place`` names the line of a path in the kind's table.

    A reader of tables takes the pieces and works by position; ``apply`` does the same by name, one row at a
    time. Whatever looks at a cell may raise BadCell: then the row is a problem.
    """

    def __init__(self, table: Table, place: Callable[[Path], str] = lambda _path: "the mapping") -> None:
        self._table = table
        self._maps: dict[str, WordMap] = {}
        self.place = place
        self.columns: Mapping[str, str] = table.columns
        self.formats: Mapping[str, str] = table.formats
        self.templates: Mapping[str, Template] = {
            field: parse_template(text) for field, text in table.fields.items()
        }

    @classmethod
    def empty(cls) -> "Rules":
        """Rules that change nothing."""
        return cls(Table())

    @property
    def is_empty(self) -> bool:
        """True when nothing is asked for."""
        return self._table == Table()

    @cached_property
    def read_columns(self) -> tuple[tuple[str, Path], ...]:
        """Every column that the rules name, and where in the kind's table."""
        found: list[tuple[str, Path]] = [(column, ("columns", column)) for column in self.columns]
        found += [
            (column, ("fields", field))
            for field, template in self.templates.items()
            for column in template.columns
        ]
        found += [(one.column, ("where", number, "column")) for number, one in enumerate(self._table.where)]
        return (*found, *((column, ("formats", column)) for column in self.formats))

    @cached_property
    def changed_fields(self) -> tuple[str, ...]:
        """The fields whose cells go through replacements or a map of words."""
        return tuple(dict.fromkeys([*self._table.replace, *self._table.values]))

    def template(self, field: str, header: Row) -> Callable[[Row], str]:
        """What fills ``field`` from the cells of a row (at least as long as ``header``, the first of equal
        names counts). Raises KeyError for a field without a template, ValueError for an unknown column.
        """
        return self.templates[field].fill(header)

    def replaces(self, field: str) -> Cell | None:
        """All replacements of a field in their order, None when it has none."""
        found = self._table.replace.get(field)
        if not found:
            return None
        steps = [self._replacing(field, number, one) for number, one in enumerate(found)]
        if len(steps) == 1:
            return steps[0]

        def replace(cell: str) -> str:
            for step in steps:
                cell = step(cell)
            return cell

        return replace

    def values(self, field: str) -> Cell | None:
        """The map of words of a field, None when it has none. Other words stay as they are."""
        words = self._table.values.get(field)
        if not words:
            return None
        found = self._maps.get(field)
        if found is None:
            found = self._maps[field] = WordMap(words)
        return found.look_up

    def words_in_vain(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Field and word of the maps that no cell has held so far, and some words that cells did hold."""
        for field, words in self._table.values.items():
            known = self._maps.get(field)
            met = known.met if known else ()
            yield from ((field, word, met) for word in (known.unmet if known else words))

    def change(self, field: str) -> Cell | None:
        """Replacements, then words; None when the field has neither."""
        replace, values = self.replaces(field), self.values(field)
        if replace is None or values is None:
            return replace or values
        return lambda cell: values(replace(cell))

    def where(self, header: Row) -> Callable[[Row], bool] | None:
        """Whether a row passes all conditions; None when there are none. Raises ValueError for an unknown
        column."""
        tests = [
            (header.index(one.column), self._condition(number, one))
            for number, one in enumerate(self._table.where)
        ]
        if not tests:
            return None
        if len(tests) == 1:
            place, test = tests[0]
            return lambda row: test(row[place])
        return lambda row: all(test(row[place]) for place, test in tests)

    def where_place(self) -> str:
        """File and line of the first condition."""
        return self.place(("where",))

    def apply(self, row: Mapping[str, str]) -> dict[str, str] | None:
        """The cells of one row by field; None when a condition leaves it out.

        Columns that the row does not have are empty. The values of several columns of one field are joined
        by commas; a template wins over them. Raises BadCell.
        """
        return self.fill(row) if self.passes(row) else None

    def passes(self, row: Mapping[str, str]) -> bool:
        """Whether all conditions hold. Raises BadCell."""
        return self._test is None or self._test(self._cells(row))

    def fill(self, row: Mapping[str, str], held: Callable[[str], str] | None = None) -> dict[str, str]:
        """The cells of one row by field, as ``apply`` says, whatever the conditions.

        ``held``: what a field holds already. Then an empty cell fills nothing (a constant does), and a field
        that nothing fills is named when replacements or words change what it holds. Raises BadCell.
        """
        found: dict[str, str] = {}
        for column, field in self.columns.items():
            if field not in (EXTRA, IGNORE):
                both = (found.get(field, ""), row.get(column, ""))
                found[field] = ", ".join(filter(None, both))
        cells = self._cells(row)
        for field, fill in self._fills.items():
            found[field] = fill(cells)
        if held is not None:
            found = {field: cell for field, cell in found.items() if cell or self._is_constant(field)}
        for field, change in self._changes.items():
            if field in found:
                found[field] = change(found[field])
            elif held is not None and (after := change(before := held(field))) != before:
                found[field] = after
        return found

    def _is_constant(self, field: str) -> bool:
        return field in self.templates and not self.templates[field].columns

    @cached_property
    def _header(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column for column, _ in self.read_columns))

    @cached_property
    def _test(self) -> Callable[[Row], bool] | None:
        return self.where(self._header)

    @cached_property
    def _fills(self) -> dict[str, Callable[[Row], str]]:
        return {field: self.template(field, self._header) for field in self.templates}

    @cached_property
    def _changes(self) -> dict[str, Cell]:
        changes = {field: self.change(field) for field in self.changed_fields}
        return {field: change for field, change in changes.items() if change is not None}

    def _cells(self, row: Mapping[str, str]) -> list[str]:
        return [row.get(column, "") for column in self._header]

    def _replacing(self, field: str, number: int, one: Replace) -> Cell:
        place = self.place(("replace", field, number, "pattern"))
        return Expression(one.pattern, place).replacing(one.replacement)

    def _condition(self, number: int, one: Where) -> Callable[[str], bool]:
        key = "matches" if one.matches is not None else "not_matches"
        pattern: str | None = getattr(one, key)
        if pattern is not None:
            searching = Expression(pattern, self.place(("where", number, key))).searching()
            return searching if one.matches is not None else lambda cell: not searching(cell)
        if one.empty is not None:
            wanted = one.empty
            return lambda cell: (not cell or cell.isspace()) is wanted
        named = one.in_ if one.in_ is not None else one.not_in
        single = one.is_ if one.is_ is not None else one.is_not
        words = frozenset(folded(word) for word in (named if named is not None else (single or "",)))
        if one.in_ is not None or one.is_ is not None:
            return lambda cell: folded(cell) in words
        return lambda cell: folded(cell) not in words
