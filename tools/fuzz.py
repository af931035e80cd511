"""Fuzzes the parser that reads the bytes which a jail sends to the trusted side.

    python tools/fuzz.py SECONDS

The fuzzer is atheris, guided by coverage (`make fuzz` installs it). The parser must raise nothing
but ProtocolError, use at most a small multiple of its input's size in memory, and return quickly.
At the first input that breaks this, libFuzzer prints the input and ends the run.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
with atheris.instrument_imports(include=["runner"]):
    from runner import protocol

PAYLOAD_LIMIT = 1 << 12
LONGEST = 1 << 13
SEEDS = (
    *(
        protocol.encode_frame(protocol.Frame(kind, b"payload", "ValueError", 7, "text"))
        for kind in protocol.FrameKind
    ),
    protocol.encode_frame(
        protocol.Frame(protocol.FrameKind.FILES, protocol.encode_files({"a/b": b"x", "c": b""}))
    ),
    protocol.encode_ended(protocol.READY, protocol.Ended(-9, 1.5, 1 << 20)),
    protocol.encode_ended(protocol.EXITED, protocol.Ended(3, 0.1, 1 << 20)),
)


def size_of(frame: protocol.Frame, files: dict[str, bytes]) -> int:
    """Return how many bytes and characters were parsed."""
    texts = len(frame.payload) + len(frame.text) + len(frame.error_type)
    return texts + sum(len(name) + len(content) for name, content in files.items())


def parse(data: bytes) -> None:
    """Parse `data` in every way in which the trusted side parses bytes from a jail."""
    for tag in (protocol.READY, protocol.EXITED):
        with contextlib.suppress(protocol.ProtocolError):
            protocol.decode_ended(tag, data)
    try:
        frame = protocol.decode_frame(data, PAYLOAD_LIMIT)
        files = protocol.decode_files(frame.payload)
    except protocol.ProtocolError:
        return
    # Bytes that aren't text are escaped, as four characters each.
    if size_of(frame, files) > 8 * len(data):
        raise AssertionError(f"{size_of(frame, files)} bytes out of {len(data)}")


def main() -> None:
    seconds = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(SEEDS):
            Path(folder, str(number)).write_bytes(seed)
        limits = ["-timeout=5", "-rss_limit_mb=512", f"-max_len={LONGEST}"]
        options = [f"-max_total_time={seconds}", "-print_final_stats=1", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *limits, *options, folder], parse)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
