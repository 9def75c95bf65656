"""`python -m operant.figures.miconi2017 FOLDER` draws the figures of a reproduction."""

import sys

from operant.figures.miconi2017.command import main

sys.exit(main())
