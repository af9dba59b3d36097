"""The lines of a text, block by block, with their line ends: LF, CRLF, CR or a mix of them."""

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["LONGEST_LINE", "Lines", "memory_of"]

# In characters. A longer line is left out, and its number kept for whoever names it.
LONGEST_LINE = 8 * 1024 * 1024
_BLOCK, _LARGEST_BLOCK = 256 * 1024, 2 * 1024 * 1024
# Lines at a time, where they are short; one that is kept costs about so much more memory than its text.
_LINES = 4096
_LINE_COST = 64
_CTRL_Z = "\x1a"


@dataclass
class Lines:
    """A file of text in ``encoding`` behind its first ``bom`` bytes; bytes of no character become surrogates.

    ``too_long``: numbers (from 1) of the lines that are left out; they are empty lines instead.
    """

    path: Path
    encoding: str
    bom: int = 0
    too_long: list[int] = field(default_factory=list)

    def blocks(self, wanted: Callable[[], int] = lambda: 0) -> Iterator[tuple[list[str], bool]]:
        """Whole lines, and whether they are the last. Raises OSError.

        ``wanted`` tells how large a row is waiting for its end: then more is read at a time.
        """
        decoder = codecs.getincrementaldecoder(self.encoding)("surrogateescape")
        number, rest, cut = 0, "", False
        with self.path.open("rb", buffering=0) as stream:
            stream.seek(self.bom)
            while data := stream.read(min(max(_BLOCK, wanted()), _LARGEST_BLOCK)):
                lines = _split(rest + decoder.decode(data))
                rest = "" if not lines or lines[-1].endswith("\n") else lines.pop()
                if cut and lines:
                    self.too_long.append(number + 1)
                    lines[0], cut = "\n", False
                if len(rest) > LONGEST_LINE:
                    rest, cut = "", True
                number += len(lines)
                most = max(_LINES, wanted() // _LINE_COST)
                for at in range(0, len(lines), most):
                    yield lines[at : at + most], False
        lines = _split((rest + decoder.decode(b"", True)).removesuffix(_CTRL_Z))
        if cut:
            self.too_long.append(number + 1)
            lines = ["\n"]
        yield lines, True


def _split(text: str) -> list[str]:
    return io.StringIO(text, newline="").readlines()


def memory_of(lines: list[str]) -> int:
    """About how many bytes lines take."""
    return sum(map(len, lines)) + _LINE_COST * len(lines)
