"""A Mail as text, for twins of mails on disk. ``python tests/mail_shown.py`` writes those anew."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tiketti_migrate_mail.headers import Address
from tiketti_migrate_mail.mail import Mail
from tiketti_migrate_mail.mime import read_mail

__all__ = ["MAILS", "shown", "twin_of"]

DATA = Path(__file__).parent / "data" / "mail"
MAILS = sorted(
    path
    for folder in ("mimekit", "talon")
    for path in (DATA / folder).rglob("*")
    if path.is_file() and path.name != "LICENSE" and not path.name.endswith(".expected.txt")
)


def twin_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.expected.txt")


def shown(mail: Mail) -> str:
    return "\n".join(_lines(mail)) + "\n"


def _lines(mail: Mail) -> Iterator[str]:
    yield f"kind: {mail.kind}"
    yield f"subject: {mail.subject}"
    yield f"date: {mail.date}"
    yield f"message id: {mail.message_id}"
    yield f"from: {_people((mail.sender,) if mail.sender else ())}"
    for name, people in (("reply to", mail.reply_to), ("to", mail.to), ("cc", mail.cc), ("bcc", mail.bcc)):
        if people:
            yield f"{name}: {_people(people)}"
    if mail.bounce:
        yield f"not reached: {', '.join(mail.bounce.recipients)}"
        yield f"why: {mail.bounce.reason}"
        yield f"about: {', '.join(mail.bounce.message_ids)}"
    for warning in mail.warnings:
        yield f"warning: {warning}"
    for file in mail.files:
        digest = hashlib.sha256(file.content).hexdigest()[:12]
        where = f", shown in the text ({file.content_id})" if file.inline else ""
        yield f"file: {file.name} ({file.content_type}, {len(file.content)} bytes, {digest}{where})"
    for number, (plain, html) in enumerate(mail.texts, 1):
        if plain:
            ways = " flowed" * plain.flowed + " delsp" * plain.delsp
            yield f"--- text {number}, plain{ways}"
            yield plain.text
        if html:
            yield f"--- text {number}, HTML"
            yield html.text


def _people(people: tuple[Address, ...]) -> str:
    # Thousands of people are counted, not listed.
    listed = ", ".join(f"{name} <{email}>" for name, email in people[:20])
    return listed if len(people) <= 20 else f"{listed}, {len(people)} in all"


if __name__ == "__main__":
    for path in MAILS:
        twin_of(path).write_text(shown(read_mail(path.read_bytes())))
