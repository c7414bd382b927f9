"""No network for a child, twice over: an empty network namespace, and a filter that refuses every socket.

Either is enough for a stranger's model; what a host forbids, the other makes up for. The namespace needs user
namespaces, which some hosts and container runtimes deny; the filter works wherever Linux has seccomp. Both come without
privileges: user_namespaces(7), network_namespaces(7), seccomp(2).
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_PR_SET_SECCOMP, _FILTER = 22, 2
_CAPABILITIES_V3 = 0x2008_0522

# seccomp_data: the call's number, the architecture, the instruction pointer, six arguments.
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_LOAD, _EQUAL, _SET, _RETURN = 0x20, 0x15, 0x45, 0x06  # of classic BPF
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0000
_X32 = 0x4000_0000  # the bit that marks a second set of call numbers on x86-64

# What is refused besides sockets: io_uring opens them unseen by any filter, and the rest reaches into other processes
# of the same user, the worker among them, or undoes what stands here. The numbers are those of the kernel's tables
# (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).
_BOTH = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "pidfd_getfd": 438}
_X86_64 = _BOTH | {
    "socket": 41,
    "ptrace": 101,
    "mount": 165,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "unshare": 272,
    "perf_event_open": 298,
    "setns": 308,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "bpf": 321,
    "userfaultfd": 323,
}
_AARCH64 = _BOTH | {
    "mount": 40,
    "unshare": 97,
    "ptrace": 117,
    "socket": 198,
    "add_key": 217,
    "request_key": 218,
    "keyctl": 219,
    "perf_event_open": 241,
    "setns": 268,
    "process_vm_readv": 270,
    "process_vm_writev": 271,
    "bpf": 280,
    "userfaultfd": 282,
}


@dataclass(frozen=True)
class _Architecture:
    """Its number in the kernel's audit table, and its calls."""

    audit: int
    calls: Mapping[str, int]


_ARCHITECTURES = {
    "x86_64": _Architecture(0xC000_003E, _X86_64),
    "aarch64": _Architecture(0xC000_00B7, _AARCH64),
}


class NoWallError(OSError):
    """Neither wall could be put up."""


class _Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def leave_the_network() -> tuple[str, ...]:
    """Put up what walls the system has; their names. To be called with one thread and no_new_privs.

    Raises:
        NoWallError: on Linux, where there is none at all. Elsewhere nothing is known to try.
    """
    if sys.platform != "linux":
        return ()
    walls = []
    for name, put_up in (("namespace", _namespace), ("filter", _filter)):
        with suppress(OSError):
            put_up()
            walls.append(name)
    with suppress(OSError):
        _drop_capabilities()
    if not walls:
        raise NoWallError("this system allows neither user namespaces nor seccomp filters")
    return tuple(walls)


def _namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare", _CLONE_NEWUSER | _CLONE_NEWNET)
    # Unmapped, the user would be nobody to every library that asks who it is.
    with suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    with suppress(OSError):
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")


def _drop_capabilities() -> None:
    """Who makes a user namespace is all-powerful in it, and root outside is root inside: both end here."""
    header = struct.pack("<Ii", _CAPABILITIES_V3, 0)
    _call("capset", ctypes.c_char_p(header), ctypes.c_char_p(bytes(24)))


def _filter() -> None:
    architecture = _ARCHITECTURES.get(platform.machine())
    if architecture is None:
        raise OSError(errno.ENOSYS, "no filter is known for this architecture")
    code = b"".join(_instructions(architecture))
    program = _Program(len(code) // 8, code)
    _call("prctl", _PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)


def _instructions(architecture: _Architecture) -> list[bytes]:
    """The filter: refuse what comes by another architecture's entry, refuse the calls above, allow the rest."""
    numbers = sorted(architecture.calls.values())
    refuse = len(numbers) + 1  # how far the last instruction is from the first comparison of a number
    return [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_EQUAL, architecture.audit, no=refuse + 2),
        _instruction(_LOAD, _NUMBER_AT),
        _instruction(_SET, _X32, yes=refuse),
        *(_instruction(_EQUAL, number, yes=refuse - 1 - index) for index, number in enumerate(numbers)),
        _instruction(_RETURN, _ALLOW),
        _instruction(_RETURN, _REFUSE | errno.EACCES),
    ]


def _instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """struct sock_filter: what to do, how far to jump where it holds and where not, and the value."""
    return struct.pack("<HBBI", code, yes, no, value)


def _call(name: str, *arguments: object) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
