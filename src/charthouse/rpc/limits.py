"""How much of everything a server gives to callers it does not know, and for how long.

Helm 2's numbers are in cmd/tiller/tiller.go and pkg/tiller/server.go of v2.17.0: 20 MiB a message, idle connections end
after ten minutes, pings at most every 20 seconds. The others bound what a hostile caller can hold or burn.
"""

from __future__ import annotations

from charthouse.records import Record

__all__ = ["Limits"]

MIB = 1024 * 1024


class Limits(Record):
    """Bytes and seconds.

    receive, send: a gRPC message. body: of an HTTP request. headers: a request's headers, as HTTP/2 counts them.

    connections: at the same time; then the one longest without a call gives way. streams: calls of one connection, also
    those cancelled whose handler has not ended yet. handlers: calls worked on at the same time; waiting: calls that
    wait for one of those threads, more are refused with UNAVAILABLE.

    frame: an HTTP/2 frame. window, connection_window: what may be under way to us of one call and of one connection.
    connection_bytes, process_bytes: requests that are not worked off and complete answers that are not sent, of a
    connection and altogether.
    stream_buffer: what a streaming handler may be ahead of its caller; write_buffer: what a connection may be.

    handshake_seconds: for TLS, and again for the first bytes. head_seconds: for headers that have begun. body_seconds:
    for a request's body, and one second more for each `body_rate` bytes that have come. write_seconds: for a connection
    that does not take what is sent. stall_seconds: for a call whose caller gives no leave to send (flow control).
    idle_seconds: a connection without a call (HTTP/2); keep_alive_seconds: the same for HTTP/1.1.

    ping_seconds: the least time between pings when nothing is sent to the caller, `ping_strikes` violations are let
    pass. resets, empties, settings: how many of those frames at once; each comes back at a tenth of it a second.
    turn_frames: frames handled before other connections have their turn.
    """

    receive: int = 20 * MIB
    send: int = 20 * MIB
    body: int = 20 * MIB
    headers: int = 64 * 1024

    connections: int = 512
    streams: int = 100
    handlers: int = 128
    waiting: int = 256

    frame: int = MIB
    window: int = 2 * MIB
    connection_window: int = 4 * MIB
    connection_bytes: int = 64 * MIB
    process_bytes: int = 256 * MIB
    stream_buffer: int = 256 * 1024
    write_buffer: int = 256 * 1024

    handshake_seconds: float = 10.0
    head_seconds: float = 10.0
    body_seconds: float = 60.0
    body_rate: int = 64 * 1024
    write_seconds: float = 60.0
    stall_seconds: float = 300.0
    idle_seconds: float = 600.0
    keep_alive_seconds: float = 120.0

    ping_seconds: float = 20.0
    ping_strikes: int = 2
    resets: int = 200
    empties: int = 100
    settings: int = 20
    turn_frames: int = 128
