"""A render that says of every character which statement of which template wrote it, and of which values.

Asked for by `explain` and by hints for errors in rendered text; the renders that must be fast share nothing with it but
the functions templates call, so it costs nothing when not asked for.

``trace`` renders; its ``Trace`` has a ``Text`` (``segments``) for each file::

    traced = trace(chart, top)                      # what engine.render takes
    for segment in traced.files["mychart/templates/x.yaml"].line(7):
        segment.frame.chain()                       # innermost template line first, then who called it
        segment.reads                               # (("Values", "image", "tag"), …), root chart's coordinates

A read whose last step is a ``Key`` is of that key itself, as in `range $key, $value := .Values.labels`.

Random functions and the clock give other values in each render, so compare with a trace's own text.
"""

from __future__ import annotations

from charthouse.engine.trace.knowledge import Key
from charthouse.engine.trace.segments import Condition, Frame, Segment, Text
from charthouse.engine.trace.tracing import Failure, Trace, trace

__all__ = ["Condition", "Failure", "Frame", "Key", "Segment", "Text", "Trace", "trace"]
