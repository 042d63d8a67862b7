"""Rendered text ↔ documents: split, kind order, hook annotations."""
