"""The part of the activities in `manage.py demo_park`: a year of organisation life."""
