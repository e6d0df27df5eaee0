"""Links to open: every parameter that the app knows, and others, with what belongs there and with what does not."""

from app import link, state
from app.address import declared
from tests.app.test_broken_links import FINITE, WRONG_VALUES
from tests.fuzz.texts import CANARY, PICTURE, text

NUMBERS = (
    "0",
    "1",
    "7",
    "64",
    "9999",
    "10000",
    "-1",
    "007",
    "1.0",
    "1e3",
    "0.05",
    "0.30000000000000004",
    "20",
    "٣",
    "²",
    "9" * 30,
)
PLACES = ("0,0", "0,1", "3,2", "0,999999", "999999,0", "1,2,3", ",", "0.0", "1.mean", "all.max", "rollout", "99.99", "2.3")
OTHERS = (
    "embed", "embed_options", "V", "v ", "", "__proto__", "constructor", "in.", "b.", "b.b.score", "opt.", "own1",
    "theme.base", "x" * 2000,
    CANARY, "in.image.x", "b.in.", "model.", "\ud800", "%00", "[]", "a[0]", "task[]",
)  # fmt: skip
FILES = (
    "../../etc/passwd",
    "/dev/zero",
    "cat-on-couch.jpg",
    "bathroom.jpg",
    "digits-five.wav",
    "turns-phone.csv",
    "http://x/y.jpg",
    "credits.json",
)
PAGES = ("compare", "transformers", "learn", "score-functions", "results", "playground")
NO_PAGES = (
    "nothing",
    "COMPARE",
    "compare/",
    "../app/main.py",
    "_stcore/health",
    "static/x",
    CANARY,
    "a" * 3000,
    "\x00",
    "é",
    "%2e%2e",
)


def a_link(random):
    """The name of a page in the address, and the parameters: each a name with its values, as texts or as bytes that are none."""
    page = random.choice(("", "", "", *PAGES, *PAGES, random.choice(NO_PAGES)))
    own, params = declared(), {"v": ["1"]}
    task = random.choice(own.tasks)
    if random.random() < 0.7:
        params["task"] = [task.name]
    known = names(own, task)
    for name in random.sample(known, random.choice((0, 1, 1, 2, 4, 9))):
        params[name] = [value(random, own, task, name)]
    if random.random() < 0.4:
        params[random.choice((*known, *OTHERS))] = [hostile(random) for _ in range(random.choice((1, 1, 1, 2, 50)))]
    if random.random() < 0.1:
        params["v"] = [random.choice(("", "0", "2", "1.0", " 1", "1" * 500))] * random.choice((1, 2))
    if random.random() < 0.01:
        params |= {f"{n}{random.choice(OTHERS)[:9]}": ["x"] for n in range(900)}
    return page, {as_sent(name): [as_sent(each) for each in values] for name, values in params.items()}


def names(own, task):
    """Every name that a link of the task may hold."""
    sides = [
        f"{prefix}{name}" for prefix in link.SIDES.values() for name in (*FINITE[1:6], "seed", "input", *_of_task(own, task))
    ]
    return [*dict.fromkeys((*FINITE, *sides, "row", "model.in.text", "model.in.target", "model.in.image"))]


def _of_task(own, task):
    options = [f"opt.{option.name}" for spec in own.distributions for option in spec.options]
    return [f"in.{each.name}" for each in task.inputs] + options + [f"task.{option.name}" for option in task.options]


def value(random, own, task, name):
    """What may well stand there, or what may not."""
    if random.random() < 0.25:
        return hostile(random)
    last = name.removeprefix("b.").removeprefix("model.")
    given = {
        "score": [spec.name for spec in own.scores], "distribution": [spec.name for spec in own.distributions],
        "parameters": (state.TRAINED, state.UNTRAINED), "temperature": ("0.05", "1", "20", "0.3"),
        "example": _titles(own, task, name),
        "hide": state.PARTS, "theme": link.THEMES, "side": "B", "model": own.transformers, "attention": ("cross", "encoder"),
        "reads": list(own.readers), "input": ("own1", "own2"), "head": PLACES, "cell": PLACES, "summary": ("mean", "max"),
        "step": ("0", "1", "2", "201"), "hide_special": ("True", "False"), "top_p": ("0.05", "1"), "row": NUMBERS,
        "task": [task.name],
    }  # fmt: skip
    if last == "hide" and random.random() < 0.5:
        return ",".join(random.sample(state.PARTS, random.randrange(1, len(state.PARTS))))
    if last == "in.image":
        return random.choice(FILES)
    if last.startswith("in."):
        return text(random)
    return random.choice(list(given.get(last, NUMBERS)))


def _titles(own, task, name):
    of = own.readers.values() if name.startswith("model.") else [task]
    return [example.title for each in of for example in each.examples] or ["x"]


def hostile(random):
    """What belongs nowhere."""
    return random.choice(
        (
            random.choice(WRONG_VALUES),
            random.choice(NUMBERS),
            random.choice(PLACES),
            text(random),
            CANARY,
            PICTURE,
            "\udcff\udcfe",
        )
    )


def as_sent(value):
    """The text as bytes where it holds half a surrogate pair: an address may hold any bytes."""
    return value.encode("utf-8", "surrogatepass") if any("\ud800" <= each <= "\udfff" for each in value) else value
