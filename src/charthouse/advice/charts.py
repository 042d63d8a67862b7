"""Charts that cannot be loaded: what of Chart.yaml or the directory is wrong, and how to put it right."""

from __future__ import annotations

import os
import re

from charthouse.advice.nearness import listed, nearest
from charthouse.advice.secrecy import shown
from charthouse.charts.loader import UnreadableFile
from charthouse.formats.excerpt import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["chart_hint", "near_charts", "no_chart_hint"]

_MAX_FILE = 1 << 20
_MAX_ENTRIES = 2000
_KNOWN = (
    "apiVersion",
    "name",
    "version",
    "appVersion",
    "kubeVersion",
    "description",
    "type",
    "annotations",
    "keywords",
)


_SAID = (
    (r"Chart\.yaml file is missing|no Chart\.yaml found|no files in chart archive", "a chart's archive holds "
     "NAME/Chart.yaml and what belongs to it: `charthouse package DIRECTORY` makes one"),
    (r"invalid chart apiVersion", "apiVersion in Chart.yaml is v2; v3 is not for use yet"),
    (r"unexpected EOF|invalid (?:tar )?header|invalid checksum|corrupt input|: EOF$", "the archive is damaged"),
    (r"error evaluating symlink (\S+): (?:lstat|not a dir)", "a link of the chart leads to nothing"),
    (r"too many links", "links of the chart lead to each other in a circle"),
    (r"cannot load irregular file", "a chart is made of files and directories; sockets, pipes and devices are none"),
    (r"double-star \(\*\*\)|syntax error in pattern", "in .helmignore a pattern is like *.bak or docs/*, without **"),
    (r"\.helmignore: is a directory", ".helmignore is a file with one pattern a line"),
    (r"chart illegally", "paths in the archive lead out of the chart: it was packed wrongly, or by somebody hostile"),
    (r"disallowed characters in the alias", "an alias is made of letters, digits, - and _, like a key of the values"),
    (r"UTF-8", "the file is not written in UTF-8: convert it, as with `iconv -f latin1 -t utf-8`"),
    (r"unsupported value: [+-]?(?:Inf|NaN)", "numbers that are infinite or none (.inf, .nan) must be quoted"),
    (r"unsupported map key", "keys are texts: quote a key that is null, a list or a map"),
    (r"^directory (\S+) not found", "a file:// repository is a path from the chart's directory: file://../other-chart"),
    (r"can't get a valid version for", "no version fits: `charthouse search repo NAME --versions` lists them"),
    (r"no repository definition for", "`charthouse repo add NAME URL` makes @NAME known"),
    (r"improper constraint", 'a version or range is like 1.2.3, ">=1.2 <2", ~1.2 or ^1.2'),
    (r"only unpacked charts can be updated", "unpack the archive first: `tar xzf`"),
    (r"can't read CA file|unable to read cert file", "is the file of --ca-file, --cert-file or --key-file there?"),
)  # fmt: skip
"""What stands in the text, and what to do: mistakes that need no look at the chart."""


def chart_hint(error: BaseException, path: str) -> str:
    """The hint for an error of loading the chart at `path` (a directory or archive); "" when there is none."""
    for link in _chain(error):
        if isinstance(link, UnreadableFile):
            from charthouse.advice.files import file_hint

            hint = file_hint(_inside(error, path, link.file), link.data.decode("utf-8", "replace"), link)
            if hint:
                return hint
    message = str(error)
    for pattern, rule in _RULES:
        found = re.search(pattern, message)
        if found is not None:
            return rule(found, path)
    return next((said for pattern, said in _SAID if re.search(pattern, message)), "")


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__


def _inside(error: BaseException, path: str, file: str) -> str:
    """A file of the chart, or of the one below charts/ that could not be loaded."""
    names = re.findall(r"error unpacking subchart (\S+) in ", str(error))
    return "/".join([path.rstrip("/") or "chart", *[f"charts/{name}" for name in names], file])


