"""The browser of the other browser tests, looking at a container that runs already."""

import os

import pytest

from tests.e2e.conftest import browser, known, new_page, page, page_errors  # noqa: F401


@pytest.fixture(scope="session")
def app_url():
    """The container's address, such as http://127.0.0.1:8501, which deploy/container.sh gives."""
    return os.environ["CONTAINER_ADDRESS"]
