"""Reminders that leave the portal: digests by e-mail and robots in chat groups.

`outbox` plans and holds what both share, `digests` and `robots` send, `summary` counts for robots, `platforms` speaks to
them; `actions`, `forms` and `views` are the pages.
"""
