"""``init``: what is asked for, what is there, what is to be done; then doing it, with Helm 2's messages.

Rules: helm v2.17.0 cmd/helm/init.go (order, texts, exit status). Differs: repositories are not added; manifests are
not printed beside an installation (``--debug`` alone), since keys are among them.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.cli.context import Context
    from charthouse.tiller.installation.certificates import Certificates, Wanted
    from charthouse.tiller.installation.options import Options
    from charthouse.tiller.installation.plan import Step
    from charthouse.tiller.installation.survey import Survey

__all__ = ["run"]

_DOING = {"create": "Creating", "update": "Updating", "replace": "Replacing", "delete": "Deleting"}


def run(context: Context) -> None:
    """The command. Raises InstallationError, ApiError, Unreachable."""
    from charthouse.cli.tiller_files import wanted_certificates
    from charthouse.tiller.installation.errors import InstallationError

    if context.words:
        raise InstallationError("This command does not accept arguments")
    _remark_on_old_flags(context)
    wanted = wanted_certificates(context)
    if context["output"] or (context["dry-run"] and context["debug"]):
        _print_manifests(context, wanted)
        return
    if not context["dry-run"]:
        _configure_home(context)
    if context["client-only"]:
        context.out.write("Not installing Tiller due to 'client-only' flag having been set\n")
        return
    _Installation(context, wanted).run()


def _remark_on_old_flags(context: Context) -> None:
    from charthouse.tiller.installation.errors import BadOption

    if context["canary-image"]:
        raise BadOption("there is no canary image of Tiller", hint="--tiller-image names the image to use")
    for name in ("skip-refresh", "skip-repos", "use-deprecated-stable-repository", "local-repo-url"):
        if name in context.flags.changed:
            context.hint(f"--{name} does nothing: init adds no repositories")
    if "stable-repo-url" in context.flags.changed:
        context.hint(f"init adds no repositories; charthouse repo add stable {context['stable-repo-url']} does")
    if "tiller-tls-hostname" in context.flags.changed:
        context.hint("--tiller-tls-hostname does nothing: init does not speak to Tiller")
    if "namespace" in context.flags.changed and "tiller-namespace" not in context.flags.changed:
        context.hint("--namespace does not say where Tiller goes: see --tiller-namespace")


def _print_manifests(context: Context, wanted: Wanted) -> None:
    """Every object, and nothing else: no cluster is asked, so `auto` means certificates of Tiller's own."""
    import os
    from datetime import UTC, datetime

    from charthouse.cli.output.manifests_helm2 import manifests_text
    from charthouse.cli.tiller_files import tiller_namespace
    from charthouse.tiller.installation.certificates import Present, choose
    from charthouse.tiller.installation.chart import objects
    from charthouse.tiller.installation.choices import options

    chosen = _told(context)
    made = options(tiller_namespace(context), chosen)
    present = Present(cert_manager=wanted.source == "cert-manager" or bool(wanted.issuer))
    certificates = choose(wanted, present, made.namespace, now=datetime.now(UTC))
    found = objects(made, certificates, _journal_key(os.urandom(32)), chosen)
    context.out.write(manifests_text(found, context["output"] or "yaml"))


def _journal_key(random: bytes) -> str:
    import base64

    return base64.b64encode(random).decode()


def _told(context: Context) -> dict[str, Any]:
    """What the command line says that is to be noted, by flag name."""
    from charthouse.tiller.installation.choices import NOTED

    given = {name: context[name] for name in NOTED if name in context.flags.changed}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}


def _configure_home(context: Context) -> None:
    """The directories Helm keeps its things in, with Helm 2's messages."""
    import os

    home = context.settings.config_home
    folders = [home, context["repository-cache"], context.settings.plugins.partition(os.pathsep)[0]]
    for folder in dict.fromkeys(folders):
        if folder and not os.path.isdir(folder):
            context.out.write(f"Creating {folder} \n")
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError as error:
                from charthouse.tiller.installation.errors import InstallationError

                reason = (error.strerror or str(error)).lower()
                raise InstallationError(
                    f"error initializing: could not create {folder}: {reason}",
                    hint="HELM_CONFIG_HOME and its like name others",
                ) from error
    context.out.write(f"$HELM_HOME has been configured at {home}.\n")
    context.out.flush()


