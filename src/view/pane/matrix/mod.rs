//! The matrix drawn: its views, what stands over the columns, the rows in sight, the selected cell in words.

mod cell;
mod chart;
mod columns;
mod detail;
mod empty;
mod heads;
mod rows;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::state::State;
use crate::state::matrix::{Keep, Live, OpenRun, Order, Sort, View, pace};
use crate::stats::wording::{counted, grouped};
use crate::theme::{Role, Theme};
use crate::view::layout::Matrix;
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width};
use crate::view::widget::panel::{Heading, panel};

pub(in crate::view) use columns::Columns;

/// Draws the matrix into its places.
pub fn draw(state: &mut State, layout: &Matrix, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let columns = Columns::of(&state.matrix, layout.rows.width);
    let heading = heading(state, &columns);
    panel(layout.body, buffer, theme, layout.frame, true, &heading);
    drawn.page_rows = usize::from(layout.rows.height).max(1);
    state.matrix.height = drawn.page_rows;
    if state.matrix.run.is_none() {
        let place =
            Rect { height: layout.body.bottom().saturating_sub(layout.tabs.y.max(layout.body.y + 1)), ..layout.tabs };
        let place = Rect { y: layout.tabs.y.max(layout.body.y + 1), ..place };
        empty::draw(state, place.intersection(layout.body), buffer, theme);
        return;
    }
    tabs(state, layout.tabs, buffer, theme, drawn);
    if !state.matrix.view.has_rows() {
        let place = layout.heads.union(layout.rows).union(layout.detail);
        chart::draw(state, place, buffer, theme, drawn);
        return;
    }
    state.matrix.left = columns.first;
    heads::draw(state, &columns, layout.heads, buffer, theme, drawn);
    rows::draw(state, &columns, layout.rows, buffer, theme, drawn);
    detail::draw(state, layout.detail, buffer, theme);
}

/// What stands on the frame: which run, what is asked, how far it is.
fn heading(state: &State, columns: &Columns) -> Heading {
    let matrix = &state.matrix;
    let Some(run) = &matrix.run else { return Heading { name: "Runs".to_owned(), ..Heading::default() } };
    let repeats = if run.repeats > 1 { format!(" × {}", run.repeats) } else { String::new() };
    let mut detail = format!(
        "{} · {} × {}{repeats}",
        run.line.split.as_str(),
        counted(run.heads.len() as u64, "arm"),
        counted(run.cases() as u64, "case")
    );
    if matrix.view.has_rows() && columns.count < run.heads.len() {
        detail = format!("columns {} to {} · {detail}", columns.first + 1, columns.first + columns.count);
    }
    if let Some(earlier) = &matrix.earlier {
        // First, so that it is cut last: the marks in the cells say nothing without it.
        let flips = earlier.flips.filter(|_| matrix.live_here().is_none());
        let flips = flips.map_or_else(String::new, |(right, wrong)| format!(": {right} ▲ {wrong} ▼"));
        detail = format!("against run {}{flips} · {detail}", earlier.id);
    }
    let (aside, role) = progress(state, run);
    Heading { name: format!("Run {}", run.line.id), detail, aside, aside_role: Some(role), ..Heading::default() }
}

/// How far the open run is, and how it stands.
fn progress(state: &State, run: &OpenRun) -> (String, Role) {
    let (done, planned) = run.progress();
    let so_far = format!("{} of {}", grouped(done), grouped(planned));
    match (state.matrix.live_here(), &run.line.end) {
        (Some(live), _) => (format!("{} · {so_far}", standing(live, state.now_ms)), Role::Info),
        (None, _) if let Some(asker) = run.line.asker() => (format!("{asker} · {so_far}"), Role::Info),
        (None, _) if done >= planned => match run.heads.iter().map(|head| head.missing).sum::<u64>() {
            0 => match run.line.end.as_ref().filter(|_| run.line.lacks_scores()) {
                Some(end) => (end.clone(), Role::Warning),
                None => ("finished".to_owned(), Role::Success),
            },
            missing => (format!("finished, {} missing", grouped(missing)), Role::Warning),
        },
        (None, Some(end)) if end == "finished" => (format!("finished · {so_far}"), Role::Success),
        (None, Some(end)) if run.line.is_settled() => (format!("{so_far} · {end}"), Role::Success),
        (None, Some(end)) => (format!("{so_far} · {end}"), Role::Warning),
        (None, None) => (format!("{so_far} · broken off"), Role::Warning),
    }
}

