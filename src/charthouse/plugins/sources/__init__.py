"""Where plugins come from: a directory, an archive, a web server, a git repository, a registry.

``base`` has what all of them have, ``choice`` picks one by what was typed.
Whose rules: Helm 4.3.1 ``internal/plugin/installer``.
"""
