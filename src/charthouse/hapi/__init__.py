"""Helm 2's wire forms: the messages and the service of `hapi.*`, as Tiller 2.17 and its clients write them.

``proto/`` holds our description of them (package names, field numbers and streaming are the wire's); ``described``,
``messages.pyi`` and ``service`` are generated from it by ``tools/generate_messages.py``. Importing this package imports
nothing else; ``messages`` imports protobuf when a message is first asked for.

Why no ``*_pb2`` modules: those of protoc are tied to one or two major versions of the protobuf library, which would tie
everybody who installs charthouse; a serialized description is not. It is loaded into a pool of its own, so another
library in the process that brings ``hapi/*.proto`` too is no conflict.
"""
