"""Becomes one program as another user; run as `python -I -S launch.py PARENT UID GID PROGRAM ARGUMENT…`.

A script of its own, because code between fork and exec is not safe in a process that has threads, and
because the kernel forgets the death signal when a process changes its user: it must be asked for last.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Drop to UID and GID (below 0: stay), tie the life to PARENT's thread where Linux can, and exec."""
    parent, uid, gid = (int(argument) for argument in sys.argv[1:4])
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(0o077)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        sys.exit("the process that asked for it has ended")
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606 - becoming that program is the purpose


if __name__ == "__main__":
    main()
