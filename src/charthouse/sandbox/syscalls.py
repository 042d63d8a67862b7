"""System calls by number: what a worker may do, and what ends it at once.

``ALLOWED`` is what CPython needs to compute: memory, locks, clocks, randomness, and reading and writing the descriptors
it has. ``FATAL`` is what only an attack would try. Everything else (opening a file, asking for a limit) fails with
EPERM, which libraries take as they take a file that is not there; a new process or thread, too, is refused so, since
some of our own code makes threads where it can.

Source of the numbers: Linux 6.12 arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h (arm64 uses
that table); of the architectures' names: include/uapi/linux/audit.h.
"""

from __future__ import annotations

from charthouse.records import Record

__all__ = ["MACHINES", "Machine"]

_ALLOWED = (
    "read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn sched_yield mremap "
    "madvise nanosleep getpid exit gettimeofday sigaltstack gettid futex sched_getaffinity restart_syscall "
    "clock_gettime clock_getres clock_nanosleep exit_group set_robust_list getrandom membarrier rseq"
)
_FATAL = (
    "execve execveat ptrace process_vm_readv process_vm_writev socket socketpair connect bind accept "
    "accept4 listen sendto sendmsg sendmmsg recvfrom recvmsg kill tkill pidfd_open pidfd_send_signal pidfd_getfd "
    "io_uring_setup bpf perf_event_open userfaultfd memfd_create mount umount2 unshare setns keyctl add_key "
    "request_key init_module finit_module kexec_load shmget"
)

_X86_64 = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
    "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sched_yield": 24, "mremap": 25, "madvise": 28,
    "shmget": 29, "nanosleep": 35, "getpid": 39, "socket": 41, "connect": 42, "accept": 43, "sendto": 44,
    "recvfrom": 45, "sendmsg": 46, "recvmsg": 47, "bind": 49, "listen": 50, "socketpair": 53, "clone": 56, "fork": 57,
    "vfork": 58, "execve": 59, "exit": 60, "kill": 62, "gettimeofday": 96, "ptrace": 101, "sigaltstack": 131,
    "mount": 165, "umount2": 166, "init_module": 175, "gettid": 186, "tkill": 200, "time": 201, "futex": 202,
    "sched_getaffinity": 204, "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229,
    "clock_nanosleep": 230, "exit_group": 231, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250,
    "unshare": 272, "set_robust_list": 273, "accept4": 288, "perf_event_open": 298, "sendmmsg": 307, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313, "getrandom": 318, "memfd_create": 319,
    "bpf": 321, "execveat": 322, "userfaultfd": 323, "membarrier": 324, "rseq": 334, "pidfd_send_signal": 424,
    "io_uring_setup": 425, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438,
}  # fmt: skip
_AARCH64 = {
    "umount2": 39, "mount": 40, "close": 57, "lseek": 62, "read": 63, "write": 64, "fstat": 80, "exit": 93,
    "exit_group": 94, "unshare": 97, "futex": 98, "set_robust_list": 99, "nanosleep": 101, "kexec_load": 104,
    "init_module": 105, "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "ptrace": 117,
    "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "kill": 129, "tkill": 130,
    "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "gettimeofday": 169,
    "getpid": 172, "gettid": 178, "shmget": 194, "socket": 198, "socketpair": 199, "bind": 200, "listen": 201,
    "accept": 202, "connect": 203, "sendto": 206, "recvfrom": 207, "sendmsg": 211, "recvmsg": 212, "brk": 214,
    "munmap": 215, "mremap": 216, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220, "execve": 221,
    "mmap": 222, "mprotect": 226, "madvise": 233, "perf_event_open": 241, "accept4": 242, "setns": 268,
    "sendmmsg": 269, "process_vm_readv": 270, "process_vm_writev": 271, "finit_module": 273, "getrandom": 278,
    "memfd_create": 279, "bpf": 280, "execveat": 281, "userfaultfd": 282, "membarrier": 283, "rseq": 293,
    "pidfd_send_signal": 424, "io_uring_setup": 425, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438,
}  # fmt: skip


class Machine(Record):
    """One processor architecture. audit: its name in the filter's data; seccomp: the number of seccomp(2); allowed,
    fatal: numbers; mapping: those of mmap and mprotect, which are allowed without PROT_EXEC; most: numbers above it
    belong to another calling convention (x32), 0 = there is none."""

    audit: int
    seccomp: int
    allowed: tuple[int, ...]
    fatal: tuple[int, ...]
    mapping: tuple[int, ...]
    most: int = 0


def _machine(audit: int, seccomp: int, table: dict[str, int], more: str, fatal: str, most: int) -> Machine:
    mapping = (table["mmap"], table["mprotect"])
    allowed = [table[name] for name in f"{_ALLOWED} {more}".split()]
    return Machine(
        audit,
        seccomp,
        tuple(sorted(set(allowed) - set(mapping))),
        tuple(sorted(table[name] for name in f"{_FATAL} {fatal}".split())),
        mapping,
        most,
    )


MACHINES: dict[str, Machine] = {
    "x86_64": _machine(0xC000003E, 317, _X86_64, "time", "fork vfork", 0x40000000),
    "aarch64": _machine(0xC00000B7, 277, _AARCH64, "", "", 0),
}
"""By the name `uname -m` gives them."""
