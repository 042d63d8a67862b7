"""``test``: run the tests of a release. Rules: Helm 4.3.1 ``pkg/cmd/release_testing.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.global_flags import tiller_tls_flags
from charthouse.cli.names import complete_release
from charthouse.cli.shared_flags import timeout_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.options import TestOptions
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        timeout_flag(),
        Flag("logs", "bool", "print the logs of the test pods"),
        Flag("filter", "stringSlice", "tests to run: name=test1,name=test2, or !name=test to leave one out"),
        *tiller_tls_flags(),
    ]


def _options(context: Context) -> TestOptions:
    from charthouse.actions.options import TestOptions
    from charthouse.cli.cluster_flags import seconds

    include, exclude = [], []
    for text in context["filter"]:
        if text.startswith("name="):
            include.append(text[5:])
        elif text.startswith("!name="):
            exclude.append(text[6:])
        elif len(text) > 1 and text[0] == "!" and text[1] in " \t\n\f\r" and text.startswith("name=", 2):
            exclude.append(text[7:])
    return TestOptions(
        name=context.words[0],
        namespace=context.namespace,
        timeout=seconds(context),
        include=tuple(include),
        exclude=tuple(exclude),
    )


def _run(context: Context) -> None:
    from charthouse.cli.output.status import status_text
    from charthouse.cli.wiring import painter, verbs

    options = _options(context)
    asked = verbs(context)
    with painter(context) as progress:
        result = asked.test(options, logs=context["logs"], progress=progress)
    context.out.write(status_text(context, result.release, debug=context["debug"], hide_notes=True, stored=True))
    if context["logs"]:
        context.out.write("\n" + asked.test_logs(result, options))
    result.raise_failure()


COMMAND = Command(
    "test [RELEASE]",
    "run the tests of a release",
    long="Run the tests of a release (its chart's objects annotated helm.sh/hook: test) and print how they ended.\n",
    args="exact 1",
    flags=_flags,
    run=_run,
    complete=complete_release,
)
