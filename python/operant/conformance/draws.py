"""Which condition a trial has, drawn as docs/protocol.md says that every server draws it."""

import numpy as np

_ALL = (1 << 64) - 1


def stream_key(name: str) -> int:
    """Return the 64-bit FNV-1a hash of a stream's name."""
    key = 0xCBF2_9CE4_8422_2325
    for byte in name.encode():
        key = (key ^ byte) * 0x100_0000_01B3 & _ALL
    return key


def condition(seed: int, lane: int, trial: int, count: int) -> int:
    """Return the number of the condition, of `count`, that a trial of a lane has under a seed."""
    # Lists of numbers beyond 2⁶³ would be taken for floats.
    words = np.random.Philox(
        key=np.array([seed, stream_key("condition")], np.uint64),
        counter=np.array([0, 0, trial, lane], np.uint64),
    )
    # Lemire's method: the upper half of a product is uniform once the lower ones that come too
    # often are left out.
    surplus = (1 << 64) % count
    while True:
        product = int(words.random_raw()) * count
        if product & _ALL >= surplus:
            return product >> 64
