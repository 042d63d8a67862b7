"""Options as Helm's command line reads them: a table of flags and the parser over it.

Grammar, after spf13/pflag v1.0.10 (``flag.go``: ``parseArgs``, ``parseLongArg``, ``parseSingleShortArg``)::

    argument  = "--" | long | cluster | word
    long      = "--" name [ "=" value ]          without "=", the next argument is the value
    cluster   = "-" letter… [ "=" value | value ]

A flag with a bare value (``NoOptDefVal``) never takes the next argument. Words and flags may be mixed; ``--`` ends the
flags; names are never abbreviated. Error texts are pflag's (``errors.go``); a value's own error comes from
``flag_kinds``.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from charthouse.settings import Settings

__all__ = ["Flag", "FlagSet", "FromSettings", "UsageError"]


class UsageError(CharthouseError):
    """The command line cannot be read, in the words of pflag or cobra."""


class FromSettings(str):
    """A default that is a field of ``settings.Settings``, by its name."""

    __slots__ = ()


class Flag:
    """One option.

    kind: a name of ``flag_kinds.KINDS`` (pflag's type names). default: a value of that kind, as commands see it.
    bare: the text used when the flag stands without a value ("" = it needs one). variable: the name under which the
    value is kept (several flags may share one). deprecated: what to use instead; such a flag is hidden as well.

    """

    __slots__ = ("bare", "default", "deprecated", "hidden", "kind", "name", "short", "usage", "variable")

    def __init__(
        self,
        name: str,
        kind: str,
        usage: str,
        *,
        default: Any = None,
        short: str = "",
        bare: str = "",
        hidden: bool = False,
        deprecated: str = "",
        variable: str = "",
    ) -> None:
        self.name = name
        self.kind = kind
        self.usage = usage
        self.default = default
        self.short = short
        self.bare = bare or ("true" if kind in ("bool", "goBool") else "")
        self.hidden = hidden or bool(deprecated)
        self.deprecated = deprecated
        self.variable = variable or name


class FlagSet:
    """Flags, their values, and which were given.

    values: variable → value; changed: names given on the command line; warnings: lines about deprecated flags;
    notices: what is logged about values. settings: where defaults come from that the environment decides.
    """

    __slots__ = ("_assigned", "changed", "flags", "notices", "settings", "shorts", "values", "warnings")

    def __init__(self, *groups: Iterable[Flag], settings: Settings | None = None) -> None:
        self.settings = settings
        self.flags: dict[str, Flag] = {}
        self.shorts: dict[str, Flag] = {}
        self.values: dict[str, Any] = {}
        self.changed: set[str] = set()
        self.warnings: list[str] = []
        self.notices: list[str] = []
        self._assigned: set[str] = set()
        for group in groups:
            self.add(group)

    def add(self, flags: Iterable[Flag]) -> None:
        """Add flags; a name that is there already keeps its meaning (a command's flag hides a global one)."""
        mine, shorts, values = self.flags, self.shorts, self.values
        for flag in flags:
            if flag.name in mine:
                continue
            mine[flag.name] = flag
            if type(flag.default) is FromSettings:
                flag.default = getattr(self.settings, flag.default)
            if flag.short and flag.short not in shorts:
                shorts[flag.short] = flag
            if flag.variable not in values:
                values[flag.variable] = _zero(flag) if flag.default is None else flag.default

    def __getitem__(self, variable: str) -> Any:
        return self.values[variable]

    def parse(self, arguments: Sequence[str], *, lenient: bool = False) -> list[str]:
        """Read `arguments`, return the words. lenient: unknown flags are skipped (Helm's first look at its globals).

        Raises UsageError at the first mistake; values read before it stay.
        """
        words: list[str] = []
        rest = list(arguments)
        rest.reverse()
        while rest:
            argument = rest.pop()
            if len(argument) < 2 or argument[0] != "-":
                words.append(argument)
            elif argument == "--":
                rest.reverse()
                words += rest
                break
            elif argument[1] == "-":
                self._long(argument, rest, lenient)
            else:
                self._cluster(argument[1:], rest, lenient)
        return words

    def _long(self, argument: str, rest: list[str], lenient: bool) -> None:
        name, equals, value = argument[2:].partition("=")
        if not name or name[0] == "-":
            raise UsageError(f"bad flag syntax: {argument}")
        flag = self.flags.get(name)
        if flag is None:
            if not lenient or name == "help":  # where pflag's first look ends
                raise UsageError(f"unknown flag: --{name}")
            if not equals:
                _skip_value(rest)
            return
        if not equals:
            if flag.bare:
                value = flag.bare
            elif rest:
                value = rest.pop()
            else:
                raise UsageError(f"flag needs an argument: --{name}")
        self.assign(flag, value)

    def _cluster(self, letters: str, rest: list[str], lenient: bool) -> None:
        while letters:
            letter, tail = letters[0], letters[1:]
            flag = self.shorts.get(letter)
            if flag is None:
                if not lenient or letter == "h":
                    from charthouse.cli.flag_kinds import quote_rune

                    raise UsageError(f"unknown shorthand flag: {quote_rune(letter)} in -{letters}")
                if len(tail) > 1 and tail[0] == "=":
                    return
                _skip_value(rest)
                letters = tail
                continue
            if len(tail) > 1 and tail[0] == "=":
                value, tail = tail[1:], ""
            elif flag.bare:
                value = flag.bare
            elif tail:
                value, tail = tail, ""
            elif rest:
                value = rest.pop()
            else:
                raise UsageError(f"flag needs an argument: '{letter}' in -{letters}")
            self.assign(flag, value)
            letters = tail

    def assign(self, flag: Flag, text: str) -> None:
        """Give a flag a value from text. Raises UsageError (`invalid argument …`)."""
        variable = flag.variable
        if flag.kind == "string" or (flag.kind == "bool" and text == "true"):  # the common case, without the parsers
            self._keep(flag, text if flag.kind == "string" else True)
            return
        from charthouse.cli.flag_kinds import KINDS, WAIT_WARNINGS, quote

        try:
            before = self.values[variable] if variable in self._assigned else None
            if flag.kind == "postRendererString":
                from charthouse.cli.post_renderer import check

                value = check(text, before, self.settings)
            else:
                value = KINDS[flag.kind](text, before)
        except ValueError as error:
            label = f"-{flag.short}, --{flag.name}" if flag.short else f"--{flag.name}"
            raise UsageError(f'invalid argument {quote(text)} for "{label}" flag: {error}') from None
        if flag.kind == "WaitStrategy" and text in WAIT_WARNINGS:
            self.notices.append(WAIT_WARNINGS[text])
        self._keep(flag, value)

    def _keep(self, flag: Flag, value: Any) -> None:
        self.values[flag.variable] = value
        self._assigned.add(flag.variable)
        self.changed.add(flag.name)
        if flag.deprecated:
            self.warnings.append(f"Flag --{flag.name} has been deprecated, {flag.deprecated}\n")


def _skip_value(rest: list[str]) -> None:
    if rest and not rest[-1].startswith("-"):
        rest.pop()


_ZEROS = {
    "bool": False,
    "int": 0,
    "uint": 0,
    "float32": 0.0,
    "duration": 0,
    "stringArray": (),
    "stringSlice": (),
    "stringToString": (),
    "postRendererArgsSlice": (),
}


def _zero(flag: Flag) -> Any:
    return _ZEROS.get(flag.kind, "")
