//! The parts of the page around the cases.

use std::fmt::Write;

use super::escape::escape;
use super::{charts, finding_class};
use crate::report::{Against, Facts, FourfoldFacts, Held, Judgement, csv, text};
use crate::stats::wording::grouped;
use crate::stats::{Figure, wording};

/// Writing to a string does not fail.
macro_rules! put {
    ($page:expr, $($words:tt)*) => {{ let _ = write!($page, $($words)*); }};
}

/// Everything above the cases.
pub(super) fn above(facts: &Facts, judgements: &[Judgement]) -> String {
    let mut page = String::new();
    put!(page, "<header><p class=\"kicker\">{} · run {}</p>", escape(&facts.workbench), facts.run);
    let headline = facts.headline();
    // What would do stands with the verdict; the title says what is shown.
    let title = headline.split_inclusive(". ").next().unwrap_or(&headline);
    put!(page, "<h1>{}</h1>", escape(title.trim_end()));
    put!(page, "<p class=\"what\">{}</p>", escape(&text::what_was_measured(facts)));
    if !facts.is_complete() {
        let missing: u64 = facts.columns.iter().map(|column| column.missing).sum();
        let done: u64 = facts.columns.iter().map(|column| column.done).sum();
        let planned: u64 = facts.columns.iter().map(|column| column.planned).sum();
        put!(
            page,
            "<p class=\"warning\">Not complete: {} of {} trials are there, {} of them missing.</p>",
            grouped(done),
            grouped(planned),
            grouped(missing)
        );
    }
    page.push_str(
        "<nav><a href=\"#arms\">Arms</a><a href=\"#charts\">Charts</a><a href=\"#verdict\">Verdict</a>\
         <a href=\"#believe\">Before believing it</a><a href=\"#cases\">Cases</a><a href=\"#asked\">What was asked</a></nav></header>\n<main>\n",
    );
    thresholds(&mut page, judgements);
    if let Some(table) = &facts.fourfold {
        fourfold(&mut page, facts, table);
    }
    arms(&mut page, facts);
    pictures(&mut page, facts);
    verdict(&mut page, facts);
    believe(&mut page, facts);
    page
}

fn thresholds(page: &mut String, judgements: &[Judgement]) {
    if judgements.is_empty() {
        return;
    }
    page.push_str("<section id=\"thresholds\"><h2>Thresholds</h2><ul class=\"plain\">");
    for one in judgements {
        let class = match one.held {
            Held::Passed => "better",
            Held::Failed => "worse",
            Held::Undecided => "few",
        };
        put!(
            page,
            "<li><b class=\"badge {class}\">{}</b> <code>{}</code> {}</li>",
            one.held.as_str(),
            escape(&one.condition),
            escape(&one.words)
        );
    }
    page.push_str("</ul></section>\n");
}

fn fourfold(page: &mut String, facts: &Facts, table: &FourfoldFacts) {
    put!(
        page,
        "<section id=\"fourfold\"><h2>The fourfold table</h2><p class=\"note\">{} over the {} cases that all four cells \
        answered, 95 % intervals.</p>",
        escape(&facts.metric),
        table.n
    );
    let best = table.figures.iter().map(|figure| figure.mean).fold(0.0, f64::max);
    let [plain_base, plain_tuned, prompted_base, prompted_tuned] = table.figures;
    let cell = |figure: Figure, place: usize| {
        let class = if figure.mean >= best && best > 0.0 { " class=\"top\"" } else { "" };
        let arm = table.cells.get(place).map_or("", |arm| facts.name(*arm));
        let cost = table.costs.as_ref().filter(|costs| costs.is_worth_a_table);
        let cost = cost.and_then(|costs| costs.cells.get(place));
        let cost = cost.map_or_else(String::new, |cost| format!("<small>a case: {}</small>", escape(&cost.words)));
        format!(
            "<td{class}><strong>{:.3}</strong><span>{:.3} to {:.3}</span><svg height=\"6\" aria-hidden=\"true\"><rect class=\"track\" \
             width=\"100%\" height=\"6\" rx=\"3\"/><rect class=\"bar\" width=\"{:.1}%\" height=\"6\" rx=\"3\"/></svg><small>{}</small>{cost}</td>",
            figure.mean,
            figure.interval.low,
            figure.interval.high,
            figure.mean * 100.0,
            escape(arm)
        )
    };
    let gain = |from: Figure, to: Figure| wording::signed(to.mean - from.mean);
    put!(
        page,
        "<div class=\"scroll\"><table class=\"four\"><thead><tr><td></td><th scope=\"col\">base model</th><th scope=\"col\">tuned model</th>\
        <th scope=\"col\" class=\"gain\">tuning adds</th></tr></thead><tbody>"
    );
    put!(
        page,
        "<tr><th scope=\"row\">plain</th>{}{}<td class=\"gain\">{}</td></tr>",
        cell(plain_base, 0),
        cell(plain_tuned, 1),
        gain(plain_base, plain_tuned)
    );
    put!(
        page,
        "<tr><th scope=\"row\">prompted</th>{}{}<td class=\"gain\">{}</td></tr>",
        cell(prompted_base, 2),
        cell(prompted_tuned, 3),
        gain(prompted_base, prompted_tuned)
    );
    put!(
        page,
        "</tbody><tfoot><tr><th scope=\"row\">prompting adds</th><td class=\"gain\">{}</td><td class=\"gain\">{}</td>\
        <td class=\"gain\">both {}</td></tr></tfoot></table></div>",
        gain(plain_base, prompted_base),
        gain(plain_tuned, prompted_tuned),
        gain(plain_base, prompted_tuned)
    );
    put!(page, "<p class=\"verdict\">{}</p>", escape(&table.sentence));
    for remark in table.remarks.iter().chain(table.costs.iter().flat_map(|costs| &costs.sentences)) {
        put!(page, "<p>{}</p>", escape(remark));
    }
    page.push_str("<details><summary>The comparisons behind it</summary><ul class=\"comparisons\">");
    for (sentence, why) in &table.comparisons {
        put!(page, "<li>{}<small>{}</small></li>", escape(sentence), escape(why));
    }
    page.push_str("</ul></details></section>\n");
}

