"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const about = JSON.parse(byId("about").textContent);
  const cases = [];
  for (const block of document.querySelectorAll("script.cases")) {
    for (const one of JSON.parse(block.textContent)) cases.push(one);
    block.remove();
  }
  const step = 50;
  const list = byId("list"), more = byId("more"), count = byId("count");
  const search = byId("search"), show = byId("show"), sort = byId("sort"), against = byId("against");
  const base = about.baseline;
  let found = cases, drawn = 0;

  // Every text of a model or a data file goes through here: it is set as text, never as markup.
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
  const plain = (text) => text.replace(hidden, (one) => "⟨U+" + one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "⟩");
  const make = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined && text !== null) made.textContent = plain(String(text));
    return made;
  };

  // The score of an arm on a case: the mean over its repeats; null where none has one.
  const scoreOf = (one, arm) => {
    let sum = 0, n = 0;
    for (const trial of one.trials) if (trial.arm === arm && trial.score !== null) { sum += trial.score; n += 1; }
    return n ? sum / n : null;
  };
  const scores = (one) => about.arms.map((_, arm) => scoreOf(one, arm)).filter((score) => score !== null);
  const some = (one, what) => one.trials.some(what);

  const shows = [["all", "all cases", () => true],
    ["wrong", "not right in every arm", (one) => { const all = scores(one); return all.length > 0 && all.some((score) => score < 1); }],
    ["none", "right in no arm", (one) => { const all = scores(one); return all.length > 0 && all.every((score) => score < 1); }],
    ["differ", "arms differ", (one) => { const all = scores(one); return all.length > 1 && Math.max(...all) - Math.min(...all) > 1e-9; }],
    ["non-answer", "a non-answer", (one) => some(one, (trial) => trial.out.startsWith("non-answer"))],
    ["missing", "a missing trial", (one) => some(one, (trial) => trial.out.startsWith("missing"))]];
  if (base !== null) {
    about.arms.forEach((name, arm) => {
      if (arm === base) return;
      const beats = (sign) => (one) => { const a = scoreOf(one, arm), b = scoreOf(one, base); return a !== null && b !== null && sign * (a - b) > 1e-9; };
      shows.push(["better-" + arm, name + " better than " + about.arms[base], beats(1)]);
      shows.push(["worse-" + arm, name + " worse than " + about.arms[base], beats(-1)]);
    });
  }
  const spread = (one) => { const all = scores(one); return all.length ? Math.max(...all) - Math.min(...all) : -1; };
  const mean = (one) => { const all = scores(one); return all.length ? all.reduce((sum, score) => sum + score, 0) / all.length : 2; };
  const slowest = (one) => Math.max(0, ...one.trials.map((trial) => trial.ms));
  const sorts = [["row", "as in the file", (one, two) => one.row - two.row],
    ["low", "lowest score first", (one, two) => mean(one) - mean(two) || one.row - two.row],
    ["spread", "biggest difference first", (one, two) => spread(two) - spread(one) || one.row - two.row],
    ["slow", "slowest first", (one, two) => slowest(two) - slowest(one) || one.row - two.row]];
  const againsts = [["reference", "with the reference"], ["nothing", "with nothing"]];
  if (base !== null && about.arms.length > 1) againsts.splice(1, 0, ["base", "with " + about.arms[base]]);
  const fill = (select, options) => { for (const [value, words] of options) { const option = make("option", "", words); option.value = value; select.append(option); } };
  fill(show, shows); fill(sort, sorts); fill(against, againsts);

  const textsOf = (one) => {
    if (!one.all) {
      const parts = [one.id, one.ref || ""];
      for (const [name, text] of one.vars) parts.push(name, text);
      for (const [, text] of one.turns) parts.push(text);
      for (const trial of one.trials) parts.push(trial.text, trial.raw || "", trial.err || "");
      one.all = parts.join("\n").toLowerCase();
    }
    return one.all;
  };

  const chip = (one, arm) => {
    const score = scoreOf(one, arm), trials = one.trials.filter((trial) => trial.arm === arm);
    let kind = "none", words = "–";
    if (score !== null) {
      kind = score >= 1 ? "right" : score <= 0 ? "wrong" : "";
      words = Number.isInteger(score) ? String(score) : score.toFixed(2);
      if (trials.some((trial) => trial.out.startsWith("non-answer"))) words += " · no answer";
    } else if (trials.length) words = trials[0].out.startsWith("missing") ? "missing" : "no score";
    return make("span", "chip " + kind, about.arms[arm] + " " + words);
  };

  // A text with what was removed from and added to `from`, by the runs computed when the page was written.
  const compared = (from, to, runs) => {
    const box = make("div", "text");
    if (!runs.length) { box.textContent = plain(to); return box; }
    let a = 0, b = 0;
    for (let at = 0; at < runs.length; at += 2) {
      const length = runs[at + 1];
      if (runs[at] === 1) { box.append(make("del", "", from.slice(a, a + length))); a += length; }
      else if (runs[at] === 2) { box.append(make("ins", "", to.slice(b, b + length))); b += length; }
      else { box.append(plain(to.slice(b, b + length))); a += length; b += length; }
    }
    return box;
  };

  const part = (title, text) => {
    const box = document.createDocumentFragment();
    box.append(make("div", "part", title), make("div", "text", text));
    return box;
  };

  const answer = (one, trial, first) => {
    const box = make("article", "answer");
    const head = make("h4", "", about.arms[trial.arm] + (about.repeats > 1 ? " #" + (trial.rep + 1) : ""));
    const out = trial.out === "answer" ? "" : trial.out.replace(":", ": ");
    if (trial.score !== null) head.append(make("span", "chip " + (trial.score >= 1 ? "right" : trial.score <= 0 ? "wrong" : ""), about.metric + " " + Number(trial.score.toFixed(3))));
    if (out) head.append(make("span", "chip none", out));
    box.append(head);
    const way = against.value;
    if (way === "reference" && one.ref !== null) box.append(compared(one.ref, trial.text, trial.dr));
    else if (way === "base" && first && trial.arm !== base) box.append(compared(first.text, trial.text, trial.db));
    else box.append(make("div", "text", trial.text));
    if (trial.cut) box.append(make("p", "note", "Cut after 20,000 bytes; an export holds the whole text."));
    if (trial.err) box.append(make("p", "warning", trial.err));
    const figures = trial.ms === null ? [] : [(trial.ms / 1000).toFixed(2) + " s"];
    if (trial.tok !== null) figures.push(trial.tok + " tokens");
    if (trial.cost !== null) figures.push("$" + trial.cost.toPrecision(3));
    if (trial.known) figures.push("known before this run");
    figures.push("trial " + trial.no);
    box.append(make("div", "meta", figures.join(" · ")));
    const others = trial.scores.filter(([name]) => name !== about.metric);
    if (others.length) box.append(make("div", "meta", others.map(([name, score, why]) => name + " " + (score === null ? "n/a" : Number(score.toFixed(3))) + (why ? " (" + why + ")" : "")).join(" · ")));
    for (const note of trial.notes) box.append(make("div", "meta", note));
    for (const [title, text] of [["whole answer", trial.raw], ["reasoning", trial.think]]) {
      if (!text) continue;
      const fold = make("details", "");
      fold.append(make("summary", "meta", title), make("div", "text", text));
      box.append(fold);
    }
    return box;
  };

  const opened = (one) => {
    const box = make("div", "open");
    for (const [role, text] of one.turns) box.append(part(role, text));
    for (const [name, text] of one.vars) box.append(part(name, text));
    if (one.ref !== null) box.append(part("reference", one.ref));
    const first = one.trials.find((trial) => trial.arm === base && trial.rep === 0);
    const answers = make("div", "answers");
    for (const trial of one.trials) answers.append(answer(one, trial, first));
    box.append(answers);
    return box;
  };

  const toggle = (item, one, open) => {
    const row = item.firstChild;
    if (item.lastChild !== row) item.lastChild.remove();
    if (open) item.append(opened(one));
    row.setAttribute("aria-expanded", String(open));
  };

  const draw = () => {
    const end = Math.min(found.length, drawn + step);
    for (; drawn < end; drawn += 1) {
      const one = found[drawn], item = make("li", ""), row = make("button", "row");
      item.case = one;
      row.type = "button";
      row.setAttribute("aria-expanded", "false");
      const ask = one.vars.length ? one.vars.map(([, text]) => text).join(" · ") : one.turns.map(([, text]) => text).join(" · ");
      const chips = make("span", "chips");
      about.arms.forEach((_, arm) => chips.append(chip(one, arm)));
      row.append(make("span", "id", one.id), make("span", "ask", ask.slice(0, 300)), chips);
      row.addEventListener("click", () => toggle(item, one, row.getAttribute("aria-expanded") !== "true"));
      item.append(row);
      list.append(item);
    }
    more.hidden = drawn >= found.length;
    more.textContent = "Show " + Math.min(step, found.length - drawn) + " more";
  };

  const refresh = () => {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const filter = shows.find(([value]) => value === show.value)[2];
    found = cases.filter((one) => filter(one) && words.every((word) => textsOf(one).includes(word)));
    found.sort(sorts.find(([value]) => value === sort.value)[2]);
    list.replaceChildren();
    drawn = 0;
    draw();
    const grouped = (number) => number.toLocaleString("en");
    const all = grouped(cases.length);
    const left = about.leftOut ? " The page holds the first " + all + "; " + grouped(about.leftOut) + " more are in the exports." : "";
    count.textContent = (found.length === cases.length ? all + " cases." : grouped(found.length) + " of " + all + " cases.") + left;
  };

  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 120); });
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  show.addEventListener("change", refresh);
  sort.addEventListener("change", refresh);
  against.addEventListener("change", () => {
    for (const item of list.children) if (item.firstChild.getAttribute("aria-expanded") === "true") toggle(item, item.case, true);
  });
  more.addEventListener("click", draw);
  document.addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); search.focus(); }
  });
  refresh();
})();
