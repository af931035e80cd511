"""`python -m bench.backing_up [MIB]`: POST rate and latency while a large SQLite database is
backed up.

The database is filled with random bytes, which can't be compressed, as stored packages can't. As in
`bench.posting`, 32 connections send submissions to one API process as fast as it answers: first
without a backup, then during `shousi admin backup`, in rounds until the backup ends.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.posting import PER_USER, WARM_UP, WARM_UP_USERS, api, prepare, send
from bench.service import free_port
from cli.launcher.broker import EmbeddedValkey
from judge import blobs
from judge.db.session import Database
from judge.limits import MIB
from judge.settings import PROJECT, Settings
from tests.support.launched import SHOUSI

USUAL_MIB = 2048


def fill(url: str, size_mib: int) -> None:
    with closing(Database(url)) as db:
        blobs.put_all(db, (os.urandom(MIB) for _ in range(size_mib)))


def show(what: str, latencies_ms: list[float], seconds: float) -> None:
    percentiles = statistics.quantiles(latencies_ms, n=100)
    rate = len(latencies_ms) / seconds
    print(
        f"{what:16}{rate:10.0f}{percentiles[49]:12.1f}{percentiles[98]:12.1f}{max(latencies_ms):12.1f}"
    )


def main() -> None:
    size_mib = int(sys.argv[1]) if len(sys.argv) > 1 else USUAL_MIB
    with tempfile.TemporaryDirectory(prefix="shousi-backing-up-") as folder:
        home = Path(folder) / "home"
        url = f"sqlite:///{home}/shousi.db"
        settings = Settings(home=home, database_url=url, port=free_port())
        tokens = prepare(url)
        fill(url, size_mib)
        size = (home / "shousi.db").stat().st_size / MIB
        print(f"a database of {size:.0f} MiB\n")
        print(f"{'':16}{'POST/s':>10}{'p50 ms':>12}{'p99 ms':>12}{'longest':>12}")
        with EmbeddedValkey(home), api(settings, name_broker=False):
            send(settings.port, tokens[:WARM_UP_USERS], WARM_UP)
            seen = send(settings.port, tokens[WARM_UP_USERS:], PER_USER)
            show("alone", seen["latencies_ms"], seen["seconds"])
            beside(settings, tokens, Path(folder) / "backup.zip")


def beside(settings: Settings, tokens: list[str], file: Path) -> None:
    """Start a backup, send submissions until it has ended, and print the result."""
    began = time.monotonic()
    env = {**os.environ, "SHOUSI_HOME": str(settings.home)}
    latencies: list[float] = []
    seconds = 0.0
    words = [*SHOUSI, "admin", "backup", str(file)]
    with subprocess.Popen(words, env=env, cwd=PROJECT) as backup:
        while backup.poll() is None:
            seen = send(settings.port, tokens[WARM_UP_USERS:], WARM_UP)
            assert seen["statuses"].keys() == {"202"}, seen["statuses"]
            latencies += seen["latencies_ms"]
            seconds += seen["seconds"]
    assert backup.returncode == 0
    show("beside a backup", latencies, seconds)
    print(f"\nthe backup took {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
