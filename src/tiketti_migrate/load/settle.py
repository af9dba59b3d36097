"""What the answer to a step means for its row: design.md section 7, rules 6 and 7, as one function."""

import time
from dataclasses import dataclass, replace

from tiketti_migrate.api import Absent, Created, Found, Sink
from tiketti_migrate.errors import EmailWasSent, InDoubt, MigrationError, NotSent, Refused, Stopped
from tiketti_migrate.load.options import LoadOptions
from tiketti_migrate.load.steps import MOST_LOST, Agenda, Create, LookUp
from tiketti_migrate.load.work import Clash, Crash, Outcome
from tiketti_migrate.store import Back, Change, Done, Doubt, Failed, Row

__all__ = ["Verdict", "judge"]

_MOST_INCONCLUSIVE = 5
_CLOCK_SLACK_SECONDS = 5.0
# A text of megabytes that is halved again and again is short enough after a dozen times.
_MOST_ATTEMPTS_WITH_REMEDY = 12


@dataclass(frozen=True)
class Verdict:
    """``change`` for the ledger (None: look again), and what the run should know."""

    change: Change | None = None
    refused: Refused | None = None
    unreachable: bool = False
    stop: Stopped | None = None


def judge(
    step: Create | LookUp, outcome: Outcome, sink: Sink, options: LoadOptions, agenda: Agenda
) -> Verdict:
    """Decide; ``agenda`` learns when to look again."""
    if isinstance(step, LookUp):
        return _judge_look_up(step, outcome, options, agenda)
    row = step.row
    match outcome:
        case Created():
            return Verdict(
                Done(
                    row.id,
                    outcome.target_id,
                    True,
                    "create",
                    code=outcome.code,
                    status=outcome.status,
                    warnings=outcome.warnings,
                    noted=outcome.noted,
                )
            )
        case Clash(conflict=conflict, holder=Found() as holder):
            warning = f"was in Tiketti already ({conflict.message})"
            created = _made_by_us(row, holder)
            return Verdict(_found(row, holder, created, "adopt", () if created else (warning,)))
        case Clash():
            return _not_shown(step, outcome, sink, options, agenda)
        case Crash(error=error):
            return _doubt(row, agenda, f"the sink failed: {type(error).__name__}", timed_out=False)
        case MigrationError():
            return _judge_error(step, outcome, sink, agenda)
        case _:
            return _doubt(row, agenda, "the sink gave no usable answer", timed_out=False)


def _judge_error(step: Create, error: MigrationError, sink: Sink, agenda: Agenda) -> Verdict:
    row = step.row
    match error:
        case NotSent():
            return Verdict(Back(row.id, error.message), unreachable=error.unreachable)
        case InDoubt():
            return _doubt(row, agenda, error.message, timed_out=error.timed_out)
        case Refused():
            return _refused(step, error, sink)
        case EmailWasSent():
            verdict = _doubt(row, agenda, error.message, timed_out=False)
            return Verdict(verdict.change, stop=error)
        case Stopped():
            return Verdict(Back(row.id, error.message), stop=error)
        case _:
            return _doubt(row, agenda, error.message, timed_out=False)


def _judge_look_up(step: LookUp, outcome: Outcome, options: LoadOptions, agenda: Agenda) -> Verdict:
    row = step.row
    match outcome:
        case Found() if step.since is None:
            return Verdict(_adopted(step, outcome))
        case Found():
            return _judge_found(row, outcome, options, agenda)
        case Absent() if step.since is None:
            agenda.cleared.add(row.id)
            return Verdict()
        case Absent():
            if _too_early(row, options, agenda):
                return Verdict()
            return _judge_absent(row, agenda)
        case Refused(status=404):
            return Verdict(Failed(row.id, outcome.code, outcome.message, outcome.hint, row.state))
        case NotSent():
            agenda.due[row.id] = time.monotonic() + outcome.wait
            return Verdict(unreachable=outcome.unreachable)
        case Stopped():
            return Verdict(stop=outcome)
        case _:
            if not _look_again(row, options, agenda) and step.since is None:
                # A row that was never sent is not in doubt, and must not be passed over in silence.
                words = "whether an earlier import made it could not be told"
                return Verdict(Failed(row.id, "CANNOT_TELL", words, "run retry", origin="pending"))
            return Verdict()


