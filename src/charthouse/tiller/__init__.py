"""The release server: operations for callers whose rights it works with, by Helm 2's API and its own.

``server`` puts the parts together: ``identity`` (who calls), ``workplaces`` (the cluster as the caller, records where
they live), ``operations`` (work, journaled, gone on with by other replicas), ``hapi`` and ``v1`` (the services),
``gateway`` (the same as REST). ``client`` asks such a server; ``installation`` puts one into a cluster.
"""
