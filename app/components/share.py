"""A view as a link: the button, the link to copy, its QR code for the projector, and what the link leaves out or hides."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st
from segno.encoder import DataOverflowError

from app import address, link, state
from app.components.element import element

HIDING = "hiding"
TITLES = {
    "navigation": "List of pages", "score": "Score functions", "formula": "Formula and shapes", "context": "Context vector",
    "tokens": "Weights of every token", "field": "Weights without the picture", "inspector": "Cell inspector",
    "matter": "Does it matter?", "comparison": "Every score function", "swap": "Swap and reset A and B",
    "difference": "Difference of A and B", "source": "What a lesson learns from", "lesson": "Start, pause and stop a lesson",
    "steps": "Back to a step of a lesson", "study": "What the width does", "export": "Downloads", "share": "This button",
}  # fmt: skip
OFFER = "Whoever opens the link sees an example instead: to share what you see, pick an example."

_LINK = element("share", '<section class="share"></section>', "share.css", "share.js")
_CODE = element("code", '<section class="code"></section>', "code.css", "code.js")
_THEME = element("theme", "", "theme.js")


def share_control(left_out: Callable[[], str]) -> None:
    """Draw the Share button, and the way back from a link that hides parts of the page.

    Args:
        left_out: Says in a sentence what of this page no link carries; empty if a link carries it all.
    """
    if state.shows("share"):
        with st.container(key="share"):
            _button(left_out)
    if st.session_state.get(state.HIDE):
        st.button("Show everything", type="tertiary", on_click=_show_everything)


def use_theme(asked: str | None) -> None:
    """Open the page again in the theme that its link asks for, if it has another one now, and draw it again whenever it takes
    another one. Nothing is kept on the device."""
    drawn = st.context.theme.type
    if asked and drawn not in (None, asked):
        _THEME(key="theme", data={"asked": asked})
        st.stop()
    _THEME(key="theme", data={"drawn": drawn}, on_turned_change=lambda: None)


def code(address: str) -> list[str] | None:
    """The QR code of a link as rows of 0 and 1, without its quiet zone; None if the link is too long for one."""
    try:
        return ["".join(map(str, row)) for row in segno.make_qr(address, error="l").matrix]
    except DataOverflowError:
        return None


@st.fragment
def _button(left_out: Callable[[], str]) -> None:
    if st.button("Share"):
        _share(left_out)


@st.dialog("Share this view", width="large")
def _share(left_out: Callable[[], str]) -> None:
    left, right = st.columns([1, 1.1], gap="large")
    with left:
        place = st.container()
        st.session_state.setdefault(HIDING, [part for part in state.PARTS if not state.shows(part)])
        hide = st.multiselect(
            "Hide in this link",
            state.PARTS,
            format_func=lambda part: TITLES.get(part, part.capitalize()),
            key=HIDING,
            placeholder="Nothing is hidden",
            help="Whoever opens the link does not see these parts. Your own page stays as it is.",
        )
    kept = {**st.session_state, state.HIDE: frozenset(hide)}
    found = link.encode(kept, address.declared(), st.context.theme.type)
    whole = _whole(found)
    notes = [*found.left_out, OFFER] if found.left_out else []
    with place:
        _LINK(key="link", data={"link": whole, "notes": [*notes, *filter(None, [left_out()])]})
    with right:
        _CODE(key="code", data={"rows": code(whole)})


def _whole(found: link.Link) -> str:
    """The link as others open it: the address that this visitor came by, and what the view holds."""
    page = st.context.url or ""
    return f"{page}{'' if urlsplit(page).path else '/'}?{urlencode(found.params)}"


def _show_everything() -> None:
    del st.session_state[state.HIDE]
