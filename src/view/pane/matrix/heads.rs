//! What stands over the columns: the arm, its mean with the interval and n, what it cost, how fast it is, what is missing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::columns::Columns;
use crate::model::Cost;
use crate::state::State;
use crate::state::matrix::{Head, Live, OpenRun, Sort, View, pace};
use crate::stats::Looks;
use crate::stats::wording::grouped;
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{apart, display_width, sanitise_line, truncate_to_width};

/// A line over the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    Arm,
    Mean,
    Interval,
    /// The mean with its interval.
    Both,
    /// Scored trials, non-answers, missing ones.
    Counts,
    Scored,
    NoAnswer,
    Cost,
    Speed,
}

/// The lines that have room: a mean never without its interval and n. Of cost and speed the one that is looked for first, where
/// there is room for one.
fn lines(height: u16, busy: bool) -> Vec<Figure> {
    use Figure::{Arm, Both, Cost, Counts, Interval, Mean, NoAnswer, Scored, Speed};
    match height {
        0 => vec![],
        1 | 2 => vec![Arm],
        3 => vec![Arm, Both, Counts],
        4 => vec![Arm, Both, Counts, if busy { Speed } else { Cost }],
        5 => vec![Arm, Both, Counts, Cost, Speed],
        6 => vec![Arm, Mean, Interval, Counts, Cost, Speed],
        _ => vec![Arm, Mean, Interval, Scored, NoAnswer, Cost, Speed],
    }
}

/// The first of several wordings that fits; the last where none does.
fn fitting(wordings: impl IntoIterator<Item = String>, room: usize) -> String {
    let mut last = String::new();
    for wording in wordings {
        if display_width(&wording) <= room {
            return wording;
        }
        last = wording;
    }
    last
}

/// What a line is.
fn label(figure: Figure, run: &OpenRun, room: usize) -> String {
    let any_look = run.looks == Looks::Every;
    let words: &[&str] = match figure {
        Figure::Arm => &[run.primary.as_str()],
        Figure::Mean => &["mean"],
        Figure::Interval if any_look => &["95 %, any look", "any look"],
        Figure::Interval => &["95 %"],
        Figure::Both if any_look => &["mean, 95 % at any look", "mean, any look", "any look"],
        Figure::Both => &["mean, 95 %", "mean 95 %"],
        Figure::Counts => &["n, no answer ∅, missing ?", "n ∅ ?"],
        Figure::Scored => &["n"],
        Figure::NoAnswer => &["no answer"],
        Figure::Cost => &["cost"],
        Figure::Speed => &["speed"],
    };
    fitting(words.iter().map(|word| (*word).to_owned()), room)
}

/// Draws them.
pub(super) fn draw(
    state: &State,
    columns: &Columns,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let Some(run) = &state.matrix.run else { return };
    if state.matrix.view == View::Heat {
        heat(state, run, columns, area, buffer, theme, drawn);
        return;
    }
    let live = state.matrix.live_here();
    let room = usize::from(columns.cell).saturating_sub(2);
    let all: Vec<&str> = run.heads.iter().map(|head| head.name.as_str()).collect();
    // Room for the signs of the order and of the end.
    let names = apart(&all, room.saturating_sub(usize::from(state.matrix.order.sort != Sort::Rows) * 2));
    let busy = live.is_some() || run.heads.iter().any(|head| head.closed.is_some());
    for (row, figure) in lines(area.height, busy).into_iter().enumerate() {
        let line = Rect { y: area.y + row as u16, height: 1, ..area };
        let named = Rect { width: columns.name, ..line };
        cell(&label(figure, run, usize::from(columns.name) - 1), Role::Muted, named, buffer, theme);
        for (arm, offset) in columns.each() {
            let Some(head) = run.heads.get(arm) else { continue };
            let place = Rect { x: line.x + offset, width: columns.cell, ..line }.intersection(line);
            let room = usize::from(place.width).saturating_sub(2);
            let (text, role) = match figure {
                Figure::Arm => {
                    let name = names.get(arm).map_or("", String::as_str);
                    title(state.matrix.order.sort, arm, (head, name), arm == state.matrix.column)
                }
                Figure::Speed => speed((arm, head), run, live, state.now_ms, room),
                _ => figures(figure, head, room),
            };
            let mark = if figure == Figure::Arm { "" } else { " " };
            cell(&format!("{mark}{text}"), role, place, buffer, theme);
            drawn.targets.push((place, Target::Column(arm)));
        }
    }
}

