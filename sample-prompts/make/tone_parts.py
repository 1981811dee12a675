"""What the tone rows are put together from: blunt notes, and the same said politely. Three wordings each: train, dev, test."""

# (blunt, polite): the same facts, word for word, in both.
MATTERS = [
    (
        ["{item} still not here. ordered {day}. where is it??", "no {item} yet!! was promised {day}.", "It is past {day} and I am still without {item}. Unacceptable."],
        ["I ordered {item}, which was due on {day} and has not arrived yet. Could you please look into it?"],
    ),
    (
        ["wrong bill. says {money}, should be {money2}. fix it.", "you charged {money}!! {money2} was agreed.", "Your invoice claims {money}. Since when is {money2} that much?"],
        ["The invoice shows {money}, while {money2} had been agreed. Could you please correct it?"],
    ),
    (
        ["move the meeting to {day}, {time}. i cant make it before.", "{day} {time} or never. dont ask me earlier.", "Not coming earlier. {day} at {time}, take it or leave it."],
        ["I cannot make it earlier. Would {day} at {time} suit you for our meeting?"],
    ),
    (
        ["send me the {paper} by {day}. second time i ask.", "where's the {paper}?? need it {day}!", "How often do I have to ask for the {paper}? {day} is the limit."],
        ["I would be grateful if you could send me the {paper} by {day}."],
    ),
    (
        ["the {thing} in room {room} is broken again. get someone.", "room {room}: {thing} dead. again. do something.", "Who looks after room {room}? The {thing} has given up once more."],
        ["The {thing} in room {room} is out of order again. Could someone please take care of it?"],
    ),
    (
        ["turn your music down after {time}. people sleep here.", "its past {time} and your music shakes my walls. stop.", "Some of us get up early. No music after {time}, is that so hard?"],
        ["Your music can be heard in my flat. Might I ask you to turn it down after {time}?"],
    ),
    (
        ["i want {money} back for {item}. it doesnt work.", "{item} is junk. give me the {money}.", "I paid {money} for {item} that does nothing. I want the sum returned."],
        ["Unfortunately {item} does not work. I kindly ask you to refund the {money}."],
    ),
    (
        ["you parked on my spot, number {room}. move the car by {time}.", "get your car off spot {room}. {time} at the latest!", "Spot {room} is mine, and your car is on it. Gone by {time}, or I call a tow truck."],
        ["Your car stands on my parking space, number {room}. Could you please move it by {time}?"],
    ),
    (
        ["cancel my booking for {day}. not coming.", "forget {day}. cancel it.", "I have no use for {day} any more. Take my booking out."],
        ["I am afraid I cannot come on {day}. Please cancel my booking."],
    ),
    (
        ["the {paper} has mistakes on page {page}. do it again.", "page {page} of the {paper} is wrong. redo.", "Did anyone read page {page} of the {paper}? It is full of errors."],
        ["I noticed some mistakes on page {page} of the {paper}. Would you please have another look at it?"],
    ),
    (
        ["no one picks up your phone. call me {day} after {time}.", "tried calling all week. {day} after {time} its your turn.", "Your line is always busy, so ring me yourselves: {day}, after {time}."],
        ["I have not been able to reach you by phone. Could you please call me on {day} after {time}?"],
    ),
    (
        ["need {count} more chairs on {day}. you sent too few.", "too few chairs. {count} missing. {day} latest.", "We counted: {count} chairs short. They had better be here on {day}."],
        ["We are {count} chairs short. Would it be possible to deliver them on {day}?"],
    ),
]

ITEMS = {
    "train": ["the desk lamp", "the red rug", "the steel kettle", "the garden bench", "the coat rack", "the alarm clock", "the bread knife", "the oak shelf"],
    "dev": ["the blue vase", "the folding bed", "the toaster", "the wall map"],
    "test": ["the floor fan", "the copper pan", "the bar stool", "the window blind", "the record player", "the tea set", "the writing desk", "the tent"],
}
PAPERS = {
    "train": ["contract", "travel report", "price list", "minutes", "building plan", "certificate"],
    "dev": ["offer", "time sheet", "guest list"],
    "test": ["lease", "annual report", "repair estimate", "seating plan", "insurance policy", "draft"],
}
THINGS = {
    "train": ["heating", "projector", "window handle", "printer", "door lock", "light"],
    "dev": ["radiator", "coffee machine", "blind"],
    "test": ["air conditioning", "screen", "tap", "copier", "smoke alarm", "socket"],
}
NAMES = {
    "train": ["Anke", "Bruno", "Chloé", "Dario", "Edith", "Florin", "Greta", "Hakan", "Ines", "Jarek", "Katja", "Leon", "Malika", "Nils"],
    "dev": ["Oskar", "Paula", "Rémi", "Sanna", "Theo"],
    "test": ["Ursula", "Valentin", "Wiebke", "Yusuf", "Zora", "Alwin", "Birte", "Corin", "Delia", "Ebbe", "Fenja", "Gustav", "Hedda", "Imre"],
}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
