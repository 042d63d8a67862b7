"""HTTP as clients need it, without charts or clusters: addresses and proxies, sockets and TLS, requests and answers."""