/// How a run that is under way stands, in a few words.
pub(in crate::view) fn standing(live: &Live, now_ms: u64) -> String {
    if live.stopping {
        return "stopping".to_owned();
    }
    if live.paused {
        return "paused".to_owned();
    }
    if let Some((_, done, of)) = live.set_up.filter(|_| live.done == 0) {
        return format!("set-up {done} of {of}");
    }
    if let Some((_, seconds)) = live.waiting.filter(|_| live.under_way.is_empty()) {
        return format!("waiting for a server, {seconds} s");
    }
    live.seconds_left(now_ms)
        .map_or_else(|| "running".to_owned(), |seconds| format!("{} left", pace::in_words(seconds)))
}

/// The views, one line; the filter and the order at its end.
fn tabs(state: &State, line: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    if line.is_empty() {
        return;
    }
    let matrix = &state.matrix;
    let said = matrix.run.as_ref().map(|run| shown(run, &matrix.order, matrix.len())).unwrap_or_default();
    let mut column = line.x;
    for (number, view) in View::ALL.into_iter().enumerate() {
        let here = view == matrix.view;
        let text = if here {
            format!("[{} {}]", number + 1, view.title())
        } else {
            format!(" {} {} ", number + 1, view.title())
        };
        let width = display_width(&text) as u16;
        if column + width > line.right() {
            break;
        }
        let place = Rect { x: column, width, ..line };
        let style = theme.style(if here { Role::TitleFocused } else { Role::Muted });
        Line::from(Span::styled(text, style)).render(place, buffer);
        drawn.targets.push((place, Target::View(view)));
        column += width;
    }
    // The views come first: each is a key that one has to find. The words take what is left.
    let room = line.right().saturating_sub(column + 1);
    let said = truncate_to_width(&sanitise_line(&said), usize::from(room)).into_owned();
    let width = display_width(&said) as u16;
    let place = Rect { x: line.right() - width, width, ..line };
    Line::from(Span::styled(said, theme.style(Role::Accent))).render(place, buffer);
}

/// What the rows are, where they are not all cases as in the split.
fn shown(run: &OpenRun, order: &Order, count: usize) -> String {
    let name = |arm: u32| run.heads.get(arm as usize).map_or("?", |head| head.name.as_str());
    let of = |arm: Option<u32>| arm.map_or_else(|| "any arm".to_owned(), |arm| name(arm).to_owned());
    let mut parts = Vec::new();
    match order.keep {
        Keep::All => {}
        Keep::Failed(arm) => parts.push(format!("failed: {}", of(arm))),
        Keep::NonAnswer(arm) => parts.push(format!("non-answer: {}", of(arm))),
        Keep::Unparsed(arm) => parts.push(format!("unparsed: {}", of(arm))),
        Keep::Missing(arm) => parts.push(format!("missing: {}", of(arm))),
        Keep::Differ(left, right) => parts.push(format!("{} ≠ {}", name(left), name(right))),
        Keep::Flipped => parts.push("flipped".to_owned()),
    }
    if !order.text.is_empty() {
        parts.push(format!("“{}”", order.text));
    }
    match order.sort {
        Sort::Rows => {}
        Sort::Asked => parts.push("as asked".to_owned()),
        Sort::Score { arm, best } => {
            parts.push(format!("{} {}", name(arm), if best { "best first" } else { "worst first" }));
        }
        Sort::Slowest(arm) => parts.push(format!("slowest first: {}", of(arm))),
    }
    if parts.is_empty() {
        return String::new();
    }
    let found = match order.share {
        Some(share) => format!("{} so far, {:.0} % read", grouped(count as u64), share * 100.0),
        // That there are all of them stands on the frame.
        None if !order.is_filter() => String::new(),
        None => counted(count as u64, "case"),
    };
    let found = if found.is_empty() { found } else { format!(" · {found}") };
    let since = run.progress().0.saturating_sub(order.at_done);
    let stale = if since > 0 && order.share.is_none() && order.hangs_on_answers() {
        format!(" · {} since, = anew", grouped(since))
    } else {
        String::new()
    };
    format!("{}{found}{stale}", parts.join(", "))
}
