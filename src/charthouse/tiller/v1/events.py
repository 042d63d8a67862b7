"""What operations tell as messages, and back into the hands that direct mode tells the same things.

A handler's events come from ``operations.Event``; ``tell`` gives a message to whoever listens at the client: log, hint,
progress, hook output.
"""

from __future__ import annotations

from charthouse.actions.ports import Progress
from charthouse.logs import LogRecord
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.releases import put_time
from charthouse.tiller.v1.structs import from_value, put_value, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from charthouse.actions.environment import HookOutput
    from charthouse.logs import Log
    from charthouse.tiller.operations import Event

__all__ = ["log_line", "log_lines", "log_record", "tell", "to_message"]


def to_message(event: Event, result: Callable[[Any], messages.Result]) -> messages.Event | None:
    """An event as a message; None for one that has none (how it failed is told by the end of the call).

    result: makes the message of what the verb returned.
    """
    out = messages.Event(number=event.number)
    put_time(out.time, event.time)
    kind, value = event.kind, event.value
    if kind == "progress":
        out.progress.CopyFrom(_progress(value))
    elif kind == "log":
        out.log.CopyFrom(log_line(value))
    elif kind == "hint":
        out.hint = text(value)
    elif kind == "output":
        namespace, pod, container, said = value
        out.output.CopyFrom(
            messages.HookOutput(namespace=text(namespace), pod=text(pod), container=text(container), text=text(said))
        )
    elif kind == "plan":
        out.plan.CopyFrom(value)
    elif kind == "instead":
        out.instead = value
    elif kind == "dropped":
        out.dropped = value
    elif kind == "result":
        out.result.CopyFrom(result(value))
    else:
        return None
    return out


def tell(
    event: messages.Event,
    *,
    log: Log,
    hint: Callable[[str], None],
    progress: Callable[[Progress], None],
    hook_output: HookOutput,
) -> None:
    """Hand on what an event tells of the work; plans and ends are the caller's."""
    kind = event.WhichOneof("what")
    if kind == "progress":
        p = event.progress
        progress(Progress(p.phase, p.subject, p.state, p.message, p.done, p.total))
    elif kind == "log":
        log(log_record(event.log))
    elif kind == "hint":
        hint(event.hint)
    elif kind == "output":
        hook_output(event.output.namespace, event.output.pod, event.output.container, event.output.text)


def log_line(record: LogRecord) -> messages.LogLine:
    """A line of log; attributes keep their kinds as far as JSON has them, integers as far as floats hold them."""
    out = messages.LogLine(level=record.level, message=text(record.message))
    for name, value in record.attributes.items():
        if isinstance(value, bytes):
            value = value.decode("utf-8", "surrogateescape")
        put_value(out.attributes.add(name=text(name)).value, value)
    return out


def log_lines(records: Iterable[LogRecord]) -> list[messages.LogLine]:
    """Lines of log, in their order."""
    return [log_line(record) for record in records]


def log_record(line: messages.LogLine) -> LogRecord:
    """A line of log, back; whole numbers become integers again."""
    attributes = {entry.name: _whole(from_value(entry.value)) for entry in line.attributes}
    return LogRecord(line.level, line.message, **attributes)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _progress(progress: Progress) -> messages.Progress:
    return messages.Progress(
        phase=text(progress.phase),
        subject=text(progress.subject),
        state=text(progress.state),
        message=text(progress.message),
        done=progress.done,
        total=progress.total,
    )
