"""The errors whose text a visitor may see."""


class InputError(ValueError):
    """What a person gave cannot be used; the message says why and what to do, in words made to be shown to them."""


class EngineError(InputError):
    """The engine that computes for this process gave no answer that can be used: told as an InputError is, and soon gone."""
