"""Messages between the trusted side and the jail are decoded to what was encoded; all other bytes
are refused.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.protocol import (
    EXITED,
    FRAME_MAGIC,
    MAX_TEXT_BYTES,
    READY,
    Ended,
    Frame,
    FrameKind,
    Job,
    Mode,
    ProtocolError,
    ServerConfig,
    Spawn,
    decode_config,
    decode_ended,
    decode_files,
    decode_frame,
    decode_job,
    decode_spawn,
    encode_config,
    encode_ended,
    encode_files,
    encode_frame,
    encode_job,
    encode_spawn,
)

_LIMIT = 1 << 20
_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_files = st.dictionaries(_words, st.binary(max_size=50), max_size=5)
_numbers = st.integers(0, 1 << 40)
_frames = st.builds(
    Frame,
    st.sampled_from(FrameKind),
    st.binary(max_size=100),
    _words,
    st.integers(0, 10**6),
    _words,
)
_names = st.text("ABCXYZ_", min_size=1, max_size=8)
_jobs = st.builds(
    Job,
    mode=st.sampled_from(Mode),
    argv=st.lists(_words, max_size=5).map(tuple),
    files=_files,
    env=st.dictionaries(_names, _words, max_size=3),
    keep=st.lists(_words, max_size=3).map(tuple),
    keep_bytes=_numbers,
    cpu_s=_numbers,
    file_bytes=_numbers,
    processes=_numbers,
    stack_bytes=_numbers,
    backstop_bytes=_numbers,
    box=_files,
    code=_files,
    stays=st.booleans(),
)


@given(_frames)
def test_a_frame_survives(frame: Frame) -> None:
    assert decode_frame(encode_frame(frame), _LIMIT) == frame


@given(_jobs)
def test_a_job_survives(job: Job) -> None:
    assert decode_job(encode_job(job)) == job


@given(_files)
def test_files_survive(files: dict[str, bytes]) -> None:
    assert decode_files(encode_files(files)) == files


@given(st.binary(max_size=200))
def test_garbage_is_refused(data: bytes) -> None:
    for decode in (decode_files, decode_spawn, lambda data: decode_ended(READY, data)):
        try:
            decode(data)
        except ProtocolError:
            continue
    with pytest.raises(ProtocolError):
        decode_frame(data, _LIMIT)


@given(_frames, st.data())
def test_a_damaged_frame_is_refused_or_another_frame(frame: Frame, data: st.DataObject) -> None:
    whole = bytearray(encode_frame(frame))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    try:
        got = decode_frame(bytes(whole), _LIMIT)
    except ProtocolError:
        return
    assert got != frame


@given(_frames, st.integers(1, 60))
def test_a_frame_is_exact(frame: Frame, cut: int) -> None:
    whole = encode_frame(frame)
    for damaged in (whole[:-cut], whole + whole, whole + b"x"):
        with pytest.raises(ProtocolError):
            decode_frame(damaged, _LIMIT)


def test_a_length_is_not_believed() -> None:
    huge = FRAME_MAGIC + b"".join(n.to_bytes(8, "little") for n in (1, 0, 0, 0, 1 << 60))
    with pytest.raises(ProtocolError, match="1152921504606846976"):
        decode_frame(huge, _LIMIT)


def test_a_payload_beyond_its_limit_is_refused() -> None:
    with pytest.raises(ProtocolError, match="at most 9"):
        decode_frame(encode_frame(Frame(FrameKind.ANSWER, b"x" * 10)), 9)


def test_a_long_text_is_cut_to_its_end() -> None:
    frame = Frame(FrameKind.EXCEPTION, text="x" * MAX_TEXT_BYTES + "the end")
    text = decode_frame(encode_frame(frame), _LIMIT).text
    assert len(text) == MAX_TEXT_BYTES
    assert text.endswith("the end")


def test_the_control_messages_survive() -> None:
    spawn = Spawn(scratch_bytes=1 << 24, scratch_files=4096, forks=False)
    ended = Ended(-9, 1.5, 1 << 30)
    config = ServerConfig(
        "torch", "/r", ("/a", "/b"), {"A": "b"}, 100_000, 65_536, "00", "ff", "aa", 7, 2, 900.0
    )
    assert decode_spawn(encode_spawn(spawn)) == spawn
    assert decode_ended(EXITED, encode_ended(EXITED, ended)) == ended
    assert decode_config(encode_config(config)) == config
    with pytest.raises(ProtocolError, match="expected"):
        decode_ended(READY, encode_ended(EXITED, ended))
