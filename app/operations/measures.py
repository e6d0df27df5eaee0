"""What is counted and timed, for Prometheus: `/metrics`. No label holds anything that a visitor entered."""

import streamlit.runtime
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY

SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)

RERUNS = Histogram(
    "attention_lab_rerun_seconds",
    "Pages and parts of pages drawn, by the seconds within which each should be there, and what it took, waiting included.",
    ["within"],
    buckets=(0.01, 0.03, 0.1, 0.2, 0.4, 1.0, 3.0, 10.0, 30.0),  # with those of app.services.turns
)
ENCODINGS = Histogram("attention_lab_encoding_seconds", "Inputs encoded, by task.", ["task"], buckets=SECONDS)
COMPUTATIONS = Histogram(
    "attention_lab_computation_seconds", "Attention computed, by task and score function.", ["task", "score"], buckets=SECONDS
)
READINGS = Histogram("attention_lab_reading_seconds", "Inputs read by a transformer.", ["model"], buckets=SECONDS)
ERRORS = Counter("attention_lab_errors", "Errors that were logged, by their type.", ["type"])
SESSIONS = Gauge("attention_lab_sessions", "Visitors whose page is open.")


def _sessions() -> float:
    if not streamlit.runtime.exists():
        return 0.0
    stats = streamlit.runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    return float(sum(own.value for own in stats.get(ACTIVE_SESSIONS_FAMILY, ())))


SESSIONS.set_function(_sessions)


def metrics(request: Request) -> Response:
    """All of the above, and the memory, time and garbage of the process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
