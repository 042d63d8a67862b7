"""What stands between a client and its charts: certificates, proxies, token servers, servers with every fault."""
