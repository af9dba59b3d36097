"""What tells that an author answers inside of the history, where no mark tells whose words are whose.

Each of these keeps a history whole: what is kept twice is no loss, an answer that is cut off is one.
"""

import re
from collections.abc import Iterable

from tiketti_migrate_mail.quoted_heads import Line

__all__ = ["hints_at_answers", "is_greeting", "looks_answered"]

_HINTS = frozenset(
    [
        *("below", "inline", "answers", "answered", "comments", "commented", "remarks", "responses"),
        *("replies", "marked", "highlighted", "annotated", "annotations", "inserted", "interspersed"),
        *("bold", "italics", "capitals", "caps", "colour", "color", "coloured", "colored", "colours"),
        *("red", "green", "blue", "orange", "purple", "yellow", "pink"),
        *("unten", "antworten", "beantwortet", "kommentare", "kommentaren", "kommentiert", "anmerkungen"),
        *("markiert", "markierten", "gekennzeichnet", "hervorgehoben", "dazugeschrieben", "fett", "kursiv"),
        *("reingeschrieben", "hineingeschrieben", "eingefügt", "ergänzt", "ergänzungen", "siehe", "farbig"),
        *("rot", "rote", "roten", "roter", "rotem", "grün", "grüne", "grünen", "grüner", "grünem", "gruen"),
        *("blau", "blaue", "blauen", "blauer", "blauem", "lila", "gelb"),
        *("réponses", "reponses", "répondu", "commentaires", "annoté", "surligné", "voir", "rouge", "rouges"),
        *("bleu", "bleue", "bleus", "vert", "verte", "gras", "dessous"),
        *("abajo", "respuestas", "respondido", "comentarios", "ver", "véase", "vea", "marcado", "resaltado"),
        *("rojo", "rojas", "roja", "azul", "verde", "negrita"),
        *("abaixo", "respostas", "respondido", "comentários", "veja", "vermelho", "vermelha", "negrito"),
        *("sotto", "seguito", "risposte", "risposto", "commenti", "vedi", "evidenziato", "rosso", "rossa"),
        *("blu", "grassetto"),
        *("hieronder", "onderstaand", "onderstaande", "antwoorden", "beantwoord", "opmerkingen", "zie"),
        *("gemarkeerd", "rood", "rode", "blauw", "blauwe", "groen", "groene", "vetgedrukt"),
        *("nedan", "nedanför", "nedenfor", "nedenstående", "svaren", "svarene", "kommentarer", "markerat"),
        *("markeret", "markert", "röd", "rött", "röda", "rød", "rødt", "røde", "blå", "blått", "blåt"),
        *("grön", "grönt", "gröna", "grøn", "grønn", "grønt", "grønne", "fetstil"),
        *("alapuolella", "vastaukset", "vastattu", "kommentit", "punaisella", "sinisellä", "vihreällä"),
        *("lihavoitu", "katso"),
        *("poniżej", "odpowiedzi", "komentarze", "patrz", "zaznaczone", "zaznaczyłem", "zaznaczyłam"),
        *("czerwono", "czerwonym", "niebieskim", "zielonym"),
        *("níže", "nižšie", "odpovědi", "odpovede", "komentáře", "viz", "viď", "červeně", "červenou"),
        *("modře", "zeleně", "vyznačil", "vyznačila"),
        *("ниже", "нижче", "ответы", "ответил", "ответила", "комментарии", "відповіді", "см", "смотри"),
        *("смотрите", "красным", "красный", "синим", "зелёным", "зеленым", "выделил", "выделила", "жирным"),
        *("выделено", "червоним"),
        *("alább", "lent", "válaszok", "válaszaim", "megjegyzések", "lásd", "pirossal", "kékkel", "zölddel"),
        *("răspunsuri", "răspunsurile", "comentarii", "vezi", "roșu", "albastru"),
        *("aşağ\u0131da", "cevaplar", "cevaplar\u0131m", "yan\u0131tlar", "yan\u0131tlar\u0131m"),
        *("yorumlar", "bkz", "k\u0131rm\u0131z\u0131", "mavi", "yeşil"),
    ]
)
_WORD = re.compile(r"\w+")
_PHRASES = re.compile(
    r"\bin-line|\bplus bas\b|\bmai jos\b|\bs\. ?u\.|\bsee (?:my|the|our) (?:answer|comment|repl|respon|note)"
    r"|\b(?:in|im|within|inside|dans le|en el|nel|no|in de|in het|i|w|v|в|a) "
    r"(?:(?:the|your|my|own|original|ihrem|deinem|uw|je) )?"
    r"(?:text|texte|corps|texto|testo|tekst|texten|teksten|tekście|textu|texte|тексте|e-?mail|mail)\b"
    r"|以下|下記|如下|下面|[见見]下|아래|赤字|青字|[红紅蓝藍绿綠]色|标[注记]|標[註記]|빨간"
)

_GREETINGS = frozenset(
    [
        *("hello", "hi", "hey", "dear", "good", "greetings", "hallo", "guten", "liebe", "lieber", "sehr"),
        *("moin", "servus", "grüezi", "bonjour", "bonsoir", "salut", "cher", "chère", "madame", "monsieur"),
        *("hola", "buenos", "buenas", "estimado", "estimada", "ciao", "buongiorno", "salve", "gentile"),
        *("olá", "ola", "caro", "cara", "prezado", "prezada", "bom", "boa", "beste", "geachte", "dag"),
        *("hej", "hei", "hejsan", "kära", "kære", "kjære", "terve", "moi", "tere", "cześć", "dzień"),
        *("szanowny", "szanowna", "witam", "dobrý", "ahoj", "vážený", "vážená", "здравствуйте", "привет"),
        *("добрый", "уважаемый", "уважаемая", "вітаю", "добрий", "szia", "kedves", "tisztelt", "bună"),
        *("stimate", "merhaba", "say\u0131n", "您好", "你好"),
    ]
)
_LONGEST_GREETING = 5
_END_OF_GREETING = re.compile(r"[^,!:\uff0c]*[,!:\uff0c]+")

# How people set answers off that their program does not: arrows, signs, names in brackets, "A:".
_ANSWER = re.compile(
    r"(?:=+|-{1,3}|~+|#{1,3})>|[\u2192\u21d2\u27a4\u25ba]|#{2,}\s?\w|\*{2,}\s?\w|\[[^\]:/.@]{1,40}\]"
    r"|(?:a|ans|answer|antwort|réponse|respuesta|risposta|resposta|antwoord|svar|ответ)\s?\d{0,2}\s?[:\uff1a]",
    re.IGNORECASE,
)


def hints_at_answers(lines: Iterable[Line]) -> bool:
    """Whether what an author wrote above a history speaks of answers inside of it."""
    for line in lines:
        text = line.text.casefold()
        if not _HINTS.isdisjoint(_WORD.findall(text)) or _PHRASES.search(text):
            return True
    return False


def looks_answered(text: str) -> bool:
    """Whether a line of a history looks like an answer to the one above it."""
    return _ANSWER.match(text) is not None


def is_greeting(text: str) -> bool:
    """Whether a line greets and says nothing else: where no more is said, it is said further below."""
    words = _WORD.findall(text[:100].casefold())
    if not words or words[0] not in _GREETINGS or len(words) > _LONGEST_GREETING:
        return False
    return len(words) == 1 or _END_OF_GREETING.fullmatch(text) is not None
