"""`python -m operant.serving`."""

import sys

from operant.serving.command import main

sys.exit(main())
