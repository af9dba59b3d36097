"""The history of replies cut out of plain texts, and what is never cut."""
# ruff: noqa: RUF001

from pathlib import Path

import pytest

from mail_texts import REPLIES, mail_from, mail_of, plain, trimmed_of
from tiketti_migrate_mail.bodies import body_of
from tiketti_migrate_mail.headers import Address

STANDARD = REPLIES / "standard_replies"
# Kept whole, which is the safe failure: what is lost then is nothing.
KEPT = {
    "thunderbird.eml": "answered below the quote",
    "outlook.eml": "nothing tells whether it is a reply or a forward: no Re:, and another recipient",
    "aol.eml": "but a greeting stands above a history without marks: answers may be inside",
    "comcast.eml": "likewise",
    "yahoo.eml": "no mark tells the history from what the author tells in their own words",
}
TEXTS = {"iphone.eml": "iphone_reply_text", "sparrow.eml": "sparrow_reply_text"}


def expected(path: Path) -> str:
    return (STANDARD / TEXTS[path.name]).read_text().strip() if path.name in TEXTS else "Hello"


def of_plain(path: Path) -> tuple[str, bool]:
    mail = mail_from(path)
    body = body_of(mail._replace(texts=tuple((text, None) for text, _ in mail.texts)), trim=True)
    return body.text, body.trimmed


@pytest.mark.parametrize("path", sorted(STANDARD.glob("*.eml")), ids=lambda path: path.stem)
def test_replies_of_mail_programs(path: Path) -> None:
    text, was_cut = of_plain(path)
    assert was_cut == (path.name not in KEPT)
    if was_cut:
        assert text == expected(path)


def test_quotations_without_marks_are_kept() -> None:
    assert not of_plain(REPLIES / "reply-quotations-share-block.eml")[1]


BOB = (Address("Bob", "bob@example.com"),)


def reply_to(history: str) -> str:
    return trimmed_of(plain(f"It works now.\n\nThanks,\nJane\n\n{history}"), to=BOB).text


QUOTED = "> It does not print.\n> Please help.\n>\n> Bob\n"
HEAD = (
    "From: Bob <bob@example.com>\nSent: Monday, 2 May 2022 10:00\nTo: Jane\nSubject: Printer\n\nIt fails.\n"
)


@pytest.mark.parametrize(
    "line",
    [
        "On Mon, May 2, 2022 at 10:00 AM Bob <bob@example.com> wrote:",
        "On Mon, May 2, 2022 at 10:00 AM Bob Smith of the Very Long Company\n<bob@example.com> wrote:",
        "Am 02.05.22 um 10:00 schrieb Bob:",
        "Am Mo., 2. Mai 2022 um 10:00 Uhr schrieb Bob\n<bob@example.com>:",
        "Le lun. 2 mai 2022 à 10:00, Bob <bob@example.com> a écrit :",
        "El lun, 2 may 2022 a las 10:00, Bob (<bob@example.com>) escribió:",
        "Il giorno lun 2 mag 2022 alle ore 10:00 Bob <bob@example.com> ha scritto:",
        "Em seg., 2 de mai. de 2022 às 10:00, Bob <bob@example.com> escreveu:",
        "Op ma 2 mei 2022 om 10:00 schreef Bob <bob@example.com>:",
        "Den mån 2 maj 2022 kl 10:00 skrev Bob <bob@example.com>:",
        "Bob (bob@example.com) kirjoitti 2.5.2022 kello 10.00:",
        "pon., 2 maj 2022 o 10:00 Bob <bob@example.com> napisał(a):",
        "po 2. 5. 2022 v 10:00 odesílatel Bob <bob@example.com> napsal:",
        "пн, 2 мая 2022 г. в 10:00, Bob <bob@example.com>:",
        "02.05.2022 10:00 пользователь Bob <bob@example.com> написал:",
        "2 мая 2022 г., в 10:00, Bob <bob@example.com> написал(а):",
        "2022年5月2日(月) 10:00 Bob <bob@example.com>:",
        "Bob <bob@example.com> 于2022年5月2日周一 10:00写道：",
        "2022년 5월 2일 (월) 오전 10:00, Bob <bob@example.com>님이 작성:",
        "2 May 2022 Pzt 10:00 tarihinde Bob <bob@example.com> şunu yazdı:",
        "Bob <bob@example.com> ezt írta (időpont: 2022. máj. 2., H, 10:00):",
        "--- On Mon, 5/2/22, Bob <bob@example.com> wrote:",
        "* Bob <bob@example.com> [2022-05-02 10:00]:",
    ],
)
def test_what_introduces_a_quote_goes_with_it(line: str) -> None:
    assert reply_to(f"{line}\n\n{QUOTED}") == "It works now.\n\nThanks,\nJane"