def _judge_found(row: Row, found: Found, options: LoadOptions, agenda: Agenda) -> Verdict:
    created = found.ours or _made_by_us(row, found)
    if created:
        return Verdict(_found(row, found, True, "find", ()))
    # Somebody else's object of the same name: ours may still come.
    if _too_early(row, options, agenda):
        return Verdict()
    warning = f"a {row.kind} of the same name was in Tiketti already and stands for it"
    return Verdict(_found(row, found, False, "adopt", (warning,)))


def _judge_absent(row: Row, agenda: Agenda) -> Verdict:
    agenda.again(row.id)
    lost = agenda.lost[row.id]
    if lost < MOST_LOST:
        return Verdict(Back(row.id, "looked up: it did not arrive", attempted=True))
    words = f"sent {lost} times without a usable answer, and it never arrived"
    refused = Refused(
        words, status=0, code="NEVER_ARRIVED", hint="look for what is odd in it, then run retry"
    )
    return Verdict(Failed(row.id, refused.code, words, refused.hint), refused=refused)


def _too_early(row: Row, options: LoadOptions, agenda: Agenda) -> bool:
    """Whether the write may still arrive. Counted from when its answer was given up, not from its mark: a
    server that took longer than any timeout may be just about to finish.
    """
    left = options.settle_after(row.doubt) - agenda.waited(row.id)
    if left <= 0:
        return False
    agenda.due[row.id] = time.monotonic() + left
    return True


def _not_shown(step: Create, clash: Clash, sink: Sink, options: LoadOptions, agenda: Agenda) -> Verdict:
    """The key is taken, so its holder must be there: lists may be cut, or show it late."""
    row = step.row
    if isinstance(clash.holder, Absent):
        if not _too_early(row, options, agenda):
            return _refused(step, clash.conflict, sink)
        agenda.looks[row.id] += 1
        agenda.due[row.id] = min(agenda.due[row.id], time.monotonic() + 2.0 ** agenda.looks[row.id])
    elif not _look_again(row, options, agenda):
        # It stays in-flight, so that it is reported as in doubt.
        return Verdict()
    return Verdict(Back(row.id, f"{clash.conflict.message}; who has it is not shown yet"))


def _look_again(row: Row, options: LoadOptions, agenda: Agenda) -> bool:
    """False when it was looked for often enough in this run."""
    agenda.looks[row.id] += 1
    looks = agenda.looks[row.id]
    if looks > _MOST_INCONCLUSIVE:
        agenda.parked.add(row.id)
        return False
    agenda.due[row.id] = time.monotonic() + min(float(2**looks), max(1.0, options.settle_after(row.doubt)))
    return True


def _doubt(row: Row, agenda: Agenda, reason: str, *, timed_out: bool) -> Verdict:
    agenda.lost[row.id] += 1
    agenda.doubt(row.id)
    return Verdict(Doubt(row.id, "timeout" if timed_out else "disconnect", reason))


def _refused(step: Create, refused: Refused, sink: Sink) -> Verdict:
    row = step.row
    if row.attempts < _MOST_ATTEMPTS_WITH_REMEDY:
        remedy = sink.remedy(step.record, step.refs, refused)
        if remedy is not None:
            back = Back(
                row.id, refused.message, record=remedy.record, warning=remedy.warning, more=remedy.more
            )
            return Verdict(back)
    return Verdict(Failed(row.id, refused.code, refused.message, refused.hint), refused=refused)


def _found(
    row: Row, found: Found, created: bool, action: str, warnings: tuple[str, ...], origin: str = "in-flight"
) -> Done:
    return Done(
        row.id,
        found.target_id,
        created,
        action,
        origin="pending" if origin == "pending" else "in-flight",
        code=found.code,
        # What a ticket shows now may be what people made of it, not what it was created with.
        status=None if row.kind == "ticket" else found.status,
        warnings=warnings,
    )


def _adopted(step: LookUp, found: Found) -> Done:
    """What an earlier import wrote. A description has no id of its own: it is its ticket's."""
    done = _found(step.row, found, False, "adopt", (), "pending")
    if not found.described:
        return replace(done, unlinked=None if step.row.kind == "ticket" else found.untold)
    if step.row.kind == "ticket":
        return replace(done, carries=step.carries, unlinked=found.untold)
    return replace(done, target_id=None, carried=True, unlinked=found.untold)


def _made_by_us(row: Row, found: Found) -> bool:
    """Only after an own unsettled attempt, and not when the object is older than that."""
    if row.doubt_mark is None or found.created_at is None:
        return False
    return found.created_at.timestamp() >= row.doubt_mark - _CLOCK_SLACK_SECONDS
