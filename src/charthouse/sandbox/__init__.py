"""Charts rendered by a process that has nothing: no credentials, no network, no files, and bounded time and memory.

Tiller renders charts of people it does not trust. The render runs in a worker made for it alone: forked from a
*zygote*, an interpreter that was started with an empty environment, holds the code and no secret, and whose children
close every descriptor but one socket and put a system call filter on before they see a chart. What a template asks of
the cluster (`lookup`) goes through that socket to the parent, which answers as the caller. docs/tiller/isolation.md has
the reasons.

``pool.Pool`` keeps workers ready, ``renderer.Sandbox`` is what the verbs render with (``Environment.renderer``).
"""

from __future__ import annotations
