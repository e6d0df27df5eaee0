"""What a browser keeps of a control before anybody has touched it."""

from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState


def untouched(kind: str, control: Any) -> WidgetState | None:
    """The state that Streamlit's frontend gives the control when it first draws it; None for what has none.

    Args:
        kind: The element's type, such as "selectbox".
        control: What the server said of it.
    """
    own = WidgetState(id=control.id)
    if kind in ("text_area", "text_input"):
        own.string_value = control.value if control.set_value else control.default
    elif kind == "selectbox":
        own.string_value = control.raw_value if control.set_value else "".join(control.options[control.default :][:1])
    elif kind in ("button_group", "multiselect"):
        titles = names(control)
        own.string_array_value.data.extend(
            control.raw_values if control.set_value else [titles[place] for place in control.default]
        )
    elif kind == "slider" and control.options:
        places = [control.options[int(place)] for place in control.default]
        own.string_array_value.data.extend(control.raw_value if control.set_value else places)
    elif kind == "slider":
        own.double_array_value.data.extend(control.value if control.set_value else control.default)
    elif kind == "number_input" and control.data_type == control.INT:
        own.int_value = int(control.value if control.set_value else control.default)
    elif kind == "number_input":
        own.double_value = control.value if control.set_value else control.default
    elif kind == "checkbox":
        own.bool_value = control.value if control.set_value else control.default
    elif kind == "file_uploader":
        own.file_uploader_state_value.SetInParent()
    else:
        return None
    return own


def names(control: Any) -> list[str]:
    """What there is to choose from, as it is written there."""
    return [getattr(option, "content", option) for option in control.options]
