"""Flags several commands share, each group once. Names, types and defaults: Helm 4.3.1 ``pkg/cmd/flags.go``,
``install.go`` (``addInstallFlags``), ``helpers.go`` (``addDryRunFlag``); the sentences are ours."""

from __future__ import annotations

from charthouse.cli.flags import Flag, FromSettings

__all__ = [
    "FORCE_GROUPS", "KEYRING", "chart_source_flags", "dry_run_flag", "install_flags", "output_flag",
    "post_renderer_flags", "recover_flag", "timeout_flag", "tls_flags", "value_flags", "wait_flag",
]  # fmt: skip

KEYRING = FromSettings("default_keyring")
"""Where public keys are."""
_MINUTE = 60_000_000_000

FORCE_GROUPS = (("force-replace", "force-conflicts"), ("force", "force-conflicts"))
"""Flags that exclude each other wherever objects are applied."""


def value_flags() -> list[Flag]:
    return [
        Flag("values", "stringSlice", "values file, address, or - for standard input (may be repeated)", short="f"),
        Flag("set", "stringArray", "values as key1=val1,key2=val2 (may be repeated)"),
        Flag("set-string", "stringArray", "like --set, every value a string (may be repeated)"),
        Flag("set-file", "stringArray", "values read from files: key1=path1,key2=path2 (may be repeated)"),
        Flag("set-json", "stringArray", "JSON values: key1=json1,key2=json2, or one JSON object (may be repeated)"),
        Flag("set-literal", "stringArray", "one string value, nothing in it has a meaning (may be repeated)"),
    ]


def tls_flags() -> list[Flag]:
    return [
        Flag("username", "string", "user name for the repository"),
        Flag("password", "string", "password for the repository"),
        Flag("cert-file", "string", "client certificate"),
        Flag("key-file", "string", "key of the client certificate"),
        Flag("insecure-skip-tls-verify", "bool", "do not check the server's certificate"),
        Flag("plain-http", "bool", "use HTTP instead of HTTPS"),
        Flag("ca-file", "string", "certificate authorities to trust"),
    ]


def chart_source_flags() -> list[Flag]:
    return [
        Flag("version", "string", "version of the chart, or a range such as ^2.0.0; the latest when not given"),
        Flag("verify", "bool", "check the chart's signature before it is used"),
        Flag("keyring", "string", "public keys signatures are checked with", default=KEYRING),
        Flag("verify-cosign-key", "string", "public key that cosign must have signed the chart with"),
        Flag("verify-cosign-identity", "string", "who must have signed the chart, without a key: an address or a URI"),
        Flag("verify-cosign-issuer", "string", "who vouches for that identity, an OIDC issuer"),
        Flag("verify-cosign-bundle", "string", "file with cosign's signature, instead of those in the registry"),
        Flag("repo", "string", "address of the repository to look for the chart in"),
        *tls_flags(),
        Flag("pass-credentials", "bool", "send the credentials to every host"),
    ]


def wait_flag() -> Flag:
    return Flag(
        "wait", "WaitStrategy", "wait, up to --timeout: watcher (as bare --wait), hookOnly or legacy",
        default="hookOnly", bare="watcher",
    )  # fmt: skip


def output_flag() -> Flag:
    return Flag("output", "format", "output format: table, json, yaml", default="table", short="o")


def dry_run_flag(default: str = "none") -> Flag:
    choices = "none, client or server" if default == "none" else "client or server"
    return Flag("dry-run", "string", f"only show what would be done: {choices}", default=default, bare="unset")


def post_renderer_flags() -> list[Flag]:
    return [
        Flag("post-renderer", "postRendererString", "plugin that rewrites the rendered manifests"),
        Flag("post-renderer-args", "postRendererArgsSlice", "argument for the post-renderer (may be repeated)"),
    ]


def timeout_flag() -> Flag:
    return Flag("timeout", "duration", "time any single operation on the cluster may take", default=5 * _MINUTE)


def install_flags(*, template: bool = False) -> list[Flag]:
    """What install and template share."""
    unused = "this flag has no effect for 'helm template' and will be removed in Helm 5" if template else ""
    return [
        Flag("create-namespace", "bool", "create the namespace when it is missing"),
        Flag("force-replace", "bool", "replace objects instead of patching them"),
        Flag("force", "bool", "", variable="force-replace", deprecated="use --force-replace instead"),
        Flag("force-conflicts", "bool", "take over fields other managers own (server-side apply)"),
        Flag("server-side", "bool", "let the server merge updates (server-side apply)", default=True),
        Flag("no-hooks", "bool", "do not run hooks"),
        Flag("replace", "bool", "use a name again whose release was removed but is still in the history"),
        timeout_flag(),
        Flag("wait-for-jobs", "bool", "with --wait, wait until jobs have completed as well"),
        Flag("generate-name", "bool", "make up a name; NAME is not given then", short="g"),
        Flag("name-template", "string", "template that makes the name"),
        Flag("description", "string", "description to record"),
        Flag("devel", "bool", "consider pre-releases too (version '>0.0.0-0'); ignored with --version"),
        Flag("dependency-update", "bool", "fetch missing dependencies first"),
        Flag("disable-openapi-validation", "bool", "do not check objects against the cluster's schema"),
        Flag("rollback-on-failure", "bool", "undo everything when it fails; implies --wait=watcher"),
        Flag("atomic", "bool", "", variable="rollback-on-failure", deprecated="use --rollback-on-failure instead"),
        Flag("skip-crds", "bool", "do not install CRDs"),
        Flag("render-subchart-notes", "bool", "show the notes of sub-charts as well", deprecated=unused),
        Flag("skip-schema-validation", "bool", "do not check values against JSON schemas"),
        Flag("allow-schema-urls", "bool", "fetch the schemas a values.schema.json refers to by http or https address"),
        Flag("labels", "stringToString", "labels for the release record: key1=val1,key2=val2", short="l"),
        Flag("enable-dns", "bool", "let templates look up host names"),
        Flag("hide-notes", "bool", "do not show the notes", deprecated=unused),
        Flag("take-ownership", "bool", "adopt existing objects whoever they belong to"),
        *value_flags(),
        *chart_source_flags(),
        wait_flag(),
    ]


def recover_flag() -> Flag:
    """Ours: see actions/options.py."""
    return Flag("recover", "bool", "take over a release another program left pending")
