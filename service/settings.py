"""What the service may be told by its environment."""

import ipaddress
from dataclasses import dataclass

from jobstore.environment import BadSettingError, text, whole
from jobstore.settings import StoreSettings


@dataclass(frozen=True)
class ServiceSettings:
    """Limits and the key of one service process; sizes in bytes."""

    store: StoreSettings
    max_upload: int = 512 << 20
    max_images: int = 256 << 20
    max_objects: int = 1 << 30
    max_queue: int = 1000
    api_key: str | None = None

    @classmethod
    def from_environment(cls) -> "ServiceSettings":
        """Read RFENGINE_{MAX_UPLOAD,MAX_IMAGES,MAX_OBJECTS,MAX_QUEUE,API_KEY} and the store's settings."""
        return cls(
            store=StoreSettings.from_environment(),
            max_upload=whole("RFENGINE_MAX_UPLOAD", cls.max_upload, least=1),
            max_images=whole("RFENGINE_MAX_IMAGES", cls.max_images, least=1),
            max_objects=whole("RFENGINE_MAX_OBJECTS", cls.max_objects, least=1),
            max_queue=whole("RFENGINE_MAX_QUEUE", cls.max_queue, least=1),
            api_key=text("RFENGINE_API_KEY", "") or None,
        )

    def refuse_open_door(self, host: str) -> None:
        """Raise `BadSettingError` where strangers could reach a service that asks for no key."""
        if self.api_key is None and not is_loopback(host):
            raise BadSettingError(
                f"--host {host} can be reached from other machines, and no API key is set; set RFENGINE_API_KEY, "
                "or listen on 127.0.0.1"
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; a name other than `localhost` is not trusted to be one."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
