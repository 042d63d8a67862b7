"""Rules for charts, one subject a file below ``rules``, and the report they give."""

from __future__ import annotations

from charthouse.lint.report import ERROR, INFO, WARNING, Message, Report
from charthouse.lint.run import run

__all__ = ["ERROR", "INFO", "WARNING", "Message", "Report", "run"]
