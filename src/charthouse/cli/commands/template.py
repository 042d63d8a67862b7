"""``template``: render a chart without a cluster. Rules: Helm 4.3.1 ``pkg/cmd/template.go``, ``pkg/action/action.go``
(``renderResources``: order of documents, files of ``--output-dir``)."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import FORCE_GROUPS, dry_run_flag, install_flags, post_renderer_flags
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.render import Rendered
    from charthouse.cli.context import Context
    from charthouse.manifests.hooks import Hook

__all__ = ["COMMAND"]


# Go's unicode.IsSpace; Python's strip would also take the separators 0x1c to 0x1f.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


class TemplateFailed(CharthouseError):
    """The chart could not be rendered, or has no such template."""


def _flags() -> list[Flag]:
    return [
        *install_flags(template=True),
        Flag("show-only", "stringArray", "only the documents of this template (may be repeated)", short="s"),
        Flag("output-dir", "string", "write every template's documents to a file below this directory"),
        Flag("validate", "bool", "", deprecated="use '--dry-run=server' instead"),
        Flag("include-crds", "bool", "print CRDs as well"),
        Flag("skip-tests", "bool", "leave tests out"),
        Flag("is-upgrade", "bool", "set .Release.IsUpgrade instead of .Release.IsInstall"),
        Flag("kube-version", "string", "version of Kubernetes to render for"),
        Flag("api-versions", "stringSlice", "API versions the cluster is said to have (may be repeated)", short="a"),
        Flag("release-name", "bool", "with --output-dir, use a sub-directory named like the release"),
        dry_run_flag("client"),
        *post_renderer_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.cli.dry_run import dry_run_strategy
    from charthouse.cli.rendering import check_template_line, render_offline

    check_template_line(context)
    strategy = dry_run_strategy(context, template=True)
    if context["validate"]:
        strategy = "server"
    if strategy == "server":
        from charthouse.cli.rendering import render_with_server

        rendered = render_with_server(context)
    else:
        rendered = render_offline(context)
    failure = rendered.error
    if failure is None and context["output-dir"]:
        rendered, failure = _write_documents(context, rendered)
    if failure is not None and not context["debug"]:
        raise TemplateFailed(f"{failure.message}\n\nUse --debug flag to render out invalid YAML") from failure
    _show(context, rendered)
    if failure is not None:
        raise failure


def _show(context: Context, rendered: Rendered) -> None:
    shown = [h for h in rendered.hooks if not (context["skip-tests"] and "test" in h.events)]
    if context["no-hooks"]:
        shown = []
    manifest, hooks = _trim_space(rendered.manifest), "\n"
    if context["output-dir"]:
        _write_hooks(context, rendered.name, shown)
    else:
        hooks += "".join([f"---\n# Source: {hook.path}\n{hook.manifest}\n" for hook in shown])
    if context["show-only"]:
        failure = rendered.error if context["debug"] else None
        for document in _selected(context, manifest + hooks, failure):
            context.out.write(f"---\n{document}\n")
    else:
        context.out.write(manifest)  # with CRDs it may be large; not copied once more
        context.out.write(hooks)


def _trim_space(text: str) -> str:
    return text.strip(_SPACE)


def _write_documents(context: Context, rendered: Rendered) -> tuple[Rendered, CharthouseError | None]:
    """CRDs and plain documents to files; what is left to print, and what went wrong."""
    from charthouse.cli.output.files import OutputDirectory, WriteFailed
    from charthouse.records import replace

    say = context.out.write
    try:
        crds = OutputDirectory(context["output-dir"], say)
        for crd in rendered.crds:
            crds.write(crd.path, crd.file.data.decode("utf-8", "surrogateescape"))
        files = OutputDirectory(_directory(context, rendered.name), say)
        for document in rendered.documents:
            files.write(document.name, document.content)
    except WriteFailed as error:
        return replace(rendered, manifest="", hooks=()), error
    return replace(rendered, manifest=""), None


def _directory(context: Context, name: str) -> str:
    import os

    directory: str = context["output-dir"]
    return os.path.normpath(f"{directory}/{name}") if context["release-name"] else directory


def _write_hooks(context: Context, name: str, hooks: list[Hook]) -> None:
    import os

    from charthouse.cli.output.files import OutputDirectory

    directory = _directory(context, name)
    files = OutputDirectory(directory, context.out.write)
    for hook in hooks:
        if os.path.exists(os.path.join(directory, hook.path)):
            files.written.add(hook.path)
        files.write(hook.path, hook.manifest)


def _selected(context: Context, text: str, failure: CharthouseError | None) -> list[str]:
    """The documents of the templates --show-only names, pattern by pattern. Raises TemplateFailed for one without
    any."""
    from charthouse.manifests.split import split, split_helm3

    documents_of = split_helm3 if context.profile.trims_documents else split
    documents = [(_source(document), document) for document in documents_of(text)]
    found: list[str] = []
    for pattern in context["show-only"]:
        mine = [document for path, document in documents if path and _matches(pattern, path)]
        if not mine:
            if failure is not None:
                raise failure
            raise TemplateFailed(
                f"could not find template {pattern} in chart",
                hint=_not_found(pattern, [path for path, _ in documents if path], context.words[-1]),
            )
        found += mine
    return found


def _not_found(pattern: str, known: list[str], chart: str) -> str:
    """What may have been meant by a template that gave no document."""
    import os

    from charthouse.advice.nearness import meant

    inside = pattern.partition("/")[2]
    if inside in known:
        return f"did you mean {inside}? templates are named without the chart's name"
    if os.path.isfile(os.path.join(chart, pattern)):
        return f"{pattern} is there, but renders to nothing with these values: look at the conditions in it"
    near = meant(pattern, known)
    names = "templates are named from the chart's directory, as in templates/deployment.yaml"
    return f"{near}\n{names}" if near else f"{names}; one that renders to nothing is not found either"


def _matches(pattern: str, path: str) -> bool:
    from charthouse.charts.filematch import PatternError, match

    try:
        return match(pattern, path)
    except PatternError:
        return False


def _source(document: str) -> str:
    """The path behind the chart's name in the first `# Source:` comment, "" without one."""
    at = document.find("# Source: ")
    while at >= 0:
        line = document[at + 10 :].partition("\n")[0]
        chart, slash, path = line.partition("/")
        if chart and slash and path:
            return path
        at = document.find("# Source: ", at + 1)
    return ""


COMMAND = Command(
    "template [NAME] [CHART]",
    "render a chart without a cluster",
    long="""Render a chart's templates and print the documents.

No cluster is asked: its version and APIs are assumed (--kube-version, --api-versions), and lookups find nothing.
Values come from -f files and --set, --set-string, --set-json, --set-file and --set-literal, as for install.
""",
    args="min 1",
    flags=_flags,
    exclusive=(*FORCE_GROUPS, ("validate", "dry-run")),
    run=_run,
    bounded=True,
)
