"""Template functions as data: a Go signature and an implementation.

Go checks arguments against the function's static types before the call, and those errors are part of what users see
(``wrong type for value; expected int; got float64``), so every function carries its signature.

Grammar of a signature: ``"int,string->string"``; parameter types separated by commas, ``...T`` for a variadic last one,
``->`` and the result type (an additional Go error result is not written: implementations raise
``golang.kinds.GoError``). Types are Go's names as `%T` prints them (``interface {}`` is written ``any``,
``map[string]interface {}`` ``map``, ``[]interface {}`` ``[]any``); also ``value`` for a parameter of type
reflect.Value (takes anything, also invalid values).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Function"]


class Function:
    """One template function.

    name: as templates call it (used in error texts).
    implementation: takes the converted arguments positionally (variadic ones too), returns a value of golang.kinds,
        raises GoError for what Go returns as an error or panics with.
    parameters: Go type names without the variadic one; variadic: its element type, or "" for none; result: Go type.
    """

    __slots__ = ("implementation", "name", "parameters", "result", "variadic")

    def __init__(self, name: str, signature: str, implementation: Callable[..., Any]) -> None:
        inputs, _, result = signature.partition("->")
        types = [t for t in inputs.split(",") if t]
        self.name = name
        self.implementation = implementation
        self.variadic = types.pop()[3:] if types and types[-1].startswith("...") else ""
        self.parameters = tuple(types)
        self.result = result