/// Over columns of shades: their numbers and means, and in words the one that is selected.
fn heat(
    state: &State,
    run: &OpenRun,
    columns: &Columns,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    // A mean stands where the line that says n and interval has room too.
    let numbers = if area.height >= 3 { 2 } else { area.height.min(1) };
    for row in 0..numbers {
        let line = Rect { y: area.y + row, height: 1, ..area };
        let label = if row == 0 { run.primary.as_str() } else { "mean, %" };
        cell(label, Role::Muted, Rect { width: columns.name, ..line }, buffer, theme);
        for (arm, offset) in columns.each() {
            let Some(head) = run.heads.get(arm) else { continue };
            let place = Rect { x: line.x + offset, width: columns.cell, ..line }.intersection(line);
            let (text, role) = shaded(row == 0, arm, head, arm == state.matrix.column);
            cell(&text, role, place, buffer, theme);
            drawn.targets.push((place, Target::Column(arm)));
        }
    }
    if let Some(head) = run.heads.get(state.matrix.column).filter(|_| area.height >= 3) {
        let line = Rect { y: area.y + 2, height: 1, ..area };
        let text = in_full(state.matrix.column, head, run, usize::from(area.width).saturating_sub(1));
        cell(&text, Role::Text, line, buffer, theme);
    }
    legend(run, columns, area, buffer, theme);
}

/// A column's mean with its interval, n, non-answers and missing trials, on a line.
fn in_full(arm: usize, head: &Head, run: &OpenRun, room: usize) -> String {
    let (mean, _) = figures(Figure::Both, head, 17);
    let wide = match (head.mean, head.interval) {
        (Some(mean), Some((low, high))) => {
            let look = if run.looks == Looks::Every { " at any look" } else { "" };
            format!("mean {mean:.3}, 95 %{look} {low:.3} to {high:.3}")
        }
        _ => mean.clone(),
    };
    let counts = |room| figures(Figure::Counts, head, room).0;
    let number = arm + 1;
    fitting(
        [
            format!("▸{number} {}: {wide}, n {}", head.name, counts(60)),
            format!("▸{number} {wide}, n {}", counts(60)),
            format!("▸{number} {mean}, n {}", counts(60)),
            format!("▸{number} {mean}, n {}", counts(12)),
        ],
        room,
    )
}

/// What the shades and signs of cells stand for, in as many words as there is room for.
const SHADES: [&str; 4] = [
    "██ 1  ▓▓ from 0.75  ▒▒ from 0.5  ░░ less  __ 0  ∅ no answer  ○ no score  ? missing  · not asked",
    "██ 1  ▓▓ ≥0.75  ▒▒ ≥0.5  ░░ less  __ 0  ∅ no answer  ? missing  · not asked",
    "██ 1  ▓▓ ≥0.75  ▒▒ ≥0.5  ░░ less  __ 0  ∅ none  ? missing",
    "██1 ▓▓≥.75 ▒▒≥.5 ░░less __0",
];

/// What the numbers and the shades stand for, under them.
fn legend(run: &OpenRun, columns: &Columns, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let names = columns.each().filter_map(|(arm, _)| Some(format!("{} {}", arm + 1, run.heads.get(arm)?.name)));
    let names = names.collect::<Vec<_>>().join("  ");
    let room = usize::from(area.width).saturating_sub(1);
    let lines = [(fitting(SHADES.map(str::to_owned), room), Role::Muted), (names, Role::Text)];
    for (row, (text, role)) in (3..area.height).zip(lines) {
        let place = Rect { y: area.y + row, height: 1, ..area };
        cell(&text, role, place, buffer, theme);
    }
}

fn cell(text: &str, role: Role, place: Rect, buffer: &mut Buffer, theme: &Theme) {
    let text = sanitise_line(text).into_owned();
    let text = truncate_to_width(&text, usize::from(place.width).saturating_sub(1)).into_owned();
    Line::from(Span::styled(text, theme.style(role))).render(place, buffer);
}

