//! The charts, as SVG. Places across are shares of the width, so that a chart fits any page and its letters keep their size;
//! colours are the style sheet's.

use std::fmt::Write;

use super::escape::escape;
use super::labels::{Named, placed};
use crate::report::{Facts, text};
use crate::stats::wording;

/// Where a value between 0 and 1 stands, in percent of the width; dots at the ends stay whole.
fn across(value: f64) -> f64 {
    2.0 + 96.0 * value.clamp(0.0, 1.0)
}

/// Writing to a string does not fail.
macro_rules! put {
    ($page:expr, $($words:tt)*) => {{ let _ = write!($page, $($words)*); }};
}

/// The means with their intervals, one row an arm, on the whole scale.
pub(super) fn means(facts: &Facts) -> String {
    let mut page = String::from("<div class=\"plot\" id=\"chart-means\">");
    let base = facts.baseline.and_then(|arm| facts.columns.get(arm)?.figure).map(|figure| figure.mean);
    for (arm, column) in facts.arms.iter().zip(&facts.columns) {
        let name = escape(&arm.name);
        put!(page, "<div class=\"name\">{name}</div><svg role=\"img\" height=\"26\" aria-label=\"{name}: ");
        put!(page, "{}\">", text::figure(column.figure.as_ref()));
        grid(&mut page, 26, &[0.0, 0.25, 0.5, 0.75, 1.0]);
        if let Some(base) = base {
            let at = across(base);
            put!(page, "<line class=\"base\" x1=\"{at:.2}%\" x2=\"{at:.2}%\" y1=\"0\" y2=\"26\"/>");
        }
        if let Some(figure) = column.figure {
            let (low, high) = (across(figure.interval.low), across(figure.interval.high));
            put!(page, "<line class=\"interval\" x1=\"{low:.2}%\" x2=\"{high:.2}%\" y1=\"13\" y2=\"13\"/>");
            put!(page, "<circle class=\"mean\" cx=\"{:.2}%\" cy=\"13\" r=\"5\"/>", across(figure.mean));
        }
        put!(page, "</svg><div class=\"value\">{}</div>", text::figure(column.figure.as_ref()));
    }
    axis(&mut page, &[(0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")]);
    page.push_str("</div>");
    page
}

fn grid(page: &mut String, height: u32, at: &[f64]) {
    for value in at {
        let x = across(*value);
        put!(page, "<line class=\"grid\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"0\" y2=\"{height}\"/>");
    }
}

fn axis(page: &mut String, marks: &[(f64, &str)]) {
    page.push_str("<div class=\"name\"></div><svg height=\"18\" aria-hidden=\"true\">");
    for (value, words) in marks {
        let anchor = if *value <= 0.0 {
            "start"
        } else if *value >= 1.0 {
            "end"
        } else {
            "middle"
        };
        put!(page, "<text x=\"{:.2}%\" y=\"13\" text-anchor=\"{anchor}\">{}</text>", across(*value), escape(words));
    }
    page.push_str("</svg><div class=\"value\"></div>");
}

/// What each arm adds to the baseline, one rung an arm: the ablation ladder.
pub(super) fn ladder(facts: &Facts) -> Option<String> {
    let baseline = facts.name(facts.baseline?);
    let widest = facts
        .family
        .iter()
        .flat_map(|each| [each.interval.low.abs(), each.interval.high.abs(), each.difference.abs()])
        .fold(facts.margin, f64::max);
    if facts.family.is_empty() {
        return None;
    }
    let reach = (widest * 10.0).ceil().max(1.0) / 10.0;
    let place = |value: f64| across(f64::midpoint(value / reach, 1.0));
    let mut page = String::from("<div class=\"plot\" id=\"chart-ladder\">");
    for each in &facts.family {
        let name = escape(facts.name(each.arm));
        put!(
            page,
            "<div class=\"name\">{name}</div><svg role=\"img\" height=\"26\" aria-label=\"{}\">",
            escape(&each.sentence)
        );
        let (low, high) = (place(-facts.margin), place(facts.margin));
        put!(page, "<rect class=\"margin\" x=\"{low:.2}%\" width=\"{:.2}%\" y=\"0\" height=\"26\"/>", high - low);
        put!(page, "<line class=\"base\" x1=\"{0:.2}%\" x2=\"{0:.2}%\" y1=\"0\" y2=\"26\"/>", place(0.0));
        let kind = super::finding_class(each.finding);
        let (low, high) = (place(each.interval.low), place(each.interval.high));
        put!(page, "<line class=\"interval {kind}\" x1=\"{low:.2}%\" x2=\"{high:.2}%\" y1=\"13\" y2=\"13\"/>");
        put!(page, "<circle class=\"mean {kind}\" cx=\"{:.2}%\" cy=\"13\" r=\"5\"/>", place(each.difference));
        put!(
            page,
            "</svg><div class=\"value\">{} ({} to {})</div>",
            wording::signed(each.difference),
            wording::signed(each.interval.low),
            wording::signed(each.interval.high)
        );
    }
    let (low, high) = (format!("−{reach:.1}"), format!("+{reach:.1}"));
    axis(&mut page, &[(0.0, &low), (0.5, &format!("as {baseline}")), (1.0, &high)]);
    page.push_str("</div>");
    Some(page)
}

/// Down to where names may stand in that chart; below are the figures of its scale.
const FLOOR: f64 = 254.0;

/// An arm in the plane of cost and score.
struct Point {
    arm: usize,
    cost: f64,
    score: f64,
}

/// Whether another arm costs no more and scores no less, and is better in one of the two.
fn is_beaten(point: &Point, all: &[Point]) -> bool {
    all.iter().any(|other| {
        other.cost <= point.cost && other.score >= point.score && (other.cost < point.cost || other.score > point.score)
    })
}

/// Cost against score with the frontier: in dollars where prices are known, else in seconds. `None` with fewer than two arms.
pub(super) fn frontier(facts: &Facts) -> Option<(String, &'static str)> {
    let priced = facts.columns.iter().filter(|column| column.figure.is_some()).all(|column| column.cost_each.is_some());
    let spent = facts.columns.iter().any(|column| column.cost_each.is_some_and(|cost| cost > 0.0));
    let (unit, by_cost) = if priced && spent { ("dollars for 1,000 trials", true) } else { ("seconds a trial", false) };
    let points: Vec<Point> = facts
        .columns
        .iter()
        .enumerate()
        .filter_map(|(arm, column)| {
            let cost = if by_cost { column.cost_each? * 1_000.0 } else { column.seconds_each? };
            Some(Point { arm, cost, score: column.figure?.mean })
        })
        .collect();
    if points.len() < 2 {
        return None;
    }
    let most = points.iter().map(|point| point.cost).fold(f64::MIN_POSITIVE, f64::max) * 1.08;
    // Points crowd where scores are alike: the upright scale spans what is there, and says so.
    let top = points.iter().map(|point| point.score).fold(0.0, f64::max);
    let bottom = points.iter().map(|point| point.score).fold(1.0, f64::min);
    let pad = ((top - bottom) * 0.25).max(0.05);
    let (bottom, top) = ((bottom - pad).max(0.0), (top + pad).min(1.0));
    let left = |cost: f64| 10.0 + 86.0 * cost / most;
    let down = |score: f64| 250.0 - 230.0 * (score - bottom) / (top - bottom).max(1e-9);
    let mut page = String::from(
        "<svg id=\"chart-frontier\" class=\"plane\" role=\"img\" height=\"290\" aria-label=\"cost against score\">",
    );
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        let score = bottom + (top - bottom) * share;
        let (x, y) = (left(most * share), down(score));
        put!(page, "<line class=\"grid\" x1=\"10%\" x2=\"98%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        put!(page, "<text x=\"9%\" y=\"{:.1}\" text-anchor=\"end\">{score:.2}</text>", y + 4.0);
        put!(page, "<text x=\"{x:.2}%\" y=\"268\" text-anchor=\"middle\">{}</text>", short(most * share));
    }
    let mut best: Vec<&Point> = points.iter().filter(|point| !is_beaten(point, &points)).collect();
    best.sort_by(|one, other| one.cost.total_cmp(&other.cost));
    for pair in best.windows(2) {
        let [from, to] = pair else { continue };
        let (x1, x2, y1, y2) = (left(from.cost), left(to.cost), down(from.score), down(to.score));
        put!(page, "<line class=\"front\" x1=\"{x1:.2}%\" x2=\"{x2:.2}%\" y1=\"{y1:.1}\" y2=\"{y1:.1}\"/>");
        put!(page, "<line class=\"front\" x1=\"{x2:.2}%\" x2=\"{x2:.2}%\" y1=\"{y1:.1}\" y2=\"{y2:.1}\"/>");
    }
    let named = |point: &Point| Named {
        x: left(point.cost),
        y: down(point.score),
        // Letters beyond ASCII may be twice as wide.
        letters: facts.name(point.arm).chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum(),
    };
    let labels = placed(&points.iter().map(named).collect::<Vec<_>>(), FLOOR);
    for (point, label) in points.iter().zip(labels) {
        let (x, y) = (left(point.cost), down(point.score));
        let class = if is_beaten(point, &points) { "beaten" } else { "mean" };
        if label.is_far() {
            put!(
                page,
                "<line class=\"leader\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{y:.1}\" y2=\"{:.1}\"/>",
                y + label.down
            );
        }
        put!(page, "<circle class=\"{class}\" cx=\"{x:.2}%\" cy=\"{y:.1}\" r=\"5\"/>");
        let anchor = if label.ends { "end" } else { "start" };
        put!(
            page,
            "<text class=\"label\" x=\"{x:.2}%\" y=\"{:.1}\" dx=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            y + label.down,
            label.across(),
            escape(facts.name(point.arm))
        );
    }
    put!(page, "<text x=\"98%\" y=\"286\" text-anchor=\"end\">{unit}</text></svg>");
    Some((page, unit))
}

fn short(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        value if value < 0.1 => format!("{value:.3}"),
        value if value < 10.0 => format!("{value:.2}"),
        value => format!("{value:.0}"),
    }
}

/// How the scores are spread, one small chart an arm, all on one scale.
pub(super) fn histograms(facts: &Facts) -> String {
    let most = facts.columns.iter().flat_map(|column| column.histogram).max().unwrap_or(0).max(1);
    let mut page = String::from("<div class=\"small\" id=\"chart-histogram\">");
    for (arm, column) in facts.arms.iter().zip(&facts.columns) {
        put!(
            page,
            "<figure><figcaption>{}</figcaption><svg role=\"img\" height=\"84\" aria-label=\"scores by tenths: ",
            escape(&arm.name)
        );
        put!(page, "{}\">", column.histogram.map(|count| count.to_string()).join(", "));
        for (tenth, count) in column.histogram.iter().enumerate() {
            let height = 62.0 * *count as f64 / most as f64;
            let height = if *count > 0 { height.max(1.0) } else { 0.0 };
            let (x, y) = (tenth as f64 * 10.0 + 0.6, 66.0 - height);
            put!(page, "<rect class=\"bar\" x=\"{x:.1}%\" width=\"8.8%\" y=\"{y:.1}\" height=\"{height:.1}\">");
            put!(
                page,
                "<title>{:.1} to {:.1}: {count} cases</title></rect>",
                tenth as f64 / 10.0,
                (tenth + 1) as f64 / 10.0
            );
        }
        page.push_str(
            "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"66.5\" y2=\"66.5\"/><text x=\"0\" y=\"80\">0</text>",
        );
        page.push_str("<text x=\"100%\" y=\"80\" text-anchor=\"end\">1</text></svg></figure>");
    }
    page.push_str("</div>");
    page
}
