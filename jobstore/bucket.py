"""`python -m jobstore.bucket`: make the bucket that RFENGINE_ARTIFACT_URL names, where it is missing.

For a fresh S3 server of one's own. Everywhere else a bucket is made by whoever owns the account, with the rights that
the service needs: to get, put, delete and list objects.
"""

import sys

from jobstore.artifacts import open_artifacts
from jobstore.environment import BadSettingError
from jobstore.settings import StoreSettings

BAD_CONFIGURATION = 2


def main() -> int:
    """The exit code: 0 where the bucket is there now, 2 for settings that cannot be."""
    try:
        url = StoreSettings.from_environment().artifact_url
    except BadSettingError as error:
        print(f"bucket: {error}", file=sys.stderr)
        return BAD_CONFIGURATION
    store = open_artifacts(url)
    store.filesystem.makedirs(store.root.partition("/")[0] if url.startswith("s3://") else store.root, exist_ok=True)
    store.probe()
    return 0


if __name__ == "__main__":
    sys.exit(main())
