"""Where ray can be imported: what starts it, and inside the network of its own what it starts."""

from tests.namespace import is_alone

collect_ignore = ["test_alone.py"] if is_alone() else ["test_engines.py"]
