"""REST and JSON over the methods of `charthouse.v1`, for portals and scripts: also as an aggregated API of Kubernetes.

``site`` is what ``rpc.server`` is given; ``routes`` says which request means which RPC, as data, of which ``openapi``
makes the description. The handlers, layers and messages are those of gRPC: nothing is decided here but the form.
"""
