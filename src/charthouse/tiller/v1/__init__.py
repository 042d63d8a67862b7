"""The release server's own API, `charthouse.v1`: every verb with typed requests and a stream of events.

``../proto`` describes it; ``described``, ``messages.pyi`` and ``rpcs`` are generated from there by
``tools/generate_messages.py``. What both ends need (options, values, releases, events and errors as messages and back)
stands in modules of their own; ``service`` is the server's end. Importing this package imports nothing else.
"""
