"""The bus that is set: through Redis between processes, else within this one."""

from django.conf import settings

from visualizer.live.bus import Bus
from visualizer.live.redisbus import RedisBus


def make_bus() -> Bus:
    """A bus for one event loop."""
    url = settings.ENVIRONMENT.redis_url
    return RedisBus(url) if url else Bus()
