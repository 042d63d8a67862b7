"""Calling a function: the number of its arguments, the value a pipeline hands it, its errors.

Rules: text/template/exec.go ``evalCall`` of Go 1.27. Arguments are evaluated outside the net that catches the
function's errors, so that theirs keep their own position.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError
from charthouse.gotemplate.arguments import WrongType, exact_type, validated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.gotemplate.functions import Function
    from charthouse.gotemplate.variables import Command, Expression, Frame, Raiser

__all__ = ["CAUGHT", "checked_final", "invocation", "wrong_count"]

CAUGHT = (GoError, CharthouseError)


def wrong_count(function: Function, name: str, given: int, has_final: bool) -> str:
    fixed = len(function.parameters)
    total = given + has_final
    if function.variadic:
        return f"wrong number of args for {name}: want at least {fixed} got {given}" if total < fixed else ""
    return f"wrong number of args for {name}: want {fixed} got {total}" if total != fixed else ""


def checked_final(value: object, type_name: str, frame: Frame, raise_at: Raiser) -> object:
    try:
        return validated(value, type_name)
    except WrongType as error:
        return raise_at(frame, str(error))


def invocation(
    implementation: Callable[..., object],
    values: list[Expression],
    final: str,
    raise_at: Raiser,
    report: Callable[[Exception], object],
) -> Command:
    """The call itself, by number of arguments; arguments are evaluated outside the net that catches the function's
    errors.
    """
    count = len(values)
    if final:
        return _piped(implementation, values, final, raise_at, report)
    if count == 0:

        def call0(dot: object, frame: Frame) -> object:
            try:
                return implementation()
            except CAUGHT as error:
                return report(error)

        return call0
    first = values[0]
    if count == 1:

        def call1(dot: object, frame: Frame) -> object:
            a = first(dot, frame)
            try:
                return implementation(a)
            except CAUGHT as error:
                return report(error)

        return call1
    second = values[1]
    if count == 2:

        def call2(dot: object, frame: Frame) -> object:
            a = first(dot, frame)
            b = second(dot, frame)
            try:
                return implementation(a, b)
            except CAUGHT as error:
                return report(error)

        return call2

    def call_many(dot: object, frame: Frame) -> object:
        arguments = [value(dot, frame) for value in values]
        try:
            return implementation(*arguments)
        except CAUGHT as error:
            return report(error)

    return call_many


def _piped(
    implementation: Callable[..., object],
    values: list[Expression],
    final: str,
    raise_at: Raiser,
    report: Callable[[Exception], object],
) -> Command:
    exact = exact_type(final)
    count = len(values)
    if count == 0:

        def piped0(dot: object, frame: Frame, z: object) -> object:
            if type(z) is not exact:
                z = checked_final(z, final, frame, raise_at)
            try:
                return implementation(z)
            except CAUGHT as error:
                return report(error)

        return piped0
    first = values[0]
    if count == 1:

        def piped1(dot: object, frame: Frame, z: object) -> object:
            a = first(dot, frame)
            if type(z) is not exact:
                z = checked_final(z, final, frame, raise_at)
            try:
                return implementation(a, z)
            except CAUGHT as error:
                return report(error)

        return piped1

    def piped_many(dot: object, frame: Frame, z: object) -> object:
        arguments = [value(dot, frame) for value in values]
        arguments.append(checked_final(z, final, frame, raise_at))
        try:
            return implementation(*arguments)
        except CAUGHT as error:
            return report(error)

    return piped_many
