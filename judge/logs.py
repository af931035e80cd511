"""Logging for every process: structlog, as JSON lines unless standard error is a terminal."""

import io
import logging
import re
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, WrappedLogger

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]
# Characters that control a terminal, or that move the text after them to another line or order.
# Logged text may come from anybody: a path, or the output of another program.
_OBEYED = re.compile(r"[\x00-\x08\n-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def _visible(text: str) -> str:
    """`text` with these characters written as in JSON."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _with_visible_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {
        key: _visible(value) if isinstance(value, str) else value for key, value in event.items()
    }


def _with_visible_line(_logger: WrappedLogger, _method: str, line: str) -> str:
    return _visible(line)


def _write_traceback(sink: TextIO, failure: ExcInfo) -> None:
    written = io.StringIO()
    # The default prints local variables, which may contain a password, and takes seconds.
    structlog.dev.plain_traceback(written, failure)
    sink.write("\n".join(map(_visible, written.getvalue().split("\n"))))


def set_up_logs(level: str = "info", *, json: bool | None = None) -> None:
    """Write our log lines and other libraries' to standard error, in one format.

    `json` None means JSON unless standard error is a terminal.
    """
    as_json = not sys.stderr.isatty() if json is None else json
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderers: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        to_json = structlog.processors.JSONRenderer(ensure_ascii=False)
        # JSON itself escapes only the first 32.
        renderers += [structlog.processors.format_exc_info, to_json, _with_visible_line]
    else:
        to_lines = structlog.dev.ConsoleRenderer(exception_formatter=_write_traceback)
        renderers += [_with_visible_values, to_lines]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        # Other libraries' lines come as plain records; they get the same fields as ours.
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=renderers)
    )
    # Replaces what libraries have set up, so that no line is written twice.
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