fn arms(page: &mut String, facts: &Facts) {
    let others: Vec<String> = csv::metrics_of(facts).into_iter().filter(|metric| *metric != facts.metric).collect();
    put!(
        page,
        "<section id=\"arms\"><h2>Arms</h2><div class=\"scroll\"><table class=\"figures\"><thead><tr><th scope=\"col\">arm</th>\
        <th scope=\"col\">{}</th><th scope=\"col\" class=\"n\">cases</th><th scope=\"col\">against the baseline</th><th scope=\"col\" class=\"n\">cost</th>\
        <th scope=\"col\" class=\"n\">a trial</th><th scope=\"col\" class=\"n\">tok/s</th><th scope=\"col\" class=\"n\">non-answers</th>\
        <th scope=\"col\" class=\"n\">missing</th></tr></thead><tbody>",
        escape(&facts.metric)
    );
    for (place, (arm, column)) in facts.arms.iter().zip(&facts.columns).enumerate() {
        let shown = facts.family.iter().find(|each| each.arm == place);
        let against = match shown {
            _ if facts.baseline == Some(place) => "<span class=\"badge\">baseline</span>".to_owned(),
            Some(each) => badge(each),
            None => "–".to_owned(),
        };
        let interval = column.figure.map_or_else(String::new, |figure| {
            format!("<span class=\"range\">{:.3} to {:.3}</span>", figure.interval.low, figure.interval.high)
        });
        let mean = column.figure.map_or_else(|| "–".to_owned(), |figure| format!("{:.3}", figure.mean));
        let base = arm.base.as_ref().map_or_else(String::new, |base| format!(", tuned from {}", escape(base)));
        put!(
            page,
            "<tr><th scope=\"row\">{}<small>{} · {}{base}</small></th><td><strong>{mean}</strong>{interval}</td><td class=\"n\">{}</td><td>{against}</td>",
            escape(&arm.name),
            escape(&arm.strategy_words()),
            escape(&arm.model),
            grouped(column.figure.map_or(0, |figure| figure.n as u64))
        );
        put!(
            page,
            "<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escape(&text::cost(column)),
            text::seconds(column.seconds_each),
            text::rate(column.tokens_per_second),
            grouped(column.non_answers),
            grouped(column.missing)
        );
    }
    page.push_str("</tbody></table></div><p class=\"note\">Means with 95 % intervals. A non-answer of the model scores 0; a missing trial leaves its case out.</p>");
    if !others.is_empty() {
        page.push_str("<details><summary>Other metrics (exploratory)</summary><div class=\"scroll\"><table class=\"figures\"><thead><tr><th scope=\"col\">arm</th>");
        for metric in &others {
            put!(page, "<th scope=\"col\">{}</th>", escape(metric));
        }
        page.push_str("</tr></thead><tbody>");
        for (arm, column) in facts.arms.iter().zip(&facts.columns) {
            put!(page, "<tr><th scope=\"row\">{}</th>", escape(&arm.name));
            for metric in &others {
                let figure = column.metrics.iter().find(|one| one.metric == *metric).map(|one| &one.figure);
                put!(page, "<td>{}</td>", text::figure(figure));
            }
            page.push_str("</tr>");
        }
        page.push_str("</tbody></table></div></details>");
    }
    page.push_str("</section>\n");
}

fn badge(each: &Against) -> String {
    let word = match finding_class(each.finding) {
        "few" => "too few cases",
        other => other,
    };
    format!(
        "<b class=\"badge {}\">{word}</b><span class=\"range\">{} ({} to {})</span>",
        finding_class(each.finding),
        wording::signed(each.difference),
        wording::signed(each.interval.low),
        wording::signed(each.interval.high)
    )
}

