"""Which encoding a text is in, judged by every byte of the file and not by its beginning.

UTF-8 is recognised with certainty. It also stays UTF-8 with some broken bytes in it: those are then named by
line, where a change to a single-byte encoding would spoil every other letter without a word. Where it is not
UTF-8, the library's language models and `letters` together judge the lines that have such bytes.
"""

import codecs
import difflib
from dataclasses import dataclass, field
from encodings.aliases import aliases
from pathlib import Path

import chardet

from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv.letters import plausibility

__all__ = ["Encoding", "Survey", "detect", "label", "lookup", "survey", "wide_encoding"]

_STEP = 1024 * 1024
_SAMPLE = 64 * 1024
_LONGEST = 2048
_HEAD = 64 * 1024
_UTF8_BOM = b"\xef\xbb\xbf"
# UTF-32's mark begins with that of UTF-16.
_WIDE_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_CTRL_Z = b"\x1a"

# Those that exports are found in; the first ones are what the languages of our users are written in, and win
# where a few letters do not decide.
_PRIORS = {"cp1252": 1.6, "cp850": 1.4, "iso8859-15": 1.4, "mac-roman": 1.3}
_CANDIDATES = (
    *("cp1252", "cp850", "iso8859-15", "mac-roman", "cp1250", "cp852", "iso8859-2", "cp1251", "koi8-r"),
    *("cp866", "cp1253", "cp1254", "cp1257", "cp932", "euc-jp", "gb18030", "big5", "cp949"),
)
_CLOSE = 0.6
_NAMES = {"ansi": "cp1252", "dos": "cp850", "oem": "cp850", "excel": "cp1252", "mac": "mac_roman"}
_NOT_OF_FILES = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem")
_LABELS = {
    "ascii": "ASCII", "utf-8": "UTF-8", "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252", "cp850": "CP850 (MS-DOS)", "cp858": "CP858 (MS-DOS)", "iso8859-1": "ISO-8859-1",
    "iso8859-15": "ISO-8859-15", "mac-roman": "Mac Roman", "cp932": "Shift-JIS",
    "cp1250": "Windows-1250", "cp1251": "Windows-1251",
}  # fmt: skip


@dataclass(frozen=True)
class Encoding:
    """A Python codec's ``name``, its ``label`` for people, a ``bom`` before the text; ``sure``: no guess."""

    name: str
    label: str
    bom: bool = False
    sure: bool = True


@dataclass
class Survey:
    """What the bytes of a file tell that is ASCII below 128; of very many lines, one in ``stride``."""

    bom: bool = False
    ascii: bool = True
    valid_lines: int = 0
    broken_lines: int = 0
    controls: bool = False
    newlines: dict[str, int] = field(default_factory=lambda: {"CRLF": 0, "LF": 0, "CR": 0})
    sample: list[bytes] = field(default_factory=list)
    stride: int = 1
    _size: int = 0

    def add(self, line: bytes) -> None:
        """Keep a line that is no UTF-8; of very many, one in ``stride`` is kept, from all over the file."""
        self.sample.append(line)
        self._size += len(line)
        while self._size > _SAMPLE and len(self.sample) > 1:
            self.sample = self.sample[::2]
            self.stride *= 2
            self._size = sum(map(len, self.sample))


def lookup(name: str) -> str:
    """The codec that a user named. Raises UsageError with the nearest name that exists."""
    wanted = _NAMES.get(name.strip().casefold(), name.strip())
    try:
        "a".encode(wanted)
        found = codecs.lookup(wanted).name
    except (LookupError, UnicodeError, ValueError):
        known = sorted({*aliases, *aliases.values(), *_NAMES} - {"hex", "base64", "rot13"})
        near = difflib.get_close_matches(wanted.casefold().replace("-", "_"), known, n=1)
        hint = f"did you mean {near[0]}?" if near else "for example utf-8, cp1252, cp850, utf-16"
        raise UsageError(f"there is no encoding {name!r}", where="--encoding", hint=hint) from None
    if found in _NOT_OF_FILES:
        hint = "for example utf-8 or cp1252"
        raise UsageError(f"{name!r} is no encoding of files", where="--encoding", hint=hint)
    return "utf-8" if found == "utf-8-sig" else found


