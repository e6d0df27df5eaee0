"""A visitor of the real app: opens one of its pages and gives one input after another, as a browser would send them."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import streamlit as st
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import AppTest, local_script_runner

from app import reads, services, state
from app.components.inputs import SPOKEN
from app.services import transformers
from tests.fuzz import damage, links, listened, pictures, texts
from tests.fuzz.watching import problems

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
SECONDS = 300  # that one input may take before it counts as hung: a busy machine is no bug
INPUTS_A_VISITOR = {"text": 40, "image": 40, "sound": 40, "recording": 40, "link": 4}
MAKERS = {
    "text": texts.text,
    "image": pictures.picture,
    "sound": listened.sound,
    "recording": listened.recording,
    "link": links.a_link,
}
COSTLY = "comparison,matter,inspector,context,formula,tokens,field"  # parts that most visitors come without
WHOLE, SAVING, WRITING = 0.1, 0.02, 0.2  # shares: of visitors who see all parts, of inputs that are saved, or written on from
LEARNS = 0.03  # of the inputs for a lesson: how often it starts


@dataclass(frozen=True)
class Place:
    """Where an input is given: a page, what its link says, the key of the control there; how often it is taken."""

    page: str
    params: dict[str, str] = field(hash=False)
    key: str
    share: float
    is_pick: bool = False


@cache
def places(kind):
    """Every control of every page that takes such an input, as tasks and transformers declare them."""
    of_kind = {"text": ("text", "choices"), "image": ("image",), "sound": ("sound",), "recording": ("file",)}[kind]
    found = []
    for spec in services.task_specs():
        for own in (own for own in spec.inputs if own.kind in of_kind):
            key = _key(spec.name, own)
            pages = {
                "": 0.4 if kind == "image" else 1.0,
                "compare": 0.2,
                **({"learn": 0.15} if spec.lesson and not spec.lesson.watched else {}),
            }
            found += [Place(page, {"task": spec.name}, key, share, own.kind == "choices") for page, share in pages.items()]
        if kind == "text" and spec.lesson and spec.lesson.own:
            found.append(Place("learn", {"task": spec.name}, state.LESSON_TEXT, 0.3))
    for name in transformers.names():
        source = reads.sources()[transformers.transformer(name).kind]
        for own in (own for own in source.inputs if own.kind in of_kind):
            found.append(Place("transformers", {"model": name}, _key(source.name, own), 0.15))
    return tuple(found)


def _key(owner, own):
    prefix = {"choices": "pick", "text": "input"}.get(own.kind, "upload")
    return f"{prefix}:{owner}:{own.name}"


class Visitor:
    """One session. `give` returns what went wrong, a line each.

    Args:
        kind: Of the inputs.
        random: What decides where they are given, and under which settings.
        elements: The components that are installed, as AppTest keeps them.
        place: Where, if it is not to be drawn.
    """

    def __init__(self, kind: str, random: Random, elements: Any, place: Place | None = None) -> None:
        self.kind, self.page, self.is_new = kind, AppTest.from_file(str(MAIN), default_timeout=SECONDS), True
        self.page._bidi_component_manager = elements  # looking for installed components takes longer than a page
        self.page.context = random.choice(({}, {"theme": "light"}, {"theme": "dark", "url": "http://lab.example.org/"}))
        self.place = place
        if kind == "link":
            return
        self.place = place or random.choices(places(kind), [own.share for own in places(kind)])[0]
        scores = [spec.name for spec in services.score_specs()]
        params = {"score": random.choice(scores), "temperature": random.choice(("0.05", "1", "20"))}
        hide = {} if random.random() < WHOLE else {"hide": COSTLY}
        params = {"v": "1", **self.place.params, **hide, **params}
        self._open(self.place.page, {name: [value] for name, value in params.items()})
        if self.place.key == state.LESSON_TEXT:
            self.page.session_state[state.LESSON_SOURCE] = state.OWN
            self.page.run()

    def give(self, random: Random) -> list[str]:
        """Give one input, and whatever else a visitor does with it."""
        own, found = MAKERS[self.kind](random), []
        if self.kind == "link":
            self._open(*own)
        elif self.kind == "text":
            self._write(own)
        else:
            self._upload(own, random)
        found += problems(self.page)
        if self.kind != "link" and random.random() < SAVING:
            found += self.save() + problems(self.page)
        if (
            self.place
            and self.place.page in ("learn", "transformers")
            and random.random() < {"learn": LEARNS}.get(self.place.page, WRITING)
        ):
            self._press()
            found += problems(self.page)
        return found

    def _open(self, page: str, params: dict) -> None:
        """Come by a link, or by the browser's back and forward after the first."""
        self.page.query_params = params
        arrival = partial(RerunData, page_name=page, is_history_navigation=not self.is_new)
        with mock.patch.object(local_script_runner, "RerunData", arrival):
            self.page.run()
        self.is_new = False

    def _write(self, text: str) -> None:
        sent = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # no browser sends half a pair
        control = _by_key((*self.page.text_area, *self.page.text_input, *self.page.multiselect), self.place.key)
        control.set_value([line for line in sent.split("\n") if line] if self.place.is_pick else sent).run()

    def _upload(self, content: bytes, random: Random) -> None:
        if len(self.page.audio_input) and random.random() < 0.2:
            self.page.audio_input[0].upload(SPOKEN, content, "audio/wav").run()
            return
        kind = random.choice(("image/png", "audio/wav", "text/csv", ""))
        _by_key(self.page.file_uploader, self.place.key).upload(random.choice(damage.NAMES), content, kind).run()

    def _press(self) -> None:
        """Start a lesson, and end it; or let a transformer write a word."""
        for own in self.page.button:
            if (own.key == "lesson_start" and not own.disabled) or own.label == "Write a word":
                own.click().run()
                break
        if state.LESSON in self.page.session_state:
            self.page.session_state[state.LESSON].stop()
            self.page.session_state[state.LESSON].join(SECONDS)
            self.page.run()

    def save(self) -> list[str]:
        """Unfold what can be saved, and make every file of it."""
        makers: list[tuple[str, Callable[[], bytes]]] = []
        with mock.patch.object(st, "download_button", lambda label, make, name, *_, **__: makers.append((name, make))):
            self.page.session_state["save"] = True
            self.page.run()
        self.page.session_state["save"] = False
        found = []
        for name, make in makers:
            try:
                content = make()
            except Exception as error:  # whatever it is: it is what a visitor would get instead of the file
                found.append(f"saving {name}: {type(error).__name__}: {error}")
                continue
            if name.endswith((".html", ".svg")) and texts.CANARY.encode() in content:
                found.append(f"markup of a visitor's in {name}")
        return found


def _by_key(controls, key):
    return next(own for own in controls if own.key == key)


@contextlib.contextmanager
def no_pause():
    """For the block, pages do not wait for a browser to draw."""
    from app.views import playground

    with mock.patch.object(playground, "FIGURES_FIRST_SECONDS", 0):
        yield
