"""Time of ``tiketti-migrate --help`` beside ``python -c "import click"``, best of ten each, in turns."""

import subprocess
import sys
import time

RUNS = 10


def seconds(*arguments: str) -> float:
    """Wall time of one interpreter."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - begun


click, ours = [], []
for _ in range(RUNS):
    click.append(seconds("-c", "import click"))
    ours.append(seconds("-m", "tiketti_migrate", "--help"))
print(f"help {min(ours):.3f} s, import click {min(click):.3f} s, ratio {min(ours) / min(click):.2f}")
