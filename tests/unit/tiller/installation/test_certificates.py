"""Which certificates a Tiller gets, for what is asked and what is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from charthouse.records import replace
from charthouse.tiller.installation.authority import Authority, Pair, certificates_in, expiry, hosts_of, server_hosts
from charthouse.tiller.installation.certificates import Certificates, Present, Wanted, choose
from charthouse.tiller.installation.errors import BadCertificate, BadOption

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GIVEN_BY = Authority.made(NOW, 100)
GIVEN = GIVEN_BY.issue(("tiller.example.org",), NOW, 100)
OTHERS = Authority.made(NOW, 100)
NOTHING = Present()


def chosen(wanted: Wanted, present: Present = NOTHING, *, namespace: str = "ops", now: datetime = NOW) -> Certificates:
    return choose(wanted, present, namespace, now=now)


def as_present(certificates: Certificates) -> Present:
    """What the cluster has after these were applied."""
    return Present(
        certificates.source, certificates.pair, certificates.authorities, certificates.client_authority,
        certificates.signing,
    )  # fmt: skip


def test_without_anything_new_ones_are_made_and_the_key_of_their_authority_is_forgotten() -> None:
    made = chosen(Wanted(days=365))
    assert (made.source, made.kept, made.signing, made.client_authority) == ("own", False, "", "")
    assert made.pair is not None and expiry(made.pair.certificate) == NOW + timedelta(days=365)
    assert len(certificates_in(made.authorities)) == 1


def test_what_is_there_is_kept_while_it_is_good() -> None:
    first = chosen(Wanted())
    again = chosen(Wanted(), as_present(first), now=NOW + timedelta(days=700))
    assert again == replace(first, kept=True)


@pytest.mark.parametrize(
    ("wanted", "namespace", "days"),
    [(Wanted(renew=True), "ops", 0), (Wanted(), "elsewhere", 0), (Wanted(), "ops", 731), (Wanted(), "ops", 2000)],
    ids=["asked for", "another namespace", "a third is left", "over"],
)
def test_it_is_renewed_in_time_and_the_old_authority_stays_published(wanted: Wanted, namespace: str, days: int) -> None:
    first = chosen(Wanted())
    now = NOW + timedelta(days=days)
    again = chosen(wanted, as_present(first), namespace=namespace, now=now)
    assert again.pair != first.pair and not again.kept
    published = certificates_in(again.authorities)
    assert published[1:] == (certificates_in(first.authorities) if days < 2000 else [])
    assert again.pair is not None and hosts_of(again.pair.certificate) == server_hosts(namespace)


def test_what_somebody_has_spoiled_is_made_again() -> None:
    first = as_present(chosen(Wanted()))
    for spoiled in (replace(first, authorities="what?"), replace(first, pair=Pair("what?", "what?"))):
        again = chosen(Wanted(), spoiled)
        assert not again.kept and again.pair is not None
        assert again.pair.certificate.startswith("-----BEGIN CERTIFICATE-----\n")


def test_no_more_than_three_authorities_are_published() -> None:
    made = chosen(Wanted())
    for _ in range(4):
        made = chosen(Wanted(renew=True), as_present(made))
    assert len(certificates_in(made.authorities)) == 3


def test_an_authority_kept_in_the_cluster_signs_again() -> None:
    first = chosen(Wanted(keep_signing=True))
    assert Authority.read(first.signing).certificate == first.authorities
    again = chosen(Wanted(renew=True), as_present(first))
    assert again.authorities == first.authorities and again.signing == first.signing and again.pair != first.pair


def test_an_authority_of_a_file_signs_and_is_not_stored() -> None:
    made = chosen(Wanted(signing=OTHERS.text))
    assert (made.authorities, made.signing) == (OTHERS.certificate, "")


def test_an_authority_that_has_ended_is_refused() -> None:
    with pytest.raises(BadCertificate, match="the authority's certificate has expired"):
        chosen(Wanted(signing=OTHERS.text), now=NOW + timedelta(days=101))


FILES = Wanted(pair=GIVEN, authority=GIVEN_BY.text, client_authority=OTHERS.text)


def test_files_are_taken_and_never_a_key_with_an_authority() -> None:
    made = chosen(FILES)
    assert made == Certificates("files", GIVEN, GIVEN_BY.certificate, OTHERS.certificate)
    assert chosen(Wanted(), as_present(made)) == replace(made, kept=True)
    newer = GIVEN_BY.issue(("other.example.org",), NOW, 10)
    assert chosen(replace(FILES, pair=newer), as_present(made)).pair == newer


def test_cert_manager_is_preferred_where_it_is() -> None:
    there = Present(cert_manager=True)
    assert chosen(Wanted(), there) == Certificates("cert-manager")
    assert chosen(Wanted(issuer="ClusterIssuer/corp"), there).values()["issuer"] == {
        "kind": "ClusterIssuer",
        "name": "corp",
    }
    assert chosen(Wanted("own"), there).source == "own"
    running = replace(as_present(chosen(Wanted())), cert_manager=True)
    assert chosen(Wanted(), running).source == "own"  # an upgrade changes no more than it must
    issued = Present("cert-manager", GIVEN, GIVEN_BY.certificate, cert_manager=True)
    assert chosen(Wanted(), issued) == Certificates("cert-manager", None, GIVEN_BY.certificate, kept=True)


def test_without_tls() -> None:
    assert chosen(Wanted("none")) == Certificates("none")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted("cert"), 'invalid --certificates "cert"'),
        (Wanted("cert-manager"), "cert-manager is not installed in this cluster"),
        (Wanted(issuer="Issuer/x"), "--issuer needs cert-manager, which is not installed in this cluster"),
        (Wanted("files"), "missing required TLS certificate file"),
        (Wanted(pair=GIVEN), "missing required TLS CA file"),
    ],
)
def test_what_cannot_be_is_said(wanted: Wanted, message: str) -> None:
    with pytest.raises(BadOption) as caught:
        chosen(wanted)
    assert caught.value.message == message


def test_files_that_do_not_belong_together_are_refused() -> None:
    wrong = Pair(GIVEN.certificate, OTHERS.issue(("x",), NOW, 1).key)
    with pytest.raises(BadCertificate, match="the private key does not belong to the server's certificate"):
        chosen(replace(FILES, pair=wrong))
