"""What the commands that work with registries are given: sessions, who we are, and what Helm says of a transfer."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.cli.streams import Output
    from charthouse.distribution.access import Access
    from charthouse.distribution.fetch import Fetcher
    from charthouse.distribution.registry.charts import Pulled, Pushed, Registries
    from charthouse.distribution.registry.credentials import Store

__all__ = ["report", "sessions", "store"]


def store(context: Context) -> Store:
    """The credentials files."""
    from charthouse.distribution.registry.credentials import Store

    return Store(context["registry-config"], context.environ)


def sessions(context: Context, client: Fetcher, access: Access, *, plain_http: bool) -> Registries:
    """Opens a session with each registry once. The flags' name and password go before the files'."""
    from charthouse.distribution.registry.credentials import Credential
    from charthouse.distribution.registry.session import Session

    opened: dict[str, Session] = {}
    given = Credential(access.username, access.password)
    known = store(context)

    def find(host: str) -> Credential:
        return given if given.username and given.password else known.get(host)

    def open_session(host: str) -> Session:
        if host not in opened:
            opened[host] = Session(host, client, credential=find, access=access, plain_http=plain_http)
        return opened[host]

    return open_session


def report(out: Output, done: Pulled | Pushed, verb: str) -> None:
    """What Helm says when a chart has come or gone."""
    from charthouse.distribution.registry.charts import OLD_CHART, Pulled, underscore_note

    if isinstance(done, Pulled) and done.legacy:
        out.write(f"Warning: chart media type {OLD_CHART} is deprecated\n")
    out.write(f"{verb}: {done.reference}\nDigest: {done.digest}\n{underscore_note(done.reference)}")
