"""Subjects that servers and mail programs write by themselves, in the languages they come in.

Alone they say nothing: a person may write about a "delivery report", too.
"""

import re

__all__ = ["is_auto_reply", "is_bounce", "is_delay", "is_invitation_reply", "is_labelled_auto_reply"]

_BOUNCE = re.compile(
    "undeliver|delivery status notification|returned mail|returned to sender|return to sender|mail delivery"
    "|delivery fail|failure notice|failed delivery|delivery has failed|delivery report|delivery notification"
    "|could not send message|message status|delivery problem|mail system error|nondeliverable"
    "|unzustellbar|nicht zugestellt|zustellung|nicht zustellbar"
    "|non remis|non distribuable|échec de remise|notification d.état de remise"
    "|no se puede entregar|no se ha podido entregar|no entregad|no se pudo entregar"
    "|non recapitabile|mancato recapito|impossibile recapitare"
    "|onbestelbaar|niet bezorgd|kan niet worden bezorgd"
    "|não entregue|não é possível entregar|não foi possível entregar|falha na entrega"
    "|недоставлен|не доставлен|не удалось доставить|niedostarcz|nie można dostarczyć|nelze doručit"
    "|nedoručiteln|kan inte levereras|olevererbar|kan ikke leveres|kunne ikke leveres"
    "|toimittaminen epäonnistui|ei voitu toimittaa"
    "|kézbesíthetetlen|teslim edilemedi|nelivrabil|αδύνατη η παράδοση"
    "|配信不能|配信できません|配達できません|退信|无法投递|未送达|無法傳遞|無法投遞"
    "|전달되지 않|배달되지 않|반송"
)
_DELAY = re.compile(
    r"\bdelay|warning: (?:message|could not send)|still being (?:attempted|retried)|verzögert|retardé"
    r"|retard\b|retrasad|ritard|vertraagd|opóźnion|задерж|försenad|forsinke|延迟|遅延"
)
_AUTO_REPLY = re.compile(
    "out of office|out of the office|automatic reply|auto.?reply|auto.?response|automatic response"
    "|on vacation|vacation reply|away from (?:the|my) office|^(?:\\[[^\\[\\]]{0,40}\\] *)*+auto:"
    "|abwesen|automatische antwort|automatische rückantwort"
    "|réponse automatique|absen(?:ce|t) du bureau|message d.absence"
    "|respuesta automática|fuera de la oficina|resposta automática|fora do escritório|ausência"
    "|risposta automatica|fuori (?:sede|ufficio)|assenza|automatisch antwoord|afwezig"
    "|autosvar|automatiskt svar|automatisk svar|frånvaro|fravær|automaattinen vastaus|poissaolo"
    "|automatyczna odpowiedź|odpowiedź automatyczna|autoodpowiedź|nieobecno"
    "|automatická odpověď|automatická odpoveď|mimo kancelář"
    "|automatikus válasz|házon kívül|răspuns automat"
    "|автоматический ответ|автоответ|автоматична відповідь|αυτόματη απάντηση"
    "|otomatik yan\u0131t|ofis d\u0131\u015f\u0131nda"
    "|自動応答|自動返信|不在通知|自动答复|自动回复|自動回覆|자동 회신|자동 응답|부재중"
)

# "[EXTERNAL] Automatic reply: Printer": what filters put before a subject.
_TAGS = r"(?:\[[^\[\]]{0,40}\]\s*)*+"
# How Exchange begins the subject of an absence note: the words, then a colon or nothing.
_LABEL = re.compile(
    f"{_TAGS}(?:automatic reply|auto[- ]?reply|auto(?:matic)?[- ]response"
    "|out of (?:the )?office(?: auto-?reply)?|automatische antwort|abwesenheitsnotiz|abwesend|abwesenheit"
    "|réponse automatique|absence du bureau"
    "|respuesta automática|fuera de la oficina|resposta automática|risposta automatica|fuori sede"
    "|automatisch antwoord|afwezig|autosvar|automatiskt svar|automatisk svar|automaattinen vastaus"
    "|autoodpowiedź|odpowiedź automatyczna|automatyczna odpowiedź|automatická odpověď|automatická odpoveď"
    "|automatikus válasz|răspuns automat|автоматический ответ|автоответ|автоматична відповідь"
    "|αυτόματη απάντηση|otomatik yan\u0131t|自動応答|自動返信|自动答复|自动回复|自動回覆|자동 회신)"
    r"\s*(?:[:\uff1a]|\Z)"
)
# How calendars answer an invitation.
_INVITATION = re.compile(
    f"{_TAGS}(?:accepted|declined|tentative(?:ly accepted)?|zugesagt|zusage|abgesagt|absage|angenommen"
    "|abgelehnt|mit vorbehalt|accepté|refusé|provisoire|aceptad[oa]|rechazad[oa]|provisional"
    "|accettat[oa]|rifiutat[oa]|provvisori[oa]|geaccepteerd|geweigerd|voorlopig|aceite|aceito|recusado|provisório|accepterat|avböjt"
    "|accepteret|afvist|godtatt|avslått|hyväksytty|hylätty|zaakceptowan[oea]|odrzucon[oea]|принято|отклонено"
    "|承諾|辞退|已接受|已拒绝|已拒絕)"
    r"\s*[:\uff1a]"
)


def is_bounce(subject: str) -> bool:
    """Whether a subject (in lower case) says that a mail did not arrive."""
    return bool(_BOUNCE.search(subject))


def is_delay(subject: str) -> bool:
    """Whether it says that a mail did not arrive yet."""
    return bool(_DELAY.search(subject))


def is_auto_reply(subject: str) -> bool:
    """Whether it says that somebody is away, or that a program answered."""
    return bool(_AUTO_REPLY.search(subject))


def is_labelled_auto_reply(subject: str) -> bool:
    """Whether it begins as programs begin theirs; "automatic reply not sent" is a person's."""
    return bool(_LABEL.match(subject))


def is_invitation_reply(subject: str) -> bool:
    """Whether it begins as calendars say that somebody comes to a meeting, or does not."""
    return bool(_INVITATION.match(subject))
