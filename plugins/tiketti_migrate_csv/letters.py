"""How well characters fit where they stand: what tells apart encodings that can all decode a text.

A wrong single-byte encoding puts capitals behind small letters (``KŠytt``), symbols inside words (``K„ytt``),
closing quotation marks that nothing opened (``Malm”``), letters of one script into words of another.
"""

import re
import unicodedata

__all__ = ["plausibility"]

_OTHER = re.compile(r"[^\x00-\x7f]")
_USUAL = frozenset("äöåéèêëàâçîïôûùüñáíóúãõßœæøÄÖÅÉÈÊËÀÂÇÎÏÔÛÙÜÑÁÍÓÚÃÕŒÆØ")
_ALONE = frozenset("àéóáíèåöÀÉÓÁÍÈÅÖ")
_NEVER = frozenset("ˆƒı¤¦¬¯¸¨¹¼¾÷¶´")  # noqa: RUF001
_PARTNERS = {"”": "“„", "„": "“”", "“": "”„", "»": "«", "«": "»", "‚": "‘’", "›": "‹", "‹": "›"}  # noqa: RUF001
# Letters beyond those of the languages of our users are likely too, only less so.
_UNUSUAL = 0.85
_DOUBTFUL = 0.3
# Typography in its right place is no accident, a letter beside letters can be one.
_TELLING = 1.5


def plausibility(text: str) -> float:
    """The mean fit, from 0 (none) to about 1, of the characters beyond ASCII; 1 for a text without any."""
    partners = {mark for mark, others in _PARTNERS.items() if any(other in text for other in others)}
    total = count = 0.0
    for found in _OTHER.finditer(text):
        at = found.start()
        before, after = text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "
        total += _fit(before, found[0], after, partners)
        count += 1
    return total / count if count else 1.0


def _fit(before: str, character: str, after: str, partners: set[str]) -> float:
    if character in _NEVER or unicodedata.category(character) in ("Cc", "Cn", "Co"):
        return 0.0
    if character.isalpha() and character not in "ªº":
        return _letter(before, character, after)
    return _symbol(before, character, after, partners)


def _letter(before: str, character: str, after: str) -> float:
    latin = unicodedata.name(character, "").startswith("LATIN")
    if not latin and any(one.isascii() and one.isalpha() for one in (before, after)):
        return 0.0
    if character.isupper() and (before.islower() or (before.isupper() and after.islower())):
        return 0.0
    if character.islower() and before.isupper() and after.isupper():
        return 0.0
    if before.isdigit() or after.isdigit():
        return _DOUBTFUL
    if not (before.isalpha() or after.isalpha()) and character not in _ALONE:
        return _DOUBTFUL
    return 1.0 if character in _USUAL or not latin else _UNUSUAL


def _symbol(before: str, character: str, after: str, partners: set[str]) -> float:
    inside = before.isalpha() and after.isalpha()
    if "─" <= character <= "▟":
        return 0.0
    if character in _PARTNERS:
        if character not in partners or inside:
            return 0.0
        return _TELLING if character == "“" else 1.0
    if character == "\N{RIGHT SINGLE QUOTATION MARK}":
        return _TELLING if inside else 1.0
    if character in "\N{EN DASH}\N{EM DASH}":
        return 1.0 if before.isalnum() == after.isalnum() else _DOUBTFUL
    if inside:
        return 0.0
    if character in "€£¥":
        return 0.0 if before.isalpha() or after.isalpha() else 1.0
    if character == "°":
        return 1.0 if before.isdigit() or before.isspace() else _DOUBTFUL
    return 1.0
