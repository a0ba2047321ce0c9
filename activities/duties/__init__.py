"""The duty calendar: what organisation life each organisation owes in which month, quarter or year, and what met it."""
