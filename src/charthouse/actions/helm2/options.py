"""What a request by Helm 2's API asks of each verb: its fields, one record a verb, JSON values only.

Whose rules: hapi/services/tiller.proto, with the defaults of Helm 2's command line. Times are seconds.
"""

from __future__ import annotations

from charthouse.records import Record

__all__ = ["InstallOptions", "RollbackOptions", "TestOptions", "UninstallOptions", "UpgradeOptions"]


class InstallOptions(Record):
    """reuse_name: `--replace`; history_max: of Tiller's flag, 0 keeps all revisions."""

    name: str
    namespace: str
    dry_run: bool = False
    disable_hooks: bool = False
    disable_crd_hook: bool = False
    reuse_name: bool = False
    wait: bool = False
    timeout: int = 300
    description: str = ""
    sub_notes: bool = False
    history_max: int = 0


class UpgradeOptions(Record):
    """recreate: delete pods behind what is updated; force: replace what cannot be patched, or the whole release."""

    name: str
    namespace: str
    dry_run: bool = False
    disable_hooks: bool = False
    recreate: bool = False
    force: bool = False
    reset_values: bool = False
    reuse_values: bool = False
    wait: bool = False
    timeout: int = 300
    description: str = ""
    sub_notes: bool = False
    cleanup_on_fail: bool = False
    history_max: int = 0


class RollbackOptions(Record):
    """version 0: the revision before the last."""

    name: str
    namespace: str
    version: int = 0
    dry_run: bool = False
    disable_hooks: bool = False
    recreate: bool = False
    force: bool = False
    wait: bool = False
    timeout: int = 300
    description: str = ""
    cleanup_on_fail: bool = False
    history_max: int = 0


class UninstallOptions(Record):
    """purge: remove the records, too."""

    name: str
    namespace: str
    disable_hooks: bool = False
    purge: bool = False
    timeout: int = 300
    description: str = ""


class TestOptions(Record):
    """parallel: all at once, `max_parallel` of them at most (0: 20); cleanup: delete the pods afterwards."""

    __test__ = False

    name: str
    namespace: str
    timeout: int = 300
    cleanup: bool = False
    parallel: bool = False
    max_parallel: int = 0
    logs: bool = False
