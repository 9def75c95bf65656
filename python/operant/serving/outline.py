"""The fields of a request as they lie in its bytes, read before protobuf reads them.

Protobuf for Python lets the last of several bodies hide the others, passes over a field of the
wrong wire type as if it were unknown, and makes an object of every empty part that a peer cares to
send. None of that should go unnoticed, and a request whose body can't be read should still be
answered under its own number.
"""

from typing import Any

from operant.v1 import gym_pb2

_MOST_FIELDS = 100_000
"""The most fields of a request. The longest that makes sense has some 66,000: the single numbers of
the settings of an `open`."""

_MESSAGE_COST = 32
"""How many fields a message within the request counts for: an object is made of each."""

_BODIES = range(10, 17)
_SEQUENCE = 1

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5

_Shape = dict[int, tuple[tuple[int, ...], Any]]
"""By a field's number: the wire types it can have, and the shape of the message it holds."""


def _shape(descriptor: Any) -> _Shape:
    return {field.number: _field(field) for field in descriptor.fields}


def _field(field: Any) -> tuple[tuple[int, ...], _Shape | None]:
    if field.type == field.TYPE_MESSAGE:
        return (_LENGTH,), _shape(field.message_type)
    if field.type in (field.TYPE_STRING, field.TYPE_BYTES):
        return (_LENGTH,), None
    if field.type == field.TYPE_DOUBLE:
        # The schema has doubles alone or in lists, which may come packed.
        return (_EIGHT_BYTES, _LENGTH), None
    return (_VARINT,), None


_REQUEST = _shape(gym_pb2.Request.DESCRIPTOR)


class Outline:
    """What can be told of a request without believing any of it."""

    __slots__ = ("_left", "bodies", "is_complete", "sequence")

    def __init__(self, data: bytes) -> None:
        self.sequence = 0
        self.bodies = 0
        """How many bodies it has; there should be one."""
        self._left = _MOST_FIELDS
        self.is_complete = self._read(data, 0, len(data), _REQUEST)
        """Whether the bytes are fields from beginning to end, each of the type it should have."""

    @property
    def is_too_much(self) -> bool:
        """Whether there are more fields than any request needs."""
        return self._left < 0

    def _read(self, data: bytes, place: int, end: int, shape: _Shape) -> bool:
        is_outermost = shape is _REQUEST
        while place < end:
            self._left -= 1
            if self._left < 0:
                return False
            key, place = _number(data, place, end)
            field, wire_type = key >> 3, key & 7
            known = shape.get(field)
            if key < 0 or (known is not None and wire_type not in known[0]):
                return False
            start = place
            if wire_type == _LENGTH:
                length, start = _number(data, place, end)
                place = start + length
                if length < 0 or place > end:
                    return False
            elif wire_type == _VARINT:
                value, place = _number(data, place, end)
                if value < 0:
                    return False
                if is_outermost and field == _SEQUENCE:
                    self.sequence = value
            elif wire_type in (_EIGHT_BYTES, _FOUR_BYTES):
                place += 8 if wire_type == _EIGHT_BYTES else 4
                if place > end:
                    return False
            else:
                return False
            if is_outermost and field in _BODIES:
                self.bodies += 1
            if known is not None and known[1] is not None:
                self._left -= _MESSAGE_COST
                if not self._read(data, start, place, known[1]):
                    return False
        return True


def _number(data: bytes, place: int, end: int) -> tuple[int, int]:
    """Read a number of up to ten bytes, seven bits in each, the lowest first; −1 if it is none."""
    if place < end and (byte := data[place]) < 0x80:
        return byte, place + 1
    value = shift = 0
    while place < end and shift < 70:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, place
        shift += 7
    return -1, place
