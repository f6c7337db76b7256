"""The servers that `make up`, `make test` and `make bench` bring along: PostgreSQL, Valkey and a mail sink.

Nothing here imports Django at the top of a module: these servers run before the settings can be read. A deployment that
names its own servers in the environment never starts any of them.
"""
