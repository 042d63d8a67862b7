"""The release server: for now rules of Helm 2's API that need none (``listing``, ``names``, ``client_version``).

Whose rules: helm v2.17.0 pkg/tiller, pkg/version. Errors are plain texts: over the wire Tiller gives them all as code 2
(UNKNOWN), and a client knows them by their words.
"""
