"""The words orders are made of: common ones, for a small model spells a rare name letter by letter and often wrong.
`FRESH` ones occur in dev and test only."""

# name, pronoun
NAMES = [
    ("Anna", "she"), ("Peter", "he"), ("Maria", "she"), ("Paul", "he"), ("Laura", "she"), ("Tom", "he"),
    ("Sarah", "she"), ("David", "he"), ("Emma", "she"), ("Michael", "he"), ("Julia", "she"), ("Daniel", "he"),
    ("Sophie", "she"), ("Thomas", "he"), ("Alice", "she"), ("Martin", "he"), ("Clara", "she"), ("Simon", "he"),
    ("Nora", "she"), ("Robert", "he"), ("Helen", "she"), ("Oscar", "he"), ("Kate", "she"), ("Victor", "he"),
    ("Lucy", "she"), ("Leo", "he"), ("Grace", "she"), ("Max", "he"), ("Ruth", "she"), ("Felix", "he"),
    ("Eva", "she"), ("Anton", "he"), ("Diana", "she"), ("Samuel", "he"), ("Rosa", "she"), ("Adam", "he"),
    ("Olivia", "she"), ("Jack", "he"), ("Martha", "she"), ("Henry", "he"), ("Amy", "she"), ("George", "he"),
    ("Jane", "she"), ("Frank", "he"), ("Rachel", "she"), ("Carlos", "he"), ("Susan", "she"), ("Diego", "he"),
    ("Linda", "she"), ("Pablo", "he"), ("Karen", "she"), ("Marco", "he"), ("Nina", "she"), ("Luis", "he"),
    ("Vera", "she"), ("Ivan", "he"), ("Irene", "she"), ("Viktor", "he"), ("Monica", "she"), ("Stefan", "he"),
    ("Teresa", "she"), ("Omar", "he"), ("Carmen", "she"), ("Ali", "he"), ("Fatima", "she"), ("Kofi", "he"),
    ("Aisha", "she"), ("Kenji", "he"), ("Yuki", "she"), ("Emil", "he"), ("Priya", "she"), ("Leon", "he"),
    ("Hanna", "she"), ("Hugo", "he"), ("Greta", "she"), ("Milan", "he"), ("Amina", "she"), ("Ruben", "he"),
    ("Nadia", "she"), ("Theo", "he"), ("Wilma", "she"), ("William", "he"), ("Paola", "she"), ("James", "he"),
    ("Leila", "she"), ("Edward", "he"), ("Mary", "she"), ("Charles", "he"), ("Elena", "she"), ("Arthur", "he"),
    ("Ellen", "she"), ("Philip", "he"), ("Joan", "she"), ("Andrew", "he"), ("Paula", "she"), ("Patrick", "he"),
    ("Rita", "she"), ("Kevin", "he"), ("Lena", "she"), ("Brian", "he"), ("Sandra", "she"), ("Walter", "he"),
    ("Victoria", "she"), ("Joseph", "he"), ("Charlotte", "she"), ("Louis", "he"), ("Barbara", "she"), ("Albert", "he"),
    ("Elizabeth", "she"), ("Richard", "he"), ("Margaret", "she"), ("Stephen", "he"), ("Christine", "she"), ("Nathan", "he"),
    ("Angela", "she"), ("Oliver", "he"), ("Andrea", "she"), ("Jonas", "he"), ("Daisy", "she"), ("Noah", "he"),
]
FRESH_NAMES = [
    ("Alexandra", "she"), ("Bella", "she"), ("Caroline", "she"), ("Dora", "she"), ("Frida", "she"), ("Iris", "she"),
    ("Molly", "she"), ("Valerie", "she"), ("Aaron", "he"), ("Benjamin", "he"), ("Christopher", "he"), ("Dennis", "he"),
    ("Gabriel", "he"), ("Harold", "he"), ("Isaac", "he"), ("Vincent", "he"),
]
CITIES = [
    "Paris", "London", "Berlin", "Rome", "Madrid", "Vienna", "Dublin", "Oslo", "Lisbon",
    "Athens", "Warsaw", "Prague", "Budapest", "Brussels", "Amsterdam", "Copenhagen", "Stockholm", "Helsinki",
    "Geneva", "Zurich", "Munich", "Hamburg", "Cologne", "Milan", "Naples", "Venice", "Florence",
    "Turin", "Barcelona", "Valencia", "Seville", "Porto", "Lyon", "Nice", "Bergen", "Leeds",
    "Oxford", "Cambridge", "Bristol", "Liverpool", "Manchester", "Glasgow", "Edinburgh", "Cardiff", "Belfast",
    "Cork", "York", "Bath", "Boston", "Chicago", "Seattle", "Denver", "Dallas", "Houston",
    "Austin", "Miami", "Atlanta", "Portland", "Phoenix", "Detroit", "Toronto", "Montreal", "Vancouver",
    "Ottawa", "Sydney", "Melbourne", "Auckland", "Wellington", "Tokyo", "Kyoto", "Osaka", "Delhi",
    "Mumbai", "Cairo", "Nairobi", "Lagos", "Lima", "Bogota", "Havana", "Salem", "New York",
    "San Francisco", "Los Angeles", "Santa Fe", "New Orleans", "Cape Town",
]
FRESH_CITIES = [
    "Baltimore", "Cleveland", "Orlando", "Nashville", "Memphis", "Richmond", "Charleston", "Bonn", "Dresden",
    "Marseille", "Verona", "Dover", "Plymouth", "Perth", "Santiago", "San Diego", "Hong Kong",
]
# singular, plural
ITEMS = [
    ("kettle", "kettles"), ("desk lamp", "desk lamps"), ("teapot", "teapots"), ("backpack", "backpacks"),
    ("notebook", "notebooks"), ("wall clock", "wall clocks"), ("rug", "rugs"), ("candle", "candles"),
    ("stool", "stools"), ("umbrella", "umbrellas"), ("mug", "mugs"), ("blanket", "blankets"),
    ("cushion", "cushions"), ("frying pan", "frying pans"), ("hammer", "hammers"), ("mirror", "mirrors"),
    ("flower pot", "flower pots"), ("towel", "towels"), ("bicycle bell", "bicycle bells"), ("chair", "chairs"),
    ("basket", "baskets"), ("door mat", "door mats"), ("tray", "trays"), ("ladder", "ladders"),
    ("picture frame", "picture frames"), ("table", "tables"), ("alarm clock", "alarm clocks"), ("bath mat", "bath mats"),
    ("beach towel", "beach towels"), ("book", "books"), ("bottle", "bottles"), ("bowl", "bowls"),
    ("bucket", "buckets"), ("cake tin", "cake tins"), ("calendar", "calendars"), ("camera", "cameras"),
    ("chess set", "chess sets"), ("coffee cup", "coffee cups"), ("curtain", "curtains"), ("drill", "drills"),
    ("fan", "fans"), ("fork", "forks"), ("garden chair", "garden chairs"), ("guitar", "guitars"),
    ("hat", "hats"), ("helmet", "helmets"), ("jacket", "jackets"), ("jar", "jars"),
    ("key ring", "key rings"), ("kite", "kites"), ("lamp", "lamps"), ("lantern", "lanterns"),
    ("light bulb", "light bulbs"), ("map", "maps"), ("milk jug", "milk jugs"), ("nail", "nails"),
    ("pan", "pans"), ("pencil", "pencils"), ("pepper mill", "pepper mills"), ("phone case", "phone cases"),
    ("plate", "plates"), ("plant", "plants"), ("pot", "pots"), ("puzzle", "puzzles"),
    ("radio", "radios"), ("ring", "rings"), ("rope", "ropes"), ("ruler", "rulers"),
    ("saw", "saws"), ("school bag", "school bags"), ("screwdriver", "screwdrivers"), ("sheet", "sheets"),
    ("shirt", "shirts"), ("sofa", "sofas"), ("soup bowl", "soup bowls"), ("spoon", "spoons"),
    ("suitcase", "suitcases"), ("table cloth", "table cloths"), ("tent", "tents"), ("toy car", "toy cars"),
    ("wheel", "wheels"),
]
FRESH_ITEMS = [
    ("water bottle", "water bottles"), ("pillow", "pillows"), ("coat hook", "coat hooks"), ("vase", "vases"),
    ("apron", "aprons"), ("salad bowl", "salad bowls"), ("broom", "brooms"), ("garden hose", "garden hoses"),
    ("tea towel", "tea towels"), ("brick", "bricks"),
]
QUANTITIES = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 20, 24, 25, 30, 40, 45, 50, 60]
# how people write some of them
NUMBERS = {
    2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven",
    12: "twelve", 14: "fourteen", 15: "fifteen", 16: "sixteen", 18: "eighteen", 20: "twenty", 30: "thirty", 40: "forty",
    50: "fifty", 60: "sixty",
}
GROUPS = {12: "a dozen"}
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
