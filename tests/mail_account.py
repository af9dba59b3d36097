"""An office's mailbox of some years, made up: threads of customers and of ours over several folders."""

import base64
import email.utils
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from email.header import Header
from pathlib import Path

from dovecot import USER

__all__ = ["Account", "Letter", "make_account"]

_BEGUN = 1_500_000_000
_SUBJECTS = ("Invoice", "Käyttäjätunnus", "Printer on fire", "Rückgabe", "注文について", "Login")
_WORDS = [
    "please",
    "the",
    "printer",
    "does",
    "not",
    "print",
    "any",
    "more",
    "since",
    "yesterday",
    "and",
    "we",
    "need",
    "it",
    "for",
    "our",
    "customers",
]


@dataclass(frozen=True)
class Letter:
    """One mail as it lies in a folder ("" is the inbox)."""

    folder: str
    content: bytes
    flags: str
    when: int
    thread: int
    is_ours: bool
    files: int

    def name(self, number: int) -> str:
        """Of its file in a Maildir."""
        return f"{self.when}.M{number}P1.host,S={len(self.content)}:2,{self.flags}"


@dataclass
class Account:
    """``letters`` in the order of their dates; copies lie in a second folder."""

    letters: list[Letter] = field(default_factory=list)
    copies: list[Letter] = field(default_factory=list)

    def write(self, folder_of: dict[str, Path]) -> None:
        """Into Maildirs by folder."""
        for number, letter in enumerate([*self.letters, *self.copies]):
            path = folder_of[letter.folder] / "cur" / letter.name(number)
            path.write_bytes(letter.content)

    @property
    def folders(self) -> list[str]:
        return sorted({letter.folder for letter in [*self.letters, *self.copies]})

    @property
    def threads(self) -> Counter[int]:
        """Mails by thread."""
        return Counter(letter.thread for letter in self.letters)

    def status(self, thread: int) -> str:
        """Of its ticket: whoever wrote last."""
        last = [letter for letter in self.letters if letter.thread == thread][-1]
        return "resolved" if last.is_ours else "open"


def make_account(mails: int, seed: int = 1) -> Account:
    """Threads of one to six mails; every seventh mail has a file; every eleventh lies in two folders."""
    draw = random.Random(seed)
    account = Account()
    thread, when = 0, _BEGUN
    while len(account.letters) < mails:
        ids: list[str] = []
        for position in range(min(draw.randint(1, 6), mails - len(account.letters))):
            number = len(account.letters)
            when += draw.randint(60, 7200)
            letter = _letter(number, thread, position, ids, when, draw)
            account.letters.append(letter)
            if number % 11 == 5 and not letter.is_ours:
                account.copies.append(_moved(letter, "Projects"))
        thread += 1
    return account


def _letter(
    number: int, thread: int, position: int, ids: list[str], when: int, draw: random.Random
) -> Letter:
    is_ours = position % 2 == 1
    customer = f"Customer {thread % 97} <c{thread % 97}@example.org>"
    sender, recipient = (f"Support <{USER}>", customer) if is_ours else (customer, f"Support <{USER}>")
    own = f"<{number}.{draw.getrandbits(48):x}@example.org>"
    subject = f"{_SUBJECTS[thread % len(_SUBJECTS)]} {thread}"
    shown = _encoded(f"Re: {subject}" if position else subject)
    lines = [
        f"From: {sender}",
        f"To: {recipient}",
        f"Subject: {shown}",
        f"Message-ID: {own}",
        f"Date: {email.utils.formatdate(when)}",
        "MIME-Version: 1.0",
    ]
    if ids:
        lines += [f"In-Reply-To: {ids[-1]}", f"References: {' '.join(ids)}"]
    ids.append(own)
    has_file = number % 7 == 3
    content = "\r\n".join(lines) + "\r\n" + _body(number, has_file, draw)
    flags = "RS" if is_ours else "S" if draw.random() < 0.7 else ""
    folder = "Sent" if is_ours else ""
    return Letter(folder, content.encode(), flags, when, thread, is_ours, int(has_file))


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=70).encode().replace("\n", "\r\n")


def _body(number: int, has_file: bool, draw: random.Random) -> str:
    words = "\r\n".join(
        f"mail {number} line {line}: {' '.join(draw.choices(_WORDS, k=8))}"
        for line in range(draw.randint(2, 40))
    )
    plain = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    if not has_file:
        return plain
    file = base64.encodebytes(draw.randbytes(draw.randint(1, 9000))).decode().replace("\n", "\r\n")
    return (
        f'Content-Type: multipart/mixed; boundary="b{number}"\r\n\r\n--b{number}\r\n{plain}--b{number}\r\n'
        f"Content-Type: application/octet-stream; name=file-{number}.bin\r\n"
        f"Content-Disposition: attachment; filename=file-{number}.bin\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{file}--b{number}--\r\n"
    )


def _moved(letter: Letter, folder: str) -> Letter:
    return replace(letter, folder=folder)
