"""`python -m pohoda_bridge.agent`."""

import sys

from pohoda_bridge.agent.cli import main

sys.exit(main())
