"""Certificates of server and client."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from charthouse.rpc.encryption import Encryption
from charthouse.rpc.errors import TLSError
from charthouse.rpc.tls import ClientTLS, Current, ServerTLS
from tests.unit.rpc.authorities import Holder, made

CA = made("ca", ca=True)
USERS, FRONT, OTHER = made("users", ca=True), made("front", ca=True), made("other", ca=True)
MIDDLE = made("middle", USERS, ca=True)
TILLER = made("tiller", CA, names=["tiller", "127.0.0.1"])


def shake(server: Current, client: ssl.SSLContext, name: str = "tiller") -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """A handshake in memory: (server, client). Raises ssl.SSLError of either."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.context.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    left = [theirs, ours]
    while left:
        for one in list(left):
            try:
                one.do_handshake()
                left.remove(one)
            except ssl.SSLWantReadError:
                continue
    return ours, theirs


def client(holder: Holder | None = None, *more: Holder, **options: bytes | bool | str) -> ssl.SSLContext:
    certificate = b"".join(one.pem for one in (holder, *more) if one is not None)
    key = holder.key_pem if holder is not None else b""
    settings: dict[str, object] = {"authority": CA.pem, **options}
    return ClientTLS(certificate=certificate, key=key, **settings).context()  # type: ignore[arg-type]


SERVER = ServerTLS(TILLER.pem, TILLER.key_pem, {"users": USERS.pem, "front-proxy": FRONT.pem})


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_who_is_at_the_other_end(version: ssl.TLSVersion) -> None:
    joe, proxy, ann = made("joe", USERS), made("proxy", FRONT), made("ann", MIDDLE)
    found = []
    for context in (client(), client(joe), client(proxy), client(ann, MIDDLE)):
        context.maximum_version = version
        ours, theirs = shake(SERVER.current(), context)
        peer = SERVER.current().peer("a:1", ours)
        assert theirs.selected_alpn_protocol() == "h2" and peer.tls
        found.append((peer.chain, peer.authority))
    assert found == [
        ((), ""),
        ((joe.der,), "users"),
        ((proxy.der,), "front-proxy"),
        ((ann.der, MIDDLE.der), "users"),
    ]


@pytest.mark.parametrize(
    "holder", [made("joe", OTHER), made("joe", USERS, days=(-9, -1)), made("joe", MIDDLE), made("joe")]
)
def test_a_certificate_nobody_vouches_for_ends_the_handshake(holder: Holder) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(SERVER.current(), client(holder))


def test_a_resumed_session_brings_its_certificate_but_not_past_a_reload() -> None:
    tls = ServerTLS(TILLER.pem, TILLER.key_pem, {"users": USERS.pem})
    context = client(made("joe", USERS))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    _, first = shake(tls.current(), context)
    context.check_hostname = False

    def again() -> ssl.SSLObject:
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        ours = tls.current().context.wrap_bio(to_server, to_client, server_side=True)
        theirs = context.wrap_bio(to_client, to_server, session=first.session)
        for _ in range(4):
            for one in (theirs, ours):
                try:
                    one.do_handshake()
                except ssl.SSLWantReadError:
                    continue
        return ours

    resumed = again()
    peer = tls.current().peer("a:1", resumed)
    assert peer.authority == "users"
    assert tls.reload(clients={"users": OTHER.pem})
    with pytest.raises(ssl.SSLCertVerificationError):
        again()


