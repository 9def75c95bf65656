"""What is drawn for a trial: a pure function of the seed, the lane and the trial's number.

The words are those of Philox 4×64-10 (Salmon et al., *SC '11*) with the key (seed, stream) and the
counter (block, step, trial, lane); `docs/protocol.md` has it in full. NumPy has them too, behind a
constructor that takes ten times as long.
"""

from collections.abc import Iterator

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
    return next(_words(seed, _TRIAL, lane, trial)) >> 33


def condition(seed: int, lane: int, trial: int, count: int) -> int:
    """Draw one of `count` conditions, without bias, as Operant's own server draws it.

    (Lemire, *ACM Trans. Model. Comput. Simul.* 29, 2019.)
    """
    words = _words(seed, _CONDITION, lane, trial)
    product = next(words) * count
    if product & _WORD < count:
        threshold = (1 << 64) % count
        while product & _WORD < threshold:
            product = next(words) * count
    return product >> 64


def _words(seed: int, key: int, lane: int, trial: int) -> Iterator[int]:
    block = 0
    while True:
        block += 1
        yield from _philox(block, 0, trial, lane, seed, key)


def _philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    for _ in range(10):
        first, second = 0xD2E7_470E_E14C_6C93 * c0, 0xCA5A_8263_9512_1157 * c2
        c0, c1 = second >> 64 ^ c1 ^ k0, second & _WORD
        c2, c3 = first >> 64 ^ c3 ^ k1, first & _WORD
        k0, k1 = k0 + 0x9E37_79B9_7F4A_7C15 & _WORD, k1 + 0xBB67_AE85_84CA_A73B & _WORD
    return c0, c1, c2, c3
