"""The verbs as Tiller 2.17 does them: what requests by Helm 2's API come to.

Only what Helm 2 orders, records, or words differently is here; the lock, the journal, what an interrupted operation
left, progress and the cluster's ports are those of every verb (``actions``). An Environment for them has the profile
helm2, a cluster of Helm 2's rules and a store that gives back whole releases (``releases.helm2``).

=========  =============================================================================
install    ``run(env, chart, config, options, *, progress) -> Release``
upgrade    ``run(env, chart, config, options, *, progress) -> Release``
rollback   ``run(env, options, *, progress) -> Release``
uninstall  ``run(env, options, *, progress) -> Uninstalled``
testing    ``run(env, options, tell, *, progress) -> Release``
status     ``resources(env, release) -> str``
=========  =============================================================================

chart and config are hapi messages: what the client sent, and what is stored as it was sent.

Whose rules: helm v2.17.0 pkg/tiller, pkg/kube, pkg/releasetesting; docs/helm2.md lists what is not followed.
"""
