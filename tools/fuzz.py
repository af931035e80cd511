"""Feeds the trusted parser of what a jail sends with bytes that were made to break it.

    python tools/fuzz.py SECONDS

Guided by what the bytes reach in the parser (atheris; `make fuzz` installs it). It must raise
nothing but ProtocolError, take no more memory than a small multiple of what it was given, and end
at once; libFuzzer ends the run, with the bytes to see, at the first input for which that is not so.
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
    """How much was made of the bytes."""
    texts = len(frame.payload) + len(frame.text) + len(frame.error_type)
    return texts + sum(len(name) + len(content) for name, content in files.items())


def parse(data: bytes) -> None:
    """Whatever the trusted side does with bytes from a jail."""
    for tag in (protocol.READY, protocol.EXITED):
        with contextlib.suppress(protocol.ProtocolError):
            protocol.decode_ended(tag, data)
    try:
        frame = protocol.decode_frame(data, PAYLOAD_LIMIT)
        files = protocol.decode_files(frame.payload)
    except protocol.ProtocolError:
        return
    # What isn't text is shown escaped, four characters for a byte.
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
