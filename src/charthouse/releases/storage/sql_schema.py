"""The tables records lie in, and their migrations: Helm's own, so that both tools work on one database.

Whose rules: helm v4.3.1 pkg/storage/driver/sql.go (ensureDBSetup) and rubenv/sql-migrate, whose table `gorp_migrations`
says which migrations were applied (in the order of their ids, each in a transaction). Column names are written as Helm
writes them; PostgreSQL folds them to lower case. SQLite has no row security and no grants, and needs names for indexes.

Ours beside Helm's: `charthouse_annotations_v1`, made when a record first has an annotation (of an interrupted
operation), never entered in `gorp_migrations`, where Helm refuses what it does not know. createdAt ties a row to
the record it was written for.
"""

from __future__ import annotations

__all__ = ["ANNOTATIONS", "LABELS", "MIGRATIONS_TABLE", "RELEASES", "annotations_table", "migrations"]

RELEASES = "releases_v1"
LABELS = "custom_labels_v1"
ANNOTATIONS = "charthouse_annotations_v1"
_MAX_LABEL_KEY = 253 + 1 + 63
_MAX_LABEL_VALUE = 63

_RELEASE_COLUMNS = (
    "key VARCHAR(90), type VARCHAR(64) NOT NULL, body TEXT NOT NULL, name VARCHAR(64) NOT NULL, "
    "namespace VARCHAR(64) NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, owner TEXT NOT NULL, "
    "createdAt INTEGER NOT NULL, modifiedAt INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(key, namespace)"
)
_RELEASE_INDEXES = ("key, namespace", "version", "status", "owner", "createdAt", "modifiedAt")
_LABEL_COLUMNS = (
    "releaseKey VARCHAR(64), releaseNamespace VARCHAR(67), "
    f"key VARCHAR({_MAX_LABEL_KEY}), value VARCHAR({_MAX_LABEL_VALUE})"
)
_LABEL_INDEXES = ("releaseKey, releaseNamespace",)

MIGRATIONS_TABLE = {
    "postgres": (
        "CREATE TABLE IF NOT EXISTS gorp_migrations (id TEXT NOT NULL PRIMARY KEY, applied_at TIMESTAMP WITH TIME ZONE)"
    ),
    "sqlite": "CREATE TABLE IF NOT EXISTS gorp_migrations (id TEXT NOT NULL PRIMARY KEY, applied_at TEXT)",
}


def migrations(dialect: str) -> dict[str, tuple[str, ...]]:
    """The statements of each migration by its id, in the order they are applied. dialect: postgres, sqlite."""
    return {
        "custom_labels": _table(dialect, LABELS, _LABEL_COLUMNS, _LABEL_INDEXES),
        "init": _table(dialect, RELEASES, _RELEASE_COLUMNS, _RELEASE_INDEXES),
    }


def _table(dialect: str, name: str, columns: str, indexes: tuple[str, ...]) -> tuple[str, ...]:
    out = [f"CREATE TABLE {name} ({columns})"]
    if dialect == "postgres":
        out += [f"CREATE INDEX ON {name} ({index})" for index in indexes]
        out += [f"GRANT ALL ON {name} TO PUBLIC", f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"]
    else:
        out += [f"CREATE INDEX {name}_{index.replace(', ', '_').lower()}_idx ON {name} ({index})" for index in indexes]
    return tuple(out)


def annotations_table() -> str:
    """What makes our own table."""
    return (
        f"CREATE TABLE IF NOT EXISTS {ANNOTATIONS} (releaseKey VARCHAR(90) NOT NULL, releaseNamespace VARCHAR(64) "
        "NOT NULL, createdAt INTEGER NOT NULL, key VARCHAR(317) NOT NULL, value TEXT NOT NULL, "
        "PRIMARY KEY(releaseKey, releaseNamespace, key))"
    )
