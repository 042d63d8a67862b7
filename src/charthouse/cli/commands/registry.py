"""``registry``: logging in to and out of registries, and the versions of a chart in one.

Rules: Helm 4.3.1 ``pkg/cmd/registry_login.go``, ``registry_logout.go``, ``pkg/registry/client.go`` (``Login``,
``Logout``); ``registry tags`` is ours.
"""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.distribution.errors import DistributionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _login_flags() -> list[Flag]:
    return [
        Flag("username", "string", "user name", short="u"),
        Flag("password", "string", "password or token", short="p"),
        Flag("password-stdin", "bool", "read the password from standard input"),
        Flag("insecure", "bool", "do not check the server's certificate"),
        Flag("cert-file", "string", "client certificate"),
        Flag("key-file", "string", "key of the client certificate"),
        Flag("ca-file", "string", "certificate authorities to trust"),
        Flag("plain-http", "bool", "use HTTP instead of HTTPS"),
    ]


def _login(context: Context) -> None:
    from charthouse.cli.fetching import fetcher
    from charthouse.cli.registries import store
    from charthouse.distribution.access import Access
    from charthouse.distribution.errors import FetchFailed
    from charthouse.distribution.registry.credentials import Credential
    from charthouse.distribution.registry.session import Session
    from charthouse.golang.strconv import quote
    from charthouse.logs import WARN, LogRecord

    host = context.words[0]
    name, password = _name_and_password(context)
    if "/" in host:
        text = "registry login currently only supports registry hostname, not a repository path"
        context.log(LogRecord(WARN, text, host=host, suggested=host.partition("/")[0]))
    _check_host(host)
    credential = Credential(name, password) if name else Credential(refresh_token=password)
    access = Access(
        cert_file=context["cert-file"], key_file=context["key-file"], ca_file=context["ca-file"],
        insecure=context["insecure"],
    )  # fmt: skip
    client = fetcher(context)
    session = Session(host, client, credential=lambda _: credential, access=access, plain_http=context["plain-http"])
    try:
        session.force_oauth = True
        try:
            session.ask("GET", "/v2/")
        except FetchFailed:
            session.force_oauth = False
            session.ask("GET", "/v2/")
    except FetchFailed as error:
        raise DistributionError(f"authenticating to {quote(host)}: {error}", hint=_login_hint(error)) from error
    finally:
        client.close()
    store(context).put(host, credential)
    context.out.write("Login Succeeded\n")


def _check_host(host: str) -> None:
    from charthouse.distribution.registry.reference import is_host
    from charthouse.golang.strconv import quote

    if not is_host(host):
        raise DistributionError(
            f"invalid reference: invalid registry {quote(host)}", hint="a host is wanted, example.com:5000 for instance"
        )


def _login_hint(error: DistributionError) -> str:
    text = str(error)
    if "HTTP response to HTTPS client" in text:
        return "the registry speaks plain HTTP: --plain-http, if you mean it"
    return "is the name or the password wrong?" if "401" in text else error.hint


def _name_and_password(context: Context) -> tuple[str, str]:
    from charthouse.cli.secrets import ask_secret, secret_from_stdin
    from charthouse.logs import WARN, LogRecord

    name, password = context["username"], context["password"]
    if context["password-stdin"]:
        return name, secret_from_stdin(context)
    if password:
        context.log(LogRecord(WARN, "using --password via the CLI is insecure. Use --password-stdin"))
        return name, password
    if not name:
        name = _line(context, "Username: ").strip()
    what = "Password" if name else "Token"
    password = ask_secret(context, f"{what}: ")
    if not password:
        raise DistributionError(f"{what.lower()} required")
    return name, password


def _line(context: Context, prompt: str) -> str:
    import sys

    context.out.write(prompt)
    context.out.flush()
    line = sys.stdin.readline()
    if not line:
        raise DistributionError("EOF", hint="standard input is empty: use --username and --password-stdin")
    return line.rstrip("\r\n")


def _logout(context: Context) -> None:
    from charthouse.cli.registries import store

    host = context.words[0]
    try:
        store(context).delete(host)
    except DistributionError as error:
        text = f"failed to delete the credential for {host}: {error}"
        raise DistributionError(text, hint=error.hint) from error
    context.out.write(f"Removing login credentials for {host}\n")


def _tags_flags() -> list[Flag]:
    from charthouse.cli.registry_listing import tags_flags

    return tags_flags()


def _tags(context: Context) -> None:
    from charthouse.cli.registry_listing import run_tags

    run_tags(context)


COMMAND = Command(
    "registry",
    "log in to and out of registries",
    long="Log in to and out of OCI registries. What is kept is kept in Docker's format; credential helpers that the\n"
    "file names are used.\n",
    args="none",
    children=(
        Command("login [host]", "log in to a registry", args="min 1", flags=_login_flags, run=_login),
        Command("logout [host]", "log out of a registry", args="min 1", run=_logout),
        Command(
            "tags oci://HOST/PATH/CHART",
            "list the versions of a chart in a registry",
            long="List the versions of a chart in a registry, the newest first, with what each says of itself.\n",
            args="exact 1",
            flags=_tags_flags,
            run=_tags,
        ),
    ),
)
