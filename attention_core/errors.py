"""The one error whose text a visitor may see."""


class InputError(ValueError):
    """What a person gave cannot be used; the message says why and what to do, in words made to be shown to them."""
