"""Whatever is cut off: no word of the author's own, in any arrangement of text and quotes."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail_texts import mail_of, plain, rich, seen, trimmed_of
from tiketti_migrate_mail.bodies import body_of
from tiketti_migrate_mail.headers import Address

BOB = (Address("Bob", "bob@example.com"),)
HEAD = "From: Bob <bob@example.com>\nSent: Monday, 2 May 2022\nTo: Jane\nSubject: Printer\n\n"

# How programs put what is answered below an answer: words, then the quoted mail, marked or not.
PROGRAMS = {
    "gmail": ("On Mon, May 2, 2022 at 10:00 AM Bob <bob@example.com>\nwrote:\n\n", True),
    "gmail-ru": (
        "\u043f\u043d, 2 \u043c\u0430\u044f 2022 \u0433. \u0432 10:00, Bob <bob@example.com>:\n\n",
        True,
    ),
    "apple": ("On 2 May 2022, at 10:00, Bob <bob@example.com> wrote:\n\n", True),
    "thunderbird": ("Am 02.05.22 um 10:00 schrieb Bob:\n", True),
    "outlook": (HEAD, False),
    "outlook-2003": (f"-----Original Message-----\n{HEAD}", False),
    "outlook-web": (f"________________________________\n{HEAD}", False),
    "zimbra": ("----- Original Message -----\n" + HEAD, False),
    "aol": ("-----Original Message-----\n" + HEAD.replace("Sent", "Date"), False),
    "mutt": ("* Bob <bob@example.com> [2022-05-02 10:00]:\n", True),
}
OWN = st.sampled_from(
    [
        *("{}", "Yes, {}.", "The printer says: {}", "{}:", "{} wrote:", "On Monday {} wrote:", "From: {}"),
        *(
            "As {} wrote on 2 May 2022:",
            "See you at 10:00, {}",
            "bob@example.com at 10:00 {}",
            "-- {}",
            "--\n{}",
        ),
        *(
            "Date: {}",
            "Subject: {}",
            "{}\n\n{}",
            "Thanks,\n{}",
            "Best regards,\n{}",
            "Sent from my {}",
            "- {}",
        ),
        *("-----\n{}", "{}, on 2 May 2022 Bob", "{} 2022 <x@y.example>", "On Friday {}", "_____\n\n{}"),
        *(
            "Am 2. Mai {}",
            "{}\n\n\n",
            "<{}>",
            "[{}]",
            "* {}",
            "Le {} a \u00e9crit :",
            "{} > {}",
            "=== {} ===",
        ),
    ]
)
THEIRS = st.sampled_from(
    [
        *(
            "> {}",
            "> {}\n> {}",
            ">> {}",
            "> > {}\n>\n> {}",
            ">{}\n\n> {}",
            "> From: {}\n> To: x\n> Subject: y",
        ),
        *(
            "On 2 May 2022, Bob <bob@example.com> wrote:\n> {}",
            "Am 02.05.22 um 10:00 schrieb Bob:\n\n> {}\n> {}",
        ),
        *(
            "On 2 May 2022, at 10:00, Bob\n<bob@example.com> wrote:\n\n> {}",
            "> On 2 May 2022, Bob wrote:\n> {}",
        ),
    ]
)
PARTS = st.lists(st.tuples(st.booleans(), OWN, THEIRS), min_size=1, max_size=8)


def texts_of(parts: list[tuple[bool, str, str]]) -> list[str]:
    """Parts with words that stand nowhere else: ``own7`` is one of the author's, ``their8`` is not."""
    return [
        own.replace("{}", f"own{number}x") if is_own else theirs.replace("{}", f"their{number}x")
        for number, (is_own, own, theirs) in enumerate(parts)
    ]


def as_html(text: str, block: str) -> str:
    """A text in the HTML of ``p``, ``div`` or lines; quotes as elements."""
    lines = []
    for is_quoted, rows in runs(text):
        if is_quoted:
            lines.append(f'<blockquote type="cite">{as_html(chr(10).join(rows), block)}</blockquote>')
        elif block == "br":
            lines.append("".join(f"{html.escape(row)}<br>" for row in rows))
        else:
            lines += [f"<{block}><span>{html.escape(row) or '<br>'}</span></{block}>" for row in rows]
    return "\n".join(lines)


def runs(text: str) -> list[tuple[bool, list[str]]]:
    found: list[tuple[bool, list[str]]] = []
    for row in text.split("\n"):
        is_quoted = row.startswith(">")
        if not found or found[-1][0] != is_quoted:
            found.append((is_quoted, []))
        found[-1][1].append(row.removeprefix(">").removeprefix(" "))
    return found


def own_words(text: str) -> list[str]:
    return re.findall(r"own\d+x", text)


@settings(max_examples=400, deadline=None)
@given(PARTS, st.sampled_from(["\n", "\n\n"]), st.sampled_from(["Re: x", "x", "Fwd: x"]))
def test_of_a_text(parts: list[tuple[bool, str, str]], between: str, subject: str) -> None:
    text = between.join(texts_of(parts))
    kept = seen(body_of(mail_of(plain(text), subject=subject, to=BOB), trim=True))
    assert own_words(kept) == own_words(text)


@settings(max_examples=400, deadline=None)
@given(PARTS, st.sampled_from(["p", "div", "br"]), st.sampled_from(["Re: x", "x", "Fwd: x"]))
def test_of_html(parts: list[tuple[bool, str, str]], block: str, subject: str) -> None:
    markup = as_html("\n".join(texts_of(parts)), block)
    kept = seen(body_of(mail_of(rich(markup), subject=subject, to=BOB), trim=True))
    assert own_words(kept) == own_words(seen(body_of(mail_of(rich(markup)), trim=False)))


@settings(max_examples=200, deadline=None)
@given(st.lists(OWN, min_size=1, max_size=5), st.sampled_from(sorted(PROGRAMS)), st.booleans())
def test_above_the_history_of_any_program(own: list[str], program: str, is_html: bool) -> None:
    text = "\n\n".join(texts_of([(True, one, "") for one in own]))
    introduced, is_marked = PROGRAMS[program]
    history = "It does not print.\n\nBob\n"
    quoted = "".join(f"> {row}\n" for row in history.split("\n")) if is_marked else history
    whole = f"{text}\n\n{introduced}{quoted}"
    part = rich(as_html(whole, "div")) if is_html else plain(whole)
    kept = seen(body_of(mail_of(part, to=BOB), trim=True))
    assert own_words(kept) == own_words(text)


@pytest.mark.parametrize("program", sorted(PROGRAMS))
@pytest.mark.parametrize("is_html", [True, False])
def test_the_history_of_any_program_goes(program: str, is_html: bool) -> None:
    introduced, is_marked = PROGRAMS[program]
    history = "It does not print.\n\nBob wrote"
    quoted = "".join(f"> {row}\n" for row in history.split("\n")) if is_marked else history
    whole = f"It does now.\n\n{introduced}{quoted}"
    body = trimmed_of(rich(as_html(whole, "p")) if is_html else plain(whole), to=BOB)
    assert (seen(body), body.trimmed) == ("It does now.", True)