@pytest.mark.parametrize(
    "history",
    [
        f"-----Original Message-----\n{HEAD}",
        f"----- Original Message ----- \n{HEAD}",
        f"________________________________\n{HEAD}",
        f"________________________________________\n\n{HEAD}",
        HEAD,
        "*From:* Bob <bob@example.com>\n*Sent:* 2 May 2022\n*To:* Jane\n*Subject:* Printer\n\nIt fails.",
        "From: Bob [mailto:bob@example.com]\nSent: 5/2/2022\nTo: Jane\nCc: Al\nSubject: x\n\nIt fails.",
        "-----Ursprüngliche Nachricht-----\nVon: Bob\nGesendet: Montag\nAn: Jane\nBetreff: Drucker\n\nAus.",
        "________________________________\nDe : Bob\nEnvoyé : lundi\nÀ : Jane\nObjet : x\n\nRien.",
        "De : bob@example.com\nEnvoyé : lundi 2 mai 2022\nÀ : Jane\nObjet : Imprimante\n\nRien.",
        "De: bob@example.com\nEnviado el: lunes, 2 de mayo de 2022\nPara: Jane\nAsunto: Impresora\n\nNada.",
        "Da: bob@example.com\nInviato: lunedì 2 maggio 2022\nA: Jane\nOggetto: Stampante\n\nNiente.",
        "Van: bob@example.com\nVerzonden: maandag 2 mei 2022\nAan: Jane\nOnderwerp: Printer\n\nNiets.",
        "Från: bob@example.com\nSkickat: den 2 maj 2022\nTill: Jane\nÄmne: Skrivare\n\nInget.",
        "Lähettäjä: bob@example.com\nLähetetty: 2.5.2022\nVastaanottaja: Jane\nAihe: Tulostin\n\nEi mitään.",
        "Od: bob@example.com\nWysłano: 2 maja 2022\nDo: Jane\nTemat: Drukarka\n\nNic.",
        "От: bob@example.com\nОтправлено: 2 мая 2022 г.\nКому: Jane\nТема: Принтер\n\nНичего.",
        "发件人: bob@example.com\n发送时间: 2022年5月2日\n收件人: Jane\n主题: 打印机\n\n没有。",
        "> Subject: Printer\n> From: bob@example.com\n> Date: Mon, 2 May 2022\n>\n> It fails.",
    ],
)
def test_heads_of_what_is_answered(history: str) -> None:
    assert reply_to(history) == "It works now.\n\nThanks,\nJane"


@pytest.mark.parametrize(
    "line", ["See you at 10:00", "On Monday at 10:00 I was there.", "bob@example.com, 10:00"]
)
@pytest.mark.parametrize(
    "introduced", ["On 2 May 2022, at 10:00, Bob wrote:", "On 2 May 2022, Bob\n<bob@x.y> wrote:"]
)
def test_a_line_right_above_what_introduces_a_quote_is_the_author_s(line: str, introduced: str) -> None:
    body = trimmed_of(plain(f"Hello\n\n{line}\n{introduced}\n{QUOTED}"))
    assert body.text == f"Hello\n\n{line}"


def test_a_mail_of_others_that_a_reply_shows_is_no_history() -> None:
    text = f"This is what my bank says\n\n{HEAD}\nCan you help?"
    assert not trimmed_of(plain(text), to=(Address("", "support@acme.example"),)).trimmed
    assert trimmed_of(plain(text), to=BOB).trimmed
    assert trimmed_of(plain(text), cc=BOB).trimmed


def test_a_mail_of_a_colleague_that_a_reply_shows_is_no_history() -> None:
    text = f"This is the error mail I got.\n\n-----Original Message-----\n{HEAD}"
    jane = Address("Jane", "jane@example.com")
    to = (Address("", "support@acme.example"),)
    assert not trimmed_of(plain(text), sender=jane, to=to).trimmed


