"""`python -m worker`. Every child imports this module again under another name, so it loads nothing by itself."""

import sys

if __name__ == "__main__":
    from worker.main import main

    sys.exit(main())