class _Installation:
    """One installation or upgrade."""

    def __init__(self, context: Context, wanted: Wanted) -> None:
        from charthouse.cli.tiller_files import tiller_namespace
        from charthouse.cli.wiring import environment

        self._context = context
        self._wanted = wanted
        self._namespace: str = tiller_namespace(context)
        self._env: Environment = environment(context, namespace=self._namespace)
        self._client = self._env.cluster.client
        self._journal_key = ""

    def run(self) -> None:
        from charthouse.tiller.installation.survey import look

        context = self._context
        self._env.cluster.reachable()
        survey = look(self._client, self._namespace)
        if survey.deployment is not None and not context["upgrade"] and not context["force-upgrade"]:
            self._tell_of_existing(survey)
            return
        try:
            self._install(survey)
        except CharthouseError as error:
            from charthouse.tiller.installation.errors import InstallationError, NotReady

            if isinstance(error, NotReady):
                raise
            doing = "installing" if survey.deployment is None else "when upgrading"
            raise InstallationError(f"error {doing}: {error.message}", hint=error.hint) from error

    def _tell_of_existing(self, survey: Survey) -> None:
        from charthouse.tiller.installation.predecessor import image_of

        context = self._context
        context.out.write(
            "Warning: Tiller is already installed in the cluster.\n"
            "(Use --client-only to suppress this message, or --upgrade to upgrade Tiller to the current version.)\n"
        )
        if not survey.is_ours and survey.deployment is not None:
            context.hint(
                f"it was not made by `charthouse init`: its image is {image_of(survey.deployment)}; "
                "--upgrade puts charthouse's in its place, and keeps its releases"
            )

    def _install(self, survey: Survey) -> None:
        from charthouse.tiller.installation.certificates import choose
        from charthouse.tiller.installation.choices import options

        context = self._context
        chosen = self._chosen(survey)
        made = options(self._namespace, chosen)
        wanted = self._with_noted(chosen)
        certificates = choose(wanted, survey.certificates, self._namespace, now=self._now())
        import os

        self._journal_key = survey.journal_key or _journal_key(os.urandom(32))
        self._prepare_namespace()
        steps = self._planned(survey, made, certificates, chosen)
        if context["dry-run"]:
            for step in steps:
                context.out.write(f"{step.action:<9} {step.subject}\n")
            return
        self._execute(steps)
        if certificates.source == "cert-manager":
            self._publish(survey, made, certificates, chosen)
        self._end(survey, made, certificates, steps)

    def _prepare_namespace(self) -> None:
        from charthouse.tiller.installation.execution import check_namespace, create_namespace

        if not self._context["create-namespace"]:
            check_namespace(self._client, self._namespace)
        elif not self._context["dry-run"] and create_namespace(self._client, self._namespace):
            self._context.out.write(f"Creating Namespace {self._namespace}\n")

    def _now(self) -> Any:
        from datetime import UTC

        return self._env.clock.now().astimezone(UTC)

    def _chosen(self, survey: Survey) -> dict[str, Any]:
        """What earlier inits were told (or Helm 2's), and over it what this one is told."""
        from charthouse import __version__
        from charthouse.tiller.installation.choices import next_image
        from charthouse.tiller.installation.predecessor import carried_over, choices_of

        told = _told(self._context)
        if survey.deployment is None or self._context["reset-options"]:
            return told
        if not survey.is_ours:
            return {**carried_over(survey.deployment), **told}
        before = choices_of(survey.deployment)
        if "tiller-image" in before and "tiller-image" not in told:
            labels = survey.deployment["metadata"].get("labels") or {}
            old = str(labels.get("app.kubernetes.io/version", ""))
            before["tiller-image"] = next_image(str(before["tiller-image"]), old, __version__)
        return {**before, **told}

    def _with_noted(self, chosen: dict[str, Any]) -> Wanted:
        """The certificates wanted, where the command line does not say as earlier inits did."""
        from charthouse.records import replace

        wanted, changed = self._wanted, self._context.flags.changed
        if "certificates" not in changed and wanted.pair is None and chosen.get("certificates"):
            wanted = replace(wanted, source=str(chosen["certificates"]))
        if "issuer" not in changed and chosen.get("issuer"):
            wanted = replace(wanted, issuer=str(chosen["issuer"]))
        if chosen.get("store-authority"):
            wanted = replace(wanted, keep_signing=True)
        return replace(wanted, days=int(chosen.get("certificate-days", wanted.days)))

    def _planned(self, survey: Survey, made: Options, certificates: Certificates, chosen: dict[str, Any]) -> list[Step]:
        from charthouse.tiller.installation.chart import objects
        from charthouse.tiller.installation.plan import plan, plan_pruning
        from charthouse.tiller.installation.predecessor import check_version, image_of
        from charthouse.tiller.installation.removal import made as made_before

        found = objects(made, certificates, self._journal_key, chosen)
        if survey.deployment is not None and not self._context["force-upgrade"]:
            deployment = next(body for body in found if body["kind"] == "Deployment")
            check_version(image_of(survey.deployment), image_of(deployment))
        adopt = self._context["upgrade"] or self._context["force-upgrade"]
        steps = plan(self._client, found, adopt=adopt, force=self._context["force-conflicts"])
        if not survey.is_ours:
            return steps
        return [*steps, *plan_pruning(made_before(self._client, self._namespace), steps)]

    def _execute(self, steps: list[Step]) -> None:
        from charthouse.tiller.installation.execution import execute

        def tell(step: Step) -> None:
            self._context.out.write(f"{_DOING[step.action]} {step.subject}\n")
            self._context.out.flush()

        execute(self._client, steps, tell, force=self._context["force-conflicts"])

    def _publish(self, survey: Survey, made: Options, certificates: Certificates, chosen: dict[str, Any]) -> None:
        """What cert-manager's certificate is checked by is known once it is issued."""
        from charthouse.records import replace
        from charthouse.tiller.installation.execution import issued_authority

        timeout = self._context["timeout"] / 1e9
        authority = issued_authority(self._client, self._namespace, clock=self._env.clock, timeout=timeout)
        if authority != certificates.authorities:
            self._execute(self._planned(survey, made, replace(certificates, authorities=authority), chosen))

    def _end(self, survey: Survey, made: Options, certificates: Certificates, steps: list[Step]) -> None:
        from charthouse.tiller.installation.predecessor import image_of

        context = self._context
        image = image_of(next(step.body for step in steps if step.body["kind"] == "Deployment"))
        if survey.deployment is not None:
            self._wait(steps)
            context.out.write(f"\nTiller (the Helm server-side component) has been updated to {image} .\n")
        else:
            context.out.write(
                "\nTiller (the Helm server-side component) has been installed into your Kubernetes Cluster.\n"
            )
            self._wait(steps)
        for line in self._remarks(survey, made, certificates):
            context.hint(line)

    def _wait(self, steps: list[Step]) -> None:
        if not self._context["wait"]:
            return
        from charthouse.cli.wiring import painter
        from charthouse.tiller.installation.execution import wait_ready

        self._context.out.flush()
        with painter(self._context) as progress:
            wait_ready(self._env.cluster, steps, self._context["timeout"] / 1e9, progress)

    def _remarks(self, survey: Survey, made: Options, certificates: Certificates) -> list[str]:
        """What the administrator should know or do."""
        from charthouse.tiller.installation.remarks import remarks
        from charthouse.tiller.installation.survey import further_rights

        account = made.service_account or "tiller"
        rights = further_rights(self._client, self._namespace, account)
        return remarks(made, certificates, rights, replaced=survey.deployment is not None and not survey.is_ours)
