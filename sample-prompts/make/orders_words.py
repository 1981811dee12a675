"""The words orders are made of. `fresh` ones occur in dev and test only: a tuned model must copy, not remember."""

# name, pronoun
NAMES = [
    ("Marta", "she"), ("Jonas", "he"), ("Ingrid", "she"), ("Pavel", "he"), ("Aisha", "she"), ("Tomasz", "he"),
    ("Lucía", "she"), ("Henrik", "he"), ("Noor", "she"), ("Dmitri", "he"), ("Chiara", "she"), ("Samuel", "he"),
    ("Yuki", "she"), ("Oskar", "he"), ("Fatima", "she"), ("Emil", "he"), ("Greta", "she"), ("Rafael", "he"),
    ("Zsófia", "she"), ("Anton", "he"), ("Priya", "she"), ("Matteo", "he"), ("Hanna", "she"), ("Kwame", "he"),
    ("Elif", "she"), ("Stefan", "he"), ("Nadia", "she"), ("Viktor", "he"), ("Beatriz", "she"), ("Leon", "he"),
    ("Mireille", "she"), ("Arjun", "he"), ("Sofie", "she"), ("Bogdan", "he"), ("Amina", "she"), ("Felix", "he"),
]
FRESH_NAMES = [
    ("Thandi", "she"), ("Ruben", "he"), ("Saoirse", "she"), ("Milan", "he"), ("Katarina", "she"), ("Hugo", "he"),
    ("Leyla", "she"), ("Andrei", "he"), ("Wilma", "she"), ("Idris", "he"), ("Paola", "she"), ("Sven", "he"),
    ("Olena", "she"), ("Theo", "he"), ("Renske", "she"), ("Gábor", "he"), ("Mina", "she"), ("Caspian", "he"),
]
CITIES = [
    "Oslo", "Lisbon", "Ghent", "Kraków", "Bergen", "Turin", "Malmö", "Leeds", "Porto", "Graz", "Riga", "Lyon",
    "Cork", "Basel", "Aarhus", "Bremen", "Seville", "Utrecht", "Dundee", "Tartu", "Nantes", "Bologna", "Zagreb",
    "Tampere", "Antwerp", "Dresden", "Split", "Cardiff", "Gdańsk", "Geneva", "New York", "San Sebastián",
]
FRESH_CITIES = [
    "Uppsala", "Granada", "Linz", "Galway", "Košice", "Palermo", "Rouen", "Plovdiv", "Stavanger", "Leiden",
    "Cluj", "Bath", "Trieste", "Odense", "The Hague", "Santa Cruz",
]
# singular, plural
ITEMS = [
    ("kettle", "kettles"), ("desk lamp", "desk lamps"), ("teapot", "teapots"), ("backpack", "backpacks"),
    ("notebook", "notebooks"), ("bread knife", "bread knives"), ("wall clock", "wall clocks"), ("rug", "rugs"),
    ("candle", "candles"), ("wine glass", "wine glasses"), ("paint brush", "paint brushes"), ("stool", "stools"),
    ("umbrella", "umbrellas"), ("shelf", "shelves"), ("mug", "mugs"), ("blanket", "blankets"), ("box", "boxes"),
    ("cushion", "cushions"), ("frying pan", "frying pans"), ("hammer", "hammers"), ("mirror", "mirrors"),
    ("flower pot", "flower pots"), ("toaster", "toasters"), ("towel", "towels"), ("bicycle bell", "bicycle bells"),
    ("chair", "chairs"), ("basket", "baskets"), ("door mat", "door mats"), ("thermos flask", "thermos flasks"),
    ("tray", "trays"), ("ladder", "ladders"), ("picture frame", "picture frames"),
]
FRESH_ITEMS = [
    ("watering can", "watering cans"), ("pillow", "pillows"), ("coat hook", "coat hooks"), ("vase", "vases"),
    ("torch", "torches"), ("apron", "aprons"), ("scarf", "scarves"), ("jug", "jugs"), ("lunch box", "lunch boxes"),
    ("radio", "radios"), ("salad bowl", "salad bowls"), ("bench", "benches"), ("broom", "brooms"), ("key ring", "key rings"),
]
NUMBERS = {
    2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven",
    12: "twelve", 14: "fourteen", 15: "fifteen", 16: "sixteen", 18: "eighteen", 20: "twenty", 24: "twenty-four",
    25: "twenty-five", 30: "thirty", 40: "forty", 45: "forty-five", 50: "fifty", 60: "sixty",
}
GROUPS = {2: "a pair of", 6: "half a dozen", 12: "a dozen", 24: "two dozen"}
# full name, and how else people write it
DAYS = {
    "mon": ("Monday", ["Mon", "monday", "MONDAY"]),
    "tue": ("Tuesday", ["Tue", "Tues", "tuesday"]),
    "wed": ("Wednesday", ["Wed", "Weds", "wednesday", "Wendesday"]),
    "thu": ("Thursday", ["Thu", "Thurs", "thursday", "Thurday"]),
    "fri": ("Friday", ["Fri", "friday", "FRIDAY"]),
    "sat": ("Saturday", ["Sat", "saturday", "Satuday"]),
    "sun": ("Sunday", ["Sun", "sunday"]),
}
STREETS = ["12 Mill Lane", "7 Station Road", "the shop on Harbour Street", "31 Kirkgata", "the back entrance", "flat 4B",
           "the workshop behind the church", "5 Old Quay", "reception", "the school kitchen", "88 Park Row", "the second floor"]
REASONS = ["The last ones were lovely", "The café reopens next week", "It is a wedding present", "The old ones broke",
           "They are for the new office", "The choir is having a fair", "The house is finally finished",
           "Somebody's birthday is coming up", "The summer camp starts soon", "Guests are arriving"]
