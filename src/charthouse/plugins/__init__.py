"""Plugins: programs (or Python objects) that add commands, fetch what has a scheme of its own, and rewrite manifests.

Two formats of Helm's are read, the legacy ``plugin.yaml`` of Helm 2 and 3 and Helm 4's ``apiVersion: v1``, in Helm's
own directories, so plugins installed with Helm run unchanged, and the other way round. The third kind is ours: Python
entry points (``native``). WebAssembly plugins are listed; they cannot be run.

Whose rules: Helm 4.3.1 ``internal/plugin``, ``pkg/cmd/plugin*.go``, ``pkg/getter/plugingetter.go``,
``pkg/postrenderer``. Nothing here is imported by a command that needs no plugin.
"""
