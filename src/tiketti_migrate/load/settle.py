"""What the answer to a step means for its row: design.md section 7, rules 6 and 7, as one function."""

import time
from dataclasses import dataclass

from tiketti_migrate.api import Absent, Created, Found, Sink
from tiketti_migrate.errors import EmailWasSent, InDoubt, MigrationError, NotSent, Refused, Stopped
from tiketti_migrate.load.options import LoadOptions
from tiketti_migrate.load.steps import FIRST_LOOK_SECONDS, Agenda, Create, LookUp
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
        return _judge_look_up(step, outcome, sink, options, agenda)
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
                )
            )
        case Clash(conflict=conflict, holder=Found() as holder):
            warning = f"was in Tiketti already ({conflict.message})"
            created = _made_by_us(row, holder)
            return Verdict(_found(row, holder, created, "adopt", () if created else (warning,)))
        case Clash(conflict=conflict):
            return _refused(step, conflict, sink)
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


def _judge_look_up(
    step: LookUp, outcome: Outcome, sink: Sink, options: LoadOptions, agenda: Agenda
) -> Verdict:
    row = step.row
    match outcome:
        case Found() if step.since is None:
            return Verdict(_found(row, outcome, False, "adopt", (), "pending"))
        case Found():
            return Verdict(_found(row, outcome, outcome.ours or _made_by_us(row, outcome), "find", ()))
        case Absent() if step.since is None:
            agenda.cleared.add(row.id)
            return Verdict()
        case Absent():
            age = sink.now().timestamp() - (row.mark or 0.0)
            settle = options.settle_after(row.doubt)
            if age >= settle:
                return Verdict(Back(row.id, "looked up: it did not arrive", attempted=True))
            agenda.due[row.id] = time.monotonic() + settle - age
            return Verdict()
        case Refused(status=404):
            return Verdict(Failed(row.id, outcome.code, outcome.message, outcome.hint, row.state))
        case NotSent():
            agenda.due[row.id] = time.monotonic() + outcome.wait
            return Verdict(unreachable=outcome.unreachable)
        case Stopped():
            return Verdict(stop=outcome)
        case _:
            _look_again(row, options, agenda)
            return Verdict()


def _look_again(row: Row, options: LoadOptions, agenda: Agenda) -> None:
    looks = agenda.looks[row.id] = agenda.looks.get(row.id, 0) + 1
    if looks > _MOST_INCONCLUSIVE:
        agenda.parked.add(row.id)
        return
    agenda.due[row.id] = time.monotonic() + min(float(2**looks), max(1.0, options.settle_after(row.doubt)))


def _doubt(row: Row, agenda: Agenda, reason: str, *, timed_out: bool) -> Verdict:
    agenda.due[row.id] = time.monotonic() + FIRST_LOOK_SECONDS
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
        status=found.status,
        warnings=warnings,
    )


def _made_by_us(row: Row, found: Found) -> bool:
    """Only after an own unsettled attempt, and not when the object is older than that."""
    if row.doubt_mark is None or found.created_at is None:
        return False
    return found.created_at.timestamp() >= row.doubt_mark - _CLOCK_SLACK_SECONDS
