"""Figures of Miconi, *eLife* 6:e20899 (2017), from the tables of a reproduction.

`operant reproduce miconi2017` trains, examines, writes `FOLDER/tables`, and then has them drawn; or
by hand: ``python -m operant.figures.miconi2017 FOLDER [FIGURE…]``.
"""
