"""Makes the multiple-choice rows: `python3 sample-prompts/make/questions.py [folder]`. Same seed, same bytes.

Every answer is computed, and so are the wrong choices: each is what a usual mistake comes to. Each split words its
questions in its own way.
"""

import random
import sys
from datetime import date, timedelta
from pathlib import Path

from common import Rows

SEED = 5099
SIZES = {"train": 120, "dev": 40, "test": 200}
WAY = {"train": 0, "dev": 1, "test": 2}
NAMES = {
    "train": ["Ada", "Bela", "Carlo", "Dunja", "Emil", "Farah", "Goran", "Hanna", "Ilir", "Jona", "Klara", "Luis"],
    "dev": ["Mirko", "Nadia", "Omar", "Petra", "Quirin", "Rosa"],
    "test": ["Selma", "Tariq", "Ulla", "Viktor", "Wanda", "Xaver", "Yara", "Zeno", "Amina", "Boris", "Celine", "Dario"],
}
GOODS = {
    "train": ["apples", "pencils", "candles", "tickets", "tiles", "roses", "buttons", "stamps"],
    "dev": ["lemons", "brushes", "mugs", "plums"],
    "test": ["pears", "notebooks", "lanterns", "badges", "bricks", "tulips", "beads", "postcards"],
}
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = "January February March April May June July August September October November December".split()


def change(rng, way, names, goods):
    count, price, paid = rng.randrange(3, 10), rng.randrange(2, 8), rng.choice([50, 80, 100])
    right = paid - count * price
    text = [
        "{n} buys {c} {g} at {p} euros each and pays with {w} euros. How much change comes back?",
        "At {p} euros apiece, {n} takes {c} {g} and hands over {w} euros. What is the change?",
        "{n} has {w} euros. How much is left after buying {c} {g} that cost {p} euros each?",
    ][way].format(n=names[0], c=count, g=goods[0], p=price, w=paid)
    return text, f"{right} euros", [f"{paid - count - price} euros", f"{count * price} euros", f"{right + price} euros"]


def percent(rng, way, names, goods):
    price, off = rng.randrange(4, 30) * 10, rng.choice([10, 20, 30, 40, 60])
    right = price * (100 - off) // 100
    text = [
        "A box of {g} costs {p} euros and is reduced by {o} percent. What does it cost now?",
        "{o} percent are taken off the {p} euros for a crate of {g}. What remains to be paid?",
        "The shop of {n} lowers the price of a case of {g}, {p} euros so far, by {o} percent. What is the new price?",
    ][way].format(n=names[0], g=goods[0], p=price, o=off)
    return text, f"{right} euros", [f"{price - off} euros", f"{price * off // 100} euros", f"{right + 10} euros"]


def weekday(rng, way, names, goods):
    start, days = rng.randrange(7), rng.randrange(9, 60)
    right = WEEKDAYS[(start + days) % 7]
    text = [
        "Today is {d}. Which day of the week is it in {k} days?",
        "If it is {d} now, what day will it be {k} days from now?",
        "{n} starts a journey on a {d} and is back exactly {k} days later. On which day of the week is that?",
    ][way].format(n=names[0], d=WEEKDAYS[start], k=days)
    return text, right, [WEEKDAYS[(start + days + shift) % 7] for shift in (1, 6, 2)]


def dates(rng, way, names, goods):
    day = date(rng.choice([2021, 2022, 2023, 2025, 2026]), rng.randrange(1, 13), rng.randrange(1, 29))
    days = rng.randrange(20, 50)
    said = lambda one: f"{one.day} {MONTHS[one.month - 1]}"
    right = day + timedelta(days=days)
    text = [
        "A bill of {d} {y} has to be paid within {k} days. What is the last day?",
        "Count {k} days on from {d} {y}. Which date is that?",
        "{n} plants seeds on {d} {y}; they sprout after {k} days. On which date?",
    ][way].format(n=names[0], d=said(day), y=day.year, k=days)
    return text, said(right), [said(right + timedelta(days=shift)) for shift in (1, -1, 3)]


def order(rng, way, names, goods):
    a, b, c, d = names[:4]
    text = [
        "{a} is taller than {b}. {c} is shorter than {b}. {d} is taller than {a}. Who is the second tallest?",
        "{b} came in after {a}. {b} came in before {c}. {d} was faster than {a}. Who was second?",
        "{d} has read more books than {a}, {a} more than {b}, and {c} fewer than {b}. Who comes second?",
    ][way].format(a=a, b=b, c=c, d=d)
    return text, a, [b, c, d]


def units(rng, way, names, goods):
    hours, minutes = rng.randrange(2, 9), rng.choice([10, 15, 20, 25, 35, 40, 50])
    right = hours * 60 + minutes
    text = [
        "How many minutes are {h} hours and {m} minutes?",
        "A film lasts {h} hours {m} minutes. How long is it in minutes?",
        "{n} works for {h} hours and {m} minutes without a break. Put that in minutes.",
    ][way].format(n=names[0], h=hours, m=minutes)
    return text, str(right), [str(hours * 100 + minutes), str(right + 60), str(hours * 60)]


