"""The words by which mail programs introduce what they quote, in the languages they speak.

Attributions ("On ... wrote:") come from mail-parser-reply; here is what it does not know. All are in the case
that ``str.casefold`` gives, but the needles: these are looked for in a text as it is.
"""

import re
from functools import cache

from mailparser_reply.constants import MAIL_LANGUAGES

__all__ = [
    "FORWARDED",
    "FORWARD_PREFIXES",
    "LABELS",
    "NEEDLES",
    "ORIGINAL",
    "REPLY_PREFIXES",
    "attribution_pattern",
    "closing_pattern",
    "sent_from_pattern",
]

REPLY_PREFIXES = frozenset(
    [
        *("re", "aw", "sv", "antw", "antwort", "res", "r", "rif", "odp", "ynt", "vá", "atb", "bls"),
        *("rép", "resp", "回复", "回覆", "答复", "答覆", "返信", "회신", "תשובה"),
    ]
)
# "VS" is a reply in Finnish and a forward in Norwegian: it tells nothing.
FORWARD_PREFIXES = frozenset(
    [
        *("fw", "fwd", "wg", "tr", "rv", "i", "enc", "doorst", "vb", "vl", "pd", "ilt", "i̇lt"),
        *("trs", "továbbítás", "videresend", "redir", "inoltra", "пересл", "转发", "轉寄", "轉發"),
        *("転送", "전달"),
    ]
)

# A line of its own, among dashes or with a colon.
ORIGINAL = frozenset(
    [
        *("original message", "original appointment", "reply message", "ursprüngliche nachricht"),
        *("urspruengliche nachricht", "original-nachricht", "original nachricht"),
        *("originalnachricht", "message d'origine", "message d\u2019origine", "message original"),
        *("mensaje original", "messaggio originale", "messaggio originario"),
        *("oorspronkelijk bericht", "origineel bericht", "mensagem original"),
        *("ursprungligt meddelande", "originalmeddelande", "originalmeddelelse"),
        *("oprindelig meddelelse", "opprinnelig melding", "original melding"),
        *("alkuperäinen viesti", "исходное сообщение", "оригинальное сообщение"),
        *("wiadomość oryginalna", "oryginalna wiadomość", "původní zpráva", "pôvodná správa"),
        *("eredeti üzenet", "mesaj original", "özgün ileti", "orijinal mesaj", "izvorna poruka"),
        *("originalna poruka", "原始邮件", "原始信件", "原始郵件", "邮件原件", "元のメッセージ"),
        *("original message from", "원본 메시지", "원본 메일", "початковий лист"),
        "missatge original",
    ]
)
FORWARDED = frozenset(
    [
        *("forwarded message", "begin forwarded message", "forwarded mail", "forwarded by"),
        *("forward message", "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht"),
        *("weitergeleitete e-mail", "anfang der weitergeleiteten e-mail", "weitergeleitet von"),
        *("message transféré", "message transmis", "début du message réexpédié"),
        *("début du message transféré", "courriel transféré", "mensaje reenviado"),
        *("inicio del mensaje reenviado", "messaggio inoltrato", "inizio messaggio inoltrato"),
        *("inizio del messaggio inoltrato", "doorgestuurd bericht", "begin doorgestuurd bericht"),
        *("mensagem encaminhada", "mensagem reencaminhada", "início da mensagem encaminhada"),
        *("início da mensagem reencaminhada", "vidarebefordrat meddelande", "vidarebefordrat mejl"),
        *("vidarebefordrat brev", "videresendt meddelelse", "videresendt besked"),
        *("start på videresendt besked", "videresendt melding", "videresendt e-post"),
        *("välitetty viesti", "välitetty viesti alkaa", "edelleenlähetetty viesti"),
        *("пересылаемое сообщение", "начало переадресованного сообщения", "пересланное сообщение"),
        *("переадресоване повідомлення", "пересланий лист", "wiadomość przekazana"),
        *("przekazana wiadomość", "wiadomość przesłana dalej", "treść przekazanej wiadomości"),
        *("początek przekazywanej wiadomości", "přeposlaná zpráva", "začátek přeposílané zprávy"),
        *("preposlaná správa", "začiatok preposlanej správy", "továbbított üzenet"),
        *("továbbított levél", "továbbított levél kezdete", "mesaj redirecționat"),
        *("începe mesajul redirecționat", "yönlendirilen ileti", "iletilmiş mesaj"),
        *("proslijeđena poruka", "započni proslijeđenu poruku", "edastatud kiri", "转发邮件"),
        *("转发的邮件", "轉寄郵件", "轉寄的郵件", "转发信息", "转发邮件信息"),
        *("転送されたメッセージ", "転送メッセージ", "전달된 메시지", "missatge reenviat"),
    ]
)

