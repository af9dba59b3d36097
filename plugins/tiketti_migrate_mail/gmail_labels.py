"""The labels that Google Takeout writes into mails: in the language of the account, states among them.

``X-Gmail-Labels: =?UTF-8?Q?Posteingang,Ge=C3=B6ffnet,"Kunden, neue"?=``. The names are those of Gmail's
pages in English, German, French, Spanish, Italian, Dutch, Portuguese, Swedish and Finnish, as seen in
exports.
"""

import csv
from collections.abc import Iterable

from tiketti_migrate_mail.headers import decoded, one_line

__all__ = ["read_labels"]

_MOST = 16 * 1024
# What stands for a state and not for a label is "".
_NAMES = {
    r"\Inbox": """
        inbox; posteingang; boîte de réception; recibidos; bandeja de entrada; posta in arrivo; postvak
        in; caixa de entrada; recebidos; inkorgen; inkorg; saapuneet; postilaatikko
    """,
    r"\Sent": """
        sent; sent mail; gesendet; envoyé; envoyés; messages envoyés; enviado; enviados; inviato;
        inviati; posta inviata; verzonden; verzonden berichten; enviadas; skickat; skickade; skickade
        mail; lähetetyt; lähetetty
    """,
    r"\Starred": """
        starred; markiert; suivis; messages suivis; destacado; destacados; speciale; speciali; met ster;
        com estrela; marcado com estrela; stjärnmärkt; stjärnmärkta; tähdellä merkitty; tähdellä
        merkityt
    """,
    r"\Important": """
        important; wichtig; importants; importante; importanti; importantes; belangrijk; viktigt;
        viktig; tärkeä; tärkeät
    """,
    r"\Draft": """
        draft; drafts; entwurf; entwürfe; brouillon; brouillons; borrador; borradores; bozza; bozze;
        concepten; rascunho; rascunhos; utkast; luonnos; luonnokset
    """,
    r"\Junk": """
        spam; junk; roskaposti; skräppost
    """,
    r"\Trash": """
        trash; bin; papierkorb; corbeille; papelera; cestino; prullenbak; lixeira; lixo; itens
        excluídos; papperskorgen; papperskorg; roskakori
    """,
    "seen": """
        opened; geöffnet; gelesen; ouvert; ouverts; messages ouverts; abierto; abiertos; leído; aperto;
        aperti; messaggi aperti; letto; geopend; gelezen; aberto; aberta; abertos; lido; öppnat; öppnad;
        öppnade; läst; avattu; avatut; luettu
    """,
    "": """
        unread; ungelesen; non lu; non lus; no leído; no leídos; sin leer; da leggere; non letto; non
        letti; ongelezen; não lido; não lida; não lidos; não lidas; oläst; olästa; lukematon;
        lukemattomat; archived; archiviert; archivé; archivés; messages archivés; archivado; archivados;
        archiviato; archiviati; gearchiveerd; arquivado; arquivada; arquivados; arkiverat; arkiverad;
        arkiverade; arkistoitu; arkistoidut; category personal; category social; category promotions;
        category updates; category forums; category travel; category purchases; category reservations
    """,
}
_BY_NAME = {" ".join(name.split()): what for what, names in _NAMES.items() for name in names.split(";")}
_FLAGS = {r"\Starred": "flagged", r"\Draft": "draft", "seen": "seen"}
# Tabs of the inbox ("Kategorie: Werbung", "Catégorie : Réseaux sociaux"), flags that mail programs have set.
_NO_LABELS = (
    *("kategorie:", "catégorie :", "catégorie:", "categoría:", "categoria:", "categorie:", "kategori:"),
    *("luokka:", "category:", "imap_"),
)


def read_labels(raw: bytes) -> tuple[tuple[str, ...], frozenset[str]]:
    r"""The labels in a value of X-Gmail-Labels, Gmail's own with a backslash (``\Inbox``), and the flags that
    some of them stand for ("seen", "flagged", "draft").
    """
    if not raw:
        return (), frozenset()
    labels: dict[str, None] = {}
    flags = set()
    for name in _names(raw[:_MOST]):
        known = " ".join(name.casefold().split())
        label = _BY_NAME.get(known, name)
        if label in _FLAGS:
            flags.add(_FLAGS[label])
        if label and label != "seen" and not known.startswith(_NO_LABELS):
            labels[label] = None
    return tuple(labels), frozenset(flags)


def _names(raw: bytes) -> Iterable[str]:
    try:
        text = decoded(raw)
        (row,) = csv.reader([text], skipinitialspace=True)
    except (LookupError, ValueError, csv.Error):
        row = one_line(raw).split(",")
    return filter(None, (name.strip() for name in row))
