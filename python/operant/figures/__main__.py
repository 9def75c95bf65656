"""`python -m operant.figures RUN` draws a run."""

import sys

from operant.figures.command import main

sys.exit(main())
