"""Cron schedules: five fields or `@hourly` and the like → the next time they are due (UTC).

Rules: github.com/robfig/cron v3 as batch/v1 CronJob uses it: lists, ranges, steps, names of months and days; when both
days are restricted either one will do.
"""

from __future__ import annotations

import calendar
import time

__all__ = ["next_run"]

NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name}
DAYS = {name: i for i, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
YEAR_OF_MINUTES = 366 * 24 * 60


def next_run(schedule: str, after: int) -> int | None:
    """The first due minute after Unix time `after`; None: none in a year, or the schedule is not understood."""
    fields = NAMED.get(schedule.strip(), schedule).split()
    if len(fields) != 5:
        return None
    try:
        minutes, hours, days, months, weekdays = (_values(f, i) for i, f in enumerate(fields))
    except ValueError:
        return None
    either = fields[2][0] not in "*?" and fields[4][0] not in "*?"
    at = after - after % 60 + 60
    end = at + YEAR_OF_MINUTES * 60
    while at < end:
        then = time.gmtime(at)
        weekday = (then.tm_wday + 1) % 7
        in_days, in_week = then.tm_mday in days, weekday in weekdays
        if then.tm_mon not in months or not (in_days or in_week if either else in_days and in_week):
            at += 86400 - (then.tm_hour * 3600 + then.tm_min * 60)
        elif then.tm_hour not in hours:
            at += 3600 - then.tm_min * 60
        elif then.tm_min not in minutes:
            at += 60
        else:
            return at
    return None


def _values(text: str, index: int) -> set[int]:
    low, high = RANGES[index]
    out: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        elif "-" in span:
            first, last = (_number(p, index) for p in span.split("-", 1))
        else:
            first = _number(span, index)
            last = high if step else first
        if first < low or last > high + (index == 4) or first > last:
            raise ValueError(text)
        out.update(v % 7 if index == 4 else v for v in range(first, last + 1, int(step or 1)))
    return out


def _number(text: str, index: int) -> int:
    names = {3: MONTHS, 4: DAYS}.get(index, {})
    return names.get(text.lower(), -1) if text.lower() in names else int(text)
