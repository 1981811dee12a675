def summarise(orders, limit=10):
    # add up what each customer ordered
    sums = {}
    for entry in orders:
        customer = entry["customer"]
        value = entry["price"] * entry["quantity"]
        sums[customer] = sums.get(customer, 0) + value
    result = list(sums.items())
    result.sort(key=lambda pair: pair[1], reverse=True)
    if limit is None:
        return result
    return result[:limit]
