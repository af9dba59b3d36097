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

# On one level, in lower case.
_NAMES: dict[Role, str] = {
    "sent": """
        bidalitakoak; correo enviado; courrier envoyé; e-mails enviados;
        elemente trimise; elementi inviati;
        elementos enviados; elements enviats; elementy wysłane; elküldött; elküldött elemek; elküldött
        üzenetek; enviadas; enviado; enviados; enviats; envoyé; envoyés; gesendet; gesendete e-mails;
        gesendete elemente; gesendete mails; gesendete nachrichten; gesendete objekte; gönderilenler;
        gönderilmiş; gönderilmiş postalar; gönderilmiş öğeler; inviata; inviati; item terkirim; itens
        enviados; išsiųsta; lähetetyt; lähetetyt kohteet;
        lähetetyt viestit; mensagens enviadas; mensajes
        enviados; mesaje trimise; messages envoyés; messaggi inviati;
        mục đã gửi; nosūtītie; objets envoyés;
        odeslaná pošta; odeslané; odoslaná pošta; odoslané;
        poslana pošta; poslane stavke; poslano; posta
        inviata; saadetud; saadetud kirjad; sendt; sendt e-post;
        sendt element; sendt post; sendte; sendte
        beskeder; sendte e-poster; sendte elementer; sendte meldinger; sent; sent items; sent mail; sent
        messages; sent-mail; sent_items; sent_mail; sentbox; sentmail; skickade; skickade mail; skickade
        meddelanden; skickade objekt; skickat; terkirim; thư đã gửi; trimise; verzonden; verzonden
        berichten; verzonden items; verzonden objecten; wysłane; éléments envoyés; đã gửi; απεσταλμένα;
        σταλμένα; відправлені; изпратени; надіслані; отправленная почта;
        отправленные; послато; נשלח; פריטים
        שנשלחו; ارسال شده; البريد المرسل; العناصر المرسلة;
        المرسلة; จดหมายที่ถูกส่ง; ส่งแล้ว; 寄件備份; 已傳送;
        已傳送的郵件; 已发送; 已发送邮件; 已寄出; 送信済み; 送信済みアイテム;
        送信済みトレイ; 送信済みメール; 보낸 메일함; 보낸 편지함; 보낸메일함; 보낸편지함
    """,
    "drafts": """
        borrador; borradores; bozza; bozze; brouillon; brouillons;
        bản nháp; ciorne; concepten; draf; draft;
        drafts; entwurf; entwürfe; esborranys; juodraščiai; kladde; kladder; koncepty; konsep; kopie
        robocze; luonnokset; melnraksti; modèles; mustandid; osnutki; outbox; piszkozatok; plantillas;
        postausgang; rascunho; rascunhos; rozepsané; rozpísané; skice; szkice; taslaklar; templates; thư
        nháp; unsent; unsent messages; utkast; vorlagen; wersje robocze; πρόχειρα; чернетки; чернови;
        черновики; טיוטות; المسودات; مسودات;
        แบบร่าง; 下書き; 草稿; 草稿匣; 草稿箱; 임시 보관함; 임시보관함
    """,
    "junk": """
        bulk; bulk mail; correo basura; correo no deseado;
        courrier indésirable; e-mail de lixo; gereksiz;
        indesiderata; indésirables; junk; junk e-mail; junk email; junk mail; junk-e-mail; junk-mail;
        levélszemét; lixo electrónico; lixo eletrónico; lixo eletrônico; nevyžiadaná pošta; nevyžádaná;
        nevyžádaná pošta; neželena pošta; niechciane; no deseado;
        ongewenst; ongewenste e-mail; ongewenste
        reclame; posta indesiderata; pourriel; pourriels; probably-spam; quarantine; roskaposti;
        roskapostit; rämpspost; skräppost; spam; spam mail; spambox; spamverdacht; søppelpost; thư rác;
        unerwünscht; unerwünschte werbung; uønsket e-mail; uønsket e-post; uønsket mail; virus;
        wiadomości-śmieci; önemsiz; önemsiz e-posta; ανεπιθύμητη αλληλογραφία;
        небажана пошта; нежелательная
        почта; нежелательные; спам; דואר זבל; البريد غير الهام;
        อีเมลขยะ; 垃圾邮件; 垃圾郵件; 迷惑メール; 스팸; 스팸메일함;
        스팸편지함; 정크 메일
    """,
    "trash": """
        bin; borttaget; borttagna objekt; cestino; corbeille; coș; coș de gunoi; deleted; deleted items;
        deleted mail; deleted messages; elemente șterse;
        elementi eliminati; elementos eliminados; elementy
        usunięte; eliminados; eliminata; excluídos; gelöscht; gelöschte elemente; gelöschte nachrichten;
        gelöschte objekte; gunoi; itens eliminados; itens excluídos; izbrisano; kosz; koš; koš za smeti;
        kuka; kustutatud; kôš; lixeira; lixo; lomtár; mensajes eliminados; messages supprimés; miskaste;
        müll; mục đã xóa; odstraněná pošta; odstraněné;
        odstránená pošta; papelera; papelera de reciclaje;
        paperera; papierkorb; papirkurv; papirkurven; papperskorg; papperskorgen; poistetut; poistetut
        kohteet; poistetut viestit; posta eliminata; poubelle; prullenbak; prullenmand; prügikast;
        roskakori; sampah; silinmiş öğeler; slettede elementer; slettet; slettet post; smeće; supprimés;
        tempat sampah; thùng rác; thư đã xóa; trash; törölt elemek;
        usunięte; verwijderd; verwijderde items;
        wastebasket; çöp; çöp kutusu; éléments supprimés; šiukšliadėžė; διαγραμμένα; κάδοσ; κάδοσ
        απορριμμάτων; видалені; изтрити; корзина; кошик;
        кошче; удаленные; удалённые; אשפה; פריטים שנמחקו;
        العناصر المحذوفة; المهملات; سلة المهملات; ถังขยะ;
        ごみ箱; ゴミ箱; 刪除的郵件; 削除済みアイテム; 垃圾桶; 垃圾箱; 已删除; 已删除邮件;
        废件箱; 废纸篓; 지운 편지함; 지운편지함; 휴지통
    """,
    "archive": """
        archief; archiv; archive; archived; archives; archivio;
        archivo; archiwum; archív; archívum; arhiv;
        arhiva; arhivă; arkisto; arkiv; arquivo; arquivo morto; arquivos; arsip; arşiv; lưu trữ; αρχείο;
        αρχειοθήκη; архив; архів; ארכיון; أرشيف;
        الأرشيف; เก็บถาวร; アーカイブ; 存档; 封存; 归档; 보관; 보관함
    """,
}
_BY_NAME: dict[str, Role] = {
    " ".join(name.split()): role for role, names in _NAMES.items() for name in names.split(";")
}


def role_by_flag(flags: Iterable[str]) -> Role | None:
    """``flags`` in lower case without the backslash."""
    return next((_FLAGS[flag] for flag in sorted(flags) if flag in _FLAGS), None)


def role_by_name(name: str) -> Role:
    """Of one level; "other" for one that a person made."""
    return _BY_NAME.get(" ".join(unicodedata.normalize("NFC", name).casefold().split()), "other")
