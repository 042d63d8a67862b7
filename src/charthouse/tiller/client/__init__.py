"""The client's side of the release server: how it is reached, and the verbs asked of it (``actions.verbs.Verbs``).

connection   address, tunnel through the API server, or the service's proxy; TLS; credentials
own*         the verbs by our own API (``charthouse.v1``)
hapi*        the verbs by Helm 2's API, for a Tiller of Helm 2
"""

from __future__ import annotations
