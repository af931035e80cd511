"""The messages between the trusted side and the jail, byte for byte.

The only module of `runner` that the worker imports. Channels, and who may write to them:

- *configuration*: JSON on a fork server's standard input, from the host.
- *control*: one SEQPACKET connection per child, supervisor to fork server. A spawn request with
  descriptors; the answer SPAWNED with two pidfds (process 1 of the namespace, and the child; maybe
  the same) and the child's folder if it is no mount; later EXITED. KILL or closing kills the child.
- *job*: one SEQPACKET socket pair per child: READY or FAILED from the jail, then the job (in
  two sealed memory files: job, standard input). The child closes its end before the
  submission's first line. A child that stays (`runner.staying`) sends READY again, with the exit
  code; the next job brings new outputs and a new result channel.
- *result*: a pipe to which the submission can write too, so nothing in it may be trusted.

All layouts are flat: numbers of fixed size, and byte strings after their length. A length is
compared with the bytes present before it is used. Any invalid message raises ProtocolError.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum

BOX = "/box"
"""The jail's scratch folder, its working directory."""
APP = "/app"
"""The jail's read-only folder with the compiled program."""
AT_IMPORT = b"at import"
"""Payload of an EXCEPTION frame if the submission failed while the driver imported it."""
RUNTIME = "/runtime"
"""The jail's read-only folder with the interpreter and this package."""

FRAME_MAGIC = b"SHOUSI-1"
MAX_TYPE_BYTES = 200
MAX_TEXT_BYTES = 4096
FRAME_OVERHEAD_BYTES = 64 + MAX_TYPE_BYTES + MAX_TEXT_BYTES
MAX_FILES, MAX_NAME_BYTES = 10_000, 1024

SIGNAL_BASE = 128
"""Exit code 128 + N means that signal N ended the process, as in a shell."""

CONTROL_BYTES = 4096
"""The maximum length of a message on the control or job channel."""

READY = b"R"
FAILED = b"F"
JOB = b"J"
KILL = b"K"
SPAWNED = b"P"
EXITED = b"E"
REFUSED = b"X"

CONFIG_BYTES = 1 << 17
"""The maximum length of a configuration that is sent as one message."""
SERVER_READY, SERVER_FAILED = b"ready", b"failed"
SERVER_WORN, SERVER_USED, SERVER_RETIRE = b"worn", b"used", b"retire"


class ProtocolError(Exception):
    """Raised for bytes that are no valid message."""


class Mode(IntEnum):
    """What a child does with its job."""

    SCRIPT = 1
    """A Python program, run as `__main__`; its standard output is the answer."""
    DRIVER = 2
    """A Python driver that must send one frame on the result channel."""
    CHECK = 3
    """Python sources to compile, not to run; a frame returns their bytecode."""
    EXEC = 4
    """A program from /app or the system."""
    COMPILE = 5
    """A compiler; a frame returns the files that it writes."""


class FrameKind(IntEnum):
    """What a frame on the result channel claims to be."""

    ANSWER = 1
    EXCEPTION = 2
    SYNTAX = 3
    FILES = 4


class Reader:
    """Parses a flat message; every method checks that enough bytes are left."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)
        self._at = 0

    def take(self, length: int) -> memoryview:
        """Return the next `length` bytes."""
        if length > len(self._data) - self._at:
            raise ProtocolError(f"{length} bytes announced, {len(self._data) - self._at} left")
        self._at += length
        return self._data[self._at - length : self._at]

    def number(self) -> int:
        """Read an unsigned number of 8 bytes, little-endian."""
        return int.from_bytes(self.take(8), "little")

    def blob(self, limit: int) -> bytes:
        """Read a length and that many bytes, at most `limit`."""
        length = self.number()
        if length > limit:
            raise ProtocolError(f"{length} bytes, at most {limit} allowed")
        return bytes(self.take(length))

    def text(self, limit: int) -> str:
        """Read at most `limit` bytes of UTF-8; invalid bytes are escaped."""
        return self.blob(limit).decode("utf-8", "backslashreplace")

    def end(self) -> None:
        """Raise ProtocolError if bytes are left over."""
        if self._at != len(self._data):
            raise ProtocolError(f"{len(self._data) - self._at} bytes too many")


class Writer:
    """Builds a flat message; the counterpart of Reader."""

    def __init__(self, start: bytes = b"") -> None:
        self.data = bytearray(start)

    def number(self, value: int) -> None:
        """Append an unsigned number of 8 bytes."""
        self.data += value.to_bytes(8, "little")

    def blob(self, value: bytes) -> None:
        """Append the length of a byte string and its bytes."""
        self.number(len(value))
        self.data += value

    def blobs(self, values: tuple[bytes, ...]) -> None:
        """Append a count, then that many byte strings."""
        self.number(len(values))
        for value in values:
            self.blob(value)

    def files(self, files: Mapping[str, bytes]) -> None:
        """Append a count, then a name and a content for each file."""
        self.number(len(files))
        for name, content in files.items():
            self.blob(name.encode("utf-8", "surrogateescape"))
            self.blob(content)


def _read_files(reader: Reader, limit: int) -> dict[str, bytes]:
    count = reader.number()
    if count > MAX_FILES:
        raise ProtocolError(f"{count} files, at most {MAX_FILES} allowed")
    files: dict[str, bytes] = {}
    for _ in range(count):
        name = reader.blob(MAX_NAME_BYTES).decode("utf-8", "surrogateescape")
        files[name] = reader.blob(limit)
    return files


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the result channel. `line` is 0 if it isn't known."""

    kind: FrameKind
    payload: bytes = b""
    error_type: str = ""
    line: int = 0
    text: str = ""


