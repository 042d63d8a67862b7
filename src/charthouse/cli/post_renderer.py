"""``--post-renderer``: what rewrites the rendered documents, found by its name and run with ``--post-renderer-args``.

A name with a slash in it is a program, as in Helm 3; another is a plugin of type postrenderer/v1, as in Helm 4; when no
plugin has it, an entry point of a Python package, then a program on PATH.

Rules: Helm 4.3.1 ``pkg/cmd/flags.go`` (``postRendererString``), ``pkg/postrenderer``; Helm 3.17.3 ``pkg/postrender``
for programs. Differs: what such a program writes on standard error is shown as it comes.
"""

from __future__ import annotations

import os

from charthouse.golang.strconv import quote
from charthouse.plugins.errors import NotFound, PluginError, PluginExit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.cli.context import Context
    from charthouse.plugins.discovery import Plugin
    from charthouse.plugins.native import Found
    from charthouse.settings import Settings

__all__ = ["check", "post_renderer"]


def check(name: str, before: str | None, settings: Settings | None) -> str:
    """The flag's value. Raises ValueError when there is no such post-renderer, or two are given."""
    if not name:
        return before or ""
    if before:
        raise ValueError("cannot specify --post-renderer flag more than once")
    try:
        _resolve(name, settings)
    except PluginError as error:
        raise ValueError(error.message) from error
    return name


def _resolve(name: str, settings: Settings | None) -> Plugin | Found | str:
    """The plugin, the entry point, or the program's path. Raises NotFound."""
    from charthouse.logs import silent
    from charthouse.plugins.discovery import find_one
    from charthouse.plugins.metadata import POST_RENDERER

    if os.sep in name:
        if os.path.isfile(name) and os.access(name, os.X_OK):
            return os.path.abspath(name)
        raise NotFound(f"unable to find binary at {name}: exec: {quote(name)}: {_unusable(name)}")
    path = settings.plugins if settings is not None else ""
    try:
        return find_one(path.split(os.pathsep) if path else [], type=POST_RENDERER, name=name, log=silent)
    except NotFound:
        if settings is None:
            raise
        from charthouse.plugins.native import POST_RENDERERS, find

        found = find(POST_RENDERERS, name)
        if found is not None:
            return found
        from shutil import which

        program = which(name, path=settings.search_path)
        if program is None:
            raise
        return os.path.abspath(program)


def _unusable(path: str) -> str:
    """Why a path names no program (``exec.LookPath``)."""
    if os.path.isdir(path):
        return "is a directory"
    return "permission denied" if os.path.exists(path) else f"stat {path}: no such file or directory"


def post_renderer(context: Context) -> Callable[[str], str] | None:
    """What the command line wants the documents to go through; None without the flag. Raises PluginError."""
    from charthouse.cli.bounds import unbounded

    name = context["post-renderer"]
    if not name:
        return None
    arguments = tuple(context["post-renderer-args"])
    found = _resolve(name, context.settings)
    step = _step(context, found, arguments)

    def render(text: str) -> str:
        context.out.flush()
        context.err.flush()
        rendered = unbounded(lambda: step(text))
        if not rendered.strip():
            raise PluginError(
                f"post-renderer {quote(name)} produced empty output",
                hint="a post-renderer reads the documents on standard input and writes all of them on standard output",
            )
        return rendered

    return render


def _step(context: Context, found: Plugin | Found | str, arguments: Sequence[str]) -> Callable[[str], str]:
    from charthouse.plugins.discovery import Plugin

    if isinstance(found, Plugin):
        plugin = found
        return lambda text: _by_plugin(context, plugin, text, arguments)
    if isinstance(found, str):
        program = found
        return lambda text: _by_program(context, program, text, arguments)
    entry = found
    return lambda text: _natively(entry, text, arguments)


def _by_plugin(context: Context, plugin: Plugin, text: str, arguments: Sequence[str]) -> str:
    from charthouse.cli.plugin_host import plugin_environ
    from charthouse.plugins.running import post_render

    data = text.encode("utf-8", "surrogateescape")
    try:
        out = post_render(plugin, data, arguments, plugin_environ(context), context.log)
    except PluginError as error:
        said = f"failed to invoke post-renderer plugin {quote(plugin.metadata.name)}: {error}"
        raise PluginError(said, hint=error.hint) from error
    return out.decode("utf-8", "surrogateescape")


def _by_program(context: Context, program: str, text: str, arguments: Sequence[str]) -> str:
    from charthouse.plugins.running import run_program

    data = text.encode("utf-8", "surrogateescape")
    status, out, said = run_program([program, *arguments], context.environ, data)
    errors = said.decode("utf-8", "surrogateescape")
    if status:
        problem = f"error while running command {program}. error output:\n{errors}: exit status {status}"
        failure = PluginExit(program, status)
        raise PluginError(problem) from failure
    if errors:
        context.err.write(errors)
    return out.decode("utf-8", "surrogateescape")


def _natively(found: Found, text: str, arguments: Sequence[str]) -> str:
    from charthouse.plugins.native import load_post_renderer

    render = load_post_renderer(found)
    try:
        return str(render(text, arguments))
    except Exception as error:  # a foreign package: anything may come
        problem = f"{type(error).__name__}: {error}"
        raise PluginError(f"{found.name} of the package {found.package} cannot render: {problem}") from error