fn pictures(page: &mut String, facts: &Facts) {
    page.push_str("<section id=\"charts\"><h2>Charts</h2><h3>Means with 95 % intervals</h3>");
    page.push_str(&charts::means(facts));
    if let Some(ladder) = charts::ladder(facts) {
        put!(page, "<h3>What each arm adds to {}</h3>", escape(facts.baseline.map_or("", |arm| facts.name(arm))));
        page.push_str(&ladder);
        put!(
            page,
            "<p class=\"note\">Paired differences with their intervals, adjusted for the number of arms. Within the shaded band, \
            ±{:.3}, a difference counts as none.</p>",
            facts.margin
        );
    }
    page.push_str("<div class=\"two\">");
    if let Some((chart, unit)) = charts::frontier(facts) {
        let what = if unit.starts_with("dollars") { "Cost against score" } else { "Time against score" };
        put!(
            page,
            "<div><h3>{what}</h3>{chart}<p class=\"note\">The line joins the arms that no other arm beats in both{}.</p></div>",
            if unit.starts_with("dollars") {
                ""
            } else {
                ". Nothing was paid, or no price is known: time stands for cost"
            }
        );
    }
    put!(page, "<div><h3>Scores of the cases</h3>{}</div></div></section>\n", charts::histograms(facts));
}

fn verdict(page: &mut String, facts: &Facts) {
    page.push_str("<section id=\"verdict\"><h2>Verdict, arm by arm</h2>");
    let Some(baseline) = facts.baseline else {
        page.push_str("<p>There is one arm: nothing to compare it with.</p></section>\n");
        return;
    };
    page.push_str("<ul class=\"comparisons\">");
    for each in &facts.family {
        comparison(page, each);
    }
    for arm in &facts.without {
        put!(
            page,
            "<li>{}: no scored case in common with {}.</li>",
            escape(facts.name(*arm)),
            escape(facts.name(baseline))
        );
    }
    page.push_str("</ul>");
    if !facts.others.is_empty() {
        page.push_str("<h3>Also compared (exploratory)</h3><ul class=\"comparisons\">");
        for each in &facts.others {
            comparison(page, each);
        }
        page.push_str("</ul>");
    }
    page.push_str("</section>\n");
}

fn comparison(page: &mut String, each: &Against) {
    put!(
        page,
        "<li class=\"{}\">{}<small>{}</small>",
        finding_class(each.finding),
        escape(&each.sentence),
        escape(&each.why)
    );
    for remark in &each.remarks {
        put!(page, "<small>{}</small>", escape(remark));
    }
    page.push_str("</li>");
}

fn believe(page: &mut String, facts: &Facts) {
    page.push_str("<section id=\"believe\"><h2>Before believing it</h2><ul>");
    for line in &facts.hygiene {
        put!(page, "<li>{}</li>", escape(line));
    }
    put!(
        page,
        "<li>The {} split measured here is <code title=\"{2}\">{1}</code>, by its content.</li></ul></section>\n",
        escape(&facts.split),
        escape(text::short(&facts.data_hash)),
        escape(&facts.data_hash)
    );
}

/// The frame that the script fills with cases.
pub(super) const CASES: &str = "<section id=\"cases\"><h2>Cases</h2>\
<noscript><p class=\"warning\">The cases are drawn by the script inside this page; it is switched off here.</p></noscript>\
<form class=\"tools\" id=\"tools\"><label class=\"wide\">Search <input type=\"search\" id=\"search\" \
placeholder=\"id, question, reference, answer\" autocomplete=\"off\" spellcheck=\"false\"></label>\
<label>Show <select id=\"show\"></select></label><label>Sort <select id=\"sort\"></select></label>\
<label>Compare answers <select id=\"against\"></select></label></form>\
<p class=\"note\">Struck out: only in what an answer is compared with. Underlined: only in the answer. <kbd>/</kbd> goes to the search.</p><p id=\"count\" role=\"status\"></p><ol id=\"list\"></ol><button type=\"button\" id=\"more\" hidden>Show more</button></section>\n";

/// Everything below the cases.
pub(super) fn below(facts: &Facts) -> String {
    let mut page = String::from("<section id=\"asked\"><h2>What was asked</h2>");
    for arm in &facts.arms {
        let base = arm.base.as_ref().map_or_else(String::new, |base| format!(", tuned from {}", escape(base)));
        put!(
            page,
            "<details><summary><b>{}</b> {} on {}</summary><dl><dt>model</dt><dd>{}{base}</dd><dt>fingerprint</dt><dd>{}</dd>",
            escape(&arm.name),
            escape(&arm.strategy_words()),
            escape(&arm.model),
            escape(&arm.model),
            escape(&arm.fingerprint)
        );
        put!(
            page,
            "<dt>strategy</dt><dd>{}</dd><dt>parameters</dt><dd>{}</dd><dt>prompt</dt><dd>{} <code>{}</code></dd></dl><pre>{}</pre></details>",
            escape(&arm.strategy_words()),
            escape(&arm.parameter_words()),
            escape(&arm.prompt_path),
            escape(text::short(&arm.prompt_hash)),
            escape(&arm.prompt_text)
        );
    }
    page.push_str(
        "</section>\n</main>\n<footer><p>Made by fourfold. This page loads nothing from anywhere.</p></footer>\n",
    );
    page
}
