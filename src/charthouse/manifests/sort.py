"""From rendered files to sorted hooks and manifests.

Whose rules: Helm 4.3.1 pkg/release/v1/util/manifest_sorter.go SortManifests.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError
from charthouse.golang.space import trim_space
from charthouse.logs import INFO, LogRecord
from charthouse.manifests.head import read_head
from charthouse.manifests.hooks import EVENTS, Head, Hook, Manifest
from charthouse.manifests.order import INSTALL_ORDER, INSTALL_ORDER_HELM3, sort_by_kind
from charthouse.manifests.split import split, split_helm3
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from charthouse.logs import Log
    from charthouse.manifests.known import KnownHeads
    from charthouse.profile import Profile

__all__ = ["ManifestError", "hook_weight", "sort"]

_HOOK = "helm.sh/hook"
_WEIGHT = "helm.sh/hook-weight"
_DELETE_POLICY = "helm.sh/hook-delete-policy"
_OUTPUT_LOG_POLICY = "helm.sh/hook-output-log-policy"


class ManifestError(CharthouseError):
    """A rendered file is not YAML, or not of the form Kubernetes objects have.

    path: the template's; reason: what is wrong with `document` (the rendered text of one object); line: where in it,
    from 1, 0 when unknown; hooks: those found before, in order of their files.
    """

    def __init__(
        self, path: str, reason: str, *, document: str = "", line: int = 0, hooks: tuple[Hook, ...] = ()
    ) -> None:
        super().__init__(f"YAML parse error on {path}: {reason}")
        self.path = path
        self.reason = reason
        self.document = document
        self.line = line
        self.hooks = hooks
        self.explain = self._place

    def _place(self) -> str:
        from charthouse.formats.excerpt import excerpt

        return excerpt(f"rendered text of {self.path}", self.document, self.line, -1) if self.line else ""


def sort(
    files: Mapping[str, str],
    *,
    log: Log,
    order: tuple[str, ...] = (),
    profile: Profile = HELM4,
    known: KnownHeads | None = None,
) -> tuple[list[Hook], list[Manifest]]:
    """Hooks and plain manifests of rendered files (template path → text), each sorted by kind.

    order: of kinds, the profile's install order when not given. known: heads read before.
    Partials (`_name`) and empty files are skipped, as are documents with an unknown hook (which is logged).
    Raises ManifestError for the first document, by path, that does not parse.
    """
    if profile.helm2:
        from charthouse.manifests.helm2 import sort_helm2

        return sort_helm2(files, log=log, order=order, profile=profile)
    order = order or (INSTALL_ORDER if profile.orders_webhooks else INSTALL_ORDER_HELM3)
    documents = split_helm3 if profile.trims_documents else split
    read = read_head if known is None else known.read
    hooks: list[Hook] = []
    manifests: list[Manifest] = []
    for path in sorted(files):
        if path[path.rfind("/") + 1 :].startswith("_"):
            continue
        for document in documents(files[path]):
            try:
                head = read(document, profile)
            except (CharthouseError, GoError) as error:
                line = getattr(error, "line", 0)
                raise ManifestError(path, str(error), document=document, line=line, hooks=tuple(hooks)) from error
            if not head.annotations or _HOOK not in head.annotations:
                manifests.append(Manifest(path, document, head))
                continue
            hook = _hook(path, document, head, head.annotations, log)
            if hook is not None:
                hooks.append(hook)
    return sort_by_kind(hooks, _hook_kind, order), sort_by_kind(manifests, _manifest_kind, order)


def _hook_kind(hook: Hook) -> str:
    return hook.kind


def _manifest_kind(manifest: Manifest) -> str:
    return manifest.head.kind


def _hook(path: str, document: str, head: Head, annotations: dict[str, str], log: Log) -> Hook | None:
    """The hook a document is, None when one of its events is unknown."""
    listed = annotations[_HOOK]
    events = []
    for name in _words(listed):
        if name not in EVENTS:
            log(LogRecord(INFO, "skipping unknown hooks", hookTypes=listed))
            return None
        events.append(EVENTS[name])
    return Hook(
        name=head.name,
        kind=head.kind,
        path=path,
        manifest=document,
        events=tuple(events),
        weight=hook_weight(annotations.get(_WEIGHT, "")),
        delete_policies=_words(annotations[_DELETE_POLICY]) if _DELETE_POLICY in annotations else (),
        output_log_policies=_words(annotations[_OUTPUT_LOG_POLICY]) if _OUTPUT_LOG_POLICY in annotations else (),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_lower(trim_space(word)) for word in text.split(","))


def _lower(word: str) -> str:
    """strings.ToLower."""
    return word.lower() if word.isascii() else word.replace("\u0130", "i").lower()


def hook_weight(text: str) -> int:
    """strconv.Atoi, 0 for what it refuses."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        return 0
    value = int(text)
    return value if -(1 << 63) <= value < 1 << 63 else 0
