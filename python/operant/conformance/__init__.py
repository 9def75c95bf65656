"""Checks that hold any server to the protocol, and say in English which promise it breaks.

    operant-conformance --endpoint tcp://127.0.0.1:5555

The suite knows servers by docs/protocol.md and the messages of the schema alone: it shares no code
with any server or client, and makes its bytes by hand where no library would.
"""
