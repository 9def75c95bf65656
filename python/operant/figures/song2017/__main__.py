"""`python -m operant.figures.song2017 FOLDER` draws the figures of a reproduction."""

import sys

from operant.figures.song2017.command import main

sys.exit(main())
