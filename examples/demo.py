"""The main job, narrated: a real-sized chart through its whole life on the embedded dev cluster. Run by `make demo`.

Needs nothing but the installed package: the cluster is charthouse's own, in a temporary directory, and goes at the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHART = Path(__file__).parent / "bookshop"
COLOUR = (sys.stdout.isatty() and "NO_COLOR" not in os.environ) or os.environ.get("FORCE_COLOR") == "1"


def paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


class Story:
    """Runs commands one after the other and tells what happens; any failure ends the demo with its exit status."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            **os.environ,
            "KUBECONFIG": str(home / "kubeconfig"),
            "HELM_CACHE_HOME": str(home / "cache"),
            "HELM_CONFIG_HOME": str(home / "config"),
            "HELM_DATA_HOME": str(home / "data"),
            "HELM_COLOR": "always" if COLOUR else "never",
        }
        self.step = 0

    def tell(self, text: str) -> None:
        self.step += 1
        sys.stdout.write("\n" + paint(f"{self.step:2}. {text}", "1;36") + "\n")
        sys.stdout.flush()

    def run(self, *arguments: str, expect: int = 0) -> None:
        shown = " ".join(a.replace(str(CHART), "bookshop") for a in arguments)
        sys.stdout.write(paint(f"    $ charthouse {shown}", "2") + "\n")
        sys.stdout.flush()
        done = subprocess.run(
            [sys.executable, "-m", "charthouse", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        for line in done.stdout.rstrip("\n").split("\n"):
            sys.stdout.write(f"      {line}\n")
        sys.stdout.flush()
        if done.returncode != expect:
            raise SystemExit(f"demo: `charthouse {shown}` ended with status {done.returncode}, expected {expect}")


def life(story: Story) -> None:
    chart = str(CHART)
    environment = CHART / "environments"
    story.tell("Look at the chart before trusting it")
    story.run("lint", chart, "--with-subcharts")
    story.run("show", "chart", chart)

    story.tell("Install it for staging and wait until everything is ready")
    story.run(
        "install", "shop", chart, "-n", "books", "--create-namespace", "-f", str(environment / "staging.yaml"), "--wait"
    )
    story.run("list", "-n", "books")
    story.run("status", "shop", "-n", "books")

    story.tell("See what production's values would change, then upgrade")
    production = ["-f", str(environment / "production.yaml")]
    story.run("diff", "upgrade", "shop", chart, "-n", "books", *production)
    story.run("upgrade", "shop", chart, "-n", "books", *production, "--wait", "--hide-notes")
    story.run("get", "values", "shop", "-n", "books")

    story.tell("A bad value is refused before anything is touched")
    story.run("upgrade", "shop", chart, "-n", "books", "--set", "parts.web.replicas=many", expect=1)

    story.tell("Roll back, and read the history")
    story.run("rollback", "shop", "1", "-n", "books", "--wait")
    story.run("history", "shop", "-n", "books")

    story.tell("Run the chart's own tests")
    story.run("test", "shop", "-n", "books")

    story.tell("Remove it: nothing is left")
    story.run("uninstall", "shop", "-n", "books", "--wait")
    story.run("list", "-A")


def main() -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="charthouse-demo-") as folder:
        story = Story(Path(folder))
        story.tell("Start a Kubernetes API of our own, in memory, on this machine")
        story.run("cluster", "start")
        try:
            life(story)
        finally:
            story.tell("Stop the dev cluster")
            story.run("cluster", "stop")
    sys.stdout.write("\n" + paint(f"Done in {time.monotonic() - started:.1f} s.", "1;32") + "\n")


if __name__ == "__main__":
    main()
