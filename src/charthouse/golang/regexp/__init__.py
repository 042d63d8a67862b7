"""Go's regular expressions (RE2 syntax, leftmost-first, linear time): ``compile(text)`` and ``quote_meta(text)``.

Layers: ``classes`` (sets of characters) and ``unicode_classes`` (data) → ``syntax`` (text to tree, Go's errors) →
``program`` (tree to instructions) → ``machine`` (search) → ``expression`` (the methods of Go's Regexp). Python's ``re``
is not used: it backtracks without bound, its syntax and its Unicode classes are others, and importing it costs more
than most charts' expressions take here.
"""

from __future__ import annotations

from charthouse.golang.regexp.expression import Regexp, compile, quote_meta

__all__ = ["Regexp", "compile", "quote_meta"]
