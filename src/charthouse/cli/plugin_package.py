"""``plugin package`` and ``plugin verify``. Rules: Helm 4.3.1 ``pkg/cmd/plugin_package.go``, ``plugin_verify.go``."""

from __future__ import annotations

import os
import time

from charthouse.charts.oserror import go_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.provenance.openpgp.entity import Entity

__all__ = ["package", "verify"]


def package(context: Context, directory: str) -> None:
    """Pack the plugin in `directory`, and sign the archive. Raises PluginError, ProvenanceError."""
    from charthouse.plugins.archive import pack
    from charthouse.plugins.discovery import load
    from charthouse.plugins.errors import PluginError
    from charthouse.plugins.placing import make_folder, write_file
    from charthouse.plugins.signing import sign

    _stat(directory)
    if not os.path.isdir(directory):
        raise PluginError("plugin package only supports directories, not tarballs")
    try:
        metadata = load(directory).metadata
    except PluginError as error:
        raise PluginError(f"invalid plugin directory: {error}", hint=error.hint) from error
    make_folder(context["destination"])
    signer = _signer(context) if context["sign"] else None
    if signer is None:
        context.out.write(
            "WARNING: Skipping plugin signing. This is not recommended for plugins intended for distribution.\n"
        )
    path = os.path.join(context["destination"], metadata.file_name)
    path = os.path.normpath(path)
    archive = pack(directory, metadata.name)
    signature = b""
    if signer is not None:
        signature = sign(archive, metadata.file_name, metadata, signer, now=int(time.time()), salt=os.urandom(32))
    write_file(path, archive)
    if signer is not None:
        write_file(f"{path}.prov", signature)
        context.out.write(f"Successfully signed. Signature written to: {path}.prov\n")
    context.out.write(f"Successfully packaged plugin and saved it to: {path}\n")


def _signer(context: Context) -> Entity:
    """The key to sign with, unlocked. Raises ProvenanceError."""
    from charthouse.cli.package_signing import Passphrases
    from charthouse.provenance import ProvenanceError, find_key, load_keyring, unlock

    try:
        known = load_keyring(context["keyring"])
        key = find_key(known, context["key"]) if context["key"] else None
    except ProvenanceError as error:
        raise ProvenanceError(f"error reading from keyring: {error}", hint=error.hint) from error
    if context["passphrase-file"]:
        passphrase = _passphrase_file(context)
        return unlock(key, lambda name: passphrase)
    return unlock(key, Passphrases(context).source(""))


def _passphrase_file(context: Context) -> bytes:
    """What --passphrase-file holds, less the line end; standard input must be a pipe. Raises PluginError."""
    import stat

    from charthouse.plugins.errors import PluginError

    path = context["passphrase-file"]
    if path != "-":
        try:
            with open(path, "rb") as stream:
                return stream.read(1 << 16).rstrip(b"\r\n")
        except OSError as error:
            raise PluginError(go_text("open", path, error)) from error
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        raise PluginError("specified reading passphrase from stdin, without input on stdin")
    return context.stdin().rstrip(b"\r\n")


def verify(context: Context, path: str) -> None:
    """Check the signature of the archive at `path`. Raises PluginError, ProvenanceError."""
    from charthouse.plugins.errors import PluginError
    from charthouse.plugins.signing import report
    from charthouse.plugins.signing import verify as check

    _stat(path)
    if os.path.isdir(path):
        raise PluginError("directory verification not supported - only plugin tarballs can be verified")
    if not path.endswith((".gz", ".tgz")):
        raise PluginError("plugin file must be a gzipped tarball (.tar.gz or .tgz)")
    proof = f"{path}.prov"
    if not os.path.exists(proof):
        text = f"could not find provenance file {proof}: stat {proof}: no such file or directory"
        raise PluginError(text, hint="`charthouse plugin package` makes one beside the archive")
    archive = _read(path, "failed to read plugin file")
    provenance = _read(proof, "failed to read provenance file")
    found = check(archive, provenance, os.path.basename(path), context["keyring"], now=int(time.time()))
    context.out.write(report(found))


def _stat(path: str) -> None:
    from charthouse.plugins.errors import PluginError

    try:
        os.stat(path)
    except OSError as error:
        raise PluginError(go_text("stat", path, error)) from error


def _read(path: str, words: str) -> bytes:
    from charthouse.plugins.errors import PluginError

    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise PluginError(f"{words}: {go_text('open', path, error)}") from error