def _chart_file(path: str) -> str:
    """The text of Chart.yaml of a chart directory; "" for anything else."""
    try:
        with open(os.path.join(path, "Chart.yaml"), "rb") as stream:
            return stream.read(_MAX_FILE).decode("utf-8", "replace")
    except OSError:
        return ""


def _key_line(text: str, key: str, value: str = "") -> int:
    """The line of a key, of a list item's too, from 1; 0 for none. value: what it must hold."""
    pattern = re.compile(rf"^\s*(?:- +)?[\"']?{re.escape(key)}[\"']?:\s*[\"']?{re.escape(value)}")
    return next((number for number, line in enumerate(text.split("\n"), 1) if pattern.match(line)), 0)


def _at_key(path: str, key: str, advice: str, value: str = "") -> str:
    text = _chart_file(path)
    line = _key_line(text, key, value)
    place = excerpt(f"{path.rstrip('/')}/Chart.yaml", text, line, -1) + "\n" if line else ""
    return place + advice


# Dependencies.


def _missing(found: re.Match[str], path: str) -> str:
    text = _chart_file(path)
    present = _present(path)
    lines: list[str] = []
    for name in found[1].split(", ")[:5]:
        line = _key_line(text, "name", name)
        where = f" ({path.rstrip('/')}/Chart.yaml:{line})" if line else ""
        near = nearest(name, present, 1)
        has = f"; charts/ has {near[0]}: is the name right?" if near else ""
        lines.append(f"{name} is listed under dependencies{where} but not in charts/{has}")
    have = f"in charts/ there is {listed(present)}" if present else "charts/ is empty or not there"
    chart = path or "CHART"
    return "\n".join(
        [
            *lines,
            f"{have}; `charthouse dependency update {chart}` fetches what is missing and writes Chart.lock, "
            "`dependency build` takes what Chart.lock names",
        ]
    )


def _present(path: str) -> list[str]:
    """Names of charts below charts/, without the versions of archives."""
    try:
        names = sorted(os.listdir(os.path.join(path, "charts")))[:_MAX_ENTRIES]
    except OSError:
        return []
    return [re.sub(r"-\d+\.\d+.*\.tgz$", "", name) for name in names if not name.startswith((".", "_"))]


def _no_subchart(found: re.Match[str], path: str) -> str:
    name = found[1]
    return (
        f"everything in charts/ is a chart, but charts/{name} has no Chart.yaml: put it elsewhere, or let its name "
        "begin with _ or ."
    )


def _twice(found: re.Match[str], path: str) -> str:
    text = _chart_file(path)
    pattern = re.compile(rf"^\s*(?:- +)?(?:name|alias):\s*[\"']?{re.escape(found[1])}[\"']?\s*$")
    rows = [number for number, line in enumerate(text.split("\n"), 1) if pattern.match(line)]
    where = f" (lines {' and '.join(map(str, rows))} of {path.rstrip('/')}/Chart.yaml)" if rows else ""
    return f"{found[1]} stands twice under dependencies{where}: give one of them an `alias` of its own"


# Chart.yaml.


def _required(found: re.Match[str], path: str) -> str:
    key = {"apiVersion": "apiVersion: v2", "name": "name: my-chart", "version": "version: 0.1.0"}.get(
        found[1], found[1]
    )
    written = re.findall(r"^([A-Za-z]+):", _chart_file(path), re.M)
    near = nearest(found[1], [name for name in written if name not in _KNOWN], 1)
    said = f"; is `{near[0]}` meant to be it?" if near else ""
    return f"add `{key}` to {path.rstrip('/')}/Chart.yaml{said}"


def _version(found: re.Match[str], path: str) -> str:
    return _at_key(path, "version", "a version is MAJOR.MINOR.PATCH, as in 0.1.0 or 1.2.3-rc.1 (semver.org)")


def _api_version(found: re.Match[str], path: str) -> str:
    return _at_key(
        path, "apiVersion", "apiVersion is v2, or v1 for charts of Helm 2 (it is not the chart's own version)"
    )


def _name(found: re.Match[str], path: str) -> str:
    return _at_key(path, "name", "a chart's name is one word of letters, digits, `-`, `_` and `.`, without a path")


