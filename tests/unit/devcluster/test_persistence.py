"""A data file holds the cluster over a restart."""

from __future__ import annotations

from pathlib import Path

from charthouse.devcluster.persistence import Database
from charthouse.devcluster.store import Store


def test_objects_and_the_counter_come_back(tmp_path: Path) -> None:
    path = str(tmp_path / "cluster.db")
    database = Database(path)
    store = Store(database.write)
    for name in ("a", "b"):
        store.put("configmaps", ("n", name), {"metadata": {"name": name}, "data": {"k": "é"}})
    store.delete("configmaps", ("n", "a"))
    database.close()
    again = Database(path)
    loaded = Store()
    again.load(loaded)
    again.close()
    assert [key for key, _ in loaded.list("configmaps")[0]] == [("n", "b")]
    entry = loaded.get("configmaps", ("n", "b"))
    assert entry is not None
    assert entry.object == {"metadata": {"name": "b", "resourceVersion": "2"}, "data": {"k": "é"}}
    assert loaded.version == store.version == 3
