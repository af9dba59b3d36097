"""Some requests at the same time, with their results in order."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ["SideBySide"]

Input = TypeVar("Input")
Result = TypeVar("Result")

_AHEAD_EACH = 2
_PATIENCE = 1.0


class SideBySide(Generic[Input, Result]):
    """Threads that ``work``, at most two inputs ahead each. As a context manager it lets them go.

    They are daemons: whoever interrupts must not wait for a server that hangs.
    """

    def __init__(self, work: Callable[[Input], Result], threads: int) -> None:
        self._work = work
        self._ahead = threads * _AHEAD_EACH
        self._tasks: queue.SimpleQueue[tuple[Future[Result], Input] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"read-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def results(self, inputs: Iterable[Input]) -> Iterator[Result]:
        """In the order of ``inputs``. Raises what the work raises, when its turn comes."""
        pending: deque[Future[Result]] = deque()
        try:
            for one in inputs:
                future: Future[Result] = Future()
                pending.append(future)
                self._tasks.put((future, one))
                if len(pending) >= self._ahead:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, one = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._work(one))
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
                future.set_exception(error)

    def __enter__(self) -> "SideBySide[Input, Result]":
        return self

    def __exit__(self, *_: object) -> None:
        for _thread in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join(_PATIENCE)
