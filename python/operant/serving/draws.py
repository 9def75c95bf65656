"""What is drawn for a trial: a pure function of the seed, the lane and the trial's number.

The words are those of Philox 4×64-10 with the key (seed, stream) and the counter (block, step,
trial, lane); `docs/protocol.md` has it in full.
"""

import numpy as np

_WORD = (1 << 64) - 1


def stream(name: str) -> int:
    """Return the key of the numbers that are drawn for a purpose: its name's FNV-1a hash."""
    key = 0xCBF2_9CE4_8422_2325
    for byte in name.encode():
        key = (key ^ byte) * 0x100_0000_01B3 & _WORD
    return key


_TRIAL = stream("trial")
_CONDITION = stream("condition")


def trial_seed(seed: int, lane: int, trial: int) -> int:
    """Return the seed that an environment is reset with for a trial, 0 to 2³¹ − 1.

    It has the upper 31 bits of the first word, so that generators of any make take it.
    """
    return int(_words(seed, _TRIAL, lane, trial).random_raw()) >> 33


def condition(seed: int, lane: int, trial: int, count: int) -> int:
    """Draw one of `count` conditions, without bias, as Operant's own server draws it.

    (Lemire, *ACM Trans. Model. Comput. Simul.* 29, 2019.)
    """
    words = _words(seed, _CONDITION, lane, trial)
    product = int(words.random_raw()) * count
    if product & _WORD < count:
        threshold = (1 << 64) % count
        while product & _WORD < threshold:
            product = int(words.random_raw()) * count
    return product >> 64


def _words(seed: int, key: int, lane: int, trial: int) -> np.random.Philox:
    return np.random.Philox(
        key=np.array([seed, key], np.uint64),
        counter=np.array([0, 0, trial, lane & _WORD], np.uint64),
    )
