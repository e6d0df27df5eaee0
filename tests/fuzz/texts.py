"""Texts that a visitor may type or paste: from plain words to what is made to break a parser, a layout or a page."""

CANARY = "<img src=x onerror=canary>"  # must never stand in markup as it is
PICTURE = "![canary](http://127.0.0.1/x.png)"  # the same for Markdown
WORDS = (
    "the", "cat", "sat", "on", "a", "mat", "and", "saw", "two", "dogs", "it", "was", "not", "bad", "Tom", "told", "Mary", "that",
    "he", "would", "love", "this", "film", "never", "again", "because", "dull", "boring", "great", "positive", "negative",
)  # fmt: skip
FILMS = ("Toy Story (1995)", "Heat (1995)", "alien (1979)", "Toy Story (2095)", "Toy Story")
PIECES = (
    CANARY, PICTURE, "<script>alert(1)</script>", "<b onmouseover=canary>x</b>", "<!--", "]]>", "&lt;&#0;&#x1F600;&nbsp;",
    "</style>",
    "**b** _i_ `c` ~~s~~", "# h", "| a | b |\n|---|---|", "```\ncode", ":red[red] :material/delete: :smile:",
    "[x](javascript:canary)",
    r"$\frac{1}{0}$", r"$$\href{javascript:canary}{x}$$", r"\begin{aligned}", r"\\", "%s %d {0} {x!r} ${x}",
    "'; DROP TABLE x; --",
    "../../etc/passwd", "\\x00\\u0000", "{{7*7}}", "=1+1", "@SUM(A1)", "-1e400", "0x7f", "1e9", "NaN", "Infinity", "None",
    "null", "٣", "½",
    "[CLS] [SEP] [PAD] [UNK] [MASK]", "<s> </s> <pad> <|endoftext|>", "##s", "▁x", "Ġx", "don't", "e.g.", "3.14", "C++", "a-b-c",
)  # fmt: skip
CHARACTERS = (
    "\u0000\u0001\u0007\u0008\u000b\u000c\u001b\u007f\u0085\u00a0\u00ad", "\u200b\u200c\u200d\u2060\ufeff",
    "\u202a\u202b\u202d\u202e\u2066\u2069",
    "\u0300\u0301\u0489\u20dd\u0e33\u0e49", "\ud800\udbff\udc00\udfff", "\ufffd\ufffe\uffff\U0010ffff\ue000\U000f0000\u0378",
    "\u2028\u2029\r\n\t",
    "😀👩\u200d👩\u200d👧🏳️\u200d🌈🇩🇪👍🏽1️⃣", "هذافيلمسرטשלום", "電影很好看日本語한국어ไทยहिन्दी", "ßſŐẞİıǅﬁœ", "𝒜𝓑𝟘①Ⅷ㎞",
    "‘’“”–—…•",
    "abcXYZ019 ", " \n",
)  # fmt: skip
SIZES = (0, 1, 2, 5, 5, 5, 12, 12, 12, 40, 40, 250)


def text(random):
    """One of them, seldom longer than a page."""
    way = random.random()
    if way < 0.05:
        return random.choice(CHARACTERS[:3] + CHARACTERS[12:]) * random.choice((0, 1, 3, 300))
    if way < 0.1:
        return random.choice(PIECES)
    if way < 0.14:
        piece = random.choice((*PIECES, *CHARACTERS, "x", "a ", "é", "1"))
        return piece * random.choice((50, 600, 600, 4000))
    if way < 0.17:
        return "\n".join(random.choices(FILMS, k=random.randrange(1, 40)))
    if way < 0.2:
        return "\n".join(
            f"{text_of(random, 5)}\t{random.choice(('positive', 'negative', 'Positive', CANARY))}" for _ in range(14)
        )
    return text_of(random, random.choice(SIZES))


def text_of(random, size):
    """So many pieces: mostly words, and what is hostile between and inside of them."""
    hostile, parts = random.choice((0.02, 0.2, 0.7)), []
    for _ in range(size):
        part = random.choice(WORDS)
        if random.random() < hostile:
            part = random.choice(PIECES) if random.random() < 0.5 else characters(random)
        parts.append(part)
    return random.choice((" ", " ", " ", "", "\n", "\t")).join(parts)


def characters(random):
    """A few characters, of one kind or of several."""
    kinds = random.choice(((random.choice(CHARACTERS),), CHARACTERS))
    own = "".join(random.choice(random.choice(kinds)) for _ in range(random.choice((1, 2, 6))))
    return own if random.random() < 0.9 else own + chr(random.randrange(0x110000))