def test_what_answers_one_of_ours_is_told_by_their_address() -> None:
    mail = mail_of(plain(f"Done.\n\n{HEAD}"), to=(Address("", "support@acme.example"),))
    assert body_of(mail, trim=True, ours=lambda email: email == "bob@example.com").text == "Done."
    assert not body_of(mail, trim=True, ours=lambda email: email == "carl@example.com").trimmed
    assert not body_of(mail, trim=True, ours=lambda email: email.startswith(("bob", "jane"))).trimmed


def test_what_is_answered_may_have_but_a_name() -> None:
    text = f"Done.\n\n-----Original Message-----\n{HEAD.replace('Bob <bob@example.com>', 'Smith, Bob')}"
    assert trimmed_of(plain(text), to=(Address("Bob Smith", "bob@example.com"),)).text == "Done."
    assert not trimmed_of(plain(text), to=BOB).trimmed


def test_a_head_without_re_is_shown() -> None:
    assert not trimmed_of(plain(f"FYI\n\n{HEAD}"), subject="Printer", to=BOB).trimmed


@pytest.mark.parametrize(
    "above",
    [
        *(
            "my comments are marked",
            "Answered in the text.",
            "See answers.",
            "I have replied in-line",
            "s.u.",
        ),
        *("Meine Antworten habe ich rot markiert / dazugeschrieben.", "Siehe unten.", "Blau von mir"),
        *("Voir mes réponses", "Ver mis respuestas", "I put it in the mail", "Vedi sotto", "Zie hieronder"),
        *("См. ниже", "Svaren är i rött", "请见下", "My text is bold", "Hello Bob,\n\nKind regards\nJane"),
    ],
)
def test_who_answers_below_says_so(above: str) -> None:
    text = f"{above}\n\n-----Original Message-----\n{HEAD}"
    assert trimmed_of(plain(text), to=BOB).text == text.rstrip()
    assert trimmed_of(plain(f"It does.\n\n-----Original Message-----\n{HEAD}"), to=BOB).trimmed


@pytest.mark.parametrize(
    "answer",
    ["=> HP 5", "--> HP 5", ">> HP 5", "> HP 5", "## A4", "** HP 5", "[Jane] HP 5", "A: HP 5", "→ HP 5"],
)
def test_what_looks_like_an_answer_keeps_the_history(answer: str) -> None:
    text = f"Hello,\n\nJane\n\n{HEAD}Which printer?\n{answer}\nWhich paper?"
    assert trimmed_of(plain(text), to=BOB).text == text


def test_what_the_history_quotes_is_no_answer() -> None:
    text = f"It does.\n\n{HEAD}\nOn 2 May 2022, Al <al@example.com>\nwrote:\n\n> No.\n>> Does it?\n"
    assert trimmed_of(plain(text), to=BOB).text == "It does."
    text = f"Lo fa.\n\n{HEAD}\nDa: Al <al@example.com>\nInviato: ieri\nA: Bob\nOggetto: Stampante\n\nNo."
    assert trimmed_of(plain(text), to=BOB).text == "Lo fa."


@pytest.mark.parametrize(
    "text",
    [
        "I spoke with your colleague.\nOn Monday 1 Jan 2024 at 10:00 Mr. Smith <bob@example.com> wrote:\n"
        "that you would refund me.\nPlease do that: my IBAN is DE123.",
        "Hi Bob.\n\nOn Mon, Jan 1, 2024 at 10:00 AM Bob <bob@example.com> wrote:\n\nWhich printer?\nHP5",
        "Here you go\n\nFrom: Bob\nDate: 5 May\nTo: jane@c1.example\nSubject: travel\n\nwith 3 suitcases",
        "Please\n\nFrom: Bob\nDate: 5 May 2024\nTo: Jane\nSubject: travel\n\nwith 3 suitcases",
        "Please\n\nFrom: bob@example.com\nTo: Jane\nDate: 5 May 2024\nSubject: travel\n\nwith 3 suitcases",
        "Please\n\nFrom: bob@example.com\nDate: Monday\nTo: Jane\nSubject: travel\n\nwith 3 suitcases",
    ],
)
def test_what_no_program_marked_is_kept(text: str) -> None:
    assert trimmed_of(plain(text), to=BOB).text == text


