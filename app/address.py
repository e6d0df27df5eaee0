"""The address and the session: what a link says is restored at the start of a run, what has changed is written at its end."""

import time
from functools import cache

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app import link, services, state

PROBLEM = "Part of this link could not be read, so that part shows what a first visit shows."
WRITTEN = "address"  # what the address says: as `link.encode` puts it, and as it stands there
LAST = "last"  # the page that was drawn last, and what was chosen there


@cache
def declared() -> link.Declared:
    """What may stand in a link."""
    return link.Declared(services.task_specs(), services.score_specs(), services.distribution_specs())


def restore() -> str | None:
    """Put what the address says into the session, at a first visit and after the browser's back and forward.

    Call it before anything is drawn. Returns the theme that a link asks for at a first visit, if it asks for one.
    """
    is_new, context = WRITTEN not in st.session_state, get_script_run_ctx()
    theme = None
    if is_new or context.is_history_navigation:
        theme = _read()
    elif context.page_script_hash != st.session_state[LAST][0]:
        _carry_over()
    _remember()
    return theme if is_new and "embed_options" not in context.query_string else None


def write(pause: float = 0.0) -> None:
    """Put what the session holds into the address, as one step of the browser's history if anything has changed.

    Call it at the end of a run, and of a fragment in which something may have been chosen: the figures come first.

    Args:
        pause: Seconds to wait before a change, for the browser to draw what was sent before: it is busy with an address, too.
    """
    _remember()
    params = link.encode(st.session_state, declared()).params
    written, query = st.session_state[WRITTEN]
    if params == written and st.query_params.to_dict() == query:
        return
    time.sleep(pause)
    query = link.encode(st.session_state, declared(), st.context.theme.type).params if params else {}
    st.query_params.from_dict(query)
    st.session_state[WRITTEN] = (params, query)


def _read() -> str | None:
    params = {name: st.query_params.get_all(name) for name in st.query_params}
    if not params and WRITTEN not in st.session_state:
        st.session_state[WRITTEN] = ({}, {})
        return None
    found = link.decode(params, declared())
    for key in list(st.session_state):
        if key in (state.CELL, state.SIDE, state.ROW, state.HIDE) or str(key).startswith(state.OTHER):
            del st.session_state[key]
    st.session_state.update(found.kept)
    st.session_state[WRITTEN] = (link.encode(found.kept, declared()).params, st.query_params.to_dict())
    if not found.is_whole:
        st.toast(PROBLEM, duration="infinite")
    return found.theme


def _remember() -> None:
    chosen = {key: value for key, value in st.session_state.items() if state.is_choice(str(key))}
    st.session_state[LAST] = (get_script_run_ctx().page_script_hash, chosen)


def _carry_over() -> None:
    """Take the choices to another page, where Streamlit starts with controls of its own and an empty address."""
    st.session_state.update(st.session_state[LAST][1])
    if not len(st.query_params):  # told before the page is, or it would be a step of its own in the browser's history
        st.query_params.from_dict(st.session_state[WRITTEN][1])
