"""What visitors do, one after the other: change, wait for the answer, look at it, think, change again."""

import asyncio
import re
import time
from abc import ABC, abstractmethod
from argparse import Namespace
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import numpy as np

from app import state
from tests.benchmarks.load.entered import photo, sentence, words
from tests.benchmarks.load.session import Answer, Session
from tests.benchmarks.load.tally import UNKNOWN, Tally
from tests.benchmarks.load.wire import LoadError

JITTER = (0.5, 1.5)  # of the time to think
COMPUTED = re.compile(r"computed on (.+?) in ")


class Visitor(ABC):
    """One of them: `visit` until it is over, again after an error; everything is told to the tally.

    Args:
        number: Which one; with the seed it decides all that is drawn.
        plan: The command's options.
        tally: Where answers and errors go.
    """

    def __init__(self, number: int, plan: Namespace, tally: Tally) -> None:
        self.number, self.plan, self.tally = number, plan, tally
        self.random = Random(f"{plan.seed} {number}")
        self.doing = ""

    async def stay(self, seconds: float) -> None:
        """Arrive within the time to arrive, and visit again and again until so many seconds are over."""
        over = time.perf_counter() + seconds
        await asyncio.sleep(self.random.uniform(0, self.plan.arriving))
        while time.perf_counter() < over:
            self.session = Session(self.plan.address, self.plan.patience)
            self.doing = "open"
            self.tally.come()
            try:
                await self.visit(min(over, time.perf_counter() + (self.plan.staying or seconds)))
            except LoadError as error:
                self.tally.error(error.kind, f"visitor {self.number}, {self.doing}", error.detail)
                await asyncio.sleep(self.plan.think)
            finally:
                self.tally.leave()
                await self.session.close()

    @abstractmethod
    async def visit(self, until: float) -> None:
        """Come, and do what such a visitor does until then."""

    async def wait(self, what: str, answer: Awaitable[Answer], check: Callable[[Answer], list[str]]) -> Answer:
        """The answer to a change, timed and looked at."""
        self.doing = what
        answer = await answer
        self.tally.seconds[what].append(answer.seconds)
        problems = answer.problems + [("wrong answer", problem) for problem in check(answer)]
        notes = " ".join(answer.figure[0].get("notes", ())) if self.tally.device == UNKNOWN else ""
        self.tally.device = next(iter(COMPUTED.findall(notes)), self.tally.device)
        for kind, detail in problems:
            self.tally.error(kind, f"visitor {self.number}, {what}", detail)
        return answer

    async def think(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.random.uniform(*JITTER))


