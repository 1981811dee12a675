"""The words orders are made of. `FRESH` ones occur in dev and test only, `MORE` ones in train only: there are so many of them
that a model learns to copy, not to remember."""

# name, pronoun
NAMES = [
    ("Marta", "she"), ("Jonas", "he"), ("Ingrid", "she"), ("Pavel", "he"), ("Aisha", "she"), ("Tomasz", "he"),
    ("Lucía", "she"), ("Henrik", "he"), ("Noor", "she"), ("Dmitri", "he"), ("Chiara", "she"), ("Samuel", "he"),
    ("Yuki", "she"), ("Oskar", "he"), ("Fatima", "she"), ("Emil", "he"), ("Greta", "she"), ("Rafael", "he"),
    ("Zsófia", "she"), ("Anton", "he"), ("Priya", "she"), ("Matteo", "he"), ("Hanna", "she"), ("Kwame", "he"),
    ("Elif", "she"), ("Stefan", "he"), ("Nadia", "she"), ("Viktor", "he"), ("Beatriz", "she"), ("Leon", "he"),
    ("Mireille", "she"), ("Arjun", "he"), ("Sofie", "she"), ("Bogdan", "he"), ("Amina", "she"), ("Felix", "he"),
]
MORE_NAMES = [
    ("Adebayo", "he"), ("Agnieszka", "she"), ("Alasdair", "he"), ("Amalia", "she"), ("Anneliese", "she"), ("Anouk", "she"),
    ("Arvid", "he"), ("Aurelio", "he"), ("Ayumi", "she"), ("Baptiste", "he"), ("Benedikt", "he"), ("Birgitta", "she"),
    ("Branka", "she"), ("Callum", "he"), ("Carmela", "she"), ("Cedric", "he"), ("Cosima", "she"), ("Dagmar", "she"),
    ("Danuta", "she"), ("Desmond", "he"), ("Djamila", "she"), ("Dorota", "she"), ("Eamon", "he"), ("Eleni", "she"),
    ("Emeka", "he"), ("Estelle", "she"), ("Fabrizio", "he"), ("Farah", "she"), ("Fenna", "she"), ("Florian", "he"),
    ("Gaspard", "he"), ("Gianluca", "he"), ("Gudrun", "she"), ("Halvor", "he"), ("Hannelore", "she"), ("Haruto", "he"),
    ("Iker", "he"), ("Ilse", "she"), ("Imani", "she"), ("Ioana", "she"), ("Ismael", "he"), ("Jadwiga", "she"),
    ("Jarek", "he"), ("Joaquín", "he"), ("Jorunn", "she"), ("Kalinda", "she"), ("Karim", "he"), ("Kerstin", "she"),
    ("Kofi", "he"), ("Krystian", "he"), ("Lachlan", "he"), ("Leocadia", "she"), ("Linnea", "she"), ("Ljubica", "she"),
    ("Lorenz", "he"), ("Magdalena", "she"), ("Malik", "he"), ("Marguerite", "she"), ("Mehmet", "he"), ("Miroslav", "he"),
    ("Morwenna", "she"), ("Nikolai", "he"), ("Niamh", "she"), ("Ngozi", "she"), ("Octavio", "he"), ("Orsolya", "she"),
    ("Padraig", "he"), ("Perpetua", "she"), ("Philippa", "she"), ("Quentin", "he"), ("Radek", "he"), ("Ramona", "she"),
    ("Reinhard", "he"), ("Rosalind", "she"), ("Ryszard", "he"), ("Salome", "she"), ("Sanjay", "he"), ("Seraphine", "she"),
    ("Sigrid", "she"), ("Solveig", "she"), ("Szymon", "he"), ("Tadeusz", "he"), ("Tariq", "he"), ("Tirza", "she"),
    ("Torvald", "he"), ("Ulrike", "she"), ("Umberto", "he"), ("Valdis", "he"), ("Veronika", "she"), ("Wenzel", "he"),
    ("Wioletta", "she"), ("Xavier", "he"), ("Ximena", "she"), ("Yasmin", "she"), ("Yorick", "he"), ("Zainab", "she"),
    ("Zbigniew", "he"), ("Zofia", "she"), ("Álvaro", "he"), ("Émilie", "she"), ("Øystein", "he"), ("Štefan", "he"),
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
MORE_CITIES = [
    "Aalborg", "Alicante", "Amiens", "Arezzo", "Augsburg", "Bilbao", "Białystok", "Bordeaux", "Bratislava", "Brescia",
    "Brno", "Bruges", "Bucharest", "Burgos", "Caen", "Cagliari", "Chemnitz", "Chester", "Coimbra", "Constanța", "Cuxhaven",
    "Debrecen", "Delft", "Derry", "Dijon", "Dubrovnik", "Eindhoven", "Erfurt", "Exeter", "Faro", "Ferrara", "Flensburg",
    "Funchal", "Gothenburg", "Groningen", "Haarlem", "Halmstad", "Heidelberg", "Inverness", "Jönköping", "Kaunas",
    "Kilkenny", "Klagenfurt", "Klaipėda", "Larissa", "Lausanne", "Le Havre", "Limerick", "Ljubljana", "Lucerne", "Maastricht",
    "Mannheim", "Maribor", "Messina", "Middelburg", "Modena", "Montpellier", "Mostar", "Narvik", "Newcastle", "Nijmegen",
    "Novi Sad", "Olomouc", "Oviedo", "Padua", "Pamplona", "Patras", "Perpignan", "Perugia", "Poznań", "Pula", "Ravenna",
    "Regensburg", "Reims", "Reykjavík", "Rijeka", "Rostock", "Salamanca", "San Remo", "Sarajevo", "Setúbal", "Sibiu", "Siena",
    "Skopje", "Stirling", "Szeged", "Tallinn", "Tarragona", "Thessaloniki", "Timișoara", "Toulouse", "Trondheim", "Turku",
    "Varna", "Verona", "Vilnius", "Vitoria", "Wrocław", "York", "Zadar",
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
MORE_ITEMS = [
    ("alarm clock", "alarm clocks"), ("axe", "axes"), ("ball of wool", "balls of wool"), ("barbecue", "barbecues"),
    ("bath mat", "bath mats"), ("beach towel", "beach towels"), ("bird house", "bird houses"), ("bookend", "bookends"),
    ("bottle opener", "bottle openers"), ("bowl", "bowls"), ("brush", "brushes"), ("bucket", "buckets"),
    ("butter dish", "butter dishes"), ("cake tin", "cake tins"), ("calendar", "calendars"), ("carafe", "carafes"),
    ("chess set", "chess sets"), ("coffee cup", "coffee cups"), ("compass", "compasses"), ("cork board", "cork boards"),
    ("crate", "crates"), ("curtain rail", "curtain rails"), ("dish rack", "dish racks"), ("doorbell", "doorbells"),
    ("drill", "drills"), ("dustpan", "dustpans"), ("egg cup", "egg cups"), ("extension lead", "extension leads"),
    ("fan", "fans"), ("fishing rod", "fishing rods"), ("folding table", "folding tables"), ("fork", "forks"),
    ("garden hose", "garden hoses"), ("glove box", "glove boxes"), ("grater", "graters"), ("hair dryer", "hair dryers"),
    ("hat stand", "hat stands"), ("ice bucket", "ice buckets"), ("ironing board", "ironing boards"), ("jar", "jars"),
    ("kite", "kites"), ("knife block", "knife blocks"), ("lantern", "lanterns"), ("laundry bag", "laundry bags"),
    ("letter box", "letter boxes"), ("magnifying glass", "magnifying glasses"), ("mattress", "mattresses"),
    ("milk jug", "milk jugs"), ("napkin ring", "napkin rings"), ("oven dish", "oven dishes"), ("padlock", "padlocks"),
    ("parasol", "parasols"), ("pencil case", "pencil cases"), ("pepper mill", "pepper mills"), ("plate", "plates"),
    ("pot holder", "pot holders"), ("power strip", "power strips"), ("puzzle", "puzzles"), ("rake", "rakes"),
    ("rolling pin", "rolling pins"), ("rubbish bin", "rubbish bins"), ("sauce pan", "sauce pans"), ("sewing kit", "sewing kits"),
    ("shoe rack", "shoe racks"), ("sledge", "sledges"), ("soap dish", "soap dishes"), ("spade", "spades"),
    ("spice rack", "spice racks"), ("step ladder", "step ladders"), ("storage jar", "storage jars"), ("suitcase", "suitcases"),
    ("table cloth", "table cloths"), ("tea cosy", "tea cosies"), ("tea towel", "tea towels"), ("tent", "tents"),
    ("tool box", "tool boxes"), ("trolley", "trolleys"), ("tumbler", "tumblers"), ("waffle iron", "waffle irons"),
    ("whisk", "whisks"), ("window box", "window boxes"), ("wreath", "wreaths"),
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
