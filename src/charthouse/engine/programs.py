"""Templates ready to run, kept between renders of one process.

Parsing a chart and building the closures of its templates takes several times as long as running them. A program (a
template set with everything built so far) belongs to one render at a time, since building goes on while it runs; when
that is over it waits here for the next render of the same templates under the same rules. Renders in several threads
each get one of their own.
"""

from __future__ import annotations

from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.engine.functions import Functions
    from charthouse.gotemplate.nodes import Tree
    from charthouse.gotemplate.program import TemplateSet
    from charthouse.manifests.known import KnownHeads
    from charthouse.profile import Profile

    # The templates in order (path, bytes), then what the set and its functions were made with.
    Key = tuple[tuple[tuple[str, bytes], ...], bool, bool, bool, Profile]

__all__ = ["Program", "Programs", "Shared"]

_MAX_TEXTS = 2000


class Shared:
    """What `include` and `tpl` of a set and its clones share.

    nested: how often each template is being included; trees: parsed texts of `tpl` from the cache, not used yet; seen:
    those of this run; parsed: how many of them the cache did not have.
    """

    __slots__ = ("nested", "parsed", "seen", "trees")

    def __init__(self) -> None:
        self.nested: dict[str, int] = {}
        self.trees: dict[str, Tree] = {}
        self.seen: dict[str, Tree] = {}
        self.parsed = 0


class Program:
    """A template set, its functions, and what they share. key: of the parsed trees on disk, b"" without a cache;
    mutable: whether a template may change values."""

    __slots__ = ("functions", "key", "mutable", "shared", "templates")

    def __init__(
        self, templates: TemplateSet, functions: Functions, shared: Shared, *, key: bytes, mutable: bool
    ) -> None:
        self.templates = templates
        self.functions = functions
        self.shared = shared
        self.key = key
        self.mutable = mutable


class Programs:
    """Programs that wait. limit: how many; those not used for longest go first. heads: of what they rendered
    (``manifests.known``)."""

    def __init__(self, *, limit: int = 16) -> None:
        self.limit = limit
        self.heads: KnownHeads | None = None
        self._mutex = allocate_lock()
        self._waiting: list[tuple[Key, Program]] = []

    def take(self, key: Key) -> Program | None:
        """A program for these templates, nobody else's until it is given back; None when none waits."""
        with self._mutex:
            for index in range(len(self._waiting) - 1, -1, -1):
                if self._waiting[index][0] == key:
                    return self._waiting.pop(index)[1]
        return None

    def give_back(self, key: Key, program: Program) -> None:
        """Let a program wait for its next render; one that has gathered many texts of `tpl` is let go."""
        if len(program.templates.family.parsed) > len(key[0]) + _MAX_TEXTS:
            return
        with self._mutex:
            self._waiting.append((key, program))
            del self._waiting[: -self.limit]