def average(rng, way, names, goods):
    base, step = rng.randrange(5, 40), rng.randrange(2, 9)
    values = [base, base + step, base + 2 * step, base + 5 * step]
    right = sum(values) // 4
    rng.shuffle(values)
    text = [
        "{n} counts {v} {g} on four days. What is the average per day?",
        "The four baskets hold {v} {g}. What is their mean?",
        "Over four weeks {n} sold {v} {g}. How many were that in a week, on average?",
    ][way].format(n=names[0], g=goods[0], v=", ".join(map(str, values[:3])) + f" and {values[3]}")
    return text, str(right), [str(right + step), str(sorted(values)[1]), str(sum(values) // 3)]


def area(rng, way, names, goods):
    width, length = rng.randrange(3, 13), rng.randrange(14, 30)
    right = width * length
    text = [
        "A rectangular field is {w} m wide and {l} m long. What is its area?",
        "How large is a floor of {l} m by {w} m?",
        "{n} lays turf on a plot measuring {w} m by {l} m. How many square metres are needed?",
    ][way].format(n=names[0], w=width, l=length)
    return text, f"{right} m²", [f"{2 * (width + length)} m²", f"{width + length} m²", f"{right + width} m²"]


def chance(rng, way, names, goods):
    red, blue = rng.randrange(2, 8), rng.randrange(2, 8)
    blue += red == blue
    total = red + blue
    text = [
        "A bag holds {r} red and {b} blue {g}. One is drawn blindly. How likely is a red one?",
        "Of the {g} in a jar {r} are red and {b} blue. With what probability does a blind draw give red?",
        "{n} reaches into a sack with {r} red and {b} blue {g} without looking. What is the probability of red?",
    ][way].format(n=names[0], r=red, b=blue, g=goods[0])
    return text, f"{red}/{total}", [f"{red}/{blue}", f"{blue}/{total}", f"1/{total}"]


def program(rng, way, names, goods):
    start, step, times = rng.randrange(2, 30), rng.randrange(2, 9), rng.randrange(3, 7)
    code, right = [
        ("x = {s}\nfor i in range({t}):\n    x = x + {p}\nprint(x)", start + step * times),
        ("total = {s}\nfor n in range({t}):\n    total += n\nprint(total)", start + sum(range(times))),
        ("items = [{s}]\nwhile len(items) < {t}:\n    items.append(items[-1] + {p})\nprint(items[-1])", start + step * (times - 1)),
    ][way]
    text = ["What does this Python program print?", "Which number is printed here?", "What is on the screen after these lines of Python?"][way]
    return f"{text}\n{code.format(s=start, t=times, p=step)}", str(right), [str(right + step), str(right - step), str(start)]


def sequence(rng, way, names, goods):
    start, step = rng.randrange(1, 15), rng.randrange(2, 8)
    values = [start]
    for place in range(5):
        values.append([values[-1] + step, values[-1] + step + place, values[-1] + step * (place % 2 + 1)][way])
    right = values.pop()
    text = ["Which number comes next: {v}, ...?", "Continue the series {v}.", "The numbers {v} follow a rule. What is the next one?"][way]
    text = text.format(v=", ".join(map(str, values)))
    return text, str(right), [str(right + 1), str(right - 1), str(right + step)]


def timetable(rng, way, names, goods):
    hour, minute, takes = rng.randrange(6, 19), rng.choice([5, 12, 24, 38, 41, 52]), rng.randrange(25, 110)
    arrives = hour * 60 + minute + takes
    said = lambda total: f"{total // 60 % 24:02}:{total % 60:02}"
    text = [
        "The bus leaves at {d} and needs {k} minutes. When does it arrive?",
        "A train departs at {d}; the ride takes {k} minutes. At what time is it there?",
        "{n} sets out at {d} and walks for {k} minutes. What time is it then?",
    ][way].format(n=names[0], d=said(hour * 60 + minute), k=takes)
    return text, said(arrives), [said(arrives + 10), said(arrives - 60), said(arrives + 40)]


def letters(rng, way, names, goods):
    word = rng.choice(goods)
    place = rng.randrange(2, len(word))
    ordinal = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth"}[place]
    if way == 0:
        text, right = f"Which is the {ordinal} letter of the word \"{word}\"?", word[place - 1]
    elif way == 1:
        text, right = f"Counted from the end, what is letter number {place} of \"{word}\"?", word[-place]
    else:
        text, right = f"Someone takes the first {place - 1} letters off \"{word}\". With which letter does the rest begin?", word[place - 1]
    wrong = [letter for letter in dict.fromkeys(word + "etan") if letter != right]
    return text, right, rng.sample(wrong, 3)


KINDS = [change, percent, weekday, dates, order, units, average, area, chance, program, sequence, timetable, letters]


def main(folder):
    rng = random.Random(SEED)
    rows = Rows(SIZES)
    for split in SIZES:
        turns = 0
        while not rows.full(split):
            kind = KINDS[turns % len(KINDS)]
            turns += 1
            assert turns < 20_000, f"{split}: too few questions this different"
            names = rng.sample(NAMES[split], 4)
            goods = rng.sample(GOODS[split], len(GOODS[split]))
            text, right, wrong = kind(rng, WAY[split], names, goods)
            choices = list(dict.fromkeys([right, *wrong]))
            if len(choices) != 4:
                continue
            place = len(rows.rows[split]) % 4
            rest = choices[1:]
            rng.shuffle(rest)
            choices = [*rest[:place], right, *rest[place:]]
            row = {"question": text, "choices": choices, "topic": kind.__name__, "answer": "ABCD"[place]}
            rows.offer(split, text + " " + " ".join(choices), text, row)
    rows.write(folder, rng)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    main(sys.argv[1] if len(sys.argv) > 1 else here.parent / "questions" / "data")