class Player(Visitor):
    """Plays in the Playground with a task: score function or temperature, now and then a sentence, perhaps a photo."""

    def __init__(self, number: int, plan: Namespace, tally: Tally, task: str, *, gives_photos: bool) -> None:
        super().__init__(number, plan, tally)
        self.task, self.gives_photos = task, gives_photos
        self.count = 0  # of texts
        self.names: dict[str, str] = {}  # of score functions, by title
        self.figure, self.weights = {}, b""

    async def visit(self, until: float) -> None:
        await self.wait("open", self.session.open(f"v=1&task={self.task}"), self.drawn)
        now = time.perf_counter()
        due = {self.type_text: now + self.random.uniform(0, self.plan.sentence)}
        every = {self.type_text: self.plan.sentence, self.give_photo: self.plan.photo}
        if self.gives_photos:
            due[self.give_photo] = now + self.random.uniform(0, self.plan.photo)
        while True:
            await self.think(self.plan.think)
            now = time.perf_counter()
            if now >= until:
                return
            change = min(due, key=due.get)
            if due[change] <= now:
                due[change] = now + every[change]
            else:
                change = self.random.choice((self.choose_score, self.choose_temperature))
            await change()

    async def choose_score(self) -> None:
        title, before = self.other(state.SCORE), self.figure.get("score")

        def check(answer: Answer) -> list[str]:
            problems = self.moved(answer)
            name = self.figure.get("score")
            if name == before or self.names.setdefault(title, name) != name:
                problems.append(f"{title} must be shown, got {name} after {before}")
            return problems

        await self.wait("score function", self.session.choose(state.SCORE, title), check)

    async def choose_temperature(self) -> None:
        await self.wait("temperature", self.session.choose(state.TEMPERATURE, self.other(state.TEMPERATURE)), self.moved)

    async def type_text(self) -> None:
        self.count += 1
        text = (words if self.gives_photos else sentence)(self.random, f"{self.number} {self.count}")

        def check(answer: Answer) -> list[str]:
            problems = self.drawn(answer)
            shown = "".join(cell["label"] for cell in self.figure.get("cells", ())) or self.figure.get("title", "")
            if text.replace(" ", "") not in shown.replace(" ", ""):
                problems.append(f"“{text}” must be shown, got “{shown}”")
            return problems

        await self.wait("new sentence", self.session.type(self.session.find("input:"), text), check)

    async def give_photo(self) -> None:
        content, before = await asyncio.to_thread(photo, self.random), self.figure.get("picture")

        def check(answer: Answer) -> list[str]:
            problems = self.drawn(answer)
            if self.figure.get("picture") == before:
                problems.append("the new photo must be shown, got the one before")
            return problems

        name = f"photo-{self.number}-{len(content)}.jpg"
        await self.wait("new photo", self.session.upload(self.session.find("upload:"), name, content, "image/jpeg"), check)

    def other(self, key: str) -> str:
        """Another choice than the present one."""
        return self.random.choice([own for own in self.session.options(key) if own not in self.session.chosen(key)])

    def drawn(self, answer: Answer) -> list[str]:
        """What is wrong with an answer that must draw the main figure and a heatmap for what was entered last."""
        self.figure, self.weights = answer.figure
        problems = [] if answer.heatmaps else ["a heatmap must be drawn, got none"]
        if not self.figure:
            problems.append("the main figure must be drawn, got none")
        elif self.figure["stale"]:
            problems.append(f"the result must be of this input, got: {self.figure['stale']}")
        return problems

    def moved(self, answer: Answer) -> list[str]:
        """As `drawn`, and the weights must be others than before, unless before or now one has all or all are equal."""
        before = self.weights
        problems = self.drawn(answer)
        if self.weights == before and not is_extreme(self.weights):
            problems.append("other weights must be drawn, got the same")
        return problems


class Reader(Visitor):
    """Goes slowly from page to page."""

    async def visit(self, until: float) -> None:
        await self.wait("open", self.session.open("v=1"), lambda answer: [] if answer.heatmaps else ["no heatmap was drawn"])
        while time.perf_counter() < until:
            await self.think(self.plan.reading)
            here = self.session.page
            title = self.random.choice([own for own, page in self.session.pages.items() if page != here])
            await self.wait(f"page {title}", self.session.go(title), lambda answer, title=title: self.there(title, answer))

    def there(self, title: str, answer: Answer) -> list[str]:
        """What is wrong with an answer that must draw that page."""
        problems = [] if self.session.page == self.session.pages.get(title) else [f"{title} must be shown, got another page"]
        return problems if answer.kinds else [*problems, f"{title} must draw something, got nothing"]


def is_extreme(weights: bytes) -> bool:
    """Whether one weight is everything, or all are equal: such weights may stay the same."""
    own = np.frombuffer(weights, "<f4")
    return own.size == 0 or bool(own.max() == own.min() or own.max() == 1)


def visitors_of(plan: Namespace, tally: Tally, text_task: str, photo_task: str) -> list[Any]:
    """As many as the plan has; the first ones give photos."""
    if plan.idle:
        return [Reader(number, plan, tally) for number in range(plan.visitors)]
    photos = [number < plan.uploading for number in range(plan.visitors)]
    return [
        Player(number, plan, tally, photo_task if gives else text_task, gives_photos=gives) for number, gives in enumerate(photos)
    ]
