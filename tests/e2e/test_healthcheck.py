"""The health check of the container says ok to a page that draws, and to no other."""

import pytest

from app.healthcheck import problem_of
from tests.browser import free_port, serving

HEATMAP = "import plotly.graph_objects as go, streamlit as st\nst.plotly_chart(go.Figure(go.Heatmap(z=[[0, 1]])))\n"


def socket_of(address):
    return address.replace("http://", "ws://")


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (HEATMAP, None),
        ("import streamlit as st\nst.write('fine')\n", "The page must draw a heatmap, got none."),
        (HEATMAP + "1 / 0\n", "The page must draw, got an exception. The server's log has it."),
        ("this is no Python", "The page must run to its end, got FINISHED_WITH_COMPILE_ERROR."),
    ],
    ids=["draws", "draws no heatmap", "fails at its end", "cannot be read"],
)
def test_only_a_page_with_a_heatmap_is_well(script, problem, tmp_path):
    (tmp_path / "page.py").write_text(script)
    with serving(tmp_path / "page.py", tmp_path / "log") as address:
        assert problem_of(socket_of(address)) == problem


def test_nobody_listening():
    address = f"ws://127.0.0.1:{free_port()}"
    assert problem_of(address) == f"The app must answer at {address}, got ConnectionRefusedError."


def test_the_app_is_well(app_url):
    assert problem_of(socket_of(app_url)) is None
