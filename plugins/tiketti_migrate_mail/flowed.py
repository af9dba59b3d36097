"""Text whose lines were broken for sending only, put together again (RFC 3676, section 4)."""

__all__ = ["unflowed"]

_SIGNATURE = "-- "


def unflowed(text: str, *, delsp: bool = False) -> str:
    """``text`` of a part with ``format=flowed``, a paragraph a line; quotes begin with ``> `` (or ``>> ``).

    A line that ends with a space goes on in the next one of the same depth of quotes; the line before a
    signature ends by itself. ``delsp``: that space is no part of the text.
    """
    lines: list[str] = []
    parts: list[str] = []
    depth = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        line_depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if parts and (line_depth != depth or content == _SIGNATURE):
            lines.append(_whole(parts, depth))
            parts = []
        depth = line_depth
        is_open = content.endswith(" ") and content != _SIGNATURE
        parts.append(content[:-1] if is_open and delsp else content)
        if not is_open:
            lines.append(_whole(parts, depth))
            parts = []
    if parts:
        lines.append(_whole(parts, depth))
    return "\n".join(lines)


def _whole(parts: list[str], depth: int) -> str:
    paragraph = "".join(parts)
    paragraph = paragraph if paragraph == _SIGNATURE else paragraph.rstrip(" ")
    return f"{'>' * depth} {paragraph}".rstrip(" ") if depth else paragraph
