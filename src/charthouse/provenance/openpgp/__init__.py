"""OpenPGP, as far as signing and checking packages needs it: keys, signatures, and who made them.

A reader of packets of our own over ``cryptography``, which does all arithmetic; why no library, docs/architecture.md
says. Rules: ProtonMail/go-crypto 1.4.1 ``openpgp``, which is what Helm 4.3.1 uses (RFC 4880, 6637 and 9580 as it reads
them).
"""
