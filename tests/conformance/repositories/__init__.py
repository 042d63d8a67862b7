"""A repository server with every fault, and the command lines both tools are given against it."""
