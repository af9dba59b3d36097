"""What a folder is for, told by its name, and which folders are read."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from tiketti_migrate_mail.mailbox import Role

__all__ = ["LEFT_OUT", "is_wanted", "name_of", "role_of"]

# Read only when they are asked for: what nobody has sent, and what somebody threw away.
LEFT_OUT: frozenset[Role] = frozenset({"drafts", "junk", "trash"})

# Of Thunderbird, Outlook, Apple Mail, Gmail, Roundcube, Horde, GMX, Yandex and others.
_NAMES: dict[Role, str] = {
    "inbox": """
        inbox; in; posteingang; eingang; boîte de réception; courrier entrant; bandeja de entrada;
        recibidos; posta in arrivo; in arrivo; postvak in; caixa de entrada; entrada; inkorgen; inkorg;
        saapuneet; indbakke; innboks; skrzynka odbiorcza; odebrane; doručená pošta; beérkezett üzenetek;
        gelen kutusu; входящие; вхідні; 受信トレイ; 受信箱; 收件箱; 收件匣; 받은편지함
    """,
    "sent": """
        sent; out; sent mail; sent items; sent messages; sent-mail; sentmail; sent_mail; sentbox;
        gesendet; gesendete objekte; gesendete elemente; gesendete nachrichten; gesendete e-mails;
        envoyés; envoyé; éléments envoyés; messages envoyés; courrier envoyé; objets envoyés; enviados;
        enviado; elementos enviados; mensajes enviados; correo enviado; enviadas; itens enviados;
        mensagens enviadas; e-mails enviados; inviati; posta inviata; inviata; elementi inviati;
        verzonden; verzonden items; verzonden berichten; skickat; skickade; skickade objekt; skickade
        meddelanden; skickade mail; lähetetyt; lähetetyt viestit; sendt; sendte; sendt post; sendte
        elementer; sendt e-post; sendte e-poster; wysłane; elementy wysłane; odeslaná pošta; odeslané;
        odoslaná pošta; elküldött; elküldött elemek; elküldött üzenetek; trimise; gönderilmiş;
        gönderilmiş öğeler; отправленные; надіслані; изпратени; απεσταλμένα; 送信済み; 送信済みメール;
        送信済みアイテム; 已发送; 已发送邮件; 寄件備份; 보낸편지함
    """,
    "drafts": """
        drafts; draft; entwürfe; entwurf; brouillons; borradores; borrador; rascunhos; bozze; concepten;
        utkast; luonnokset; kladder; kladde; szkice; wersje robocze; kopie robocze; koncepty;
        rozepsané; piszkozatok; ciorne; taslaklar; черновики; чернетки; чернови; πρόχειρα; 下書き;
        草稿; 草稿箱; 임시보관함; templates; vorlagen; modèles; plantillas;
        unsent messages; unsent; outbox; postausgang
    """,
    "junk": """
        junk; spam; junk e-mail; junk email; junk mail; bulk mail; bulk; spamverdacht; unerwünscht;
        junk-e-mail; indésirables; courrier indésirable; pourriel; pourriels; correo no deseado; no
        deseado; correo basura; posta indesiderata; indesiderata; lixo eletrônico; lixo electrónico;
        ongewenst; ongewenste e-mail; ongewenste reclame; skräppost; roskaposti; uønsket e-post;
        søppelpost; uønsket mail; wiadomości-śmieci; niechciane; nevyžádaná pošta; nevyžádaná;
        levélszemét; önemsiz; gereksiz; спам; нежелательная почта; нежелательные; небажана пошта; 迷惑メール;
        垃圾邮件; 垃圾郵件; 스팸; 스팸메일함; probably-spam; virus; quarantine
    """,
    "trash": """
        trash; deleted; deleted items; deleted messages; bin; wastebasket; papierkorb; gelöschte
        elemente; gelöschte objekte; gelöschte nachrichten; gelöscht; corbeille; éléments supprimés;
        messages supprimés; supprimés; poubelle; papelera; papelera de reciclaje; eliminados; elementos
        eliminados; mensajes eliminados; cestino; posta eliminata; elementi eliminati; lixeira; lixo;
        itens excluídos; itens eliminados; excluídos; prullenbak; prullenmand; verwijderde items;
        verwijderd; papperskorgen; papperskorg; borttaget; borttagna objekt; roskakori; poistetut;
        poistetut viestit; papirkurv; slettet post; slettede elementer; slettet; kosz; elementy
        usunięte; usunięte; koš; odstraněná pošta; odstraněné; kuka; törölt elemek; coș; çöp kutusu;
        çöp; silinmiş öğeler; корзина; удаленные; удалённые; кошик; видалені; кошче; κάδος; ゴミ箱;
        削除済みアイテム; 已删除; 已删除邮件; 废件箱; 刪除的郵件; 휴지통
    """,
    "archive": """
        archive; archives; archiv; archivo; archivio; archief; arquivo; arquivos; arkiv; arkisto;
        archiwum; archív; архив; архів; アーカイブ; 存档; 封存
    """,
    "all": """
        all mail; all mail including spam and trash; alle nachrichten; alle nachrichten einschließlich
        spam und papierkorb; alle e-mails; tous les messages; tous les messages, y compris les spams et
        la corbeille; tutti i messaggi; alle berichten; todos os e-mails; alla mejl; alla mail; kaikki
        viestit; wszystkie; вся почта; すべてのメール; 所有邮件; 전체보관함
    """,
}
_BY_NAME: dict[str, Role] = {
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
    roles = [_BY_NAME.get(level, "other") for level in levels]
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
    return text if text in _BY_NAME else _NUMBER.sub("", text)
