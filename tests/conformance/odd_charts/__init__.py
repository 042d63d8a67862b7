"""A generator of odd and damaged charts, and the comparison of our answers about them with those of a live helm.

    python -m tests.conformance.odd_charts PATH_OF_HELM --charts 1000 --seed 7

`bases` makes sound charts, `chart_file`, `values`, `templates`, `tree` and `archives` damage them, `lines` makes
command lines, `play` runs them with both programs. Every case comes from its number alone, so that a number tells a
case.
"""
