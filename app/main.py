"""Attention Lab in the browser, drawn once a change: what server.py serves."""

from pathlib import Path

import streamlit as st

from app import address, lessons, state, views
from app.components.share import share_control, use_theme
from app.figures.theme import theme
from attention_core.discovery import discover

ROOT = Path(__file__).resolve().parents[1]
ICONS = ROOT / "assets" / "icons"
STYLE = (ROOT / "app" / "style.css").read_text("utf-8")

st.set_page_config(page_title="Attention Lab", page_icon=str(ICONS / "favicon.png"), layout="wide", initial_sidebar_state=300)
colours = theme(st.context.theme.type)
names = {"muted": colours.muted, "accent": colours.accent, "ground": colours.surface, "page": colours.background}
st.html(f"<style>:root {{ {'; '.join(f'--{name}: {colour}' for name, colour in names.items())} }} {STYLE}</style>")
st.logo(str(ICONS / f"wordmark-{colours.kind}.svg"), size="large")

pages = sorted(discover(views, views.Page, "PAGE").values(), key=lambda page: page.order)
use_theme(address.restore([page.path for page in pages]))
chosen = st.navigation(
    [st.Page(page.render, title=page.title, url_path=page.path, default=page is pages[0]) for page in pages],
    position="top" if len(pages) > 1 and state.shows("navigation") else "hidden",
)
with lessons.others_first():
    chosen.run()
share_control(next(page.left_out for page in pages if page.title == chosen.title))
address.write()
