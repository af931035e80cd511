"""`python -m bench.listeners [CLIENTS]`: what idle event streams cost the API.

A second process opens CLIENTS streams of one submission, which no worker judges. The benchmark
reads the API process's resident memory before and after, then its CPU time while they are idle.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.posting import PROBLEM, api, cpu_s, prepare
from bench.service import free_port
from cli.launcher.broker import EmbeddedValkey
from judge.settings import PROJECT, Settings

CLIENTS = 5000
AT_ONCE = 50
IDLE_S = 20.0
BODY = {"language": "python3", "source": "pass\n"}


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def listen(port: int, path: str, token: str, clients: int) -> None:
    """Open the streams, print `open`, and read them until standard input ends."""
    slots = asyncio.Semaphore(AT_ONCE)
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"

    async def open_one() -> asyncio.StreamReader:
        async with slots:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
            writer.write(request.encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head, head
            await reader.readuntil(b"event: ")
            writers.append(writer)
            return reader

    writers: list[asyncio.StreamWriter] = []
    readers = await asyncio.gather(*(open_one() for _ in range(clients)))
    draining = [asyncio.create_task(drain(reader)) for reader in readers]
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in draining:
        task.cancel()


async def drain(reader: asyncio.StreamReader) -> None:
    while await reader.read(4096):
        pass


def raise_limit() -> None:
    """Allow this process as many file descriptors as the hard limit does."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main() -> None:
    raise_limit()
    if sys.argv[1:2] == ["listen"]:
        port, path, token, streams = sys.argv[2:]
        asyncio.run(listen(int(port), path, token, int(streams)))
        return
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else CLIENTS
    with tempfile.TemporaryDirectory(prefix="shousi-listeners-") as folder:
        url = f"sqlite:///{folder}/db"
        settings = Settings(home=Path(folder), database_url=url, port=free_port())
        token = prepare(url)[0]
        root = f"http://127.0.0.1:{settings.port}/api/v1"
        headers = {"Authorization": f"Bearer {token}"}
        with EmbeddedValkey(settings.home), api(settings, name_broker=False) as pid:
            made = httpx.post(f"{root}/problems/{PROBLEM}/submissions", json=BODY, headers=headers)
            path = f"/api/v1/submissions/{made.raise_for_status().json()['id']}/events"
            for number in (100, clients):
                # The first hundred are a warm-up: the first stream loads modules.
                measure(pid, settings.port, path, token, number)


def measure(pid: int, port: int, path: str, token: str, clients: int) -> None:
    """Open `clients` streams, measure, and close them."""
    before = resident_bytes(pid)
    words = ["listen", str(port), path, token, str(clients)]
    command = [sys.executable, "-m", "bench.listeners", *words]
    begun = time.perf_counter()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, text=True) as listening:
        assert listening.stdout is not None
        assert listening.stdout.readline() == "open\n"
        opened_s = time.perf_counter() - begun
        each = (resident_bytes(pid) - before) / clients / 1024
        used = cpu_s(pid)
        time.sleep(IDLE_S if clients > 100 else 0)
        share = (cpu_s(pid) - used) / IDLE_S * 100
        listening.communicate("")
    if clients > 100:
        print(f"{clients} streams opened in {opened_s:.1f} s")
        print(f"{each:.1f} KiB each, {share:.1f}% of a core while idle   goal 45 KB")


if __name__ == "__main__":
    main()
