"""New RSA keys, the next one made ahead.

Searching the primes of a key takes as long as rendering a small chart, and a chart that makes one key mostly makes a
second: an authority and what it signs. OpenSSL searches without Python's lock, so the second is made at the same time,
in a thread; a key nobody asks for goes with the process. Every key is given out once.
"""

from __future__ import annotations

import _thread
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["new_key"]

_BITS = 2048
_mutex = _thread.allocate_lock()
_ahead: list[_Ahead] = []


class _Ahead:
    """A key being made in a thread of the process `owner`; key: None where that failed. done: free when it is over."""

    __slots__ = ("done", "key", "owner")

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.key: RSAPrivateKey | None = None
        self.done = _thread.allocate_lock()
        self.done.acquire()

    def make(self) -> None:
        try:
            self.key = _generate()
        finally:
            self.done.release()


def new_key() -> RSAPrivateKey:
    """An RSA key of 2048 bits that was given to nobody before."""
    with _mutex:
        waiting = _ahead.pop() if _ahead else None
        _start()
    if waiting is None or waiting.owner != os.getpid():  # the thread stayed in the process this one was forked from
        return _generate()
    waiting.done.acquire()
    return waiting.key or _generate()


def _start() -> None:
    ahead = _Ahead()
    try:
        _thread.start_new_thread(ahead.make, ())
    except RuntimeError:  # no more threads: the next key is made when it is asked for
        return
    _ahead.append(ahead)


def _generate() -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
