"""The end of an API process: whoever waits is told in time, so that nothing is torn off."""

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Closing:
    """Whether this process is about to end. Of one event loop, and set there."""

    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """From now on nobody should begin to wait."""
        self._event.set()

    @property
    def begun(self) -> bool:
        """Whether it is time to answer with what is known."""
        return self._event.is_set()

    async def wait(self, seconds: float) -> bool:
        """Wait so long, but no longer than until the end begins; whether it has begun."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True
