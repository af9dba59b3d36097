"""How much of the rate limit an import uses, at several latencies, in fixed and in sliding windows.

    .venv/bin/python benchmarks/windows.py                     (100 requests in 12 s: some three minutes)
    .venv/bin/python benchmarks/windows.py --limit 100/60      (the documented limit: twelve minutes)

For each kind of window and each latency (50 ms, 800 ms, a tenth of the window) one import runs against a
sandbox of its own; all run at the same time. Counted are the requests that the server let through, by the
time at which they came to it, in ten whole windows after the one in which the first ticket was made (before
it come the preflight's few requests, one by one) and before the last. A fixed window begins at a multiple of
its length on the server's clock. In the sliding mode windows are laid end to end from the first ticket on.

Passes when the mean use is 99 % and, in the fixed mode, no request was refused with 429. A sliding window
tells when its oldest request drops out in whole seconds, rounded up: a client that believes it loses up to
a second a window, so that short windows cannot be used to 99 % in this mode; --window fixed leaves it out.
"""

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rig import Box, account, environment, folder, tool, write_export

ENOUGH = 0.99


@dataclass(frozen=True)
class Case:
    """One import."""

    mode: str
    latency: float
    requests: int
    length: float
    windows: int

    def run(self) -> tuple["Case", list[float], int]:
        """Use of each interior window, and how many requests were refused."""
        # A ticket of the tests' account costs some 4.6 requests: the import is ended, it does not end.
        data = account(self.requests * (self.windows + 5) // 4)
        arguments = ["--limit", f"{self.requests}/{self.length:g}"]
        arguments += ["--window", self.mode, "--latency", str(self.latency)]
        with folder() as place, Box(*arguments) as box:
            export = write_export(place / "export", data)
            process = subprocess.Popen(
                tool("import", "zendesk", export, "--yes"),
                env=environment(box, place / "work"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while not box.request_counts["POST /tickets"]:
                time.sleep(self.length / 20)
            time.sleep((self.windows + 2) * self.length + 2 * self.latency)
            assert process.poll() is None, "the import ended before the windows were over"
            log = box.snapshot()["requests"]
            process.terminate()
            process.wait()
        return self, self.uses(log), sum(r["status"] == 429 for r in log)

    def uses(self, log: list[dict[str, Any]]) -> list[float]:
        """The log tells when a request was carried out: half the latency after it came and was counted."""
        came = [(r["time"] - self.latency / 2, r["path"], r["status"]) for r in log if r["status"] != 429]
        first = min(time for time, path, status in came if path == "/tickets" and status == 201)
        if self.mode == "fixed":
            first = first // self.length * self.length
        counts = [0] * (self.windows + 1)
        for moment, _, _ in came:
            window = int((moment - first) // self.length)
            if 0 <= window <= self.windows:
                counts[window] += 1
        return [count / self.requests for count in counts[1:]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--limit", default="100/12", help="REQUESTS/SECONDS [100/12]")
    parser.add_argument("--windows", type=int, default=10)
    parser.add_argument("--window", choices=("fixed", "sliding", "both"), default="both")
    chosen = parser.parse_args()
    requests, length = (float(part) for part in chosen.limit.split("/"))
    modes = ("fixed", "sliding") if chosen.window == "both" else (chosen.window,)
    latencies = (0.05, 0.8, length / 10)
    cases = [
        Case(mode, latency, int(requests), length, chosen.windows) for mode in modes for latency in latencies
    ]
    good = True
    with ThreadPoolExecutor(len(cases)) as pool:
        for case, uses, refused in pool.map(Case.run, cases):
            mean = sum(uses) / len(uses)
            passed = mean >= ENOUGH and (refused == 0 or case.mode == "sliding")
            good &= passed
            print(
                f"{case.mode:8} latency {case.latency:5.2f} s: mean use {mean:7.2%} of {len(uses)} windows"
                f" (least {min(uses):.0%}), {refused} x 429{'' if passed else '  <-- missed'}",
                flush=True,
            )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
