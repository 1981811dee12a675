//! Markdown, for a pull request or a lab book: the verdict, the figures, the arms. Cases stay in the other formats.

use std::fmt::Write as _;
use std::io::Write;

use super::{Against, Facts, Judgement, ReportError, text};
use crate::stats::wording::{self, grouped};

pub(super) fn write(facts: &Facts, judgements: &[Judgement], out: &mut (dyn Write + Send)) -> Result<(), ReportError> {
    Ok(out.write_all(whole(facts, judgements).as_bytes())?)
}

fn whole(facts: &Facts, judgements: &[Judgement]) -> String {
    let mut page = String::new();
    let mut line = |text: &str| {
        page.push_str(text);
        page.push('\n');
    };
    line(&format!("# {}: run {}", plain(&facts.workbench), facts.run));
    line("");
    line(&format!("**{}**", plain(&facts.headline())));
    line("");
    line(&plain(&text::what_was_measured(facts)));
    if !judgements.is_empty() {
        line("");
        line("## Thresholds");
        line("");
        for judgement in judgements {
            line(&format!("- {}", plain(&text::judgement(judgement))));
        }
    }
    if let Some(table) = &facts.fourfold {
        line("");
        line("## The four cells");
        line("");
        let [plain_base, plain_tuned, prompted_base, prompted_tuned] =
            table.figures.map(|figure| wording::figure(&figure));
        line("| | base | tuned |");
        line("|---|---|---|");
        line(&format!("| plain | {plain_base} | {plain_tuned} |"));
        line(&format!("| prompted | {prompted_base} | {prompted_tuned} |"));
        line("");
        line(&format!(
            "{} over the {} cases that all four cells answered, with 95 % intervals.",
            plain(&facts.metric),
            table.n
        ));
        if let Some(costs) = table.costs.as_ref().filter(|costs| costs.is_worth_a_table) {
            let [plain_base, plain_tuned, prompted_base, prompted_tuned] =
                costs.cells.each_ref().map(|cell| &cell.words);
            line("");
            line("| a case costs | base | tuned |");
            line("|---|---|---|");
            line(&format!("| plain | {plain_base} | {plain_tuned} |"));
            line(&format!("| prompted | {prompted_base} | {prompted_tuned} |"));
        }
        for remark in table.remarks.iter().chain(table.costs.iter().flat_map(|costs| &costs.sentences)) {
            line("");
            line(&plain(remark));
        }
        for (sentence, why) in &table.comparisons {
            line("");
            line(&format!("- {}", plain(sentence)));
            line(&format!("  <br>{}", plain(why)));
        }
    }
    line("");
    line("## Arms");
    line("");
    line(&format!("| arm | {} (95 % interval) | cases | cost | tok/s | non-answers | missing |", plain(&facts.metric)));
    line("|---|---|---:|---:|---:|---:|---:|");
    for (place, (arm, column)) in facts.arms.iter().zip(&facts.columns).enumerate() {
        let base = if facts.baseline == Some(place) { " (baseline)" } else { "" };
        line(&format!(
            "| {}{base} | {} | {} | {} | {} | {} | {} |",
            plain(&arm.name),
            text::figure(column.figure.as_ref()),
            grouped(column.figure.map_or(0, |figure| figure.n as u64)),
            text::cost(column),
            text::rate(column.tokens_per_second),
            grouped(column.non_answers),
            grouped(column.missing)
        ));
    }
    for (title, all) in [("Against the baseline", &facts.family), ("Also compared (exploratory)", &facts.others)] {
        if !all.is_empty() {
            line("");
            line(&format!("## {title}"));
            comparisons(all, &mut line);
        }
    }
    for arm in &facts.without {
        line("");
        line(&format!("- {}: no scored case in common with the baseline.", plain(facts.name(*arm))));
    }
    let other: Vec<String> =
        super::csv::metrics_of(facts).into_iter().filter(|metric| *metric != facts.metric).collect();
    if !other.is_empty() {
        line("");
        line("## Other metrics (exploratory)");
        line("");
        line(&format!("| arm | {} |", other.iter().map(|metric| plain(metric)).collect::<Vec<_>>().join(" | ")));
        line(&format!("|---|{}", "---|".repeat(other.len())));
        for (arm, column) in facts.arms.iter().zip(&facts.columns) {
            let cells: Vec<String> = other
                .iter()
                .map(|metric| {
                    text::figure(column.metrics.iter().find(|one| one.metric == *metric).map(|one| &one.figure))
                })
                .collect();
            line(&format!("| {} | {} |", plain(&arm.name), cells.join(" | ")));
        }
    }
    line("");
    line("## Before believing it");
    line("");
    for remark in &facts.hygiene {
        line(&format!("- {}", plain(remark)));
    }
    line(&format!("- Split {} `{}`.", plain(&facts.split), text::short(&facts.data_hash)));
    line("");
    line("## What was asked");
    for arm in &facts.arms {
        line("");
        line(&format!("### {}", plain(&arm.name)));
        line("");
        let base = arm.base.as_ref().map_or_else(String::new, |base| format!(", tuned from {}", plain(base)));
        line(&format!("- model: {}{base} ({})", plain(&arm.model), plain(&arm.fingerprint)));
        line(&format!("- strategy: {}", plain(&arm.strategy_words())));
        line(&format!("- parameters: {}", plain(&arm.parameter_words())));
        line(&format!("- prompt: {} `{}`", plain(&arm.prompt_path), text::short(&arm.prompt_hash)));
        line("");
        line(&fenced(&arm.prompt_text));
    }
    page
}

fn comparisons(all: &[Against], line: &mut impl FnMut(&str)) {
    for against in all {
        line("");
        line(&format!("- {}", plain(&against.sentence)));
        line(&format!("  <br>{}", plain(&against.why)));
        for remark in &against.remarks {
            line(&format!("  <br>{}", plain(remark)));
        }
    }
}

/// A text that means in Markdown what it says: no markup, no HTML, one line.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                safe.push('\\');
                safe.push(one);
            }
            one if one.is_control() => safe.push(' '),
            one => safe.push(one),
        }
    }
    safe
}

/// A text in a fence that is longer than any it holds.
fn fenced(text: &str) -> String {
    let longest = text.split(|one| one != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut page = String::new();
    let _ = write!(page, "{fence}text\n{}\n{fence}", text.trim_end_matches('\n'));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_and_prompts_stay_text() {
        assert_eq!(
            plain("a|b <img src=x> **x** [l](u)\n# h"),
            "a\\|b &lt;img src=x&gt; \\*\\*x\\*\\* \\[l\\](u) \\# h"
        );
        assert_eq!(fenced("a\n```\nb\n"), "````text\na\n```\nb\n````");
        assert_eq!(fenced("a"), "```text\na\n```");
    }
}
