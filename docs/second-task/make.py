"""Makes the rows of this task: `python3 make.py`. Same seed, same bytes. Words of dev and test rows are not those of train."""

import json
import random
from pathlib import Path

SEED = 4711
FOODS = {
    "train": """plain flour;rye flour;caster sugar;icing sugar;sea salt;black pepper;smoked paprika;ground cumin;turmeric;olive oil;
rapeseed oil;white vinegar;soy sauce;fish sauce;butter;goat cheese;feta;cream cheese;sour cream;whole milk;coconut milk;eggs;
chicken thighs;minced beef;lamb shoulder;smoked bacon;salmon fillet;prawns;tinned tuna;red onions;shallots;spring onions;
garlic;ginger;carrots;parsnips;beetroot;potatoes;sweet potatoes;leeks;fennel;celery;courgettes;aubergines;red peppers;
cherry tomatoes;tinned tomatoes;tomato paste;mushrooms;baby spinach;kale;white cabbage;broccoli;green beans;chickpeas;
red lentils;brown rice;basmati rice;couscous;bulgur;egg noodles;spaghetti;breadcrumbs;rolled oats;almonds;walnuts;pine nuts;
sesame seeds;raisins;dried apricots;lemons;limes;oranges;apples;pears;blackberries;rhubarb;basil;parsley;coriander;thyme;
rosemary;bay leaves;cinnamon;cloves;nutmeg;vanilla extract;baking powder;fresh yeast;dark chocolate;cocoa powder;honey;
maple syrup;peanut butter;dijon mustard;horseradish;vegetable stock;white wine""",
    "unseen": """spelt flour;brown sugar;cayenne;sunflower oil;miso;ricotta;buttermilk;turkey breast;chorizo;mackerel;capers;
pumpkin;turnips;radishes;okra;sweetcorn;chard;cauliflower;black beans;quinoa;pearl barley;tofu;cashews;poppy seeds;sultanas;
figs;plums;cranberries;mint;dill;sage;cardamom;star anise;gelatine;golden syrup;tahini;harissa;chicken stock;cider;saffron""",
}
UNITS = {
    "g": ["g", "grams of", "gram"], "kg": ["kg", "kilo of", "kilos of"], "ml": ["ml", "millilitres of"],
    "l": ["l", "litres of", "litre of"], "tbsp": ["tbsp", "tablespoons of", "tablespoon of", "tbs"],
    "tsp": ["tsp", "teaspoons of", "teaspoon"], "cup": ["cups of", "cup", "cups"], "tin": ["tin of", "tins of"],
    "bunch": ["bunch of", "bunches of"], "pinch": ["pinch of", "pinches of"],
}
AMOUNTS = {
    "g": [25, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 750], "kg": [1, 1.5, 2, 2.5, 3],
    "ml": [50, 75, 100, 150, 200, 250, 300, 400], "l": [0.5, 1, 1.5, 2], "tbsp": [0.5, 1, 1.5, 2, 3, 4],
    "tsp": [0.25, 0.5, 1, 1.5, 2, 3], "cup": [0.25, 0.5, 0.75, 1, 1.5, 2, 3], "tin": [1, 2, 3], "bunch": [0.5, 1, 2],
    "pinch": [1, 2],
}
WORDS = {0.25: ["1/4", "¼", "a quarter"], 0.5: ["1/2", "½", "half a"], 0.75: ["3/4", "¾"], 1: ["1", "one", "a"], 1.5: ["1 1/2", "1½", "one and a half"],
         2: ["2", "two"], 2.5: ["2.5", "2½", "two and a half"], 3: ["3", "three"], 4: ["4", "four"]}
PREPARED = ["chopped", "finely sliced", "grated", "melted", "crushed", "toasted", "peeled and diced", "rinsed", "at room temperature", "halved"]
FRAMES = {
    "train": ["{n} {unit} {food}", "{n} {unit} {food}, {prep}", "{food}: {n} {unit}", "{food} ({n} {unit}), {prep}", "about {n} {unit} {food}",
              "{n} {unit} {food} ({prep})", "{n} heaped {unit} {food}", "{food}, {prep}, {n} {unit}", "- {n} {unit} {food} plus a little more"],
    "unseen": ["{n} {unit} {food}, {prep} (optional)", "take {n} {unit} {food}", "{n} {unit} good {food}, {prep}", "* {food} - {n} {unit}",
               "you'll need {n} {unit} {food}", "{prep} {food}, {n} {unit}", "{n} {unit} {food} to serve"],
}


def row(rng, split):
    pool = "train" if split == "train" else "unseen"
    foods = [food.strip() for food in FOODS[pool].replace("\n", "").split(";")]
    unit = rng.choice(list(UNITS))
    amount, food, frame, prep = rng.choice(AMOUNTS[unit]), rng.choice(foods), rng.choice(FRAMES[pool]), rng.choice(PREPARED)
    written = rng.choice(WORDS[amount]) if amount in WORDS else str(amount)
    label = rng.choice(UNITS[unit])
    if frame.endswith("{unit}") or "{unit})" in frame or "{unit}," in frame:
        label = label.removesuffix(" of")
    text = frame.format(n=written, unit=label, food=food, prep=prep)
    answer = {"food": food, "amount": amount, "unit": unit, "prep": prep if "{prep}" in frame else None}
    return text, json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def main():
    seen = set()
    folder = Path(__file__).resolve().parent / "data"
    folder.mkdir(exist_ok=True)
    for split, count in {"train": 120, "dev": 20, "test": 100}.items():
        rng, rows = random.Random(f"{SEED} {split}"), []
        while len(rows) < count:
            text, answer = row(rng, split)
            if text not in seen:
                seen.add(text)
                rows.append({"id": f"{split}-{len(rows) + 1:03}", "text": text, "answer": answer})
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


main()
