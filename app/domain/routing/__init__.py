"""Routing: which locations ship which units of an order, and why. `decision.py` is the way in."""
