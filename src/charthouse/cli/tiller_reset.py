"""``reset``: what is removed, then removing it. Rules: helm v2.17.0 cmd/helm/reset.go (texts). Differs: Tiller need not
be running; releases are no reason to refuse, unless they are in Helm 2's form."""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.k8s.ports import KubeClient
    from charthouse.tiller.installation.plan import Step

__all__ = ["run"]


def run(context: Context) -> None:
    """The command. Raises InstallationError, ApiError, Unreachable."""
    from charthouse.cli.tiller_files import tiller_namespace
    from charthouse.cli.wiring import environment
    from charthouse.tiller.installation.errors import InstallationError
    from charthouse.tiller.installation.removal import check_releases, plan_removal

    if context.words:
        raise InstallationError("This command does not accept arguments")
    namespace = tiller_namespace(context)
    env = environment(context, namespace=namespace)
    env.cluster.reachable()
    client = env.cluster.client
    steps = plan_removal(client, namespace, force=context["force"])
    if not context["force"]:
        check_releases(client, namespace)
    if context["dry-run"]:
        context.out.write("".join(f"delete    {step.subject}\n" for step in steps))
        return
    _remove(context, client, steps)
    if context["remove-helm-home"]:
        context.hint(
            "--remove-helm-home does nothing: Helm 2's home is not used, and what Helm 4 keeps is not Tiller's"
        )
    context.out.write("Tiller (the Helm server-side component) has been uninstalled from your Kubernetes Cluster.\n")
    context.hint("releases stay: their records lie in their own namespaces and need no Tiller")


def _remove(context: Context, client: KubeClient, steps: list[Step]) -> None:
    from charthouse.tiller.installation.errors import InstallationError
    from charthouse.tiller.installation.execution import execute

    def tell(step: Step) -> None:
        context.out.write(f"Deleting {step.subject}\n")
        context.out.flush()

    try:
        execute(client, steps, tell)
    except CharthouseError as error:
        raise InstallationError(f"error uninstalling Tiller: {error.message}", hint=error.hint) from error
