"""The history of replies cut out of plain texts, and what is never cut."""
# ruff: noqa: RUF001

from pathlib import Path

import pytest

from mail_texts import REPLIES, mail_from, plain, trimmed_of
from tiketti_migrate_mail.bodies import body_of
from tiketti_migrate_mail.headers import Address

STANDARD = REPLIES / "standard_replies"
# Kept whole, which is the safe failure: what is lost then is nothing.
KEPT = {
    "thunderbird.eml": "answered below the quote",
    "outlook.eml": "nothing tells whether it is a reply or a forward: no Re:, and another recipient",
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


def test_quotations_that_share_a_block() -> None:
    text, was_cut = of_plain(REPLIES / "reply-quotations-share-block.eml")
    assert was_cut
    assert text.endswith("hearing from you soon.\n\xa0\nJoe XXX")


def reply_to(history: str, **changes: object) -> str:
    return trimmed_of(plain(f"It works now.\n\nThanks,\nJane\n\n{history}"), **changes).text


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
        "*From:* Bob\n*Sent:* Monday\n*To:* Jane\n*Subject:* Printer\n\nIt fails.",
        "-----Ursprüngliche Nachricht-----\nVon: Bob\nGesendet: Montag\nAn: Jane\nBetreff: Drucker\n\nAus.",
        "De : Bob\nEnvoyé : lundi 2 mai 2022\nÀ : Jane\nObjet : Imprimante\n\nRien.",
        "De: Bob\nEnviado el: lunes\nPara: Jane\nAsunto: Impresora\n\nNada.",
        "Da: Bob\nInviato: lunedì\nA: Jane\nOggetto: Stampante\n\nNiente.",
        "Van: Bob\nVerzonden: maandag\nAan: Jane\nOnderwerp: Printer\n\nNiets.",
        "Från: Bob\nSkickat: måndag\nTill: Jane\nÄmne: Skrivare\n\nInget.",
        "Lähettäjä: Bob\nLähetetty: maanantai\nVastaanottaja: Jane\nAihe: Tulostin\n\nEi mitään.",
        "Od: Bob\nWysłano: poniedziałek\nDo: Jane\nTemat: Drukarka\n\nNic.",
        "От: Bob\nОтправлено: понедельник\nКому: Jane\nТема: Принтер\n\nНичего.",
        "发件人: Bob\n发送时间: 2022年5月2日\n收件人: Jane\n主题: 打印机\n\n没有。",
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
    assert trimmed_of(plain(text), to=(Address("", "support@example.com"),)).trimmed


def test_without_re_the_recipients_tell_a_reply() -> None:
    text = f"Done.\n\n{HEAD}"
    bob = (Address("Bob", "bob@example.com"),)
    assert trimmed_of(plain(text), subject="Printer", to=bob).text == "Done."
    assert not trimmed_of(plain(text), subject="Printer").trimmed


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
    assert trimmed_of(plain(f"Done.\n\n{HEAD}"), subject=subject).trimmed


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
