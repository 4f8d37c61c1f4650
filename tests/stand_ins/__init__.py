"""Our connectors against imitations of the vendors that others have made: what they do not understand, we sent wrongly.

They run as programs of their own, on the loopback. Those that need Node.js are installed by package-lock.json on first
use.
"""
