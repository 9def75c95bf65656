"""Who may change what lies in a folder of keys: its owner and root, and nobody else.

The same holds for every folder above it, as sshd asks by its `StrictModes`: who may write to one of
them can put another folder in the place of the one below. Above the folder itself a sticky bit will
do, as `/tmp` has it, because it keeps people from moving what is not theirs.
"""

import contextlib
import os
import stat
from pathlib import Path

from operant.errors import KeyFileOpenError


def doubt(folder: Path, status: os.stat_result) -> KeyFileOpenError | None:
    """Return what keeps a folder from being trusted with keys; None if nothing does.

    Args:
        folder: The folder.
        status: What `stat` says of it.

    Raises:
        OSError: It can't be looked into.

    """
    if not _is_own(status):
        return _foreign(folder, status)
    if status.st_mode & 0o022:
        return KeyFileOpenError(
            f"others can put keys into {folder} (mode {_mode(status)}); run: chmod go-w {folder}"
        )
    below = folder.resolve(strict=True)
    for parent in below.parents:
        status = parent.stat()
        if not _is_own(status):
            return _foreign(parent, status)
        if status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
            return KeyFileOpenError(
                f"others can write to {parent} (mode {_mode(status)}) and put another folder in "
                f"the place of {below}, which leads to the keys; run: chmod go-w {parent}, or keep "
                "the keys where only you can write"
            )
        below = parent
    return None


def _foreign(folder: Path, status: os.stat_result) -> KeyFileOpenError:
    owner, user = status.st_uid, os.geteuid()
    return KeyFileOpenError(
        f"{folder} belongs to user {owner}, who could let in anybody; the folder of keys and all "
        f"above it have to belong to root{f' or to user {user}' if user else ''}, as whom this "
        f"runs: run it as user {owner}, or make a folder of keys of your own by 'operant-server "
        "keygen --folder FOLDER'"
    )


def _mode(status: os.stat_result) -> str:
    return f"{status.st_mode & 0o777:o}"


def _is_own(status: os.stat_result) -> bool:
    return status.st_uid in (0, os.geteuid(), _STRANDED)


# MARK: name spaces of users


def stranded_user(user_map: str, number: str) -> int | None:
    """Return under which number a name space shows users without one.

    None where all have one, or root has.

    Containers without root, as clusters have them, show even root so. Its folders have to be
    trusted there, and nobody can tell them from other people's.

    Args:
        user_map: Lines of three numbers: the first user inside, the same one outside, how many
            follow.
        number: What stands for the others; 65534 if it can't be read.

    """
    stands_for_others = int(number) if number.strip().isdecimal() else 65534
    lines = [[int(word) for word in line.split()] for line in user_map.splitlines()]
    is_told = any(
        0 <= stands_for_others - inside < count or (outside == 0 and count > 0)
        for inside, outside, count in lines
    )
    if is_told or not lines:
        return None
    return stands_for_others


def _text(path: str) -> str:
    """Return a file of the system's; nothing if there is none."""
    with contextlib.suppress(OSError):
        return Path(path).read_text(encoding="ascii")
    return ""


_STRANDED = stranded_user(_text("/proc/self/uid_map"), _text("/proc/sys/kernel/overflowuid"))
