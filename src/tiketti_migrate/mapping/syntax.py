"""What the parser of TOML says, in words for people who never heard of TOML."""

import re

__all__ = ["in_words"]

_QUOTES = "texts stand in quotes; a \\ in \"...\" is written \\\\, in '...' as it is"
_NAME = 'a name with blanks, dots or letters beyond a to z takes quotes, and = follows it: "Ticket ID" = "id"'
_ENDS = "a line ends behind its value: no comma, no semicolon"
_TABLE_TWICE = re.compile(r"Cannot declare \((.*)\) twice")
_PART = re.compile(r"'([^']*)'")


def in_words(said: str) -> tuple[str, str]:
    """What is wrong, and a hint."""
    twice = _TABLE_TWICE.fullmatch(said)
    if twice is not None:
        table = ".".join(_PART.findall(twice[1]))
        return f"the table [{table}] stands there twice", "all of its lines belong under one"
    if said.startswith("Cannot overwrite"):
        return "the key stands there twice", "each name once in a table"
    if said.startswith("Expected newline"):
        return "something follows the value", _ENDS
    if said == "Invalid statement" or said.startswith("Expected '=' after a key"):
        return "this is no line of the form name = value", _NAME
    if said.startswith("Illegal character '\\n'"):
        return "a text is not closed on its line", _QUOTES
    if said == "Invalid value":
        return "this is no value", f"{_QUOTES}; “ and ” are no quotes here"
    return said, _QUOTES
