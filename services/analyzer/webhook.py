"""One POST to a configured address, and an honest answer to "was it delivered?".

No redirect is followed, no proxy taken from the environment. The name is resolved once, every address must be
allowed (no link-local, cloud-metadata, multicast or unspecified one), and the connection goes to the addresses that
were checked, one after the other until one takes it, so that a second resolution cannot lead elsewhere. Addresses of
private networks are allowed: the operator chose the URL.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from enum import StrEnum
from urllib.parse import urlsplit

import httpx

DEADLINE_S = 10.0
_METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"))
)


class Delivery(StrEnum):
    """What became of a POST."""

    SENT = "sent"
    REFUSED = "refused"  # the receiver, or we, said no for good
    UNCERTAIN = "uncertain"  # it may have arrived: never sent again
    NOT_DELIVERED = "not_delivered"  # it has surely not been taken: may be sent again


class AddressRefused(ValueError):
    """The URL leads to an address that is never posted to."""


class Webhook:
    """Posts to one URL. Raises AddressRefused at once if the URL cannot be used at all."""

    def __init__(self, url: str, deadline_s: float = DEADLINE_S) -> None:
        self._url, self._deadline_s = httpx.URL(url), deadline_s
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise AddressRefused("a webhook URL is http(s)://host/path without credentials")

    def post(self, body: bytes, headers: dict[str, str]) -> Delivery:
        """Never raises for what the network or the other side does."""

        async def within_deadline() -> Delivery:
            async with asyncio.timeout(self._deadline_s):
                return await self._post(body, headers)

        try:
            return asyncio.run(within_deadline())
        except TimeoutError:
            return Delivery.UNCERTAIN

    async def _post(self, body: bytes, headers: dict[str, str]) -> Delivery:
        host = self._url.host
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = allowed_addresses([str(entry[4][0]) for entry in found])
        except AddressRefused:
            return Delivery.REFUSED
        except OSError:
            return Delivery.NOT_DELIVERED
        named = {**headers, "Host": self._url.netloc.decode("ascii")}
        async with httpx.AsyncClient(timeout=self._deadline_s, trust_env=False, follow_redirects=False) as client:
            for address in addresses:
                try:
                    target = self._url.copy_with(host=address)
                    async with client.stream(
                        "POST", target, content=body, headers=named, extensions={"sni_hostname": host}
                    ) as reply:
                        return _delivery_of(reply.status_code)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
                except httpx.HTTPError:
                    return Delivery.UNCERTAIN
        return Delivery.NOT_DELIVERED


def allowed_addresses(resolved: list[str]) -> list[str]:
    """All of them once, in order, if every one may be posted to. Raises AddressRefused."""
    addresses = list(dict.fromkeys(address.split("%")[0] for address in resolved))
    if not addresses or not all(map(is_allowed, addresses)):
        raise AddressRefused("the host resolves to an address that is not allowed")
    return addresses


def is_allowed(address: str) -> bool:
    """False for link-local, metadata, multicast and unspecified addresses, however they are written."""
    parsed: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed.sixtofour or parsed
    return not (parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified or parsed in _METADATA)


def _delivery_of(status: int) -> Delivery:
    if 200 <= status < 300:
        return Delivery.SENT
    return Delivery.NOT_DELIVERED if status in (429, 503) else Delivery.REFUSED
