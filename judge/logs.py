"""Logging for every process: structlog, as JSON lines unless standard error is a terminal."""

import logging
import sys
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


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
        renderers += [structlog.processors.format_exc_info, to_json]
    else:
        # The default prints local variables, which may contain a password, and takes seconds.
        plain = structlog.dev.plain_traceback
        renderers.append(structlog.dev.ConsoleRenderer(exception_formatter=plain))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        # Other libraries' lines come as plain records; they get the same fields as ours.
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=renderers)
    )
    # Replaces what libraries have set up, so that no line is written twice.
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
