"""Documents go to a post-renderer and come back to their templates; texts recorded from helm 4.3.1 with `cat`."""

from __future__ import annotations

import pytest

from charthouse.actions.postrender import PostRenderError, annotate_and_merge, post_render, split_and_deannotate
from charthouse.logs import silent

FILES = {
    "c/templates/a.yaml": (
        "# lead\napiVersion: v1\nkind: ConfigMap # trailing\nmetadata:\n  name: x\ndata:\n  # inner\n  k: |\n    text\n"
        "---\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n    helm.sh/hook: pre-install\n    z: y\n"
        "---\n# only comment\n---\nkind: Nometa\n"
    ),
    "c/templates/b.yaml": "kind: B\nmetadata: {name: b}\n",
    "c/templates/_p.yaml": "kind: No\n",
    "c/templates/empty.yaml": "\n",
}
MERGED = """\
# lead
apiVersion: v1
kind: ConfigMap # trailing
metadata:
  name: x
  annotations:
    postrenderer.helm.sh/postrender-filename: 'c/templates/a.yaml'
data:
  # inner
  k: |
    text
---
kind: Secret
metadata:
  name: s
  annotations:
    helm.sh/hook: pre-install
    z: y
    postrenderer.helm.sh/postrender-filename: 'c/templates/a.yaml'
---
kind: Nometa
metadata:
  annotations:
    postrenderer.helm.sh/postrender-filename: 'c/templates/a.yaml'
---
kind: B
metadata: {name: b, annotations: {postrenderer.helm.sh/postrender-filename: 'c/templates/b.yaml'}}
"""


def test_there_and_back() -> None:
    assert annotate_and_merge(FILES) == MERGED
    assert split_and_deannotate(MERGED) == {
        "c/templates/a.yaml": (
            "# lead\napiVersion: v1\nkind: ConfigMap # trailing\nmetadata:\n  name: x\ndata:\n  # inner\n  k: |\n"
            "    text\n---\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n    helm.sh/hook: pre-install\n"
            "    z: y\n---\nkind: Nometa\n"
        ),
        "c/templates/b.yaml": "kind: B\nmetadata: {name: b}\n",
    }


def test_new_documents_get_names() -> None:
    assert split_and_deannotate("kind: A\n---\nkind: B\n", "hooks") == {
        "generated-by-postrender-hooks-0.yaml": "kind: A\n",
        "generated-by-postrender-hooks-1.yaml": "kind: B\n",
    }


def test_strategies() -> None:
    seen: list[str] = []

    def renderer(text: str) -> str:
        seen.append(text)
        return text

    files = {"a": "kind: A\n---\nkind: H\nmetadata:\n  annotations:\n    helm.sh/hook: test\n"}
    assert post_render(files, renderer, "nohooks", log=silent)["a"].count("kind") == 2
    assert len(seen) == 1
    assert "kind: H" not in seen[0]
    post_render(files, renderer, "separate", log=silent)
    assert len(seen) == 3
    with pytest.raises(PostRenderError, match="unknown post-render strategy: 'x'"):
        post_render(files, renderer, "x", log=silent)


def test_errors() -> None:
    def broken(text: str) -> str:
        raise PostRenderError("exit status 3")

    with pytest.raises(PostRenderError) as caught:
        post_render({"a": "kind: A\n"}, broken, "combined", log=silent)
    assert str(caught.value) == "error while running post render on files: exit status 3"
    with pytest.raises(PostRenderError, match=r"^error while parsing post rendered output: error parsing YAML: "):
        post_render({"a": "kind: A\n"}, lambda text: "a: b: c", "combined", log=silent)
    with pytest.raises(PostRenderError, match=r"^error merging manifests: parsing a: "):
        post_render({"a": "a: b: c"}, lambda text: text, "combined", log=silent)
