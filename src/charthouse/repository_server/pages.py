"""The pages people look at: all charts with a search, and a chart with its README, values and versions.

They work without scripts and load nothing. Addresses in them are paths on this server, except those a chart names,
which are links only when they lead to http or https.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, urlencode

from charthouse.repository_server.api import version_of
from charthouse.repository_server.errors import Refused
from charthouse.repository_server.html import Markup, element, join, page
from charthouse.repository_server.readme import readme_html

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.repository_server.catalogue import Catalogue
    from charthouse.repository_server.contents import Contents
    from charthouse.repository_server.entries import Entry
    from charthouse.repository_server.requests import Answer, Request

__all__ = ["Pages"]

_A_PAGE = 50
_VERSIONS = 200
_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")


class Pages:
    """context: the path in front of all; title: what the repository is called; address: where clients find it, "" to
    go by what the browser asked for."""

    def __init__(
        self, catalogue: Catalogue, contents: Contents, *, context: str = "", title: str = "Charts", address: str = ""
    ) -> None:
        self._catalogue = catalogue
        self._contents = contents
        self._context = context
        self._title = title
        self._address = address

    def charts(self, request: Request) -> Answer:
        """``GET /``: the newest version of every chart, or of those that ``?q=`` finds."""
        wanted = request.query.get("q", "").strip()[:200]
        words = wanted.lower().split()
        newest = [_newest(versions) for versions in self._catalogue.charts().values()]
        found = [e for e in newest if all(word in _searched(e.json) for word in words)]
        number = request.query.get("page", "1")
        at = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
        last = max(1, -(-len(found) // _A_PAGE))
        at = min(max(at, 1), last)
        rows = [self._row(entry) for entry in found[(at - 1) * _A_PAGE : at * _A_PAGE]]
        said = f"{len(found)} of {len(newest)} charts" if words else f"{len(newest)} chart{'s' * (len(newest) != 1)}"
        none = "Nothing matches." if words else "There are no charts here yet."
        body = [
            element("h1", f"Charts matching “{wanted}”" if words else self._title),
            element("p", said, class_="soft", role="status"),
            element("ul", *rows, class_="charts") if rows else element("p", none),
            self._turns(wanted, at, last),
        ]
        return self._page(f"{wanted} – {self._title}" if words else self._title, body, wanted)

    def chart(self, request: Request, name: str, wanted: str) -> Answer:
        """``GET /chart/NAME[/VERSION]``. Raises Refused (404)."""
        versions = self._catalogue.versions(name)
        if not versions:
            raise Refused(404, "chart not found")
        entry = version_of(self._catalogue, name, wanted) if wanted else _newest(versions)
        fields = entry.fields()
        shown = self._contents.shown(entry)
        body = [*_heading(entry, fields), self._install(request, entry)]
        if shown.readme:
            body.append(_part("README", "readme", Markup(readme_html(shown.readme))))
        if shown.values:
            body.append(_part("Values", "values", element("pre", shown.values, tabindex="0")))
        if fields.get("dependencies"):
            body.append(_part("Dependencies", "dependencies", _dependencies(fields["dependencies"])))
        body.append(_part("Versions", "versions", self._versions(versions, entry)))
        return self._page(f"{name} {entry.version} – {self._title}", body)

    def problem(self, status: int, message: str) -> Answer:
        """The page of an error."""
        body = [element("h1", f"{status}: {message}"), element("p", element("a", "All charts", href=self._path("/")))]
        return self._page(f"{status} – {self._title}", body, status=status)

    def _page(self, title: str, body: list[Markup], wanted: str = "", *, status: int = 200) -> Answer:
        search = element(
            "form",
            element("input", type="search", name="q", value=wanted, placeholder="Search", aria_label="Search charts"),
            element("button", "Search"),
            action=self._path("/"), role="search",
        )  # fmt: skip
        header = element("header", element("a", self._title, href=self._path("/")), search)
        return page(title, join([header, element("main", *body)]), status=status)

    def _path(self, path: str) -> str:
        return quote(self._context + path)

    def _row(self, entry: Entry) -> Markup:
        fields = _fields(entry.json)
        about = [f" {entry.version}"]
        if fields.get("appVersion"):
            about.append(f", app {fields['appVersion']}")
        notes = [element("span", "".join(about), class_="soft")]
        if fields.get("deprecated"):
            notes.append(element("span", " deprecated", class_="warn"))
        link = element("a", entry.name, href=self._path(f"/chart/{entry.name}"))
        return element("li", link, *notes, element("p", str(fields.get("description") or "")))

    def _turns(self, wanted: str, at: int, last: int) -> Markup:
        """Links to the pages before and after."""
        links = []
        for label, number in (("Previous", at - 1), ("Next", at + 1)):
            if 1 <= number <= last:
                query = urlencode({**({"q": wanted} if wanted else {}), "page": number})
                links.append(element("a", label, href=f"{self._path('/')}?{query}"))
        here = element("span", f"Page {at} of {last}", class_="soft")
        return element("nav", *links, here, aria_label="Pages") if last > 1 else Markup("")

    def _install(self, request: Request, entry: Entry) -> Markup:
        host = request.header("host")
        scheme = "https" if request.secure else "http"
        seen = f"{scheme}://{host}{self._context}" if host and _HOST.issuperset(host) else "URL"
        lines = (
            f"charthouse repo add charts {self._address or seen}\n"
            f"charthouse install my-{entry.name} charts/{entry.name} --version {entry.version}\n"
        )
        return _part("Install", "install", element("pre", lines, tabindex="0"))

    def _versions(self, versions: list[Entry], here: Entry) -> Markup:
        rows = [
            element("tr", *(element("th", h, scope="col") for h in ("Version", "App", "Published", "Digest", "Files")))
        ]
        for entry in versions[:_VERSIONS]:
            path = self._path(f"/chart/{entry.name}/{entry.version}")
            label = element("a", entry.version, href=path, **({"aria_current": "page"} if entry is here else {}))
            files = [element("a", entry.file, href=self._path(f"/charts/{entry.file}"))]
            if self._catalogue.is_signed(entry):
                files += [Markup(" "), element("a", "signature", href=self._path(f"/charts/{entry.file}.prov"))]
            app = str(_fields(entry.json).get("appVersion") or "")
            cells = (label, app, element("time", entry.created[:10], datetime=entry.created),
                     element("code", entry.digest[:12], title=f"sha256:{entry.digest}"), join(files))  # fmt: skip
            rows.append(element("tr", *(element("td", cell) for cell in cells)))
        more = len(versions) - _VERSIONS
        note = element("p", f"{more} older versions are not listed.", class_="soft") if more > 0 else Markup("")
        return join([element("div", element("table", *rows), class_="wide", tabindex="0"), note])


def _newest(versions: list[Entry]) -> Entry:
    """The newest release, the newest pre-release where there is none."""
    return next((e for e in versions if "-" not in e.version.partition("+")[0]), versions[0])


def _heading(entry: Entry, fields: dict[str, Any]) -> list[Markup]:
    """Name, description, and what else the chart says of itself."""
    rows: list[tuple[str, Markup | str]] = [("Version", entry.version)]
    for label, key in (("App version", "appVersion"), ("Type", "type"), ("Kubernetes", "kubeVersion")):
        if fields.get(key):
            rows.append((label, str(fields[key])))
    if fields.get("home"):
        rows.append(("Home", _link(str(fields["home"]))))
    if fields.get("sources"):
        rows.append(("Sources", join([Markup("<br>").join(_link(str(s)) for s in fields["sources"])])))
    people = [str(m.get("name") or m.get("email") or "") for m in fields.get("maintainers") or () if m]
    if any(people):
        rows.append(("Maintainers", ", ".join(filter(None, people))))
    if fields.get("keywords"):
        rows.append(("Keywords", ", ".join(map(str, fields["keywords"]))))
    parts = [element("h1", entry.name)]
    if fields.get("deprecated"):
        parts.append(element("p", "This chart is deprecated.", class_="warn"))
    if fields.get("description"):
        parts.append(element("p", str(fields["description"])))
    facts = [piece for label, value in rows for piece in (element("dt", label), element("dd", value))]
    return [*parts, element("dl", *facts)]


def _dependencies(listed: list[Any]) -> Markup:
    rows = [element("tr", *(element("th", head, scope="col") for head in ("Name", "Version", "Repository")))]
    for item in listed:
        if isinstance(item, dict):
            texts = (str(item.get(key) or "") for key in ("name", "version", "repository"))
            rows.append(element("tr", *(element("td", text) for text in texts)))
    return element("div", element("table", *rows), class_="wide", tabindex="0")


def _part(title: str, kind: str, content: Markup) -> Markup:
    return element("section", element("h2", title), content, class_=kind, id=kind)


def _link(address: str) -> Markup | str:
    if address.startswith(("http://", "https://")):
        return element("a", address, href=address, rel="nofollow noopener noreferrer")
    return address


@lru_cache(maxsize=8192)
def _fields(text: str) -> dict[str, Any]:
    from json import loads

    found: dict[str, Any] = loads(text)
    return found


@lru_cache(maxsize=8192)
def _searched(text: str) -> str:
    """What a search looks at: name, description, keywords."""
    fields = _fields(text)
    words = (fields.get("name"), fields.get("description"), *(fields.get("keywords") or ()))
    return " ".join(str(word) for word in words if word).lower()
