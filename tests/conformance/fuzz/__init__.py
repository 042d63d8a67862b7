"""Differential fuzzing of the template engine: random snippets, rendered here and by Helm's own engine.

One grammar (``statements``, ``expressions``, ``spellings``), typed by the tables of ``signatures``, is driven by a
seeded generator for volume (``tools/fuzz_templates.py``) and by Hypothesis for shrinking (``test_fuzz.py``).
``mutations`` damages the templates of real charts instead. ``peers`` renders, ``comparison`` says what counts as a
difference and why, ``shrinking`` makes a difference small. See docs/fuzzing.md.
"""
