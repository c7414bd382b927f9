"""What the service may be told by its environment."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from jobstore.environment import BadSettingError, number, switch, text, whole
from jobstore.settings import StoreSettings


@dataclass(frozen=True)
class ServiceSettings:
    """Limits and the key of one service process; sizes in bytes."""

    store: StoreSettings
    max_upload: int = 512 << 20
    max_images: int = 256 << 20
    max_objects: int = 1 << 30
    max_queue: int = 1000
    min_free: int = 256 << 20  # of every disk that a store lies on
    api_key: str | None = None  # the first key, with every scope
    key_jobs: int = 200  # unfinished at once, of a key without a number of its own
    key_bytes: int = 50 << 30  # uploaded in a day (UTC), likewise
    rate: float = 100.0  # requests a second of one key, over all API processes; 0 for any number
    bound: str = "127.0.0.1"  # the address that is listened on
    hosts: tuple[str, ...] = ()  # further names the service goes by
    webhooks: bool = False
    max_wait: float = 60.0  # seconds that `Prefer: wait` may ask for
    watch_every: float = 0.25  # seconds between looks at the jobs that somebody waits for

    @property
    def burst(self) -> float:
        """Requests that a key may make at once, after a while without any."""
        return max(10.0, 2.0 * self.rate)

    @classmethod
    def from_environment(cls) -> "ServiceSettings":
        """Read RFENGINE_{MAX_UPLOAD,MAX_IMAGES,MAX_OBJECTS,MAX_QUEUE,MIN_FREE,API_KEY,KEY_JOBS,KEY_BYTES,RATE,HOSTS,
        WEBHOOKS,MAX_WAIT,WATCH}, and the store's settings.
        """
        return cls(
            store=StoreSettings.from_environment(),
            max_upload=whole("RFENGINE_MAX_UPLOAD", cls.max_upload, least=1),
            max_images=whole("RFENGINE_MAX_IMAGES", cls.max_images, least=1),
            max_objects=whole("RFENGINE_MAX_OBJECTS", cls.max_objects, least=1),
            max_queue=whole("RFENGINE_MAX_QUEUE", cls.max_queue, least=1),
            min_free=whole("RFENGINE_MIN_FREE", cls.min_free),
            api_key=text("RFENGINE_API_KEY", "") or None,
            key_jobs=whole("RFENGINE_KEY_JOBS", cls.key_jobs, least=1),
            key_bytes=whole("RFENGINE_KEY_BYTES", cls.key_bytes, least=1),
            rate=number("RFENGINE_RATE", cls.rate),
            hosts=tuple(filter(None, (name.strip() for name in text("RFENGINE_HOSTS", "").split(",")))),
            max_wait=number("RFENGINE_MAX_WAIT", cls.max_wait),
            watch_every=number("RFENGINE_WATCH", cls.watch_every, least=0.01),
            webhooks=switch("RFENGINE_WEBHOOKS"),
        )

    def refuse_open_door(self, host: str, keys: Callable[[], bool] = lambda: False) -> None:
        """Raise `BadSettingError` where strangers could reach a service that asks for no key.

        `keys` says whether the ledger has one; it is asked only where that matters.
        """
        if self.api_key is None and not is_loopback(host) and not keys():
            raise BadSettingError(
                f"--host {host} can be reached from other machines, and there is no API key; make one with `rfengine "
                "keys create`, set RFENGINE_API_KEY, or listen on 127.0.0.1"
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; a name other than `localhost` is not trusted to be one."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
