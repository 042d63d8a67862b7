"""Records what the real Helm 2.17 client and the real Tiller 2.17 say to each other, all ten RPCs and some failures.

    CHARTHOUSE_PEERS=… python tools/record_hapi.py

Starts Kubernetes, Tiller and the client (`make peers`) and writes tests/conformance/helm2/recorded.json: a list of
calls with method, headers, request, responses (base64), status code and message.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

FOLDER = ROOT / "tests" / "conformance" / "helm2"
CHART = FOLDER / "charts" / "meadow"
SESSION: tuple[tuple[int, str], ...] = (
    (0, "version"),
    (0, "list"),
    (0, "install CHART --name quiet --namespace fields --set cows=4,brook.fish=9 --wait --timeout 60"),
    (0, "install CHART --name dry --namespace fields --dry-run --debug"),
    (1, "install CHART --name quiet --namespace fields"),
    (0, "upgrade quiet CHART --set cows=5 --description better"),
    (0, "upgrade quiet CHART --reuse-values --set colour=blue --dry-run"),
    (0, "history quiet"),
    (0, "status quiet"),
    (0, "status quiet --revision 1"),
    (0, "get quiet"),
    (0, "get values quiet --revision 1 --all"),
    (0, "test quiet --timeout 60 --cleanup"),
    (0, "rollback quiet 1"),
    (0, "list --all --date"),
    (1, "rollback nobody 1"),
    (1, "status nobody"),
    (0, "delete quiet --no-hooks"),
    (0, "list --deleted"),
    (0, "delete quiet --purge"),
)


def main() -> None:
    """Run the session and write the record."""
    from tests.cluster.conftest import peer, start_real
    from tests.cluster.tiller2 import helm2_tool, recording, running_tiller

    os.environ.setdefault("CI", "true")
    with tempfile.TemporaryDirectory() as folder:
        cluster = start_real(Path(folder))
        running = next(cluster)
        with (
            running_tiller(peer("tiller2"), running.kubeconfig, "kube-system") as tiller,
            recording(tiller) as (address, recorder),
        ):
            helm2 = helm2_tool(peer("helm2"), address, running.kubeconfig, Path(folder) / "home")
            for status, line in SESSION:
                print(line)
                helm2.run(*line.replace("CHART", str(CHART)).split(), expect=status)
            calls = recorder.calls
        next(cluster, None)
    kinds = {call["method"] for call in calls}
    assert len(kinds) == 10, kinds
    (FOLDER / "recorded.json").write_text(json.dumps(calls, indent=1) + "\n")
    print(f"{len(calls)} calls of {len(kinds)} methods")


if __name__ == "__main__":
    main()