def test_reload() -> None:
    tls = ServerTLS(TILLER.pem, TILLER.key_pem, {"users": USERS.pem})
    before = tls.current()
    assert not tls.reload(certificate=TILLER.pem) and tls.current() is before
    joe = made("joe", OTHER)
    with pytest.raises(TLSError):
        tls.reload(key=joe.key_pem)
    with pytest.raises(TLSError):
        tls.reload(clients={"users": b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"})
    assert tls.current() is before
    fresh = made("fresh", CA, names=["tiller"])
    assert tls.reload(certificate=fresh.pem, key=fresh.key_pem, clients={"others": OTHER.pem})
    ours, theirs = shake(tls.current(), client(joe))
    peer = tls.current().peer("a:1", ours)
    assert theirs.getpeercert(True) == fresh.der and peer.authority == "others"


def test_without_client_cas_nobody_is_asked() -> None:
    tls = ServerTLS(TILLER.pem, TILLER.key_pem, {"users": b""})
    ours, _ = shake(tls.current(), client(made("joe", USERS)))
    peer = tls.current().peer("a:1", ours)
    assert peer.chain == ()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_are_refused() -> None:
    old = client()
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        shake(SERVER.current(), old)


def test_weak_ciphers_are_refused() -> None:
    weak = client()
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers("ECDHE-ECDSA-AES128-SHA256")
    with pytest.raises(ssl.SSLError):
        shake(SERVER.current(), weak)


def test_the_client_verifies() -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake(SERVER.current(), client(), "elsewhere")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(SERVER.current(), client(authority=OTHER.pem))
    shake(SERVER.current(), client(authority=b"", insecure=True), "elsewhere")


def test_what_cannot_be_used_is_said_as_helm_says_it() -> None:
    joe, ann = made("joe", USERS), made("ann", USERS)
    pair = 'could not read x509 key pair (cert: "c.pem", key: "k.pem"): '
    pair += "can't load key pair from cert c.pem and key k.pem: "
    for certificate, key, text in (
        (b"junk", joe.key_pem, "tls: failed to find any PEM data in certificate input"),
        (joe.pem, b"junk", "tls: failed to find any PEM data in key input"),
        (joe.pem, b"", "tls: failed to find any PEM data in key input"),
        (joe.key_pem, joe.key_pem, "tls: failed to find certificate PEM data in certificate input, but did find a "
         "private key; PEM inputs may have been switched"),
    ):  # fmt: skip
        with pytest.raises(TLSError) as caught:
            ClientTLS(certificate=certificate, key=key, certificate_path="c.pem", key_path="k.pem").context()
        assert caught.value.message == pair + text
    with pytest.raises(TLSError) as caught:
        ClientTLS(certificate=joe.pem, key=ann.key_pem, certificate_path="c.pem", key_path="k.pem").context()
    assert caught.value.message == pair + "tls: private key does not match public key"
    with pytest.raises(TLSError) as caught:
        ClientTLS(authority=b"junk", authority_path="ca.pem").context()
    assert caught.value.message == "failed to append certificates from file: ca.pem"
    with pytest.raises(TLSError) as caught:
        ServerTLS(joe.pem, ann.key_pem)
    assert caught.value.message == "tls: private key does not match public key"


def test_client_certificates_from_files(tmp_path: Path) -> None:
    joe = made("joe", USERS)
    paths = {name: str(tmp_path / f"{name}.pem") for name in ("certificate", "key", "authority")}
    Path(paths["certificate"]).write_bytes(joe.pem)
    Path(paths["key"]).write_bytes(joe.key_pem)
    Path(paths["authority"]).write_bytes(CA.pem)
    tls = ClientTLS.from_files(certificate=paths["certificate"], key=paths["key"], authority=paths["authority"])
    ours, _ = shake(SERVER.current(), tls.context())
    peer = SERVER.current().peer("a:1", ours)
    assert peer.authority == "users"
    with pytest.raises(TLSError) as caught:
        ClientTLS.from_files(certificate=paths["certificate"], key="none.pem")
    assert caught.value.message == (
        f'could not read x509 key pair (cert: "{paths["certificate"]}", key: "none.pem"): can\'t load key pair '
        f"from cert {paths['certificate']} and key none.pem: open none.pem: no such file or directory"
    )
    with pytest.raises(TLSError) as caught:
        ClientTLS.from_files(authority="none.pem")
    assert caught.value.message == "can't read CA file: none.pem"
    ClientTLS.from_files(authority="none.pem", insecure=True)


def test_a_failed_handshake_says_why() -> None:
    server = Encryption(SERVER.current().context)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    stranger = client(made("joe", OTHER)).wrap_bio(incoming, outgoing, server_hostname="tiller")
    said = []
    with pytest.raises(ssl.SSLError, match="certificate verify failed"):
        while True:
            try:
                stranger.do_handshake()
            except ssl.SSLWantReadError:
                said.append("waits")
            assert server.receive(outgoing.read()) == b"" and len(said) < 5
            incoming.write(server.outgoing())
    incoming.write(server.outgoing())
    with pytest.raises(ssl.SSLError, match="alert unknown ca"):
        stranger.read(1)


def test_bytes_pass_both_ways_and_end() -> None:
    server = Encryption(SERVER.current().context)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    peer = client().wrap_bio(incoming, outgoing, server_hostname="tiller")
    while not server.established:
        with suppress(ssl.SSLWantReadError):
            peer.do_handshake()
        server.receive(outgoing.read())
        incoming.write(server.outgoing())
    large = bytes(range(256)) * 1000
    server.send(large)
    incoming.write(server.outgoing())
    found = b""
    while len(found) < len(large):
        found += peer.read(1 << 20)
    peer.write(b"thanks")
    data = outgoing.read()
    heard = [server.receive(data[at : at + 1]) for at in range(len(data))]
    assert (found, heard[-1], server.ended) == (large, b"thanks", False)
    server.farewell()
    incoming.write(server.outgoing())
    assert peer.read(1) == b""
    with suppress(ssl.SSLError):
        peer.unwrap()
    assert (server.receive(outgoing.read()), server.ended) == (b"", True)
