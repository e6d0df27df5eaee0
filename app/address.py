"""The address and the session: what a link says is restored at the start of a run, what has changed is written at its end."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from app import link, reads, services, state
from app.services import transformers
from app.services.turns import rest

PROBLEM = "Part of this link could not be read, so that part shows what a first visit shows."
MISSING = "This input was entered in another window, which alone has it. Here is an example instead."
WRITTEN = "address"  # what the address says: as `link.encode` puts it, and as it stands there
LAST = "last"  # the page that was drawn last, and what was chosen there
UNSEEN = "unseen"  # what to say if a cell or a row that the address named is not on the page, None once it was looked for
MARKED = "marked"  # by number, the visitor's own inputs that no link holds: each a task's name and its values
MOST_MARKED, MOST_BYTES = 32, 64_000_000  # what a session keeps of them


@cache
def declared() -> link.Declared:
    """What may stand in a link."""
    return link.Declared(
        services.task_specs(),
        services.score_specs(),
        services.distribution_specs(),
        services.study_widths(),
        transformers.names(),
        reads.sources(),
    )


def restore(pages: Sequence[str]) -> str | None:
    """Put what the address says into the session, at a first visit and after the browser's back and forward.

    Call it before anything is drawn. Returns the theme that a link asks for at a first visit, if it asks for one.

    Args:
        pages: The name of every page in the address, that of the first one first.
    """
    is_new, context = WRITTEN not in st.session_state, get_script_run_ctx()
    theme, is_page = None, _is_page(pages)
    if is_new or context.is_history_navigation:
        theme = _read(is_page)
    elif context.page_script_hash != st.session_state[LAST][0]:
        _carry_over()
    _remember()
    return theme if is_new and "embed_options" not in context.query_string else None


def write(pause: float = 0.0) -> None:
    """Put what the session holds into the address, as one step of the browser's history if anything has changed.

    Call it at the end of a run: the figures come first.

    Args:
        pause: Seconds to wait before a change, for the browser to draw what was sent before: it is busy with an address, too.
    """
    kept = _remember()
    if kept.get(state.PLAYS):
        return  # each word would be a step of the browser's history: it is written when it pauses
    params = _params(kept)
    written, query = st.session_state[WRITTEN]
    if params == written and st.query_params.to_dict() == query:
        return
    st.session_state[UNSEEN] = None
    rest(pause)
    query = link.themed(params, st.context.theme.type) if params else {}
    st.query_params.from_dict(query)
    st.session_state[WRITTEN] = (params, query)


def write_from_fragment(pause: float = 0.0) -> None:
    """The same at the end of a fragment in which something may have been chosen, if it runs alone: the page's end writes, too."""
    if ThreadState.get().fragment_id in (get_script_run_ctx().fragment_ids_this_run or ()):
        write(pause)


def look_for_places(shapes: Sequence[tuple[int, int]], rows: int) -> None:
    """Forget a pinned cell and a held row that are not on the page, and say so if it was a link that named them.

    Args:
        shapes: How many rows and keys each of the results that are shown has.
        rows: How many rows they have to choose among, 0 where there is but one.
    """
    named = st.session_state.get(state.CELL), st.session_state.get(state.ROW)
    state.pinned(*shapes)
    if state.held(rows) is None:
        state.let_go()
    sentence = st.session_state.pop(UNSEEN, None)
    if sentence is not None and named != (st.session_state.get(state.CELL), st.session_state.get(state.ROW)):
        st.session_state[WRITTEN] = (_params(st.session_state.to_dict()), st.session_state[WRITTEN][1])
        _say(sentence)


def _is_page(pages: Sequence[str]) -> bool:
    """Whether the address names one of the pages, or none. Any other name opens the first, without Streamlit's own dialog."""
    asked = get_script_run_ctx().pages_manager
    name = asked.intended_page_name
    if name not in pages[1:]:
        asked.set_script_intent(asked.intended_page_script_hash, "")
    return not name or name in pages


def _read(is_page: bool) -> str | None:
    params = {name: st.query_params.get_all(name) for name in st.query_params}
    found = link.decode(params, declared(), _recall)
    st.session_state.pop(state.PLAYS, None)
    if params or WRITTEN in st.session_state:
        for key in list(st.session_state):
            if key in (state.CELL, state.SIDE, state.ROW, state.HIDE):
                del st.session_state[key]
        _forget_other()
        st.session_state.update(found.kept)
    st.session_state[WRITTEN] = (_params(found.kept), st.query_params.to_dict())
    sentence = PROBLEM if not (is_page and found.is_whole) else MISSING if found.is_missing else ""
    _say(sentence)
    has_places = bool(found.kept.keys() & {state.CELL, state.ROW})
    st.session_state[UNSEEN] = ("" if sentence else PROBLEM) if has_places else None
    return found.theme


def _say(sentence: str) -> None:
    if sentence:
        st.toast(sentence, duration="infinite")


def _params(kept: Mapping[str, Any]) -> dict[str, str]:
    return link.encode(kept, declared(), mark=_mark).params


def _mark(task: str, values: Mapping[str, Any]) -> str:
    """What stands in the address for an input that no link holds. It says nothing about it, and only this session knows it."""
    inputs = st.session_state.setdefault(MARKED, {})
    number = next((number for number, own in inputs.items() if own == (task, values)), None)
    if number is None:
        number = max(inputs, default=0) + 1
        inputs[number] = (task, dict(values))
    while len(inputs) > MOST_MARKED or (len(inputs) > 1 and _bytes(inputs.values()) > MOST_BYTES):
        del inputs[min(inputs)]
    return f"own{number}"


def _bytes(inputs: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
    uploads = {id(value): value for _, values in inputs for value in values.values() if isinstance(value, state.Upload)}
    return sum(len(own.content) for own in uploads.values())


def _recall(task: str, mark: str) -> Mapping[str, Any] | None:
    own, values = st.session_state.get(MARKED, {}).get(int(mark.removeprefix("own")), ("", None))
    return values if own == task else None


def _forget_other() -> None:
    """Forget B, but not what the visitor entered for it."""
    for key in list(st.session_state):
        if str(key).startswith(state.OTHER) and not str(key).startswith((f"{state.OTHER}own:", f"{state.OTHER}input:")):
            del st.session_state[key]


def _remember() -> dict[str, Any]:
    """What the session holds; what is chosen of it, and where, is kept."""
    kept = st.session_state.to_dict()
    chosen = {key: value for key, value in kept.items() if state.is_choice(key)}
    st.session_state[LAST] = (get_script_run_ctx().page_script_hash, chosen)
    return kept


def _carry_over() -> None:
    """Take the choices to another page, where Streamlit starts with controls of its own and an empty address."""
    chosen = st.session_state[LAST][1]
    st.session_state.update(chosen)
    if not any(name.startswith(link.SIDES[state.OTHER]) for name in _params(chosen)):
        _forget_other()  # no link holds it: it starts from A again
    if not len(st.query_params):  # told before the page is, or it would be a step of its own in the browser's history
        st.query_params.from_dict(st.session_state[WRITTEN][1])
