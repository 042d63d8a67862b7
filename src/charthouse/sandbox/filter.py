"""The filter as a program of the kernel's: classic BPF over the number and the arguments of a system call.

Source: Linux Documentation/userspace-api/seccomp_filter.rst, include/uapi/linux/{seccomp,bpf_common,filter}.h. The
program is data, so it can be looked at and run in tests without being put on (``decide``).
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.sandbox.syscalls import Machine

    Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand

__all__ = ["ALLOW", "KILL", "REFUSE", "assembled", "decide", "program"]

ALLOW = 0x7FFF0000
KILL = 0x80000000
"""The whole process, by SIGSYS."""
REFUSE = 0x00050000 | 1
"""The call fails with EPERM."""

_LOAD, _EQUAL, _ABOVE_OR_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _PROTECTION = 0, 4, 32  # offsets in struct seccomp_data; the last: low half of argument 2
_EXECUTABLE = 4  # PROT_EXEC


def program(machine: Machine) -> list[Instruction]:
    """The instructions for one architecture (little end first)."""
    out: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine.most:
        out += [(_ABOVE_OR_EQUAL, 0, 1, machine.most), (_RETURN, 0, 0, KILL)]
    for number in machine.allowed:
        out += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, ALLOW)]
    for number in machine.fatal:
        out += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, KILL)]
    for number in machine.mapping:
        out += [
            (_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, _PROTECTION),
            (_ANY_BIT, 0, 1, _EXECUTABLE),
            (_RETURN, 0, 0, REFUSE),
            (_RETURN, 0, 0, ALLOW),
        ]
    out.append((_RETURN, 0, 0, REFUSE))
    return out


def assembled(instructions: Sequence[Instruction]) -> bytes:
    """An array of struct sock_filter."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


def decide(instructions: Sequence[Instruction], architecture: int, number: int, arguments: Sequence[int] = ()) -> int:
    """What the kernel would answer: ALLOW, KILL or REFUSE."""
    six = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<iIQ6Q", number, architecture, 0, *six)
    at, register = 0, 0
    while True:
        code, when_true, when_false, operand = instructions[at]
        at += 1
        if code == _RETURN:
            return operand
        if code == _LOAD:
            register = int.from_bytes(data[operand : operand + 4], "little")
            continue
        holds = (
            register == operand if code == _EQUAL
            else register >= operand if code == _ABOVE_OR_EQUAL
            else bool(register & operand)
        )  # fmt: skip
        at += when_true if holds else when_false
