"""Connections of the sandbox that end as those of a killed client do."""

import socket
import struct

from tiketti_migrate_tiketti.sandbox.connection import SocketReader


def test_a_connection_that_was_reset_does_not_end_the_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        with accepted, SocketReader(accepted, 8192) as reader:
            assert not reader.has_data()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            assert reader.has_data()
