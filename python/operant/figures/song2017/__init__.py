"""Figures of Song, Yang & Wang, *eLife* 6:e21492 (2017), from the tables of a reproduction.

`operant reproduce song2017` trains, examines, writes `FOLDER/tables`, and then has them drawn; or
by hand: ``python -m operant.figures.song2017 FOLDER [FIGURE…]``.
"""