def encode_frame(frame: Frame) -> bytes:
    """Return the frame's bytes; error type and text are cut to their maximum length."""
    writer = Writer(FRAME_MAGIC)
    writer.number(frame.kind)
    writer.number(frame.line)
    writer.blob(frame.error_type.encode("utf-8", "backslashreplace")[:MAX_TYPE_BYTES])
    writer.blob(frame.text.encode("utf-8", "backslashreplace")[-MAX_TEXT_BYTES:])
    writer.blob(frame.payload)
    return bytes(writer.data)


def decode_frame(data: bytes, payload_limit: int) -> Frame:
    """Decode `data`, which must be exactly one frame; else raise ProtocolError."""
    reader = Reader(data)
    if reader.take(len(FRAME_MAGIC)) != FRAME_MAGIC:
        raise ProtocolError("not a frame")
    kind = reader.number()
    if kind not in FrameKind.__members__.values():
        raise ProtocolError(f"unknown kind of frame: {kind}")
    line = reader.number()
    if line >= 1 << 31:
        raise ProtocolError("the line number is too large")
    error_type = reader.text(MAX_TYPE_BYTES)
    text = reader.text(MAX_TEXT_BYTES)
    payload = reader.blob(payload_limit)
    reader.end()
    return Frame(FrameKind(kind), payload, error_type, line, text)


def encode_files(files: Mapping[str, bytes]) -> bytes:
    """Return the payload of a FILES frame with these files."""
    writer = Writer()
    writer.files(files)
    return bytes(writer.data)


def decode_files(payload: bytes) -> dict[str, bytes]:
    """Return the files in a FILES frame's payload; raises ProtocolError."""
    reader = Reader(payload)
    files = _read_files(reader, len(payload))
    reader.end()
    return files


@dataclass(frozen=True, slots=True)
class Job:
    """The work for a waiting child.

    `cpu_s` is the kernel's CPU limit in whole seconds; `backstop_bytes` is how much the child's
    address space, or a program's data, may grow (0: no limit); `keep` holds names or patterns of
    the files that are sent back at the end, at most `keep_bytes` in all. `box` has more files for
    the working directory; a name that ends in `/` is an empty folder. `code` is bytecode of some of
    a Python program's files, as CHECK returned it. With `stays` (EXEC, SCRIPT) the child may take a
    further job that differs only in `argv`, `box` and `cpu`. It runs on CPU `cpu` (-1: any)."""

    mode: Mode
    argv: tuple[str, ...]
    files: Mapping[str, bytes]
    env: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    keep_bytes: int = 0
    cpu_s: int = 10
    file_bytes: int = 16 << 20
    processes: int = 64
    stack_bytes: int = 64 << 20
    backstop_bytes: int = 0
    box: Mapping[str, bytes] = field(default_factory=dict)
    code: Mapping[str, bytes] = field(default_factory=dict)
    stays: bool = False
    cpu: int = -1


def encode_job(job: Job) -> bytes:
    """Return the job's bytes, for a memory file that the child reads."""
    writer = Writer(JOB)
    first = (job.mode, job.keep_bytes, job.cpu_s, job.file_bytes, job.processes)
    for number in (*first, job.stack_bytes, job.backstop_bytes, job.stays, job.cpu + 1):
        writer.number(number)
    pairs = tuple(f"{name}={value}" for name, value in job.env.items())
    for words in (job.argv, pairs, job.keep):
        writer.blobs(tuple(word.encode("utf-8", "surrogateescape") for word in words))
    for files in (job.files, job.box, job.code):
        writer.files(files)
    return bytes(writer.data)


