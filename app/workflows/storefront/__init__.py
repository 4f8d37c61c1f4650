"""How an order of a storefront becomes, and stays, one of ours. `app/workflows/order_capture.py` is the way in."""
