"""``AsyncClient``: the methods of ``Client`` as coroutines.

The work of a verb is waiting for the API server, in threads: each AsyncClient has its own, so that fifty releases at
once do not queue behind asyncio's few default ones. A coroutine that is cancelled leaves its verb running to its end;
the release is never left half done because an event loop went away.
"""

from __future__ import annotations

from charthouse.api.client import Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any, TypeVar

    from charthouse.actions.diff import ReleaseDiff
    from charthouse.actions.get import ReleaseMetadata
    from charthouse.actions.plan import ReleasePlan
    from charthouse.actions.test import Tested
    from charthouse.actions.uninstall import Uninstalled
    from charthouse.api.client import ChartSource
    from charthouse.releases.release import Release

    T = TypeVar("T")
    Releases = list[Release]  # inside the class `list` is the verb

__all__ = ["AsyncClient"]


class AsyncClient:
    """As ``Client`` (same arguments), for asyncio. workers: verbs at work at the same time.

    Use it as an async context manager, or call ``close``, to end its threads.
    """

    def __init__(self, *, workers: int = 64, **arguments: Any) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self.client = Client(**arguments)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="charthouse")

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait for what is at work and end the threads."""
        import asyncio

        await asyncio.to_thread(self._threads.shutdown)

    async def _run(self, verb: Callable[..., T], *arguments: Any, **options: Any) -> T:
        import asyncio
        from functools import partial

        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(verb, *arguments, **options))

    async def install(
        self, name: str, chart: ChartSource, values: Mapping[str, Any] | None = None, **options: Any
    ) -> Release:
        """As ``Client.install``."""
        return await self._run(self.client.install, name, chart, values, **options)

    async def upgrade(
        self, name: str, chart: ChartSource, values: Mapping[str, Any] | None = None, **options: Any
    ) -> Release:
        """As ``Client.upgrade``."""
        return await self._run(self.client.upgrade, name, chart, values, **options)

    async def rollback(self, name: str, revision: int = 0, **options: Any) -> Release:
        """As ``Client.rollback``."""
        return await self._run(self.client.rollback, name, revision, **options)

    async def uninstall(self, name: str, **options: Any) -> Uninstalled:
        """As ``Client.uninstall``."""
        return await self._run(self.client.uninstall, name, **options)

    async def test(self, name: str, **options: Any) -> Tested:
        """As ``Client.test``."""
        return await self._run(self.client.test, name, **options)

    async def list(self, **options: Any) -> Releases:
        """As ``Client.list``."""
        return await self._run(self.client.list, **options)

    async def status(self, name: str, **options: Any) -> Release:
        """As ``Client.status``."""
        return await self._run(self.client.status, name, **options)

    async def history(self, name: str, **options: Any) -> Releases:
        """As ``Client.history``."""
        return await self._run(self.client.history, name, **options)

    async def get(self, name: str, revision: int = 0, **options: Any) -> Release:
        """As ``Client.get``."""
        return await self._run(self.client.get, name, revision, **options)

    async def values(self, name: str, **options: Any) -> dict[str, Any]:
        """As ``Client.values``."""
        return await self._run(self.client.values, name, **options)

    async def metadata(self, name: str, revision: int = 0, **options: Any) -> ReleaseMetadata:
        """As ``Client.metadata``."""
        return await self._run(self.client.metadata, name, revision, **options)

    async def plan(
        self, name: str, chart: ChartSource, values: Mapping[str, Any] | None = None, **options: Any
    ) -> ReleasePlan:
        """As ``Client.plan``."""
        return await self._run(self.client.plan, name, chart, values, **options)

    async def diff(
        self, name: str, chart: ChartSource, values: Mapping[str, Any] | None = None, **options: Any
    ) -> ReleaseDiff:
        """As ``Client.diff``."""
        return await self._run(self.client.diff, name, chart, values, **options)
