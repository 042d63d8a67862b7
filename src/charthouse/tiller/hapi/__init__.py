"""Helm 2's API: the ten RPCs of `hapi.services.tiller.ReleaseService`, as its client knows them.

``service.methods`` gives what an ``rpc`` server serves, ``versions.check_version`` the layer around it. Handlers are
thin: they find the release (``finding``), have a verb of ``actions.helm2`` done, and word its errors (``refusals``).

Whose rules: helm v2.17.0 pkg/tiller; docs/helm2.md lists what is not followed.
"""
