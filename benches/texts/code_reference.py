def summarise(orders, limit=10):
    """The largest orders by customer."""
    totals = {}
    for order in orders:
        name = order["customer"]
        amount = order["quantity"] * order["price"]
        if name in totals:
            totals[name] += amount
        else:
            totals[name] = amount
    ranked = sorted(totals.items(), key=lambda item: -item[1])
    return ranked[:limit]