/// The arm's name, with the signs of the selection, of the order and of a column that is asked no further.
fn title(sort: Sort, arm: usize, (head, name): (&Head, &str), selected: bool) -> (String, Role) {
    let mark = if selected { "▸" } else { " " };
    let order = match sort {
        Sort::Score { arm: by, best } if by as usize == arm => {
            if best {
                " ↓"
            } else {
                " ↑"
            }
        }
        Sort::Slowest(Some(by)) if by as usize == arm => " t",
        _ => "",
    };
    let role = match (&head.closed, selected) {
        (_, true) => Role::TitleFocused,
        (Some(_), _) => Role::Muted,
        (None, _) => Role::TableHead,
    };
    (format!("{mark}{name}{order}"), role)
}

/// Over a column of shades there is room for a number.
fn shaded(is_arm: bool, arm: usize, head: &Head, selected: bool) -> (String, Role) {
    match (is_arm, head.mean) {
        (true, _) => (format!("{:>3}", arm + 1), if selected { Role::TitleFocused } else { Role::TableHead }),
        (false, Some(mean)) => (format!("{:>3}", percent(mean)), Role::Text),
        _ => (String::new(), Role::Muted),
    }
}

/// A mean in whole percent: only one is 100, and only none is 0.
fn percent(mean: f64) -> u8 {
    match mean {
        1.0.. => 100,
        ..=0.0 => 0,
        _ => (mean * 100.0).round().clamp(1.0, 99.0) as u8,
    }
}

