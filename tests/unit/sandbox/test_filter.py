"""The filter's program, run without putting it on."""

from __future__ import annotations

import pytest

from charthouse.sandbox.filter import ALLOW, KILL, REFUSE, assembled, decide, program
from charthouse.sandbox.syscalls import MACHINES

X86, ARM = MACHINES["x86_64"], MACHINES["aarch64"]
READ, WRITE, EXEC = 1, 2, 4


@pytest.mark.parametrize(
    ("name", "number", "verdict"),
    [
        ("x86_64", 0, ALLOW),  # read
        ("x86_64", 202, ALLOW),  # futex
        ("x86_64", 2, REFUSE),  # open
        ("x86_64", 257, REFUSE),  # openat
        ("x86_64", 157, REFUSE),  # prctl
        ("x86_64", 302, REFUSE),  # prlimit64
        ("x86_64", 317, REFUSE),  # seccomp
        ("x86_64", 41, KILL),  # socket
        ("x86_64", 42, KILL),  # connect
        ("x86_64", 59, KILL),  # execve
        ("x86_64", 57, KILL),  # fork
        ("x86_64", 56, REFUSE),  # clone
        ("x86_64", 101, KILL),  # ptrace
        ("x86_64", 310, KILL),  # process_vm_readv
        ("x86_64", 62, KILL),  # kill
        ("x86_64", 0x40000000, KILL),  # read, as x32 calls it
        ("aarch64", 63, ALLOW),  # read
        ("aarch64", 56, REFUSE),  # openat
        ("aarch64", 198, KILL),  # socket
        ("aarch64", 221, KILL),  # execve
        ("aarch64", 220, REFUSE),  # clone
        ("aarch64", 117, KILL),  # ptrace
    ],
)
def test_verdicts(name: str, number: int, verdict: int) -> None:
    machine = MACHINES[name]
    assert decide(program(machine), machine.audit, number) == verdict


def test_memory_is_never_executable() -> None:
    for found in (X86, ARM):
        code = program(found)
        for number in found.mapping:
            assert decide(code, found.audit, number, (0, 4096, READ | WRITE)) == ALLOW
            assert decide(code, found.audit, number, (0, 4096, READ | EXEC)) == REFUSE


def test_another_architecture_is_the_end() -> None:
    assert decide(program(X86), ARM.audit, 63) == KILL
    assert decide(program(X86), 0x40000003, 11) == KILL  # i386's execve
    assert decide(program(ARM), X86.audit, 0) == KILL


def test_what_is_allowed_is_all_that_is_allowed() -> None:
    for machine in (X86, ARM):
        code = program(machine)
        allowed = [number for number in range(600) if decide(code, machine.audit, number) == ALLOW]
        assert allowed == sorted({*machine.allowed, *machine.mapping})
        assert not set(machine.allowed) & set(machine.fatal)


def test_the_program_fits_the_kernel() -> None:
    for machine in (X86, ARM):
        assert len(program(machine)) < 4096
        assert len(assembled(program(machine))) == 8 * len(program(machine))
