"""What a folder is for: by the flag that its server gives it, else by names that mail programs give.

Flags: RFC 6154. Names: what Outlook, Exchange, Thunderbird, Apple Mail, Gmail and webmails make, in the
languages they are used in most.
"""

import unicodedata
from collections.abc import Iterable

from tiketti_migrate_mail.mailbox import Role

__all__ = ["role_by_flag", "role_by_name"]

_FLAGS: dict[str, Role] = {
    "all": "all",
    "archive": "archive",
    "drafts": "drafts",
    "junk": "junk",
    "sent": "sent",
    "trash": "trash",
    # Before RFC 6154, Gmail's XLIST.
    "allmail": "all",
    "spam": "junk",
}

_NAMES: dict[Role, str] = {
    "sent": """
        Sent|Sent Items|Sent Mail|Sent Messages|Sent-Mail|Sent_Items|SentMail|Sentbox
        Gesendet|Gesendete Elemente|Gesendete Objekte|Gesendete Nachrichten|Gesendete Mails|Gesendete E-Mails
        Envoyés|Éléments envoyés|Messages envoyés|Courrier envoyé|Objets envoyés|Envoyé
        Enviados|Elementos enviados|Mensajes enviados|Correo enviado|Enviado|Itens enviados|E-mails enviados
        Mensagens enviadas|Enviadas|Enviats|Elements enviats|Bidalitakoak
        Posta inviata|Inviata|Inviati|Messaggi inviati|Elementi inviati
        Verzonden|Verzonden items|Verzonden berichten|Verzonden objecten
        Skickat|Skickade|Skickade objekt|Skickade meddelanden|Sendt|Sendte elementer|Sendt post|Sendte
        Sendt element|Sendte meldinger|Sendte beskeder
        Lähetetyt|Lähetetyt kohteet|Lähetetyt viestit|Saadetud|Saadetud kirjad|Nosūtītie|Išsiųsta
        Wysłane|Elementy wysłane|Odeslané|Odeslaná pošta|Odoslané|Odoslaná pošta|Poslano|Poslane stavke
        Poslana pošta|Elküldött elemek|Elküldött|Elküldött üzenetek|Trimise|Elemente trimise|Mesaje trimise
        Отправленные|Отправленная почта|Надіслані|Відправлені|Изпратени|Послато|Απεσταλμένα
        Σταλμένα|Gönderilmiş Öğeler|Gönderilenler|Gönderilmiş Postalar|Gönderilmiş
        פריטים שנשלחו|נשלח|العناصر المرسلة|المرسلة|البريد المرسل|ارسال شده
        送信済み|送信済みアイテム|送信済みメール|送信済みトレイ|已发送|已发送邮件|已傳送|寄件備份|已寄出|已傳送的郵件
        보낸 편지함|보낸편지함|보낸 메일함|보낸메일함|ส่งแล้ว|จดหมายที่ถูกส่ง|Thư đã gửi|Mục đã Gửi
        Đã gửi|Terkirim|Item Terkirim""",
    "drafts": """
        Drafts|Draft|Entwürfe|Entwurf|Brouillons|Brouillon|Borradores|Borrador|Rascunhos|Rascunho|Esborranys
        Bozze|Bozza|Concepten|Utkast|Kladder|Kladde|Luonnokset|Mustandid|Melnraksti|Juodraščiai
        Kopie robocze|Wersje robocze|Szkice|Koncepty|Rozepsané|Rozpísané|Osnutki|Skice|Piszkozatok|Ciorne
        Черновики|Чернетки|Чернови|Πρόχειρα|Taslaklar|טיוטות|المسودات|مسودات
        下書き|草稿|草稿箱|草稿匣|임시 보관함|임시보관함|แบบร่าง|Thư nháp|Bản nháp|Draf|Konsep""",
    "junk": """
        Junk|Spam|Junk E-mail|Junk Email|Junk-E-Mail|Junk Mail|Bulk Mail|Spam Mail|Spambox|Spamverdacht
        Junk-Mail|Unerwünscht|Unerwünschte Werbung|Courrier indésirable|Indésirables|Pourriel|Pourriels
        Correo no deseado|No deseado|Correo basura|Lixo Eletrônico|Lixo eletrónico|E-mail de lixo
        Posta indesiderata|Indesiderata|Ongewenste e-mail|Ongewenst
        Skräppost|Uønsket e-post|Uønsket e-mail|Søppelpost|Roskaposti|Roskapostit|Rämpspost
        Wiadomości-śmieci|Niechciane|Nevyžádaná pošta|Nevyžiadaná pošta|Neželena pošta|Levélszemét
        Спам|Нежелательная почта|Небажана пошта|Ανεπιθύμητη αλληλογραφία|Önemsiz E-posta|Gereksiz|Önemsiz
        דואר זבל|البريد غير الهام
        迷惑メール|垃圾邮件|垃圾郵件|스팸|스팸편지함|정크 메일|스팸메일함|อีเมลขยะ|Thư rác""",
    "trash": """
        Trash|Deleted|Deleted Items|Deleted Messages|Deleted Mail|Bin|Wastebasket|Papierkorb|Müll
        Gelöscht|Gelöschte Elemente|Gelöschte Objekte|Gelöschte Nachrichten
        Corbeille|Éléments supprimés|Messages supprimés|Supprimés|Poubelle
        Papelera|Elementos eliminados|Eliminados|Lixeira|Itens Excluídos|Itens Eliminados|Lixo|Paperera
        Cestino|Posta eliminata|Eliminata|Elementi eliminati|Prullenbak|Verwijderde items|Verwijderd
        Papperskorg|Papperskorgen|Borttaget|Borttagna objekt|Papirkurv|Papirkurven|Slettede elementer
        Slettet post|Slettet|Roskakori|Poistetut|Poistetut kohteet|Prügikast|Kustutatud|Miskaste|Šiukšliadėžė
        Kosz|Elementy usunięte|Koš|Odstraněná pošta|Kôš|Odstránená pošta|Koš za smeti|Izbrisano|Smeće
        Kuka|Lomtár|Törölt elemek|Coș de gunoi|Elemente șterse|Gunoi
        Корзина|Удаленные|Удалённые|Кошик|Видалені|Кошче|Изтрити|Κάδος απορριμμάτων|Διαγραμμένα
        Çöp Kutusu|Çöp|Silinmiş Öğeler|אשפה|פריטים שנמחקו|سلة المهملات|المهملات|العناصر المحذوفة
        ゴミ箱|ごみ箱|削除済みアイテム|已删除|已删除邮件|垃圾箱|废纸篓|刪除的郵件|垃圾桶
        휴지통|지운 편지함|지운편지함|ถังขยะ
        Thùng rác|Thư đã xóa|Mục đã Xóa|Tempat Sampah|Sampah""",
    "archive": """
        Archive|Archives|Archived|Archiv|Archivo|Archivio|Archief|Arkiv|Arkisto|Arquivo|Arquivo Morto
        Archiwum|Archív|Archívum|Arhivă|Arhiva|Arhiv|Архив|Архів|Αρχείο|Αρχειοθήκη|Arşiv|ארכיון|الأرشيف|أرشيف
        アーカイブ|存档|归档|封存|보관|보관함|เก็บถาวร|Lưu trữ|Arsip""",
}  # fmt: skip


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


_BY_NAME: dict[str, Role] = {
    _folded(name.strip()): role
    for role, names in _NAMES.items()
    for line in names.splitlines()
    for name in line.split("|")
    if name.strip()
}


def role_by_flag(flags: Iterable[str]) -> Role | None:
    """``flags`` in lower case without the backslash."""
    return next((_FLAGS[flag] for flag in sorted(flags) if flag in _FLAGS), None)


def role_by_name(name: str) -> Role:
    """Of a folder at the top level; "other" for one that a person made."""
    return _BY_NAME.get(_folded(name), "other")