/// A share in as few letters as can be: `.35`, `1`, `0`.
fn short(share: f64) -> String {
    let text = format!("{share:.2}");
    match text.strip_prefix("0.") {
        Some("00") => "0".to_owned(),
        Some(digits) => format!(".{digits}"),
        None => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

/// A count in as few letters as can be: `950`, `17k`, `1.2M`.
fn few(count: u64) -> String {
    match count {
        0..10_000 => grouped(count),
        10_000..1_000_000 => format!("{}k", count / 1_000),
        _ => format!("{:.1}M", count as f64 / 1_000_000.0),
    }
}

/// How many are scored of how many, of a run that is not through; non-answers and missing ones where there are some.
fn counts(head: &Head, room: usize) -> String {
    let with = |number: fn(u64) -> String, of: Option<&str>| {
        let mut words = number(head.scored);
        if let Some(of) = of.filter(|_| head.done < head.planned) {
            words = format!("{words}{of}{}", number(head.planned));
        }
        for (sign, count) in [('∅', head.non_answers), ('?', head.missing)] {
            if count > 0 {
                words = format!("{words} {sign}{}", number(count));
            }
        }
        words
    };
    let wordings = [with(grouped, Some(" of ")), with(grouped, Some("/")), with(grouped, None), with(few, None)];
    fitting(wordings, room)
}

/// A figure of a column, in words that fit.
fn figures(figure: Figure, head: &Head, room: usize) -> (String, Role) {
    let none = || ("—".to_owned(), Role::Muted);
    match figure {
        Figure::Mean => head.mean.map_or_else(none, |mean| (format!("{mean:.3}"), Role::Title)),
        Figure::Interval => head.interval.map_or_else(none, |(low, high)| {
            // As many digits as the mean, where there is room for them.
            let wordings = [
                format!("{low:.3} to {high:.3}"),
                format!("{low:.2} to {high:.2}"),
                format!("{low:.2}–{high:.2}"),
                format!("{}–{}", short(low), short(high)),
            ];
            (fitting(wordings, room), Role::Text)
        }),
        Figure::Both => match (head.mean, head.interval) {
            (Some(mean), Some((low, high))) => {
                let wordings = [
                    format!("{mean:.3} {low:.3}–{high:.3}"),
                    format!("{mean:.3} {low:.2}–{high:.2}"),
                    format!("{mean:.2} {low:.2}–{high:.2}"),
                    format!("{} {}–{}", short(mean), short(low), short(high)),
                    format!("{}–{}", short(low), short(high)),
                ];
                (fitting(wordings, room), Role::Title)
            }
            (Some(mean), None) => {
                (fitting([format!("{mean:.3}, no interval"), format!("{mean:.3} –")], room), Role::Title)
            }
            _ => none(),
        },
        Figure::Counts => {
            let role = if head.missing > 0 { Role::Warning } else { Role::Text };
            (counts(head, room), role)
        }
        Figure::Scored => (counts(&Head { non_answers: 0, missing: 0, ..head.clone() }, room), Role::Text),
        Figure::NoAnswer => {
            let role = if head.missing > 0 { Role::Warning } else { Role::Muted };
            let words = match (head.non_answers, head.missing) {
                (0, 0) => "0".to_owned(),
                (non, 0) => format!("∅{}", grouped(non)),
                (0, missing) => format!("?{}", grouped(missing)),
                (non, missing) => format!("∅{} ?{}", grouped(non), grouped(missing)),
            };
            (words, role)
        }
        Figure::Cost => cost(head),
        Figure::Arm | Figure::Speed => none(),
    }
}

/// What the column's trials cost; those known before cost nothing again, which is not to say that they are free.
fn cost(head: &Head) -> (String, Role) {
    if head.unpriced > 0 {
        ("price unknown".to_owned(), Role::Muted)
    } else if head.cost > 0.0 {
        (Cost { dollars: head.cost, exact: true }.in_words(), Role::Text)
    } else if head.done == 0 {
        ("—".to_owned(), Role::Muted)
    } else if head.known >= head.done {
        ("all known".to_owned(), Role::Muted)
    } else {
        ("free".to_owned(), Role::Muted)
    }
}

fn speed((arm, head): (usize, &Head), run: &OpenRun, live: Option<&Live>, now_ms: u64, room: usize) -> (String, Role) {
    if let Some(why) = &head.closed {
        // Cut, a reason would say nothing: the line about a cell of the column has it in full.
        return (fitting([why.clone(), "stopped".to_owned()], room), Role::Warning);
    }
    let rate = head.tokens_per_second.map(|rate| format!("{rate:.0} tok/s"));
    let rest = head.planned.saturating_sub(head.done);
    let left = live
        .filter(|live| !live.paused && !live.stopping && rest > 0 && run.heads.len() > arm)
        .and_then(|live| live.seconds_left_of(arm, rest, now_ms))
        .map(|seconds| format!("{} left", pace::in_words(seconds)));
    // While it runs the time left is what one looks for.
    let said = left.or(rate);
    (said.unwrap_or_else(|| "—".to_owned()), Role::Muted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_mean_is_a_hundred_and_no_other_is() {
        let means = [1.0, 0.999, 0.5, 0.001, 0.0];
        assert_eq!(means.map(percent), [100, 99, 50, 1, 0]);
    }

    #[test]
    fn no_height_shows_a_mean_without_its_interval_and_n() {
        for height in 0..20 {
            for busy in [false, true] {
                let lines = lines(height, busy);
                assert!(lines.len() <= usize::from(height));
                let has = |figure| lines.contains(&figure);
                assert!(!has(Figure::Mean) || has(Figure::Interval) && (has(Figure::Counts) || has(Figure::Scored)));
                assert!(!has(Figure::Both) || has(Figure::Counts));
                assert_eq!(has(Figure::Counts) || has(Figure::NoAnswer), height >= 3, "{lines:?}");
                assert_eq!(has(Figure::Cost) && has(Figure::Speed), height >= 5, "{lines:?}");
            }
        }
    }

    #[test]
    fn figures_are_as_short_as_their_room() {
        let head = Head {
            planned: 200,
            done: 42,
            scored: 40,
            non_answers: 2,
            missing: 1,
            mean: Some(0.354),
            interval: Some((0.2, 1.0)),
            ..Head::default()
        };
        let said = |figure| [24, 15, 12].map(|room| figures(figure, &head, room).0);
        assert_eq!(said(Figure::Both), ["0.354 0.200–1.000", "0.354 0.20–1.00", ".35 .20–1"]);
        assert_eq!(said(Figure::Counts), ["40 of 200 ∅2 ?1", "40 of 200 ∅2 ?1", "40/200 ∅2 ?1"]);
        let through = Head { done: 200, scored: 199_500, non_answers: 12_000, missing: 3, ..head.clone() };
        let said = [24, 14].map(|room| figures(Figure::Counts, &through, room).0);
        assert_eq!(said, ["199,500 ∅12,000 ?3", "199k ∅12k ?3"]);
        assert_eq!([0.0, 1.0, 0.35, 0.004].map(short), ["0", "1", ".35", "0"]);
    }

    #[test]
    fn what_was_known_before_is_not_called_free() {
        let head = |done, known, cost| Head { done, known, cost, ..Head::default() };
        let said = [head(0, 0, 0.0), head(9, 9, 0.0), head(9, 3, 0.0), head(9, 9, 0.25)].map(|head| cost(&head).0);
        assert_eq!(said, ["—", "all known", "free", "$0.25"]);
    }
}
