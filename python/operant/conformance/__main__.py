"""`python -m operant.conformance --endpoint ENDPOINT` examines a server."""

import sys

from operant.conformance.command import main

sys.exit(main())
