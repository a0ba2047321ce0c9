"""Stations (阵地): opening times, services on site, bookings, use, and who can walk there."""
