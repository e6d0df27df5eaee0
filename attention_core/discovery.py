"""Finds every declaration in a package, so that a new one is a new file and nothing else."""

import importlib
import pkgutil
from dataclasses import fields
from types import ModuleType


class DeclarationError(TypeError):
    """A file declares its SPEC wrongly; the message names the file."""


def discover(package: ModuleType, kind: type, constant: str = "SPEC") -> dict[str, object]:
    """Every declaration of a package, by name, in the order of the names.

    Args:
        package: An imported package; its direct modules and sub-packages are read.
        kind: The frozen class that each declaration is an instance of.
        constant: The name of the declaration in its file. A file without it declares nothing.

    Returns:
        {spec.name: spec}.

    Raises:
        DeclarationError: the constant is of another type, its name is not a lower-case identifier, two files share a name, or
            one of its texts is empty.
    """
    found: dict[str, object] = {}
    files: dict[str, str] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        if not hasattr(module, constant):
            continue
        spec, file = getattr(module, constant), f"{package.__name__.replace('.', '/')}/{info.name}"
        if not isinstance(spec, kind):
            raise DeclarationError(f"{constant} in {file} must be a {kind.__name__}, got {type(spec).__name__}.")
        if not (isinstance(spec.name, str) and spec.name.isidentifier() and spec.name.islower()):
            raise DeclarationError(f"{constant}.name in {file} must be a lower-case identifier, got {spec.name!r}.")
        if spec.name in found:
            raise DeclarationError(f"{constant}.name in {file} must be new, got {spec.name!r}. It stands in {files[spec.name]}.")
        for own in fields(spec):
            text = getattr(spec, own.name)
            if own.type is str and text != own.default and not (isinstance(text, str) and text.strip()):
                raise DeclarationError(f"{constant}.{own.name} in {file} must be a text, got {text!r}.")
        found[spec.name], files[spec.name] = spec, file
    return dict(sorted(found.items()))
