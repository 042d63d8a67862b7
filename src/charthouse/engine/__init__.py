"""Renders a chart: template order, include, tpl, required, lookup, `.Files`, error texts (``engine.render``).

Nothing is imported here: `show` and `package` need the cache of this package, not the templates.
"""
