"""The log: one line of JSON an event, on standard error, with nothing that a visitor entered in it.

A message of another library is told as it was written in its code, before anything was put into it; of an error its type and
where it happened, never its own words.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from app.operations import measures

_OWN = logging.getLogger("attention_lab")


class Line(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg),
            **getattr(record, "told", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            told["error"] = type(error).__name__
            told["at"] = [f"{own.filename}:{own.lineno} {own.name}" for own in traceback.extract_tb(error.__traceback__)]
        return json.dumps(told, ensure_ascii=True)


class Counted(logging.StreamHandler):
    """Writes lines, and counts the errors among them that have a type."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR and record.exc_info and record.exc_info[0]:
            measures.ERRORS.labels(record.exc_info[0].__name__).inc()
        super().emit(record)


def event(name: str, level: int = logging.INFO, **told: Any) -> None:
    """Writes one line.

    Args:
        name: What happened.
        level: How bad it is.
        told: What else; plain values, never a visitor's.
    """
    _OWN.log(level, name, extra={"told": told})


def use() -> None:
    """From now on all that is logged goes through here, whoever set up a logger of their own before."""
    handler = Counted(sys.stderr)
    handler.setFormatter(Line())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for logger in [own for own in logging.Logger.manager.loggerDict.values() if isinstance(own, logging.Logger)]:
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # one line a request, with the queries of links
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
