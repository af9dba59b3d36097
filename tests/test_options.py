"""One declaration of options: the flags of a command line, the keys of a file, and mistakes in them."""

from pathlib import Path
from typing import Literal

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, Field

from tiketti_migrate.api import Draft
from tiketti_migrate.cli.map_file import source_values
from tiketti_migrate.drafting import written
from tiketti_migrate.errors import UsageError
from tiketti_migrate.mapping import parse_mapping
from tiketti_migrate.options import build, key_of, parameters
from tiketti_migrate.testing import ListSource


class Chosen(BaseModel):
    """Fields of every kind, some of them named by words of Python."""

    paths: tuple[Path, ...] = ()
    from_: tuple[str, ...] = Field(default=(), description="Only by these.")
    import_: bool = Field(default=False, description="Do it.")
    global_: bool = Field(default=True, description="Everywhere.")
    split_after: int | None = Field(default=None, ge=1)
    mode: Literal["one", "two"] = "one"


class Choosing(ListSource):
    """A source that takes them."""

    Options = Chosen


def given(*arguments: str) -> Chosen:
    """What comes of a command line."""
    values: dict[str, object] = {}

    def keep(**found: object) -> None:
        values.update(found)

    command = click.Command("x", params=parameters(Chosen), callback=keep)
    ran = CliRunner().invoke(command, arguments)
    assert ran.exit_code == 0, ran.output
    assert values.keys() == Chosen.model_fields.keys()
    return build(Chosen, values)


def test_a_word_of_python_is_a_flag_without_its_underscore() -> None:
    assert given("--from", "a@x", "--from", "b@y").from_ == ("a@x", "b@y")
    assert given().from_ == ()
    assert given("--import").import_ is True
    assert (given().global_, given("--no-global").global_) == (True, False)
    assert given("--split-after", "3", "--mode", "two").split_after == 3


def test_the_help_tells_the_flags_and_no_underscores() -> None:
    shown = CliRunner().invoke(click.Command("x", params=parameters(Chosen)), ["--help"]).output
    assert "--from TEXT" in shown
    assert "--global / --no-global" in shown
    assert "--import " in shown
    assert "_" not in shown


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"from_": 7}, "--from: "),
        ({"split_after": 0}, "--split-after: "),
        ({"import_": "perhaps"}, "--import: "),
    ],
)
def test_what_is_wrong_is_told_by_its_flag(values: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(Chosen, values)
    assert caught.value.message.startswith(words)


def test_what_is_missing_is_told_by_its_flag() -> None:
    class Needing(BaseModel):
        from_: str

    with pytest.raises(UsageError, match=r"^--from is missing"):
        build(Needing, {})


def test_in_a_file_it_is_the_same_word() -> None:
    text = '[source]\nname = "list"\nfrom = ["a@x"]\nsplit_after = 7\n'
    found = source_values(parse_mapping(text, "m.toml"), Choosing, {"import_": True, "from_": ()})
    assert found == {"from_": ("a@x",), "split_after": 7, "import_": True}
    with pytest.raises(UsageError, match="there is no option 'from_'"):
        source_values(parse_mapping('[source]\nname = "list"\nfrom_ = ["a"]\n', "m.toml"), Choosing, {})
    made = written(Choosing([]), {"from_": ["a@x"]}, Draft(), "m.toml")
    assert 'from = ["a@x"]' in made
    assert source_values(parse_mapping(made, "m.toml"), Choosing, {}) == {"from_": ("a@x",)}


def test_keys() -> None:
    assert [key_of(name) for name in Chosen.model_fields] == [
        *("paths", "from", "import", "global", "split_after", "mode")
    ]
