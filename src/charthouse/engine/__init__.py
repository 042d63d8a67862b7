"""Renders a chart: template order, include, tpl, required, lookup, `.Files`, error texts."""

from __future__ import annotations

from charthouse.engine.render import RenderError, render

__all__ = ["RenderError", "render"]
