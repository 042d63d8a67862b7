"""A repository server: charts in a folder or a bucket, published over HTTP, uploaded and deleted through an API.

From the wire upwards: ``wire`` (HTTP/1.1 over one connection, through h11), ``listener`` (connections, their number and
their end), ``requests`` (request and answer as data), ``site`` (which handler, who may), ``api`` and ``files`` (what
ChartMuseum's clients and Helm ask), ``pages`` (what people look at). Below them ``catalogue`` is what the repository
holds: it reads a ``storage`` (``folder``, ``objects``), remembers in a ``journal`` what it has read, and gives the
index as text. ``uploads`` says what may come in.

Rules: the HTTP interface is that of ChartMuseum 0.16 (``pkg/chartmuseum/server/multitenant``, ``pkg/repo``): paths,
JSON and status codes. Differs: docs/guides/serving.md.
"""
