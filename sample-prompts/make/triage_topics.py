"""What support tickets are about: topics with their labels, and the sentences people write.

A topic is (area, kind, sentences). Kinds decide the other two labels:
- "problem": normal, no human.      - "question": low, no human.
- "money": they want money back: normal, human.
- "danger": somebody may get hurt, or a stranger is in the account: high, human.
Of the six sentences of a topic the first two are for train, the third for dev, the rest for test.
Each sentence is (subject, body).
"""

TOPICS = [
    ("billing", "money", [
        ("Charged twice", "My card was charged twice for order {order}. Please send the second amount back."),
        ("Double payment", "I see {amount} leaving my account two times on the same day, and I want one of them refunded."),
        ("Paid two times?", "The same purchase shows up twice on my bank statement. I'd like the extra {amount} returned."),
        ("Two debits", "You took {amount} on Monday and again on Tuesday for one {product}. Refund the second debit, please."),
        ("Statement shows a duplicate", "Looking at my statement, order {order} was billed double. Kindly reverse one payment."),
        ("one order, two charges", "bought one {product}, paid for two it seems. need the {amount} back"),
    ]),
    ("billing", "problem", [
        ("Invoice missing", "I never got an invoice for order {order}, and my bookkeeper is asking for it."),
        ("Wrong company name on the bill", "The invoice for my {product} carries our old company name. It has to say Nordlys AB."),
        ("VAT number", "Our VAT number is not on the invoice for order {order}, so we cannot book it."),
        ("Bill without address", "There is no billing address on the PDF you mailed. Our accountant sends it back every time."),
        ("Cannot open the invoice", "The invoice link in the confirmation for {order} leads to an empty page."),
        ("receipt", "my receipt for the {product} lists the wrong date, can it be issued again with the right one"),
    ]),
    ("billing", "problem", [
        ("Card declined", "Your checkout refuses my card although it works in every other shop."),
        ("Payment does not go through", "I have tried to pay for a {product} three times and each time the page says payment failed."),
        ("Bank transfer not booked", "I transferred {amount} for order {order} last week and it is still marked as unpaid."),
        ("Checkout error", "Right after I confirm the payment in my bank's app, your page shows an error and the basket is still there."),
        ("Voucher refused at payment", "The gift voucher I was given for {amount} is rejected when I pay."),
        ("still unpaid??", "order {order} says unpaid but the money left my bank on the 3rd"),
    ]),
    ("billing", "question", [
        ("Ways to pay", "Which payment methods do you accept besides credit cards?"),
        ("Paying in instalments", "Is it possible to pay for a {product} in monthly parts?"),
        ("Currency", "Will I be billed in euros or in my own currency if I order from Norway?"),
        ("When is the card charged?", "Do you take the money when I order or only when the goods leave your house?"),
        ("Invoice by post", "Could invoices also come on paper, or do you only mail them?"),
        ("business account question", "do companies get thirty days to pay, like elsewhere"),
    ]),
    ("shipping", "problem", [
        ("Where is my parcel?", "Order {order} was supposed to be here a week ago and tracking has not moved since."),
        ("Parcel seems lost", "The tracking page says my {product} was handed over, but nobody here has received anything."),
        ("No delivery", "I waited at home the whole day and the courier with order {order} never rang."),
        ("Stuck in the depot", "For nine days now the {product} has been lying in some depot, according to the tracking number."),
        ("Delivered, but not to me", "Your mail says delivered. My doormat says otherwise. The order was {order}."),
        ("tracking", "tracking link for {order} shows a town i have never been to and nothing else happens"),
    ]),
    ("shipping", "problem", [
        ("Wrong address", "I gave you my old address for order {order}. It should go to 14 Linden Road instead."),
        ("Please change the delivery address", "We have moved since I bought the {product}; can the parcel be sent to the new flat?"),
        ("Typo in the street name", "I mistyped the street in order {order}: it is Haven Street, not Heaven Street."),
        ("Send it to my office", "Nobody is home during the week, so please bring order {order} to my office and not to the house."),
        ("House number forgotten", "I left out my house number, 27, when I ordered the {product}."),
        ("different postcode", "the postcode on {order} is wrong, last two digits are swapped"),
    ]),
    ("shipping", "problem", [
        ("Wrong item arrived", "I unpacked the parcel for {order} and it holds somebody else's things."),
        ("Only half of it came", "Two of the three boxes of order {order} arrived; one is still missing."),
        ("Box empty", "The parcel was light and indeed there was no {product} inside, only paper."),
        ("Not what I ordered", "Instead of a {product} you packed a garden hose."),
        ("Short delivery", "The delivery note lists four pieces, I count three."),
        ("mixed up?", "got a parcel with another customers name on it, where is mine, {order}"),
    ]),
    ("shipping", "question", [
        ("Do you ship abroad?", "Do you deliver to Switzerland, and roughly how long does it take?"),
        ("Delivery times", "How many days does a {product} usually need to reach the north of Sweden?"),
        ("Collecting in person", "May I come by your warehouse and pick up an order myself?"),
        ("Free delivery", "From which amount on is delivery free?"),
        ("Parcel locker", "Can parcels also go to a locker at the railway station?"),
        ("islands", "does your courier serve the smaller islands as well or just the mainland"),
    ]),
    ("account", "problem", [
        ("Cannot log in", "The login page says my password is wrong, and the reset mail never reaches me."),
        ("Locked out", "After three attempts to sign in my account is blocked."),
        ("Password reset does nothing", "I click on the link to set a new password and end up on the start page again."),
        ("Code never arrives", "Signing in asks for a code by text message that I do not get."),
        ("Login loop", "I enter my password, the page reloads, and I am asked for it once more. Over and over."),
        ("cant sign in", "new phone, and now the app does not let me into my account"),
    ]),
    ("account", "problem", [
        ("New e-mail address", "I no longer have the mail address I registered with and cannot change it in my profile."),
        ("Name spelled wrong", "My profile shows my surname without the accent and refuses to save the correction."),
        ("Two accounts", "By mistake I have two accounts with you and would like them merged."),
        ("Old phone number in my profile", "The number in my profile belonged to my former employer, and the field is greyed out."),
        ("Birthday", "My date of birth is off by ten years in the account settings and cannot be edited."),
        ("order history gone", "since yesterday my account shows no earlier orders at all, there were at least a dozen"),
    ]),
    ("account", "danger", [
        ("Someone else is in my account", "There are orders in my account that I did not place, shipped to a stranger."),
        ("Account hacked", "I was sent a notice that my password was changed. I did not change it."),
        ("Strange login", "Your security mail reports a login from a country I have never visited."),
        ("Not my address", "A delivery address I don't know was added to my profile last night, by somebody who isn't me."),
        ("Stolen password", "My password turned up in a leak and a person I don't know has been ordering in my name."),
        ("who is this", "somebody changed the mail address of my account and i am not that somebody"),
    ]),
    ("account", "question", [
        ("How do I delete my account?", "Where in the settings can I close my account for good?"),
        ("Newsletter", "How can I stop the weekly newsletter without closing my account?"),
        ("Sharing a login", "Can my husband and I use one account with two passwords?"),
        ("Guest or account", "Do I need to register, or can one buy as a guest too?"),
        ("Data download", "Is there a button that lets me download what you have stored about me?"),
        ("nickname", "can the name that other people see next to my reviews be changed"),
    ]),
    ("product", "problem", [
        ("Broken on arrival", "The {product} came with a crack right across the side."),
        ("Stopped working", "After two weeks of use the {product} does not switch on any more."),
        ("Makes a noise", "Our new {product} rattles whenever it is moved."),
        ("Scratched", "There are deep scratches on the lid of the {product} I unpacked this morning."),
        ("Handle came off", "I lifted the {product} and was left with just the handle in my hand."),
        ("dead after a month", "the {product} worked for four weeks and now nothing, no light, no sound"),
    ]),
    ("product", "problem", [
        ("Part missing", "There are no screws in the bag that came with the {product}."),
        ("Manual in the wrong language", "The booklet in the box is in Finnish alone, which I cannot read."),
        ("Wrong colour", "On your site the {product} is dark blue; mine is nearly purple."),
        ("Lid does not fit", "The lid that belongs to the {product} is a finger's breadth too wide."),
        ("Smaller than described", "According to the description the {product} measures 40 cm, my ruler says 34."),
        ("no cable", "the {product} has a socket for a cable but there was none in the box"),
    ]),
    ("product", "danger", [
        ("It caught fire", "Smoke and a small flame came out of the {product} while it was plugged in."),
        ("Electric shock", "I touched the {product} and got a shock that threw my arm back."),
        ("Burnt smell and sparks", "Sparks fly from the plug of the {product} as soon as it is switched on."),
        ("Glass exploded", "The glass part of the {product} burst on the table and cut my daughter's hand."),
        ("Child could choke", "Small magnets fall out of the {product}, and my toddler had one in his mouth."),
        ("dangerous", "the {product} gets so hot that it melted the shelf it stood on"),
    ]),
    ("product", "money", [
        ("Return and refund", "The {product} is not what I hoped for. I am sending it back and want my money returned."),
        ("Money back, please", "The second {product} has failed as well; I don't want a third one, I want the {amount} I paid."),
        ("Refund for a faulty item", "Since the {product} broke within the guarantee, I ask you to pay back its price."),
        ("Give me my money back", "This {product} leaks. Keep the replacement, repay me the {amount}."),
        ("Returning it", "I have used my right to return the {product} within 14 days. When do I see the money?"),
        ("refund", "{product} useless, label is printed, want a full refund not a voucher"),
    ]),
    ("product", "question", [
        ("Dishwasher?", "Is the {product} safe to put in a dishwasher?"),
        ("Which size", "Would the large {product} fit on a shelf that is 30 cm deep?"),
        ("Spare parts", "Do you sell spare parts for the {product} one by one?"),
        ("Made of what?", "What material is the inside of the {product} made of?"),
        ("Back in stock", "Will the green {product} be available again this year?"),
        ("weight", "how heavy is the {product}, i could not find it on the page"),
    ]),
    ("other", "question", [
        ("Working for you", "Are you looking for people in your warehouse over the summer?"),
        ("Thesis", "I am writing a thesis about mail order and wonder whether you have published any figures."),
        ("Photos", "May our school magazine use a picture from your home page?"),
        ("Shop in Vienna", "Have you ever thought of opening a shop in Vienna?"),
        ("Wall calendar", "Is there going to be a wall calendar with your drawings again this winter?"),
        ("your logo", "who drew the bird in your logo, it is so well done"),
    ]),
    ("other", "question", [
        ("Thank you", "I just wanted to say how friendly everyone I have dealt with at your shop has been."),
        ("Well done", "What a lovely handwritten card you put into my parcel! It made my day."),
        ("Compliments", "Fifteen years a customer, and you have never let me down. That had to be said."),
        ("A kind courier", "Please pass on my thanks to the lady who carried everything up to the fifth floor."),
        ("Praise for the catalogue", "I keep your winter catalogue on the coffee table because it is a joy to read."),
        ("you are great", "no complaint for once, only a big thank you to the whole team"),
    ]),
    ("other", "problem", [
        ("Website hard to read", "The grey letters on your home page are too pale for my eyes; I can hardly read them."),
        ("Search finds nothing", "Whatever I type into the search box of your site, the result is an empty page."),
        ("Map points to the wrong place", "The map on your contact page shows a car park on the other side of town."),
        ("Page in a muddle", "On my tablet the pictures on your start page lie on top of the text."),
        ("Contact form", "Your contact form wiped out everything I had typed when I pressed send."),
        ("phone line", "your hotline has been playing music for an hour on three days in a row, nobody picks up"),
    ]),
]
# Sentences that change a label, or none.
TODAY = [  # urgency becomes high
    "I need this solved today.", "It has to be sorted out by tomorrow.", "I am leaving tomorrow morning, so it cannot wait.",
    "Today is the last day I can deal with this.", "By tomorrow noon this must be settled.", "Tomorrow is too late.",
]
NO_HURRY = [  # urgency becomes low
    "There is no hurry.", "Take your time, it is not urgent.", "Answer whenever you get round to it.",
    "This can wait until after the holidays.", "No rush at all.",
]
PERSON = [  # needs a human
    "Please have someone call me back.", "I want to talk to a real person about this.",
    "My lawyer will be in touch otherwise.", "Please no automatic reply, I would like to speak with a colleague of yours.",
    "Could one of your staff phone me?",
]
NEUTRAL = [  # changes nothing
    "I ordered through the app.", "I have been a customer since 2019.", "You can reach me by mail.", "Attached is a photo.",
    "My order number is {order}.", "I have read your help page already.", "I hope this is the right address to write to.", "",
    "", "", "Sorry for my English.", "I already wrote last month, about something else.",
]
GREETINGS = ["", "", "", "Hello, ", "Hi there, ", "Good morning, ", "Dear team, "]
FAREWELLS = ["", "", "", " Thanks!", " Kind regards, {name}", " Best, {name}", " Thank you, {name}"]
PRODUCTS = ["kettle", "desk lamp", "toaster", "coffee grinder", "heater", "bicycle light", "blender", "music box",
            "night light", "thermos flask", "hair dryer", "radio", "fan", "egg boiler", "ice cream maker", "lantern"]
NAMES = ["Ilse", "Tom", "Farah", "J. Novak", "Mrs Lind", "Pedro", "Agnes", "K. Osei", "Beata", "Rolf", "Nina", "Dr Weiss"]
