"""Reports: figures in a fixed form for an organisation and a month or year, on a page, on paper, as a workbook.

`coverage` and `yearly` build a `sheets.Report`; the page, the workbook and the interface draw it without knowing which it is.
No report counts by rules of its own: coverage comes from `orgs.statistics.Register`, members from `members.composition`.
"""
