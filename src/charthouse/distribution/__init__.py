"""How charts travel: repositories and their indexes, what fetches them, the cache of what was fetched.

Rules: Helm 4.3.1 ``pkg/repo/v1``, ``pkg/getter``, ``pkg/downloader``. Files and directories are Helm's own.
"""
