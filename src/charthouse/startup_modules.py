"""The modules of this package that every run of a command imports, in the order in which the imports end.

Written by ``tools/record_startup.py``; ``compiled`` makes bundles of them. A list that is not up to date costs time,
nothing else.
"""

from __future__ import annotations

__all__ = ["modules_of"]


def modules_of(word: str) -> list[str]:
    """The full names of the modules the command `word` imports, none for a command without a list."""
    return [f"charthouse.{name}" for name in _LISTS.get(word, "").split()]


_LISTS = {
    "env": """
        cli errors cli.context cli.flags records settings cli.main cli.bounds cli.streams cli.dispatch cli.global_flags
        logs cli.slog cli.command cli.table cli.commands cli.commands.env cli.namespace
    """,
    "lint": """
        cli errors cli.context cli.flags records settings cli.main cli.bounds cli.streams cli.dispatch cli.global_flags
        logs cli.slog cli.command cli.table cli.commands cli.shared_flags cli.commands.lint gotemplate
        gotemplate.deepstack gotemplate.errors gotemplate.limits golang golang.space cli.values_options profile
        cli.rendering lint.report lint.run lint cli.namespace engine engine.cache charts charts.kept charts.oserror
        lint.rules golang.kinds charts.metadata formats formats.yaml.errors formats.yaml.resolve formats.yaml.inline
        formats.yaml.blocks formats.yaml.block formats.yaml.reader formats.yaml lint.rules.chart_file
        lint.rules.documents lint.rules.crds lint.rules.dependencies lint.rules.deprecated_kinds
        lint.rules.object_names lint.rules.templates lint.rules.values_file lint.source charts.regular formats.semver
        formats.semver_constraints lint.rules.addresses charts.values charts.chart charts.loader charts.filematch
        charts.ignore charts.links charts.tarball charts.directory formats.yaml.documents charts.validation
        gotemplate.functions charts.capabilities charts.dependencies golang.size engine.functions engine.errors
        engine.programs engine.files golang.map_view engine.scope golang.strconv gotemplate.nodes golang.fmt
        gotemplate.novalue gotemplate.comparison gotemplate.escaping gotemplate.failure gotemplate.fields
        gotemplate.builtins gotemplate.arguments gotemplate.invocation gotemplate.variables gotemplate.expressions
        gotemplate.trail gotemplate.statements gotemplate.program engine.render sprig sprig.panics sprig.strval
        sprig.strings sprig.defaults formats.yaml.order formats.yaml.scalars formats.yaml.emit lint.rules.lifecycle
    """,
    "package": """
        cli errors cli.context cli.flags records settings cli.main cli.bounds cli.streams cli.dispatch cli.global_flags
        logs cli.slog cli.command cli.table cli.commands cli.shared_flags cli.commands.package gotemplate
        gotemplate.deepstack gotemplate.errors gotemplate.limits charts golang golang.kinds charts.metadata
        charts.chart cli.dependency_update cli.registry_tls cli.flag_kinds charts.archive profile charts.values
        charts.loader charts.oserror cli.chart_source formats formats.semver charts.kept cli.rendering engine
        engine.cache charts.filematch golang.space charts.ignore charts.links charts.regular charts.tarball
        charts.directory formats.yaml.errors formats.yaml.resolve formats.yaml.inline formats.yaml.blocks
        formats.yaml.block formats.yaml.reader formats.yaml formats.yaml.documents charts.validation charts.deflate
        charts.tarwriter formats.yaml.order formats.yaml.scalars golang.size formats.yaml.emit
    """,
    "repo-index": """
        cli errors cli.context cli.flags records settings cli.main cli.bounds cli.streams cli.dispatch cli.global_flags
        logs cli.slog cli.command cli.table cli.commands cli.shared_flags distribution distribution.errors
        cli.commands.repo cli.fetching distribution.atomic distribution.urls charts golang golang.kinds charts.metadata
        distribution.archives distribution.index distribution.indexing golang.moment charts.kept charts.chart profile
        charts.values charts.loader charts.regular formats formats.yaml.errors formats.yaml.resolve formats.yaml.inline
        formats.yaml.blocks formats.yaml.block formats.yaml.reader formats.yaml formats.semver formats.yaml.order
        formats.yaml.scalars golang.size formats.yaml.emit
    """,
    "show": """
        cli errors cli.context cli.flags records settings cli.main cli.bounds cli.streams cli.dispatch cli.global_flags
        logs cli.slog cli.command cli.table cli.commands cli.shared_flags cli.commands.show gotemplate
        gotemplate.deepstack gotemplate.errors gotemplate.limits charts golang golang.kinds charts.metadata
        charts.chart profile cli.chart_source cli.registry_tls charts.kept cli.rendering engine engine.cache
        charts.values charts.loader charts.oserror golang.space charts.regular charts.tarball formats
        formats.yaml.errors formats.yaml.resolve formats.yaml.inline formats.yaml.blocks formats.yaml.block
        formats.yaml.reader formats.yaml formats.yaml.documents charts.validation formats.semver
    """,
    "template": """
        cli errors cli.context cli.flags records settings cli.main cli.bounds cli.streams cli.dispatch cli.global_flags
        logs cli.slog cli.command cli.table cli.commands cli.shared_flags cli.commands.template gotemplate
        gotemplate.deepstack gotemplate.errors gotemplate.limits cli.dry_run cli.rendering cli.registry_tls
        cli.flag_kinds charts golang golang.kinds charts.metadata gotemplate.functions profile charts.capabilities
        actions charts.values engine golang.size engine.functions golang.space engine.errors engine.programs
        engine.files golang.map_view engine.scope golang.strconv gotemplate.nodes golang.fmt gotemplate.novalue
        gotemplate.comparison gotemplate.escaping gotemplate.failure gotemplate.fields gotemplate.builtins
        gotemplate.arguments gotemplate.invocation gotemplate.variables gotemplate.expressions gotemplate.trail
        gotemplate.statements gotemplate.program engine.render manifests manifests.hooks charts.scalars formats
        formats.yaml.errors formats.yaml.resolve formats.yaml.inline formats.yaml.blocks formats.yaml.block
        formats.yaml.reader formats.yaml manifests.head manifests.order manifests.split manifests.sort actions.render
        charts.chart cli.chart_source cli.values_options charts.loader charts.kept engine.cache charts.oserror
        charts.regular charts.tarball formats.yaml.documents charts.validation formats.semver charts.dependencies sprig
        sprig.panics sprig.strval sprig.strings sprig.defaults formats.yaml.order formats.yaml.scalars
        formats.yaml.emit
    """,
    "version": """
        cli errors cli.context cli.flags records settings cli.main cli.bounds cli.streams cli.dispatch cli.global_flags
        logs cli.slog cli.command cli.table cli.commands cli.commands.version
    """,
}
