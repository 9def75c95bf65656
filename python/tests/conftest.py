"""A server for all tests of the client."""

from collections.abc import Iterator

import pytest

from operant.local_server import hold_local_server, let_go


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Where a server of this process's own listens."""
    server = hold_local_server()
    yield server.endpoint
    let_go(server)
