"""Bytes of a real file, damaged as files get damaged, or as someone damages them on purpose."""

NAMES = (
    "own.jpg", "OWN.PNG", "no ending", "x.exe", "a.tar.gz", ".", "..", "../../etc/passwd", "C:\\own\\x.png", "ف.wav", "n" * 300,
    "<img src=x onerror=canary>.png", "![canary](x) $x$ :red[b].wav", "a\nb\tc.csv", "\u202egnp.exe", "😀.gif", " ", "x.csv",
)  # fmt: skip


def damaged(random, content):
    """The content cut short, with other bits, with parts doubled, moved or blank, with more behind it, or as it was."""
    if not content:
        return content
    return bytes(random.choice(WAYS)(random, bytearray(content)))


def _cut(random, content):
    return content[: random.randrange(len(content) + 1)]


def _bits(random, content):
    for _ in range(random.choice((1, 2, 8, 64))):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    return content


def _head(random, content):
    """As `_bits`, where the sizes stand."""
    for _ in range(random.choice((1, 2, 4))):
        content[random.randrange(min(64, len(content)))] = random.choice((0, 1, 127, 128, 255, random.randrange(256)))
    return content


def _doubled(random, content):
    start, length = _part(random, content)
    return content[: start + length] + content[start : start + length] * random.choice((1, 2, 50)) + content[start + length :]


def _moved(random, content):
    start, length = _part(random, content)
    rest = content[:start] + content[start + length :]
    to = random.randrange(len(rest) + 1)
    return rest[:to] + content[start : start + length] + rest[to:]


def _left_out(random, content):
    start, length = _part(random, content)
    return content[:start] + content[start + length :]


def _blank(random, content):
    start, length = _part(random, content)
    content[start : start + length] = bytes([random.choice((0, 255))]) * length
    return content


def _more(random, content):
    return content + random.choice((b"\0", b"PK\3\4", b"<script>canary</script>", random.randbytes(40))) * random.choice(
        (1, 9, 99)
    )


def _as_it_was(random, content):
    return content


def _part(random, content):
    start = random.randrange(len(content))
    return start, min(random.choice((1, 4, 30, 400)), len(content) - start)


WAYS = (_cut, _cut, _bits, _bits, _head, _head, _doubled, _moved, _left_out, _blank, _more, _as_it_was)
