"""What a cluster is asked for beside its objects: certificates and all default roles, and a log of who did what.

Off by default: a cluster for trying charts starts faster without."""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.devcluster.audit import Audit
    from charthouse.devcluster.pki import Pki

__all__ = ["Security", "SecurityError"]


class SecurityError(CharthouseError):
    """These settings do not go together, or a file they name cannot be used."""


class Security(Record):
    """rbac: client certificates, the front proxy, service extension, every default role of a kube-apiserver.

    pki: the folder the authorities' keys are kept in ("" = in memory). audit: the log file ("" = none).
    """

    rbac: bool = False
    pki: str = ""
    audit: str = ""

    def opened(self, *, tls: bool) -> tuple[Pki | None, Audit | None]:
        """Make or read what is asked for. Raises SecurityError."""
        from charthouse.devcluster.audit import Audit

        if self.rbac and not tls:
            raise SecurityError("client certificates need TLS")
        if self.pki and not self.rbac:
            raise SecurityError("a folder for certificates is of use with RBAC only")
        pki = None
        try:
            if self.rbac:
                from charthouse.devcluster.pki import Pki

                pki = Pki(self.pki)
            return pki, Audit(self.audit) if self.audit else None
        except (OSError, ValueError) as error:
            raise SecurityError(str(error)) from error