@pytest.mark.parametrize(
    "text",
    [
        "On 2 May 2022, Bob wrote:\n> Does it print?\n\nIt does.",
        "On 2 May 2022, Bob wrote:\n> Does it print?\nIt does.\n> In colour?\nNo.\n",
        "Hello,\n\nOn 2 May 2022, Bob wrote:\n> Does it print?\nIt does.\n> In colour?\n> On A3?\n> A5?",
        "> one\n> two\n> three",
        "On 2 May 2022, Bob wrote:\n> one",
        "-- \nJane\nACME\n\nOn 2 May 2022, Bob wrote:\n> one",
        "Sent from my iPhone\n\nOn 2 May 2022, Bob wrote:\n> one",
        "Best regards,\nJane\n\nOn 2 May 2022, Bob wrote:\n> one",
        f"My answers are below, in red.\n\n{HEAD}",
        f"Siehe unten.\n\n{HEAD}",
        "The printer says:\n> paper jam\n> open the door\n> close the door",
        "The log\n> of one\n> and two\n> and three lines",
        f"Look what came:\n\n{HEAD}\nIs it one of yours?",
        "Book it.\n\nFrom: Munich\nTo: Berlin\nDate: 2 May\n\nIn the morning.",
        "As I wrote on 2 May 2022:\n\nIt does not print.",
        "As I wrote on 2 May 2022:\n> It does not print.",
        "Bob wrote:\n> It does not print.",
        "A quote\n> of two lines\n> and no more",
        "On Tuesday our customer wrote:\n\nIt does not print.",
        "To whom it may concern: From: here on, Date: is not a head.\nHello",
        "On your question: yes.\nBob wrote:\n\nno",
        "Hello\n\n---------- Forwarded message ---------\nFrom: Bob <bob@example.com>\nDate: x\nTo: y",
        "See this.\n\nBegin forwarded message:\n\n> From: Bob\n> Subject: x\n> Date: y\n>\n> It fails.",
        "See this.\n\n> Begin forwarded message:\n>\n> From: Bob\n> Subject: x\n> Date: y\n>\n> It fails.",
    ],
)
def test_what_an_author_may_have_written_is_kept(text: str) -> None:
    body = trimmed_of(plain(text))
    assert not body.trimmed
    assert body.text == text.rstrip()


@pytest.mark.parametrize("prefix", ["Fwd", "FW", "WG", "TR", "RV", "I", "Doorst", "VB", "VL", "转发"])
def test_what_is_forwarded_is_kept(prefix: str) -> None:
    assert not trimmed_of(plain(f"Please answer.\n\n{HEAD}"), subject=f"{prefix}: Printer").trimmed
    assert not trimmed_of(
        plain(f"Please answer.\n\nOn 2 May 2022, Bob wrote:\n{QUOTED}"), subject=f"[acme] {prefix}: Re: x"
    ).trimmed


@pytest.mark.parametrize(
    "subject", ["Re: x", "AW: x", "[ACME #5] RE: x", "Re[2]: x", "Odp: Fwd: x", "RE : x", "回复：x"]
)
def test_a_reply_is_told_by_its_subject(subject: str) -> None:
    assert trimmed_of(plain(f"Done.\n\n{HEAD}"), subject=subject, to=BOB).trimmed


def test_an_answer_among_quotes_stays_when_the_whole_history_follows() -> None:
    text = "> Does it print?\nIt does.\n\nOn 2 May 2022, Bob <bob@example.com> wrote:\n" + QUOTED
    assert trimmed_of(plain(text)).text == "> Does it print?\nIt does."


def test_a_signature_below_the_quote_stays() -> None:
    text = f"It does.\n\nOn 2 May 2022, Bob wrote:\n{QUOTED}-- \nJane\nACME"
    assert trimmed_of(plain(text)).text == "It does.\n\n-- \nJane\nACME"


def test_nothing_is_trimmed_where_it_was_not_asked_for() -> None:
    mail = mail_from(STANDARD / "gmail.eml")
    assert not body_of(mail, trim=False).trimmed


def test_a_text_beyond_reason_is_kept_and_told() -> None:
    body = trimmed_of(plain("Hello\n" + "> x\n" * 6000))
    assert not body.trimmed
    assert "too long" in body.warnings[0]
