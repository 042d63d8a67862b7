"""Log records as Go's ``log/slog`` text handler writes them, on standard error.

Rules: log/slog ``text_handler.go`` (``needsQuoting``, ``appendTextValue``); Helm 4.3.1 ``internal/logging`` leaves the
time out and drops DEBUG unless ``--debug`` is on.
"""

from __future__ import annotations

from charthouse.logs import DEBUG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.logs import Log, LogRecord

__all__ = ["line", "logger"]

_PLAIN = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('"=')


def _value(value: object) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    if value is None:
        return "<nil>"
    if isinstance(value, bytes):
        from charthouse.cli.flag_kinds import quote

        return quote(value.decode("utf-8", "surrogateescape"))
    if isinstance(value, (list, tuple)):
        return _text("[" + " ".join(map(str, value)) + "]")
    return _text(str(value))


def _text(text: str) -> str:
    if text and _PLAIN.issuperset(text):
        return text
    if text and not any(c in ' "=' or c == "\ufffd" or not c.isprintable() for c in text):
        return text
    from charthouse.cli.flag_kinds import quote

    return quote(text)


def line(record: LogRecord) -> str:
    """One record as one line, without the line end."""
    pairs = [f"{_text(key)}={_value(value)}" for key, value in record.attributes.items()]
    return " ".join((f"level={record.level}", f"msg={_text(record.message)}", *pairs))


def logger(write: Callable[[str], object], *, debug: bool) -> Log:
    """A Log that writes lines; of a URN it writes but once, as Helm does in one run."""
    urns: set[object] = set()

    def log(record: LogRecord, /) -> None:
        if "urn" in record.attributes:
            if record.attributes["urn"] in urns:
                return
            urns.add(record.attributes["urn"])
        if debug or record.level != DEBUG:
            write(line(record) + "\n")

    return log
