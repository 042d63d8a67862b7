"""Constraints and error texts of Masterminds/semver 3.3, which Helm 3.17 was built with.

Whose rules: github.com/Masterminds/semver/v3@v3.3.0 constraints.go: each comparison looks for itself whether it may
take a pre-release (3.5 asks its whole group), `!=` only when it has a wildcard; texts begin with capitals and do not
quote. Its lack of length limits is not followed.
"""

from __future__ import annotations

from charthouse.formats.semver import Comparison, Constraint, SemverError, Version

__all__ = ["OLD_TEXTS", "check", "old_text"]

OLD_TEXTS = {
    "invalid semantic version": "Invalid Semantic Version",
    "version string empty": "Version string empty",
    "invalid characters in version": "Invalid characters in version",
    "version segment starts with 0": "Version segment starts with 0",
    "invalid metadata string": "Invalid Metadata string",
    "invalid prerelease string": "Invalid Prerelease string",
    "constraint parser error": "constraint Parser Error",
}


def check(constraint: Constraint, version: Version) -> bool:
    """Whether the version satisfies one of the constraint's groups."""
    return any(all(_holds(comparison, version) for comparison in group) for group in constraint.groups)


def _holds(comparison: Comparison, version: Version) -> bool:
    if version.prerelease and not comparison.version.prerelease and (comparison.operator != "!=" or comparison.dirty):
        return False
    return comparison.holds(version)


def old_text(error: SemverError) -> str:
    """An error in the words of 3.3."""
    message = error.message
    if message.startswith("improper constraint: "):
        from charthouse.golang.strconv import unquote

        return "improper constraint: " + unquote(message[21:])
    if message.startswith("error parsing version segment: "):
        return "E" + message[1:]
    return OLD_TEXTS.get(message, message)
