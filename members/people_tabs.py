"""The tabs of “先锋与人才”: one line for each page that belongs to it."""

TABS = (("总览", "members:pioneers", "overview"),)
"""Label, URL name, and the name by which a page says that it is the current one."""
