"""An invented park of the real sizes, for looking around, for tests of size and for the bench.

Nothing in it exists: names of people and enterprises are drawn by lot, mobiles are 1990000xxxx, credit codes belong
to a division (9999xx) that was never given out. The same seed and day always give the same park.
"""
