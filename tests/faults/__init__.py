"""Kills every part of the portal while people work with it, and counts what was lost or doubled: see docs/faults.md."""
