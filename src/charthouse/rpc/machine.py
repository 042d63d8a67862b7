"""The `h2` library's connection, set up as ours are.

Sizes are set before the first byte: `h2` would otherwise apply its own until the peer has acknowledged ours.
"""

from __future__ import annotations

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.rpc.limits import Limits

__all__ = ["client_machine", "server_machine"]

_FIRST_WINDOW = 65535  # of a connection, RFC 9113 §6.9.2


def server_machine(limits: Limits) -> H2Connection:
    """The server's side."""
    return _machine(limits, client=False)


def client_machine(limits: Limits) -> H2Connection:
    """The client's side: nothing may be pushed to it."""
    return _machine(limits, client=True)


def _machine(limits: Limits, *, client: bool) -> H2Connection:
    # Servers (grpc-go, grpcio) send status messages that begin or end with a blank, which the check refuses.
    h2 = H2Connection(H2Configuration(client_side=client, header_encoding=None, validate_inbound_headers=not client))
    settings: dict[SettingCodes, int] = {
        SettingCodes.MAX_HEADER_LIST_SIZE: limits.headers,
        SettingCodes.INITIAL_WINDOW_SIZE: limits.window,
        SettingCodes.MAX_FRAME_SIZE: limits.frame,
    }
    if client:
        settings[SettingCodes.ENABLE_PUSH] = 0
    else:
        settings[SettingCodes.MAX_CONCURRENT_STREAMS] = limits.streams
    h2.local_settings = Settings(client=client, initial_values=settings)
    h2.max_inbound_frame_size = limits.frame
    h2.decoder.max_header_list_size = limits.headers
    h2.initiate_connection()
    h2.increment_flow_control_window(limits.connection_window - _FIRST_WINDOW)
    return h2
