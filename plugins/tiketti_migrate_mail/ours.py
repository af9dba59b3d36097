"""Whose mails are replies: the addresses of the helpdesk itself, as told or as the mailbox shows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate_mail.envelopes import REPLY, SENT, Envelope
from tiketti_migrate_mail.options import MailOptions
from tiketti_migrate_mail.planned import Ours
from tiketti_migrate_mail.robots import is_role

__all__ = ["FREE_MAIL", "Guess", "guess_ours"]

# Anybody can have an address there: it says nothing of who somebody works for.
_FREE_DOMAINS = (
    "gmail.com googlemail.com outlook.com outlook.de hotmail.com hotmail.de hotmail.fr hotmail.co.uk"
    " live.com live.de live.fr msn.com yahoo.com yahoo.de yahoo.fr yahoo.co.uk yahoo.co.jp ymail.com"
    " rocketmail.com aol.com icloud.com me.com mac.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de"
    " t-online.de freenet.de arcor.de mail.de posteo.de posteo.net mailbox.org proton.me protonmail.com"
    " pm.me tutanota.com tuta.io zoho.com mail.com mail.ru yandex.ru yandex.com bk.ru list.ru inbox.ru"
    " rambler.ru ukr.net qq.com 163.com 126.com sina.com foxmail.com naver.com daum.net hanmail.net"
    " orange.fr wanadoo.fr free.fr sfr.fr laposte.net libero.it virgilio.it tiscali.it alice.it tin.it"
    " bluewin.ch hispeed.ch chello.at a1.net terra.com.br uol.com.br bol.com.br wp.pl o2.pl interia.pl"
    " onet.pl seznam.cz centrum.cz abv.bg comcast.net verizon.net att.net sbcglobal.net cox.net"
    " btinternet.com sky.com bigpond.com rediffmail.com fastmail.com hey.com ziggo.nl kpnmail.nl"
    " telenet.be skynet.be telia.com online.no"
)
FREE_MAIL = frozenset(_FREE_DOMAINS.split())
_MOST_TOLD = 8


class Guess(NamedTuple):
    """``ours``, and what is to be said of how they were found."""

    ours: Ours
    problems: tuple[Problem, ...]


def guess_ours(
    mails: Sequence[Envelope], options: MailOptions, account: str | None, delivered: Counter[str]
) -> Guess:
    """Who is ours: as told; else the account, who writes what lies in Sent, to whom most mails came.

    ``delivered``: how many mails were delivered to an address (Delivered-To, X-Original-To).
    """
    why: dict[str, str] = {}
    own = account.lower() if account and "@" in account else None
    if own:
        why[own] = "account"
    told = tuple(one for one in options.our_address if not (one[0] == "@" and one[1:] in FREE_MAIL))
    mailboxes = {own} if own else set()
    if told:
        why |= dict.fromkeys(told, "as told")
        mailboxes |= {one for one in _delivered_to(delivered, len(mails)) if one in why}
    else:
        for email, times in _delivered_to(delivered, len(mails)).items():
            why.setdefault(email, f"{times:,} mails were delivered to it")
            mailboxes.add(email)
        for email, times in _in_sent(mails, why).items():
            why.setdefault(email, f"{times:,} mails in Sent")
        for email, times in _colleagues(mails, why).items():
            why.setdefault(email, f"{times:,} mails to others")
        if not why and (found := _most_written_to(mails)):
            why[found[0]] = f"most mails are from or to it, {found[1]:,}"
            mailboxes.add(found[0])
    ours = _with_tags(_ours(why, mailboxes), mails)
    return Guess(ours, (*_refused(options, told), _told(why)))


def _ours(why: Iterable[str], mailboxes: set[str]) -> Ours:
    emails = frozenset(one for one in why if one[0] != "@")
    domains = frozenset(one[1:] for one in why if one[0] == "@")
    return Ours(
        emails=emails,
        domains=domains,
        near=domains | {one.rpartition("@")[2] for one in emails} - FREE_MAIL,
        mailboxes=frozenset(mailboxes | {one for one in emails if is_role(one)}),
    )


def _delivered_to(delivered: Counter[str], total: int) -> dict[str, int]:
    """Where most mails were delivered to, of those that say it; others only passed by (a forwarding)."""
    said = max(delivered.values(), default=0)
    if said < 2 or said * 10 < total:
        return {}
    return {email: times for email, times in delivered.most_common(20) if times * 2 > said}


def _in_sent(mails: Sequence[Envelope], known: Iterable[str]) -> dict[str, int]:
    """Who writes what lies in Sent: the one who wrote most of it, those of a domain of ours, and whoever
    wrote a fair part. A few among many are mails of others that were dragged there.
    """
    times = Counter(mail.sender.email for mail in mails if mail.marks & SENT and mail.sender)
    total = times.total()
    first = [email for email, _ in times.most_common(1)]
    domains = {email.rpartition("@")[2] for email in (*known, *first)} - FREE_MAIL
    return {
        email: number
        for email, number in times.most_common()
        if email in first or (number >= 2 and (number * 20 >= total or email.rpartition("@")[2] in domains))
    }


def _colleagues(mails: Sequence[Envelope], known: Iterable[str]) -> dict[str, int]:
    """Who, in a domain of ours, mostly writes to people outside of it: answers, though kept elsewhere.

    A domain alone says nothing: the customers of an office's helpdesk may be of it, too.
    """
    domains = {email.rpartition("@")[2] for email in known} - FREE_MAIL
    written: Counter[str] = Counter()
    outward: Counter[str] = Counter()
    for mail in mails:
        if mail.sender is None or mail.sender.email.rpartition("@")[2] not in domains or not mail.to:
            continue
        written[mail.sender.email] += 1
        to = mail.recipients[: mail.to]
        outward[mail.sender.email] += all(one.email.rpartition("@")[2] not in domains for one in to)
    return {one: times for one, times in outward.items() if times >= 2 and times * 2 >= written[one]}


def _most_written_to(mails: Sequence[Envelope]) -> tuple[str, int] | None:
    """In a lone mbox: who is in most of the mails, and writes some himself. Of several, as in the mails of
    one customer, it is the address of an office, else the one to whom conversations begin.
    """
    got: Counter[str] = Counter()
    wrote: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for mail in mails:
        if mail.sender:
            wrote[mail.sender.email] += 1
        to = {one.email for one in mail.recipients if not mail.sender or one.email != mail.sender.email}
        got.update(to)
        if not mail.references and not mail.marks & REPLY:
            asked.update(to)
    both = {email: got[email] + times for email, times in wrote.items() if got[email]}
    fit = [email for email, times in both.items() if times >= 2 and times * 2 > len(mails)]
    if fit:
        found = max(fit, key=lambda email: (is_role(email), asked[email], both[email], email))
        return found, both[found]
    # Nothing of what was answered may be there.
    email, times = max(got.items(), key=lambda one: (one[1], one[0]), default=("", 0))
    return (email, times) if times >= 3 and times * 5 > len(mails) * 4 else None


def _with_tags(ours: Ours, mails: Sequence[Envelope]) -> Ours:
    """Addresses of ours with a tag, too (support+ticket17@acme.com; RFC 5233), where they occur."""
    tagged = set()
    for mail in mails:
        for one in (mail.sender, mail.reply_to, *mail.recipients):
            if one is not None and "+" in one.email and one.email not in ours.emails:
                local, _, domain = one.email.rpartition("@")
                if f"{local.partition('+')[0]}@{domain}" in ours.emails:
                    tagged.add(one.email)
    return ours._replace(emails=ours.emails | tagged, mailboxes=ours.mailboxes | tagged) if tagged else ours


def _refused(options: MailOptions, told: Sequence[str]) -> tuple[Problem, ...]:
    refused = [one for one in options.our_address if one not in told]
    if not refused:
        return ()
    message = (
        f"anybody can have an address at {', '.join(refused)}: it is not taken for yours. Name yours"
        " one by one with --our-address"
    )
    return (Problem("OURS", message, "the mailbox", lost=0),)


def _told(why: dict[str, str]) -> Problem:
    if not why:
        message = "no address was recognised as yours: every mail is taken for a request. Name yours with"
        return Problem("OURS", f"{message} --our-address", "the mailbox", lost=0)
    shown = ", ".join(f"{email} ({reason})" for email, reason in list(why.items())[:_MOST_TOLD])
    more = f" and {len(why) - _MOST_TOLD:,} more" if len(why) > _MOST_TOLD else ""
    message = f"mails from these are taken for replies: {shown}{more}; --our-address says otherwise"
    return Problem("OURS", message, "the mailbox", lost=0)