def decode_job(data: bytes) -> Job:
    """The counterpart of encode_job; raises ProtocolError."""
    reader = Reader(data)
    if reader.take(1) != JOB:
        raise ProtocolError("no job")
    mode, keep_bytes, cpu_s, file_bytes = (reader.number() for _ in range(4))
    processes, stack_bytes, backstop_bytes, stays, cpu = (reader.number() for _ in range(5))
    argv, pairs, keep = (_read_words(reader) for _ in range(3))
    files, box, code = (_read_files(reader, len(data)) for _ in range(3))
    reader.end()
    env = dict(pair.split("=", 1) for pair in pairs)
    return Job(
        Mode(mode), argv, files, env, keep, keep_bytes, cpu_s,
        file_bytes, processes, stack_bytes, backstop_bytes, box, code, bool(stays), cpu - 1,
    )  # fmt: skip


def _read_words(reader: Reader) -> tuple[str, ...]:
    return tuple(
        reader.blob(1 << 20).decode("utf-8", "surrogateescape") for _ in range(reader.number())
    )


_SPAWN = struct.Struct("<cQQ?")
_ENDED = struct.Struct("<cidQ")
_SPAWN_TAG = b"N"


@dataclass(frozen=True, slots=True)
class Spawn:
    """A request to a fork server for a child.

    It is sent with these descriptors: standard output, standard error, result, job, then one
    `cgroup.procs` file per cgroup to enter. `forks` False allows threads, but no new processes.
    """

    scratch_bytes: int
    scratch_files: int
    forks: bool


def encode_spawn(spawn: Spawn) -> bytes:
    """Return the request's bytes."""
    return _SPAWN.pack(_SPAWN_TAG, spawn.scratch_bytes, spawn.scratch_files, spawn.forks)


def decode_spawn(data: bytes) -> Spawn:
    """The counterpart of encode_spawn; raises ProtocolError."""
    try:
        tag, scratch_bytes, scratch_files, forks = _SPAWN.unpack(data)
    except struct.error as error:
        raise ProtocolError(str(error)) from error
    if tag != _SPAWN_TAG:
        raise ProtocolError("no spawn request")
    return Spawn(scratch_bytes, scratch_files, forks)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, as wait4 told its parent.

    `code` is the exit code, or minus the signal's number. `cpu_s` and `resident_bytes` are the
    kernel's usage figures of that process and of the children that it waited for.
    """

    code: int
    cpu_s: float
    resident_bytes: int


def encode_ended(tag: bytes, ended: Ended) -> bytes:
    """Return a READY message (the child's usage so far) or an EXITED message (its total usage)."""
    return _ENDED.pack(tag, ended.code, ended.cpu_s, ended.resident_bytes)


def decode_ended(tag: bytes, data: bytes) -> Ended:
    """The counterpart of encode_ended; raises ProtocolError."""
    try:
        found, code, cpu_s, resident_bytes = _ENDED.unpack(data)
    except struct.error as error:
        raise ProtocolError(str(error)) from error
    if found != tag:
        raise ProtocolError(f"{tag!r} expected, got {found!r}")
    return Ended(code, cpu_s, resident_bytes)


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """The configuration of a runtime's fork servers.

    `root` is an empty folder on which the jail's root is built; `binds` are the paths that appear
    in it, read-only, under their own names; `places` maps further paths to other names, and
    `covers` are folders below these paths that appear empty. `first_id` is the first of `ids` user
    ids that the server's user namespace maps from 0 up; 0 `ids` means an ordinary user, who maps
    only that user's own id. The filters are BPF programs in hex: the runtime's, the one that
    forbids new processes, and the one for runs only.

    The server executes itself again inside the root, with the interpreter `program`. `files` are
    the files that this needs, by their names there; they are unmounted afterwards. Modules are
    imported from `search_path`. There `root` is empty, and `mapper` is the helper outside.

    `servers` is how many fork side by side, each at most `worn_after` children; after
    `fresh_after_s` seconds of use their template is replaced.

    With a `landlock_abi` no namespaces are made (see `runner.landlock`): `root` then contains the
    children's folders, `binds` are the readable paths, `ids` counts real user ids from `first_id`
    on and may be 0, and `further_filter_hex` is installed in addition to the runtime's filter.
    """

    runtime: str
    root: str
    binds: tuple[str, ...]
    env: Mapping[str, str]
    first_id: int
    ids: int
    filter_hex: str
    threads_only_hex: str
    run_hex: str
    worn_after: int
    servers: int
    fresh_after_s: float
    covers: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    program: str = ""
    search_path: tuple[str, ...] = ()
    mapper: tuple[int, ...] = ()
    landlock_abi: int = 0
    further_filter_hex: str = ""


def encode_config(config: ServerConfig) -> bytes:
    """Return the configuration as JSON; both ends of this channel are trusted."""
    return json.dumps(asdict(config)).encode()


def decode_config(data: bytes) -> ServerConfig:
    """The counterpart of encode_config."""
    values = json.loads(data)
    tuples = {name: tuple(values[name]) for name in ("binds", "covers", "search_path", "mapper")}
    return ServerConfig(**{**values, **tuples})
