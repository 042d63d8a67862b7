"""``--tiller`` on the command line: from flags and variables to the verbs of a release server, and what it says it is.

Rules: Helm 2.17.0 ``pkg/helm/environment`` and ``cmd/helm/helm.go`` for the flags, their variables and defaults (a flag
wins over its variable); the rest is ours: docs/tiller/client.md.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.verbs import Verbs
    from charthouse.cli.context import Context
    from charthouse.kube.client import Client
    from charthouse.tiller.client.connection import Connection
    from charthouse.tiller.client.settings import ClientSettings, TLSSettings
    from charthouse.tiller.identity.credentials import TillerCredentials

__all__ = ["TillerRefusal", "connection", "server_version", "tiller_verbs"]

_OURS = ("kube-as-user", "kube-as-group")
_COMPLETION_SECONDS = 5.0  # nobody waits longer for a list of names


class TillerRefusal(CharthouseError):
    """A flag or a variable that has no meaning once a release server does the work."""


def tiller_verbs(context: Context) -> Verbs:
    """The verbs as the release server does them; it is found and asked with the first one.

    Raises TillerRefusal, BadAddress, LibraryMissing.
    """
    from charthouse.tiller.client.libraries import insist

    insist()
    from charthouse.cli.wiring import log_lines
    from charthouse.kube.connect import SystemClock
    from charthouse.tiller.client.verbs import verbs_over

    _check_flags(context)
    if context.settings.driver and not _completing(context):
        context.hint("HELM_DRIVER has no effect with --tiller: the server knows where its records are")
    settings = _settings(context)
    return verbs_over(
        connection(context, settings),
        clock=SystemClock(),
        log=context.log,
        hint=context.hint,
        hook_output=lambda namespace, pod, container, text: log_lines(context, text),
        profile=context.profile,
        patience=settings.timeout,
        given=frozenset(context.flags.changed),
    )


def connection(context: Context, settings: ClientSettings | None = None) -> Connection:
    """The way to the release server `--tiller` names. Raises BadAddress."""
    from functools import cache

    from charthouse.tiller.client.connection import Connection
    from charthouse.tiller.client.settings import ClusterSide

    client = cache(lambda: _client(context))
    side = ClusterSide(client, cache(lambda: _credentials(context, client())))
    return Connection(settings or _settings(context), side, hint=context.hint)


def server_version(context: Context) -> tuple[str, str, str]:
    """(version, git commit, state of the tree) of the server, as Helm 2 names them. Raises as the verbs."""
    from charthouse.tiller.client.libraries import insist

    insist()
    from charthouse.kube.connect import SystemClock
    from charthouse.tiller.client.versions import ask

    _check_flags(context)
    return ask(connection(context), SystemClock())


def _check_flags(context: Context) -> None:
    for flag in _OURS:
        if context[flag]:
            raise TillerRefusal(
                f"--{flag} cannot be used with --tiller: Tiller takes nobody's word for who somebody is",
                hint=f"use that user's own kubeconfig, or leave out --tiller (--{flag} may come from a variable)",
            )


def _completing(context: Context) -> bool:
    return context.command.startswith("__complete")


def _settings(context: Context) -> ClientSettings:
    from charthouse.tiller.client.settings import ClientSettings

    seconds = float(max(1, context["tiller-connection-timeout"]))
    return ClientSettings(
        address=context["tiller"],
        namespace=context["tiller-namespace"],
        timeout=min(seconds, _COMPLETION_SECONDS) if _completing(context) else seconds,
        tls=_tls(context),
    )


def _tls(context: Context) -> TLSSettings:
    from charthouse.tiller.client.settings import TLSSettings

    environ = context.environ
    home = environ.get("HELM_HOME") or (f"{context.settings.home}/.helm" if context.settings.home else "")
    return TLSSettings(
        tls=_switch(context, "tls", "HELM_TLS_ENABLE"),
        verify=_switch(context, "tls-verify", "HELM_TLS_VERIFY"),
        hostname=_text(context, "tls-hostname", "HELM_TLS_HOSTNAME"),
        ca_file=_text(context, "tls-ca-cert", "HELM_TLS_CA_CERT"),
        cert_file=_text(context, "tls-cert", "HELM_TLS_CERT"),
        key_file=_text(context, "tls-key", "HELM_TLS_KEY"),
        home=home,
    )


def _switch(context: Context, flag: str, variable: str) -> bool:
    """A flag, else its variable: anything a truth value can be read of (Helm 2 hands the text to the flag)."""
    if flag in context.flags.changed:
        return bool(context[flag])
    given = context.environ.get(variable, "")
    if not given:
        return False
    from charthouse.cli.flag_kinds import parse_bool

    try:
        return bool(parse_bool(given))
    except ValueError as error:
        raise TillerRefusal(f"invalid value {given!r} of {variable}", hint="true or false") from error


def _text(context: Context, flag: str, variable: str) -> str:
    if flag in context.flags.changed:
        return str(context[flag])
    return context.environ.get(variable, "")


def _client(context: Context) -> Client:
    from charthouse.cli.wiring import connect_config
    from charthouse.kube.connect import SystemClock, connect

    if context["dev-cluster"]:
        from charthouse.cli.dev_cluster import connect_dev_cluster

        return connect_dev_cluster(context, SystemClock())
    return connect(connect_config(context), clock=SystemClock(), log=context.log)


def _credentials(context: Context, client: Client) -> TillerCredentials:
    from charthouse.cli.wiring import connect_config
    from charthouse.kube.connect import SystemClock, resolve
    from charthouse.tiller.identity.credentials import TillerCredentials

    config = connect_config(context)
    return TillerCredentials(
        resolve(config),
        client,
        clock=SystemClock(),
        environ=context.environ,
        interactive=config.interactive,
    )
