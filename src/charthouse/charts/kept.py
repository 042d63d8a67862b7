"""Default values of charts that were parsed before.

A large values.yaml takes longer to read than what it was parsed to, so that is kept, by a digest of the file and of how
it is read. Only what charts bring themselves is kept here, never a user's values.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from charthouse.profile import Profile

    class Store(Protocol):
        """Where maps are kept under a key; `engine.cache.TreeCache` is one."""

        def load(self, key: bytes) -> dict[Any, Any] | None: ...

        def store(self, key: bytes, found: dict[Any, Any]) -> None: ...


__all__ = ["KeptValues"]

_SMALL = 8192  # bytes that are parsed as fast as found


class KeptValues:
    """store: where they are kept between runs. small: bytes of a file that is not worth looking up."""

    __slots__ = ("_small", "_store")

    def __init__(self, store: Store, *, small: int = _SMALL) -> None:
        self._store = store
        self._small = small

    def read(
        self, data: bytes, profile: Profile, parse: Callable[[bytes, Profile], dict[str, Any]], rule: str = "values"
    ) -> dict[str, Any]:
        """What `parse` makes of a values.yaml; raises as it does, since what cannot be parsed is never kept.

        rule: names `parse`, where there are several.
        """
        if len(data) < self._small:
            return parse(data, profile)
        import sys
        from _blake2 import blake2b

        how = f"{rule} 1 {sys.version} {profile.exact_numbers} {profile.first_document_only}\n"
        digest = blake2b(how.encode(), digest_size=24)
        digest.update(data)
        key = digest.digest()
        values = self._store.load(key)
        if values is None:
            values = parse(data, profile)
            self._store.store(key, values)
        return values