_LABELS = {
    "from": "from von de da van från fra od от от_кого від lähettäjä gönderen kimden feladó"
    " expéditeur remitente mittente afzender avsändare avsender afsender saatja de_la"
    " nadawca 发件人 寄件者 寄件人 差出人 送信者 보낸_사람 보낸사람 מאת",
    "date": "date datum data dato päivämäärä дата dátum tarih fecha date_d'envoi date_d\u2019envoi"
    " received 日期 时间 日付 日時 날짜",
    "sent": "sent gesendet enviado enviado_el enviada_em enviado_em envoyé envoyé_le inviato"
    " inviato_il verzonden skickat sendt lähetetty отправлено надіслано odesláno wysłano"
    " elküldve küldve gönderildi odoslané trimis poslano saadetud 发送时间 发送日期 寄件日期"
    " 送信日時 보낸_날짜",
    "to": "to an para a à per aan till til pour do komu кому címzett kime al\u0131c\u0131"
    " vastaanottaja destinataire destinatario către adresat saaja 收件人 收件者 宛先"
    " 받는_사람 받는사람",
    "subject": "subject betreff asunto objet sujet oggetto onderwerp ämne emne aihe тема temat"
    " předmět predmet tárgy konu assunto subiect teema 主题 主旨 件名 제목",
    "cc": "cc bcc cco c.c kopie kopia kopi kopio копия копія copie cópia copia dw udw"
    " másolat bilgi 抄送 副本 참조 importance wichtigkeit priorität attachments"
    " anlagen organisation organization",
    "reply-to": "reply-to antwort_an répondre_à responder_a responder_para antwoord_aan svar_till"
    " rispondi_a svar_til vastausosoite odpowiedz_do обратный_адрес 回复 返信先",
}
LABELS = {word.replace("_", " "): name for name, words in _LABELS.items() for word in words.split()}

_FROM_NEEDLES = (
    *("From:", "From :", "Von:", "De:", "De :", "De&nbsp;:", "Da:", "Van:", "Från:", "Fra:", "Od:"),
    *("От:", "От кого:", "Від:", "Lähettäjä:", "Gönderen:", "Kimden:", "Feladó:", "Expéditeur"),
    *("Remitente:", "Date:", "Mittente:", "发件人", "寄件者", "寄件人", "差出人", "送信者"),
    *("보낸사람", "보낸 사람", "FROM:", "from:", "From</", "Von</", "De</", "Da</", "De la:"),
    *("Saatja:", "Fr&aring;n:", "Fr&#229;n:", "De\u00a0:"),
)
_VERB_NEEDLES = (
    *("wrote", "writes", "schrieb", "geschrieben", "a écrit", "a &eacute;crit", "crit\u00a0:"),
    *("ha scritto", "escribió", "escribi&oacute;", "escreveu", "schreef", "skrev", "kirjoitti"),
    *("napisał", "nadesłał", "napsal", "napísal", "написал", "пишет", "писал", "написав", "írta"),
    *("a scris", "yazd\u0131", "kirjutas", "rašė", "rakstīja", "έγραψε", "写道", "寫道", "작성"),
    *("crit&nbsp;:", "dijo:", "geskryf", "escrigué"),
)
NEEDLES = (*_FROM_NEEDLES, *_VERB_NEEDLES, "-----", "_____", "--- ", "orwarded message")


@cache
def attribution_pattern() -> re.Pattern[str]:
    """A line that introduces a quote. It backtracks: for short lines only."""
    theirs = [words["wrote_header"] for words in MAIL_LANGUAGES.values() if "wrote_header" in words]
    return re.compile("|".join(theirs), re.IGNORECASE)


@cache
def closing_pattern() -> re.Pattern[str]:
    """A line that closes a letter ("Best regards,") and says nothing else."""
    words = [one for words in MAIL_LANGUAGES.values() for one in words.get("signatures", ())]
    return re.compile(rf"(?:{'|'.join(words)})[\s,.!]{{0,5}}", re.IGNORECASE)


@cache
def sent_from_pattern() -> re.Pattern[str]:
    """The beginning of a line that a telephone adds ("Sent from my ...")."""
    words = [found for words in MAIL_LANGUAGES.values() if (found := words.get("sent_from"))]
    return re.compile("|".join(words), re.IGNORECASE)
