"""Who asks, as Tiller knows them: a user of the cluster, proven, whose rights Tiller works with.

A ``Caller`` is what the API server would make of the same credentials (user, uid, groups, extra: k8s.io/apiserver
pkg/authentication/user). Tiller makes each request to the cluster as that user, by impersonation.
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["ANONYMOUS", "Caller"]


class Caller(Record):
    """user "" : nobody is known; Tiller works with its own rights (only with --insecure-allow-anonymous).

    extra: (key, values) pairs. how: token | certificate | front-proxy | anonymous. address: whence the request came.
    """

    user: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    how: str = "token"
    address: str = ""

    @property
    def anonymous(self) -> bool:
        """Whether Tiller's own rights are used."""
        return not self.user

    def to_json(self) -> dict[str, Any]:
        """For the journal and the audit."""
        return {
            "user": self.user,
            "uid": self.uid,
            "groups": list(self.groups),
            "extra": {key: list(values) for key, values in self.extra},
            "how": self.how,
            "address": self.address,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Caller:
        """Back from the journal. Raises ValueError when it is no caller."""
        try:
            return cls(
                user=_text(value["user"]),
                uid=_text(value["uid"]),
                groups=tuple(_text(group) for group in value["groups"]),
                extra=tuple((_text(key), tuple(_text(v) for v in values)) for key, values in value["extra"].items()),
                how=_text(value["how"]),
                address=_text(value["address"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this names no caller: {error}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no string")
    return value


ANONYMOUS = Caller("", how="anonymous")
