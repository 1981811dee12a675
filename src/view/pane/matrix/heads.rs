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
use crate::view::text::{sanitise_line, truncate_to_width};

/// The lines that have room, from a list of all in the order they are drawn.
fn lines(height: u16) -> &'static [&'static str] {
    match height {
        0 => &[],
        1 => &["arm"],
        2 => &["arm", "mean"],
        3 => &["arm", "mean", "95 %"],
        4 => &["arm", "mean", "95 %", "n"],
        5 => &["arm", "mean", "95 %", "n", "no answer"],
        6 => &["arm", "mean", "95 %", "n", "no answer", "cost"],
        _ => &["arm", "mean", "95 %", "n", "no answer", "cost", "speed"],
    }
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
    let live = state.matrix.live_here();
    if state.matrix.view == View::Heat {
        legend(run, columns, area, buffer, theme);
    }
    // Shades are too narrow for more than the first two lines.
    let most = if state.matrix.view == View::Heat { 2 } else { usize::MAX };
    for (row, name) in lines(area.height).iter().enumerate().take(most) {
        let line = Rect { y: area.y + row as u16, height: 1, ..area };
        let label = if *name == "arm" { run.primary.as_str() } else { name };
        let label = if *name == "95 %" && run.looks == Looks::Every { "95 %, any look" } else { label };
        let label = if state.matrix.view == View::Heat && *name == "mean" { "mean, %" } else { label };
        cell(label, Role::Muted, Rect { width: columns.name, ..line }, buffer, theme);
        for (arm, offset) in columns.each() {
            let Some(head) = run.heads.get(arm) else { continue };
            let place = Rect { x: line.x + offset, width: columns.cell, ..line }.intersection(line);
            let selected = arm == state.matrix.column;
            let (text, role) = if state.matrix.view == View::Heat {
                shaded(name, arm, head, selected)
            } else if *name == "arm" {
                title(state.matrix.order.sort, arm, head, selected)
            } else {
                figure(name, (arm, head), columns.cell, (run, live, state.now_ms))
            };
            cell(&text, role, place, buffer, theme);
            drawn.targets.push((place, Target::Column(arm)));
        }
    }
}

/// What the numbers and the shades stand for, under them.
fn legend(run: &OpenRun, columns: &Columns, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let names = columns.each().filter_map(|(arm, _)| Some(format!("{} {}", arm + 1, run.heads.get(arm)?.name)));
    let names = names.collect::<Vec<_>>().join("  ");
    let shades = "██ 1  ▓▓ from 0.75  ▒▒ from 0.5  ░░ less  __ 0  ∅ no answer  ? missing  · not asked";
    let lines = [(shades.to_owned(), Role::Muted), (names, Role::Text)];
    for (row, (text, role)) in (2..area.height).zip(lines) {
        let place = Rect { y: area.y + row, height: 1, ..area };
        cell(&text, role, place, buffer, theme);
    }
}

fn cell(text: &str, role: Role, place: Rect, buffer: &mut Buffer, theme: &Theme) {
    let text = sanitise_line(text).into_owned();
    let text = truncate_to_width(&text, usize::from(place.width).saturating_sub(1)).into_owned();
    Line::from(Span::styled(text, theme.style(role))).render(place, buffer);
}

/// The arm's name, with the signs of the selection and of the order.
fn title(sort: Sort, arm: usize, head: &Head, selected: bool) -> (String, Role) {
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
    let role = if selected { Role::TitleFocused } else { Role::TableHead };
    (format!("{mark}{}{order}", head.name), role)
}

/// Over a column of shades there is room for a number.
fn shaded(line: &str, arm: usize, head: &Head, selected: bool) -> (String, Role) {
    match (line, head.mean) {
        ("arm", _) => (format!("{:>3}", arm + 1), if selected { Role::TitleFocused } else { Role::TableHead }),
        ("mean", Some(mean)) => (format!("{:>3}", percent(mean)), Role::Text),
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

/// A figure of a column, in words.
fn figure(
    line: &str,
    (arm, head): (usize, &Head),
    width: u16,
    (run, live, now_ms): (&OpenRun, Option<&Live>, u64),
) -> (String, Role) {
    match line {
        "mean" => head.mean.map_or_else(|| (" —".to_owned(), Role::Muted), |mean| (format!(" {mean:.3}"), Role::Title)),
        "95 %" => match head.interval {
            // As many digits as the mean, where there is room for them.
            Some((low, high)) if width >= 16 => (format!(" {low:.3} to {high:.3}"), Role::Text),
            Some((low, high)) if width >= 14 => (format!(" {low:.2} to {high:.2}"), Role::Text),
            Some((low, high)) => (format!(" {low:.2}–{high:.2}"), Role::Text),
            None => (" —".to_owned(), Role::Muted),
        },
        "n" if head.done < head.planned => {
            (format!(" {} of {}", grouped(head.scored), grouped(head.planned)), Role::Text)
        }
        "n" => (format!(" {}", grouped(head.scored)), Role::Text),
        "no answer" => {
            let role = if head.missing > 0 { Role::Warning } else { Role::Muted };
            match (head.non_answers, head.missing) {
                (0, 0) => (" 0".to_owned(), role),
                (non, 0) => (format!(" ∅{}", grouped(non)), role),
                (0, missing) => (format!(" ?{}", grouped(missing)), role),
                (non, missing) => (format!(" ∅{} ?{}", grouped(non), grouped(missing)), role),
            }
        }
        "cost" if head.unpriced > 0 => (" price unknown".to_owned(), Role::Muted),
        "cost" if head.cost > 0.0 => (format!(" {}", Cost { dollars: head.cost, exact: true }.in_words()), Role::Text),
        "cost" => (" free".to_owned(), Role::Muted),
        _ => speed(arm, head, run, live, now_ms),
    }
}

fn speed(arm: usize, head: &Head, run: &OpenRun, live: Option<&Live>, now_ms: u64) -> (String, Role) {
    if let Some(why) = &head.closed {
        return (format!(" {why}"), Role::Warning);
    }
    let rate = head.tokens_per_second.map(|rate| format!("{rate:.0} tok/s"));
    let rest = head.planned.saturating_sub(head.done);
    let left = live
        .filter(|live| !live.paused && !live.stopping && rest > 0 && run.heads.len() > arm)
        .and_then(|live| live.columns.get(arm)?.seconds_left(rest, now_ms))
        .map(|seconds| format!("{} left", pace::in_words(seconds)));
    // While it runs the time left is what one looks for.
    let said = left.or(rate);
    (format!(" {}", said.as_deref().unwrap_or("—")), Role::Muted)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_perfect_mean_is_a_hundred_and_no_other_is() {
        let means = [1.0, 0.999, 0.5, 0.001, 0.0];
        assert_eq!(means.map(percent), [100, 99, 50, 1, 0]);
    }
}
