"""Subjects that servers and mail programs write by themselves, in the languages they come in.

Alone they say nothing: a person may write about a "delivery report", too.
"""

import re

__all__ = ["is_auto_reply", "is_bounce", "is_delay"]

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
    "|on vacation|vacation reply|away from (?:the|my) office|^auto:"
    "|abwesen|automatische antwort|automatische rückantwort"
    "|réponse automatique|absen(?:ce|t) du bureau|message d.absence"
    "|respuesta automática|fuera de la oficina|resposta automática|fora do escritório|ausência"
    "|risposta automatica|fuori (?:sede|ufficio)|assenza|automatisch antwoord|afwezig"
    "|autosvar|automatiskt svar|automatisk svar|frånvaro|fravær|automaattinen vastaus|poissaolo"
    "|automatyczna odpowiedź|nieobecno|automatická odpověď|automatická odpoveď|mimo kancelář"
    "|automatikus válasz|házon kívül|răspuns automat"
    "|автоматический ответ|автоответ|автоматична відповідь|αυτόματη απάντηση"
    "|otomatik yan\u0131t|ofis d\u0131\u015f\u0131nda"
    "|自動応答|自動返信|不在通知|自动答复|自动回复|自動回覆|자동 회신|자동 응답|부재중"
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
