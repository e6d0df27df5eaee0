"""Around the pages: whether the lab is well, what it does, what a browser may do with it, how it stops."""

import json
import os
import re
import shutil
import time
from collections import defaultdict
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from app.services.turns import PAGE_SECONDS, PART_SECONDS
from attention_core import score_spec
from tests.benchmarks.load.watch import server_at
from tests.browser import ROOT, START_SECONDS, serving, wait_until_drawn
from tests.e2e.playing import choose_score, open_playground, settle


def get(address):
    """Status, headers and text of what is answered, be it good or bad."""
    try:
        with urlopen(address, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except HTTPError as answer:
        return answer.code, answer.headers, answer.read().decode()


def test_a_browser_may_only_do_what_the_pages_need(app_url):
    for path in ("/", "/livez", "/_stcore/health", "/no-such-page"):
        headers = get(app_url + path)[1]
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'self'"
        assert not re.search(r"https?:|\*|unsafe", policy["script-src"]) and "http" not in policy["connect-src"]
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"


def test_a_script_in_the_page_that_is_not_ours_does_not_run(app_url, new_page, page_errors):
    page = new_page()
    page.goto(app_url)
    wait_until_drawn(page)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))")
    assert page.evaluate("window.ran") is None
    assert "Content Security Policy" in page_errors.pop()


def measures(address):
    status, headers, text = get(address + "/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain")
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return defaultdict(float, {name: float(value) for name, value in lines})


def test_what_is_done_is_counted(app_url, new_page):
    before, page = measures(app_url), new_page()
    open_playground(page, app_url)
    settle(page)
    told = measures(app_url)
    reruns = 'attention_lab_rerun_seconds_count{{within="{}"}}'.format
    assert told[reruns(PAGE_SECONDS)] > before[reruns(PAGE_SECONDS)]
    assert told["attention_lab_sessions"] >= 1
    assert told['attention_lab_computation_seconds_count{score="general",task="find"}'] >= 1
    assert told["process_resident_memory_bytes"] > 100e6
    choose_score(page, score_spec("cosine"))
    assert measures(app_url)[reruns(PART_SECONDS)] > told[reruns(PART_SECONDS)]


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """The lab in a folder of its own, whose files may be taken away."""
    folder = tmp_path_factory.mktemp("lab")
    for name in ("app", "attention_core", "assets", ".streamlit"):
        shutil.copytree(ROOT / name, folder / name, copy_function=_linked, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _linked(source, target):
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copy2(source, target)


def test_models_that_vanish_are_missed_a_page_that_fails_is_told_and_it_stops(copied, tmp_path, new_page, page_errors):
    log = tmp_path / "log"
    with serving(copied / "app" / "server.py", log) as address:
        deadline = time.monotonic() + START_SECONDS
        while get(address + "/readyz")[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert json.loads(get(address + "/readyz")[2]) == {"ready": True, "problems": []}
        (copied / "assets" / "models" / "find" / "general.safetensors").unlink()
        status, _, text = get(address + "/readyz")
        assert (status, json.loads(text)["problems"]) == (503, ["find/general.safetensors is missing."])
        assert get(address + "/livez")[0] == 200
        main = copied / "app" / "main.py"
        main.unlink()  # it may be the very file that everybody has
        main.write_text("raise ValueError('my diary')")
        page = new_page()
        page.goto(address)
        page.get_by_test_id("stException").wait_for(timeout=START_SECONDS * 1000)
        assert not re.search(r"diary|ValueError|Traceback|main\.py", page.locator("body").inner_text())
        assert 'attention_lab_errors_total{type="ValueError"} 1.0' in get(address + "/metrics")[2]
        server = server_at(address)
        server.terminate()
        server.wait(10)
        page.close()
        page_errors.clear()  # the page said that it failed, and that its server went away
    text = log.read_text()
    told = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert [own["event"] for own in told if own["logger"] == "attention_lab"] == ["started", "ready", "stopped"]
    assert [own["at"][-1] for own in told if own.get("error") == "ValueError"] == [f"{main}:1 <module>"]
    assert "diary" not in text
