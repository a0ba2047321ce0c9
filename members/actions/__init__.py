"""Everything that changes members: the one door for pages, API, command line and imports of single entries."""
