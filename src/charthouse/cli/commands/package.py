"""``package``: pack chart directories into archives.

Rules: Helm 4.3.1 ``pkg/cmd/package.go``, ``pkg/action/package.go``,
``pkg/cmd/source_date_epoch.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import KEYRING, tls_flags
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.cli.package_signing import Passphrases

__all__ = ["COMMAND"]


class PackageError(CharthouseError):
    """The chart cannot be packed."""


def _flags() -> list[Flag]:
    return [
        Flag("sign", "bool", "sign the archive"),
        Flag("key", "string", "name of the signing key"),
        Flag("keyring", "string", "keyring with the secret key to sign with", default=KEYRING),
        Flag("passphrase-file", "string", "file with the key's passphrase, - for standard input"),
        Flag("version", "string", "version to write into the chart"),
        Flag("app-version", "string", "appVersion to write into the chart"),
        Flag("destination", "string", "where to write the archive", default=".", short="d"),
        Flag("dependency-update", "bool", "fetch dependencies into charts/ first", short="u"),
        *tls_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.cli.dependency_update import source_date_epoch
    from charthouse.cli.registry_tls import check_registry_tls

    if not context.words:
        raise PackageError("need at least one argument, the path to the chart")
    epoch = source_date_epoch(context.environ)
    if context["sign"]:
        if not context["key"]:
            raise PackageError("--key is required for signing a package")
        if not context["keyring"]:
            raise PackageError("--keyring is required for signing a package")
    check_registry_tls(context)
    passphrases = _passphrases(context) if context["sign"] else None
    for word in context.words:
        path = _pack(context, word, epoch)
        if passphrases is not None:
            from charthouse.cli.package_signing import sign_package

            sign_package(context, path, passphrases)
        context.out.write(f"Successfully packaged chart and saved it to: {path}\n")


def _passphrases(context: Context) -> Passphrases:
    from charthouse.cli.package_signing import Passphrases

    return Passphrases(context)


def _pack(context: Context, word: str, epoch: int | None) -> str:
    import os

    from charthouse.charts.archive import save
    from charthouse.charts.loader import load
    from charthouse.charts.oserror import go_text
    from charthouse.cli.chart_source import kept_values, missing_dependencies
    from charthouse.cli.dependency_update import update_dependencies
    from charthouse.formats.semver import Version

    try:
        os.stat(word)
    except OSError as error:
        raise PackageError(go_text("stat", word, error)) from None
    path = os.path.abspath(word)
    if context["dependency-update"]:
        update_dependencies(context, path, say=lambda text: None)
    if not os.path.isdir(path):
        file = f"{path}/Chart.yaml"
        raise PackageError(f"unable to detect chart at {file}: open {file}: not a directory")
    chart = load(path, log=context.log, kept=kept_values(context))
    if chart.refused:
        raise PackageError("invalid chart apiVersion")
    if context["version"]:
        chart.metadata.version = context["version"]
    Version.parse(chart.metadata.version)
    if context["app-version"]:
        chart.metadata.app_version = context["app-version"]
    missing = missing_dependencies(chart)
    if missing:
        raise PackageError(missing)
    destination = os.getcwd() if context["destination"] == "." else context["destination"]
    try:
        return save(chart, destination, epoch=epoch)
    except CharthouseError as error:
        raise PackageError(f"failed to save: {error}", hint=error.hint) from error


COMMAND = Command(
    "package [CHART_PATH] [...]",
    "pack a chart directory into an archive",
    long="""Pack chart directories into archives called NAME-VERSION.tgz.

--sign writes a provenance file beside each (NAME-VERSION.tgz.prov), signed by the key whose name --key is or is part
of. Secret keys come from a keyring: `gpg --export-secret-keys >secring.gpg` makes one.

With SOURCE_DATE_EPOCH set, the same chart gives the same bytes.
""",
    flags=_flags,
    run=_run,
    bounded=True,
)
