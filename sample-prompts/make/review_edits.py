"""What the code review rows are made of: a function before and after, and comments that ask for the change.

For each kind of change three functions: one for train, one for dev, one for test, with a comment in two wordings each.
`{f}` is a function, `{a}`, `{b}` values, `{s}` a collection, `{k}` a field, `{n}` a number.
"""

EDITS = [
    # A name that says something.
    ("def {f}({s}):\n    x = 0\n    for {a} in {s}:\n        x += {a}.{k}\n    return x", "def {f}({s}):\n    total = 0\n    for {a} in {s}:\n        total += {a}.{k}\n    return total",
     ["`x` says nothing. Call it `total`.", "Please rename x to total."]),
    ("def {f}({a}, {b}):\n    tmp = {a}.{k} * {n}\n    return tmp - {b}", "def {f}({a}, {b}):\n    gross = {a}.{k} * {n}\n    return gross - {b}",
     ["What is `tmp`? `gross` would tell.", "tmp should be named gross."]),
    ("def {f}({s}, {a}):\n    l = []\n    while len({s}) > {a}:\n        l.append({s}.pop())\n    return l", "def {f}({s}, {a}):\n    removed = []\n    while len({s}) > {a}:\n        removed.append({s}.pop())\n    return removed",
     ["`l` looks like a one. Name the list `removed`.", "A list called l is hard to read, make it removed."]),
    # An empty collection.
    ("def {f}({s}):\n    return sum({s}) / len({s})", "def {f}({s}):\n    if not {s}:\n        return 0\n    return sum({s}) / len({s})",
     ["This fails for an empty `{s}`. Return 0 then.", "What if there are no {s}? It should give 0."]),
    ("def {f}({s}):\n    {a} = {s}[0]\n    return {a}.{k}", "def {f}({s}):\n    if not {s}:\n        return None\n    {a} = {s}[0]\n    return {a}.{k}",
     ["`{s}` may be empty: return None in that case.", "An IndexError when {s} is empty; None would be better."]),
    ("def {f}({s}, {b}):\n    return max({a}.{k} for {a} in {s}) + {b}", "def {f}({s}, {b}):\n    if not {s}:\n        return {b}\n    return max({a}.{k} for {a} in {s}) + {b}",
     ["max of nothing raises. With no {s}, just return `{b}`.", "Handle the empty `{s}` first by returning {b}."]),
    # A number with a name.
    ("def {f}({a}):\n    return {a} * 86400", "SECONDS_PER_DAY = 86400\n\n\ndef {f}({a}):\n    return {a} * SECONDS_PER_DAY",
     ["Give 86400 a name: SECONDS_PER_DAY.", "A magic number. Put SECONDS_PER_DAY above the function."]),
    ("def {f}({a}, {b}):\n    return {a} + {b} > {n}", "LIMIT = {n}\n\n\ndef {f}({a}, {b}):\n    return {a} + {b} > LIMIT",
     ["Where does {n} come from? Make it a constant LIMIT.", "Pull {n} out as LIMIT."]),
    ("def {f}({s}):\n    for {a} in {s}[:{n}]:\n        {a}.{k}()", "MOST = {n}\n\n\ndef {f}({s}):\n    for {a} in {s}[:MOST]:\n        {a}.{k}()",
     ["Name the {n} at the top of the file, as MOST.", "I would not hide {n} in a slice: a constant MOST, please."]),
    # Comparison with None.
    ("def {f}({a}):\n    if {a} == None:\n        return {n}\n    return {a}.{k}", "def {f}({a}):\n    if {a} is None:\n        return {n}\n    return {a}.{k}",
     ["Compare with None by `is`.", "`== None` is not how we test for None."]),
    ("def {f}({a}, {b}):\n    if {a} != None and {b}:\n        {a}.{k}({b})", "def {f}({a}, {b}):\n    if {a} is not None and {b}:\n        {a}.{k}({b})",
     ["Use `is not None` here.", "!= None can be fooled by __eq__; write is not."]),
    ("def {f}({s}, {b}):\n    return [{a} for {a} in {s} if {a}.{k} == None or {a}.{k} > {b}]", "def {f}({s}, {b}):\n    return [{a} for {a} in {s} if {a}.{k} is None or {a}.{k} > {b}]",
     ["None is a singleton: `is None`, not `== None`.", "Please check for None with is in the condition."]),
    # A mutable default.
    ("def {f}({a}, {s}=[]):\n    {s}.append({a})\n    return {s}", "def {f}({a}, {s}=None):\n    if {s} is None:\n        {s} = []\n    {s}.append({a})\n    return {s}",
     ["The default list is shared between calls. Default to None.", "Mutable default argument! Use None and make the list inside."]),
    ("def {f}({b}, {s}={{}}):\n    {s}[{b}] = {n}\n    return {s}", "def {f}({b}, {s}=None):\n    if {s} is None:\n        {s} = {{}}\n    {s}[{b}] = {n}\n    return {s}",
     ["Every caller gets the same dict. Make the default None.", "Do not use a dict as the default; None, then create it."]),
    ("def {f}({s}=[], {a}={n}):\n    return {s} + [{a}] * {a}", "def {f}({s}=None, {a}={n}):\n    if {s} is None:\n        {s} = []\n    return {s} + [{a}] * {a}",
     ["`{s}=[]` is evaluated once. Take None as the default.", "None instead of [] for {s}, please, and an empty list inside."]),
    # The index and the value.
    ("def {f}({s}):\n    for i in range(len({s})):\n        print(i, {s}[i].{k})", "def {f}({s}):\n    for i, {a} in enumerate({s}):\n        print(i, {a}.{k})",
     ["Use enumerate, and call the element `{a}`.", "range(len(...)) is clumsy: enumerate with {a}."]),
    ("def {f}({s}, {b}):\n    for i in range(len({s})):\n        if {s}[i] == {b}:\n            return i\n    return -1", "def {f}({s}, {b}):\n    for i, {a} in enumerate({s}):\n        if {a} == {b}:\n            return i\n    return -1",
     ["enumerate gives index and `{a}` at once.", "Loop with enumerate over i, {a}."]),
    ("def {f}({s}):\n    found = {{}}\n    for i in range(len({s})):\n        found[{s}[i].{k}] = i\n    return found", "def {f}({s}):\n    found = {{}}\n    for i, {a} in enumerate({s}):\n        found[{a}.{k}] = i\n    return found",
     ["No need to index: enumerate({s}), with {a} for each.", "Write this loop with `enumerate` and a variable {a}."]),
    # A loop that is a comprehension.
    ("def {f}({s}):\n    out = []\n    for {a} in {s}:\n        out.append({a}.{k})\n    return out", "def {f}({s}):\n    return [{a}.{k} for {a} in {s}]",
     ["A list comprehension says this in one line.", "Return a comprehension instead of appending."]),
    ("def {f}({s}, {b}):\n    kept = []\n    for {a} in {s}:\n        if {a} > {b}:\n            kept.append({a})\n    return kept", "def {f}({s}, {b}):\n    return [{a} for {a} in {s} if {a} > {b}]",
     ["This filter is a comprehension.", "Shorter as a list comprehension, returned at once."]),
    ("def {f}({s}):\n    names = set()\n    for {a} in {s}:\n        names.add({a}.{k})\n    return names", "def {f}({s}):\n    return {{{a}.{k} for {a} in {s}}}",
     ["Make it a set comprehension and return it.", "One expression will do: a comprehension in braces."]),
    # Except what is expected.
    ("def {f}({s}, {a}):\n    try:\n        return {s}[{a}]\n    except:\n        return {n}", "def {f}({s}, {a}):\n    try:\n        return {s}[{a}]\n    except KeyError:\n        return {n}",
     ["A bare except hides everything. Catch KeyError.", "Only KeyError should be caught here."]),
    ("def {f}({a}):\n    try:\n        return int({a}.{k})\n    except:\n        return None", "def {f}({a}):\n    try:\n        return int({a}.{k})\n    except ValueError:\n        return None",
     ["Catch ValueError and nothing else.", "The bare except swallows Ctrl+C as well; ValueError is meant."]),
    ("def {f}({a}, {b}):\n    try:\n        {a}.{k} = {n} / {b}\n    except:\n        {a}.{k} = 0", "def {f}({a}, {b}):\n    try:\n        {a}.{k} = {n} / {b}\n    except ZeroDivisionError:\n        {a}.{k} = 0",
     ["Which error do you expect? Name it: ZeroDivisionError.", "Too wide. `except ZeroDivisionError`, please."]),
    # Debugging left behind.
    ("def {f}({a}):\n    print(\"here\", {a})\n    return {a}.{k} + {n}", "def {f}({a}):\n    return {a}.{k} + {n}",
     ["Remove the print.", "A debugging line was left in."]),
    ("def {f}({s}):\n    {s}.sort()\n    print({s})\n    return {s}[-{n}:]", "def {f}({s}):\n    {s}.sort()\n    return {s}[-{n}:]",
     ["Please drop the leftover print.", "Is the output still needed? If not, take it out."]),
    ("def {f}({a}, {b}):\n    {b} = {b} or {n}\n    print(\"DEBUG {f}\", {a}, {b})\n    {a}.{k}({b})\n    return {b}", "def {f}({a}, {b}):\n    {b} = {b} or {n}\n    {a}.{k}({b})\n    return {b}",
     ["The DEBUG line should not be merged.", "Forgotten print statement."]),
    # An early return.
    ("def {f}({a}):\n    if {a}.{k}:\n        result = {a}.{k} * {n}\n        return result\n    else:\n        return 0", "def {f}({a}):\n    if not {a}.{k}:\n        return 0\n    return {a}.{k} * {n}",
     ["Return 0 early and drop the else and `result`.", "Turn the condition round: leave with 0 first, then return the product directly."]),
    ("def {f}({s}, {b}):\n    if {b} in {s}:\n        return {s}[{b}]\n    else:\n        return {n}", "def {f}({s}, {b}):\n    return {s}.get({b}, {n})",
     ["This is `get` with a default.", "dict.get does all of it."]),
    ("def {f}({a}):\n    if {a}.{k} > {n}:\n        return True\n    else:\n        return False", "def {f}({a}):\n    return {a}.{k} > {n}",
     ["Return the comparison itself.", "The condition is a bool already."]),
    # Text put together.
    ("def {f}({a}, {b}):\n    return \"{k}: \" + str({a}) + \" of \" + str({b})", "def {f}({a}, {b}):\n    return f\"{k}: {{{a}}} of {{{b}}}\"",
     ["An f-string reads better.", "Use an f-string instead of +."]),
    ("def {f}({a}):\n    return \"%s (%d)\" % ({a}.{k}, {n})", "def {f}({a}):\n    return f\"{{{a}.{k}}} ({n})\"",
     ["We write f-strings, not %.", "Old formatting: make it an f-string, with the {n} written out."]),
    ("def {f}({s}):\n    text = \"\"\n    for {a} in {s}:\n        text += {a}.{k} + \"\\n\"\n    return text", "def {f}({s}):\n    return \"\".join({a}.{k} + \"\\n\" for {a} in {s})",
     ["Building a string in a loop is slow: join.", "Please use join over a generator."]),
    # A file that is closed.
    ("def {f}({a}):\n    handle = open({a})\n    text = handle.read()\n    handle.close()\n    return text", "def {f}({a}):\n    with open({a}) as handle:\n        return handle.read()",
     ["Open the file with `with`, and return from inside.", "If read fails, the file stays open. A with block, please, returning at once."]),
    ("def {f}({a}, {s}):\n    out = open({a}, \"w\")\n    out.writelines({s})\n    out.close()", "def {f}({a}, {s}):\n    with open({a}, \"w\") as out:\n        out.writelines({s})",
     ["Use a context manager for the file.", "with open(...) as out, so that it is closed in any case."]),
    ("def {f}({a}, {b}):\n    log = open({a}, \"a\")\n    log.write({b}.{k})\n    log.write(\"\\n\")\n    log.close()", "def {f}({a}, {b}):\n    with open({a}, \"a\") as log:\n        log.write({b}.{k})\n        log.write(\"\\n\")",
     ["The log should be written in a with statement.", "`with` closes the file for you."]),
    # An error instead of a signal.
    ("def {f}({a}):\n    if {a} < 0:\n        return -1\n    return {a} * {n}", "def {f}({a}):\n    if {a} < 0:\n        raise ValueError(\"{a} is negative\")\n    return {a} * {n}",
     ["Raise a ValueError saying \"{a} is negative\" rather than returning -1.", "-1 will be mistaken for a result. ValueError(\"{a} is negative\")."]),
    ("def {f}({a}, {s}):\n    if {a} not in {s}:\n        return False\n    {s}.remove({a})\n    return True", "def {f}({a}, {s}):\n    if {a} not in {s}:\n        raise KeyError({a})\n    {s}.remove({a})",
     ["No flags: raise KeyError({a}), and return nothing.", "The callers ignore the result. Raise a KeyError with {a} instead and drop the True."]),
    ("def {f}({a}):\n    if not {a}.{k}:\n        return \"error\"\n    return {a}.{k}.strip()", "def {f}({a}):\n    if not {a}.{k}:\n        raise ValueError(\"no {k}\")\n    return {a}.{k}.strip()",
     ["\"error\" is a text like any other. Raise ValueError(\"no {k}\").", "Make this a ValueError with the message \"no {k}\"."]),
]
