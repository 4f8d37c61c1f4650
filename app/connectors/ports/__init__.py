"""What a source can be asked and told: one small protocol for each capability, in words of no vendor.

A vendor's client implements the protocols of the capabilities that its manifest names, and no others: what it lacks is
absent. `capabilities.py` beside this folder is the list.
"""