def label(name: str) -> str:
    """What people call a codec."""
    return _LABELS.get(name.replace("_", "-"), name.upper())


def wide_encoding(head: bytes) -> Encoding | None:
    """UTF-16 or UTF-32, by the mark at its beginning or by where its zero bytes stand."""
    for mark, name in _WIDE_BOMS:
        if head.startswith(mark):
            return Encoding(name, label(name), bom=True)
    pairs = len(head[:_HEAD]) // 2
    even, odd = head[: 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if pairs >= 2 and odd > 0.3 * pairs and even < 0.05 * pairs:
        return Encoding("utf-16-le", label("utf-16-le"), sure=odd > 0.7 * pairs)
    if pairs >= 2 and even > 0.3 * pairs and odd < 0.05 * pairs:
        return Encoding("utf-16-be", label("utf-16-be"), sure=even > 0.7 * pairs)
    return None


def survey(path: Path) -> Survey:
    """Look at every byte of a file, in flat memory. Raises OSError."""
    found = Survey()
    rest = b""
    with path.open("rb", buffering=0) as stream:
        if stream.read(3) == _UTF8_BOM:
            found.bom = True
        else:
            stream.seek(0)
        while data := stream.read(_STEP):
            rest = _look_at(rest + data, found)
    if rest:
        _look_at(rest.removesuffix(_CTRL_Z), found, last=True)
    return found


def _look_at(data: bytes, found: Survey, *, last: bool = False) -> bytes:
    """Count what is in ``data``; what may go on in the next piece is given back."""
    end = len(data) if last else _cut(data)
    data, rest = data[:end], data[end:]
    returns, feeds = data.count(b"\r"), data.count(b"\n")
    both = data.count(b"\r\n") if returns else 0
    for name, count in (("CRLF", both), ("LF", feeds - both), ("CR", returns - both)):
        found.newlines[name] += count
    found.controls = found.controls or len(data.translate(None, CONTROLS)) != len(data)
    if data.isascii():
        return rest
    found.ascii = False
    try:
        data.decode()
        found.valid_lines += 1 + feeds
    except UnicodeDecodeError:
        _look_at_lines(data, found)
    return rest


def _look_at_lines(data: bytes, found: Survey) -> None:
    stride = found.stride
    for line in data.splitlines()[::stride]:
        if line.isascii():
            continue
        try:
            line.decode()
            found.valid_lines += stride
        except UnicodeDecodeError as error:
            found.broken_lines += stride
            found.add(line[max(0, error.start - _LONGEST // 2) :][:_LONGEST])


def _cut(data: bytes) -> int:
    """Where the last whole line ends; a lone CR at the very end may be half of a CRLF."""
    end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
    return end or (len(data) - 4 if len(data) >= 4 * _STEP else 0)


def detect(found: Survey) -> Encoding:
    """The encoding of the surveyed file."""
    if found.bom or found.broken_lines == 0 or found.valid_lines >= found.broken_lines:
        name = "ASCII" if found.ascii and not found.bom else "UTF-8"
        return Encoding("utf-8", name, found.bom, sure=found.valid_lines >= 4 * found.broken_lines)
    data = b"\n".join(found.sample)
    scores = sorted(_scores(data).items(), key=lambda item: -item[1])
    if not scores or scores[0][1] <= 0:
        return Encoding("cp1252", label("cp1252"), sure=False)
    best = scores[0][0]
    text = data.decode(best)
    # Encodings that read these bytes as the very same letters are no rivals.
    rivals = [score for name, score in scores[1:] if data.decode(name) != text]
    sure = not rivals or rivals[0] < _CLOSE * scores[0][1]
    return Encoding(best, label(best), sure=sure)


def _scores(data: bytes) -> dict[str, float]:
    scores: dict[str, float] = {}
    guesses = chardet.detect_all(
        data, ignore_threshold=True, include_encodings=_CANDIDATES, compat_names=False
    )
    for guess in guesses:
        if guess["encoding"] is None:
            continue
        name = codecs.lookup(guess["encoding"]).name
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        scores[name] = guess["confidence"] * plausibility(text) ** 3 * _PRIORS.get(name, 1.0)
    return scores
