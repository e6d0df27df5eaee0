"""Query strings with something wrong in each, and that they show the default view."""

import random
from urllib.parse import parse_qs

from app import link
from app.address import declared

DECLARED = declared()
DEFAULT = link.decode({}, DECLARED)
WRONG_VALUES = (
    "",
    "x",
    "<b>x</b>",
    "javascript:alert(1)",
    "-1",
    "1e9",
    "9" * 400,
    "0.1000001",
    "nan",
    "😀",
    "None",
    "٣",
    "a" * 100_000,
)
FINITE = (
    "task", "example", "score", "parameters", "temperature", "distribution", "cell", "side", "hide", "theme", "input",
    "study.seed", "study.width", "model", "model.reads", "model.attention", "model.head", "model.summary", "model.scale",
    "model.hide_special", "model.temperature", "model.top_k", "model.top_p", "model.seed", "model.step", "model.example",
    "model.input",
)  # fmt: skip


def broken_links():
    """Query strings with one thing wrong each, and nothing else in them."""
    found = [f"v=1&{name}={value}" for name in FINITE for value in WRONG_VALUES]
    found += [f"v=1&b.{name}={value}" for name in (*FINITE[1:6], "input") for value in WRONG_VALUES]
    found += [f"v=1&{value}=1" for value in WRONG_VALUES if value]
    found += [f"v={value}&score=additive&theme=dark" for value in (*WRONG_VALUES, "0", "2", "1.0", "01", " 1")]
    found += ["score=additive", "theme=dark", "hide=task", "in.text=hello", "v=1&v=1&score=additive", "%FF=%FE", "=", "&&v", "v"]
    for repeated in FINITE:
        found += [f"v=1&{repeated}=a&{repeated}=b", f"v=1&{repeated}=&{repeated}="]
    found += [f"v=1&in.text={value}" for value in ("%FF", "%C3%28", "a" * 1501, "a" * 100_000, "%ED%A0%80", "text")]
    found += [
        f"v=1&in.image={value}&in.text=a" for value in ("..%2F..%2Fetc%2Fpasswd", "cat", "", "%2Fdev%2Fzero", "http://x/y.jpg")
    ]
    found += [
        "v=1&example=A+bicycle&in.text=a&in.image=cat-on-couch.jpg",
        "v=1&example=A+bicycle&input=own1",
        "v=1&input=own0",
        "v=1&input=own",
        "v=1&input=own1234567",
        "v=1&study.seed=10000",
        "v=1&study.width=3",
        "v=1&seed=3",
        "v=1&opt.k=3",
        "v=1&cell=1,2,3",
        "v=1&cell=-1,0",
        "v=1&side=B",
    ]
    own = random.Random(0)
    alphabet = "abcv=&?%#;+./:<>\"'\\{}[]\x00é中1" + "".join(name[0] for name in FINITE)
    while len(found) < 700:
        text = "".join(own.choice(alphabet) for _ in range(own.randrange(1, 60)))
        if any(name != "v" for name in parse_qs(text, keep_blank_values=True)):
            found.append(text)
    return found


def test_five_hundred_broken_links_show_the_default_view():
    links = broken_links()
    assert len(set(links)) > 500
    for query in links:
        found = link.decode(parse_qs(query, keep_blank_values=True), DECLARED)
        assert not found.is_whole, query[:200]
        assert found.kept == DEFAULT.kept, query[:200]
        assert found.theme is None, query[:200]