def _type(found: re.Match[str], path: str) -> str:
    return _at_key(path, "type", "type is application or library")


def _library(found: re.Match[str], path: str) -> str:
    advice = "a library chart only has helpers for other charts: list it under dependencies of the chart to install"
    return _at_key(path, "type", advice)


def _block(found: re.Match[str], path: str) -> str:
    name, given = found[1], found[2]
    value = shown(given.partition("=")[2].rstrip(")"), (name,)) if "=" in given else "no map"
    return (
        f"{name} is the name of a sub-chart, so its value is a map with that chart's values, but it is {value}\n"
        f"write --set {name}.KEY=…, or `{name}:` with lines below it in a values file"
    )


# What is no chart.


def _yaml_file(found: re.Match[str], path: str) -> str:
    folder = os.path.dirname(path)
    if os.path.isfile(os.path.join(folder, "Chart.yaml")):
        return f"give the chart's directory: {folder or '.'}"
    return "a chart is a directory with a Chart.yaml, or a .tgz of one; values files are given with -f"


def _archive(found: re.Match[str], path: str) -> str:
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    return f"{path} ({size} bytes) is no .tgz: was it downloaded in full, or is it a page that says why not?"


def no_chart_hint(path: str) -> str:
    """The hint for a directory without a Chart.yaml, or for nothing at all."""
    if not os.path.exists(path):
        near = near_charts(path)
        said = f"did you mean {' or '.join(near)}? " if near else ""
        return f"{said}there is nothing at {path} (looked from {os.getcwd()})"
    if not os.path.isdir(path) or os.path.isfile(os.path.join(path, "Chart.yaml")):
        return ""
    if not os.access(path, os.R_OK | os.X_OK):
        return f"you may not look into {path}: `ls -ld {path}` shows whose it is"
    names = sorted(os.listdir(path))[:_MAX_ENTRIES]
    written = next((name for name in names if name.lower() in ("chart.yaml", "chart.yml")), "")
    if written == "Chart.yaml":
        return f"{os.path.join(path, written)} has to be a file, no folder, pipe or device"
    if written:
        return f"{path} has {written}, but the file must be called Chart.yaml"
    inside = [name for name in names if os.path.isfile(os.path.join(path, name, "Chart.yaml"))]
    if inside:
        return f"{path} holds no Chart.yaml, so it is no chart; charts inside it: {listed(inside, 5)}"
    above = os.path.dirname(os.path.abspath(path))
    if os.path.isfile(os.path.join(above, "Chart.yaml")):
        return f"{path} is a part of the chart {os.path.relpath(above)}: give that directory"
    return f"{path} holds no Chart.yaml, so it is no chart"


def near_charts(path: str) -> list[str]:
    """Charts beside `path` whose name is like its."""
    folder, name = os.path.split(path.rstrip("/"))
    try:
        names = os.listdir(folder or ".")[:_MAX_ENTRIES]
    except OSError:
        return []
    charts = [
        other for other in names if other.endswith(".tgz") or os.path.isfile(os.path.join(folder, other, "Chart.yaml"))
    ]
    return [os.path.join(folder, other) for other in nearest(name, charts)]


_RULES: tuple[tuple[str, Callable[[re.Match[str], str], str]], ...] = (
    (r"error unpacking subchart (\S+) in \S+: Chart\.yaml file is missing", _no_subchart),
    (r"found in Chart.yaml, but missing in charts/ directory: (.*)$", _missing),
    (r'more than one dependency with name or alias "(.*)"', _twice),
    (r"chart\.metadata\.(\w+) is required", _required),
    (r"chart\.metadata\.version \"(.*)\" is invalid", _version),
    (r"unsupported chart version|chart\.metadata\.apiVersion", _api_version),
    (r"chart\.metadata\.name \"(.*)\" is invalid", _name),
    (r"chart\.metadata\.type", _type),
    (r"library charts are not installable|not installable", _library),
    (r"type mismatch on (.*?): %!t\((.*)\)$", _block),
    (r"seems to be a YAML file", _yaml_file),
    (r"does not appear to be a (?:gzipped archive|valid chart file)", _archive),
)
