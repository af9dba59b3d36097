"""What a folder is for, told by its name, and which folders are read."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from tiketti_migrate_mail.folder_roles import role_by_name
from tiketti_migrate_mail.mailbox import Role

__all__ = ["LEFT_OUT", "is_wanted", "name_of", "role_of"]

# Read only when they are asked for: what nobody has sent, and what somebody threw away.
LEFT_OUT: frozenset[Role] = frozenset({"drafts", "junk", "trash"})

# What only files are called: on a server the inbox is INBOX, and a flag says what holds all mail.
_NAMES: dict[Role, str] = {
    "inbox": """
        inbox; in; posteingang; eingang; boîte de réception; courrier entrant; bandeja de entrada;
        recibidos; posta in arrivo; in arrivo; postvak in; caixa de entrada; entrada; inkorgen; inkorg;
        saapuneet; indbakke; innboks; skrzynka odbiorcza; odebrane; doručená pošta; beérkezett üzenetek;
        gelen kutusu; входящие; вхідні; 受信トレイ; 受信箱; 收件箱; 收件匣; 받은편지함
    """,
    "all": """
        all mail; all mail including spam and trash; alle nachrichten; alle nachrichten einschließlich
        spam und papierkorb; alle e-mails; tous les messages; tous les messages, y compris les spams et
        la corbeille; tutti i messaggi; alle berichten; todos os e-mails; alla mejl; alla mail; kaikki
        viestit; wszystkie; вся почта; すべてのメール; 所有邮件; 전체보관함
    """,
    "sent": "out",
}
_OF_FILES: dict[str, Role] = {
    unicodedata.normalize("NFC", " ".join(name.split())): role
    for role, names in _NAMES.items()
    for name in names.split(";")
}
# Exports of more than some gigabytes go on in another file; Takeout says what "All mail" includes, in words
# of any language.
_NUMBER = re.compile(r"[-_ ]\d{1,3}$")
_OF_ALL = re.compile(
    r"(?:all mail|alle (?:nachrichten|e-mails?|berichten)|tous les messages|tout le courrier|todo|todos"
    r"|todo el correo|tutti i messaggi|todos os e-mails).{1,10}(?:incl|einschl|inkl|compr)"
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:[-_]?\d\d)?")


def name_of(parts: Sequence[str]) -> str:
    """The name of a folder, ``/`` between its levels: on one line, without control characters."""
    shown = ("".join(c if c.isprintable() else " " for c in part).strip() for part in parts)
    text = "/".join(part.replace("/", "_") for part in shown if part not in ("", ".", ".."))
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())


def role_of(name: str) -> Role:
    """What the folder of a name as people read it is for (``Projects/Sent``)."""
    levels = [_plain(level) for level in name.replace("INBOX.", "INBOX/").split("/")]
    roles = [_role(level) for level in levels]
    # What lies in the trash was thrown away, whatever it is called.
    above: Role | None = next((role for role in roles[:-1] if role in ("junk", "trash", "drafts")), None)
    if above:
        return above
    if roles[-1] == "inbox" and len(levels) > 1 and set(roles[:-1]) != {"other"}:
        return "other"
    if len(roles) > 1 and roles[-2] == "archive" and _YEAR.fullmatch(levels[-1]):
        return "archive"
    return "all" if roles[-1] == "other" and _OF_ALL.match(levels[-1]) else roles[-1]


def is_wanted(name: str, role: Role, globs: Iterable[str], *, all_folders: bool) -> bool:
    """Whether a folder is read: it is named by one of the ``globs`` in any case, or by none of them and
    nobody would miss it otherwise."""
    patterns = [glob.casefold() for glob in globs]
    if patterns:
        return any(fnmatchcase(name.casefold(), pattern) for pattern in patterns)
    return all_folders or role not in LEFT_OUT


def _plain(level: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", level.casefold()).split())
    return text if _role(text) != "other" else _NUMBER.sub("", text)


def _role(level: str) -> Role:
    return _OF_FILES.get(level) or role_by_name(level)
