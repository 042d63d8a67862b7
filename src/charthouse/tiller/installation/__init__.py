"""Putting Tiller into a cluster and taking it out again, as data before anything is done.

``options`` is what may be chosen, ``chart`` turns it into objects (our chart `charts/tiller`, rendered by our own
engine, so that `charthouse init` and `helm install` make the same), ``certificates`` and ``authority`` see to TLS,
``plan`` compares with the cluster, ``execution`` does it, ``removal`` finds what is to go. Nothing of the server itself
is imported: none of its libraries is needed to install it.
"""

from __future__ import annotations
