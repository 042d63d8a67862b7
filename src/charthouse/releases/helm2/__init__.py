"""Releases as Helm 2's Tiller keeps them: read, written byte-compatibly, converted, migrated.

``payload`` is the text of a record, ``charts`` and ``conversion`` turn hapi messages into our models and back,
``companion`` keeps what a Helm 4 record has no place for, ``driver`` is a storage driver over Tiller's own records, and
``migration`` moves them into Helm 3's and 4's form. Nothing here imports protobuf before a message is needed.
"""
