"""The loop of a load: one thread that owns the ledger hands steps to workers that own the network.

Each turn is one transaction: what the answers mean is written together with the marks of the next writes,
and only when that is on the disk do their requests leave.
"""

import heapq
import queue
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tiketti_migrate.api import Sink
from tiketti_migrate.errors import EmailWasSent, Interrupted, Stopped
from tiketti_migrate.load.breaker import Breaker
from tiketti_migrate.load.feed import Lane
from tiketti_migrate.load.options import LoadOptions
from tiketti_migrate.load.outage import Outage
from tiketti_migrate.load.settle import Verdict, judge
from tiketti_migrate.load.steps import Agenda, Create, Later, Local, LookUp, Park, Planner, Wait
from tiketti_migrate.load.work import Answered, Outcome, perform
from tiketti_migrate.progress import Progress
from tiketti_migrate.records import Ticket
from tiketti_migrate.store import Back, Change, Claim, Done, Doubt, Failed, Ledger

__all__ = ["Coordinator"]

_MOST_LANES = 256
_POLL_SECONDS = 0.25
# Answers that come close together share one turn and its commit.
_GATHER_SECONDS = 0.008
# People want to see a ticket soon: at first nothing is written but what the first one needs.
_OPENING_WRITES = 10


class Coordinator:
    """Runs lanes until all are settled, parked, or the run has to stop."""

    def __init__(
        self,
        ledger: Ledger,
        sink: Sink,
        options: LoadOptions,
        progress: Progress,
        stopping: threading.Event,
        agenda: Agenda,
    ) -> None:
        self._ledger, self._sink, self._options, self._progress = ledger, sink, options, progress
        self._stopping = stopping
        self._agenda = agenda
        self._planner = Planner(ledger, sink, options, agenda)
        self._breaker = Breaker()
        self._outage = Outage(options.patience, progress)
        self._feed: Iterator[Lane] = iter(())
        self._fresh: deque[Lane] = deque()
        self._armed: list[tuple[Lane, Create | LookUp]] = []
        self._at_work: dict[int, Lane] = {}
        self._sent_after: dict[int, int] = {}
        self._waiting: defaultdict[int, list[Lane]] = defaultdict(list)
        self._sleeping: list[tuple[float, Lane]] = []
        self._opening = _OPENING_WRITES
        self._finished: list[str] = []
        self._results: queue.SimpleQueue[Answered] = queue.SimpleQueue()
        self._stop: Stopped | None = None
        self._retry_in = 0.0
        self._counted = sink.requests

    def run(self, lanes: Iterator[Lane]) -> None:
        """To their end. Raises Stopped (after everything in flight was settled) when the run cannot go on."""
        self._feed = lanes
        with ThreadPoolExecutor(self._options.workers, thread_name_prefix="load") as pool:
            while not self._over():
                answers = self._collect()
                with self._ledger.transaction():
                    self._write(answers)
                    self._wake()
                    self._plan()
                    orders = self._claim()
                for order in orders:
                    pool.submit(self._work, order)
        if self._stop is not None:
            raise self._stop
        if self._stopping.is_set():
            raise Interrupted("stopped as asked; everything in flight was finished")

    def _work(self, order: Create | LookUp) -> None:
        self._results.put((order, perform(self._sink, order)))

    def _over(self) -> bool:
        if self._stop is not None or self._stopping.is_set():
            return not self._at_work
        idle = not (self._at_work or self._armed or self._fresh or self._sleeping)
        return idle and not self._pull()

    def _pull(self) -> bool:
        """One more lane, if there is any."""
        lane = next(self._feed, None)
        if lane is None:
            return False
        self._fresh.append(lane)
        return True

    def _collect(self) -> list[Answered]:
        """The answers that are there; waits for one when there is nothing else to do."""
        answers: list[Answered] = []
        timeout = self._idle_seconds()
        try:
            if timeout > 0:
                answers.append(self._results.get(timeout=timeout))
                if len(self._at_work) > 1:
                    time.sleep(_GATHER_SECONDS)
            while True:
                answers.append(self._results.get_nowait())
        except queue.Empty:
            return answers

    def _idle_seconds(self) -> float:
        if self._fresh:
            return 0.0
        now = time.monotonic()
        waits = [_POLL_SECONDS]
        if self._sleeping:
            waits.append(self._sleeping[0][0] - now)
        if self._armed and not self._outage.lasts():
            waits.append(self._retry_in)
        if not self._at_work and not self._armed and not self._sleeping:
            return 0.0
        return max(0.0, min(waits))

    def _write(self, answers: list[Answered]) -> None:
        changes: list[Change] = []
        for step, outcome in answers:
            verdict = judge(step, outcome, self._sink, self._options, self._agenda)
            if verdict.change is not None:
                changes.append(verdict.change)
            self._note(step, verdict, outcome)
            self._release(step.row.id)
        self._ledger.rows.apply(changes, self._sink.now().timestamp())
        self._count_requests()
        if self._breaker.forbidden:
            self._ledger.rows.unfail(self._breaker.rows)

    def _note(self, step: Create | LookUp, verdict: Verdict, outcome: Outcome) -> None:
        if isinstance(verdict.change, Done | Failed):
            self._agenda.forget(step.row.id)
        if verdict.unreachable:
            self._stop = self._stop or self._outage.failed(str(outcome))
        elif not isinstance(verdict.change, Back | Doubt):
            self._outage.over()
        if isinstance(verdict.change, Done):
            self._breaker.succeeded(self._sent_after[step.row.id])
        if verdict.refused is not None:
            refused = verdict.refused
            stop = self._breaker.refused(
                step.row.id, step.row.kind, refused.code, refused.status, refused.message
            )
            self._stop = self._stop or stop
        if isinstance(verdict.stop, EmailWasSent):
            self._ledger.put("emails_sent", str(self._ledger.emails_sent + 1))
            self._stop = verdict.stop
        # What came first is the cause, the others may be its effects.
        self._stop = self._stop or verdict.stop

    def _count_requests(self) -> None:
        made = self._sink.requests
        if made > self._counted:
            self._ledger.count_requests(made - self._counted)
            self._counted = made

    def _release(self, row: int) -> None:
        self._agenda.busy.discard(row)
        self._sent_after.pop(row)
        self._fresh.append(self._at_work.pop(row))
        self._wake_those_who_wait_for(row)

    def _wake(self) -> None:
        while self._sleeping and self._sleeping[0][0] <= time.monotonic():
            self._fresh.append(heapq.heappop(self._sleeping)[1])

    def _plan(self) -> None:
        """Find out what every idle lane does next, and take on new lanes while there are hands free."""
        while True:
            while self._fresh:
                self._advance(self._fresh.popleft())
            active = len(self._armed) + len(self._at_work)
            lanes = active + len(self._sleeping) + sum(map(len, self._waiting.values()))
            if active >= self._hands() or lanes >= _MOST_LANES or not self._pull():
                break
        self._close_finished()

    def _hands(self) -> int:
        if self._outage.doubtful or self._opening > 0:
            return 1
        return max(1, min(self._options.workers, self._sink.workers_wanted))

    def _advance(self, lane: Lane) -> None:
        while (row := lane.next_row(self._ledger)) is not None:
            match self._planner.step(row):
                case Local(change=change):
                    self._ledger.rows.apply([change], self._sink.now().timestamp())
                    self._wake_those_who_wait_for(change.row)
                    continue
                case Create() | LookUp() as order:
                    self._agenda.busy.add(order.row.id)
                    self._armed.append((lane, order))
                case Wait(row=other):
                    self._waiting[other].append(lane)
                case Later(at=at):
                    heapq.heappush(self._sleeping, (at, lane))
                case Park():
                    self._give_up(lane, row.id)
            return
        if lane.ticket is not None:
            self._agenda.sent.pop(lane.ticket, None)
            self._finished.append(lane.ticket)
        elif lane.is_note:
            self._progress.advance()

    def _give_up(self, lane: Lane, row: int) -> None:
        """Who waits for the ticket of this lane goes on without it."""
        if lane.ticket is not None:
            self._agenda.stuck.add(lane.ticket)
            self._wake_those_who_wait_for(row)

    def _wake_those_who_wait_for(self, row: int) -> None:
        self._fresh.extend(self._waiting.pop(row, ()))

    def _close_finished(self) -> None:
        if self._finished:
            self._ledger.lanes.close(self._finished)
            self._progress.advance(len(self._finished))
            self._finished.clear()

    def _claim(self) -> list[Create | LookUp]:
        """Mark as many writes in-flight as the sink admits now, earlier lanes first."""
        if self._stopping.is_set() or self._stop is not None or self._outage.lasts() or not self._armed:
            return []
        self._armed.sort(key=lambda pair: pair[0])
        free = self._hands() - len(self._at_work)
        if free <= 0:
            # Only an answer can change that, and its arrival ends the wait.
            self._retry_in = _POLL_SECONDS
            return []
        chosen = self._armed[:free]
        writes = [pair for pair in chosen if isinstance(pair[1], Create)]
        granted, self._retry_in = (0, 0.0)
        if writes:
            granted, self._retry_in = self._sink.admit(len(writes))
        sent = writes[:granted] + [pair for pair in chosen if isinstance(pair[1], LookUp)]
        leaving = [order for _, order in writes[:granted] if isinstance(order, Create)]
        now = self._sink.now().timestamp()
        self._ledger.rows.claim([Claim(o.row.id, o.carries, o.unlinked) for o in leaving], now)
        for lane, order in sent:
            self._at_work[order.row.id] = lane
            if isinstance(order, Create) and isinstance(order.record, Ticket):
                self._agenda.sent.setdefault(order.record.source_id, now)
            self._sent_after[order.row.id] = self._breaker.refusals
            self._opening = 0 if order.row.lane is not None else self._opening - 1
        taken = {order.row.id for _, order in sent}
        self._armed = [pair for pair in self._armed if pair[1].row.id not in taken]
        return [order for _, order in sent]
