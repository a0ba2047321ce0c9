"""Telling other systems of events over HTTP: signed, retried, to addresses that the operator allowed.

`events` holds what there is to be told, `outbox` writes and sends it, `signing` and `transport` know nothing of either.
"""
