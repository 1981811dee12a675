//! What stands under an arm's answer: the fault, what makes the answer another than it seems, scores and figures.

use crate::model::{Card, Cost};
use crate::score::Aspect;
use crate::state::{ArmState, CostNote, Fault, Figures, Phase, RecordedState, ScoreLine};
use crate::theme::Role;
use crate::view::text::{BETWEEN, display_width, sanitise_line, truncate_to_width, word_rows};

/// Where an adapter is asked otherwise than it was trained.
const NOT_AS_TRAINED: &str = "not as trained";

/// Rows of the foot of a pane that has remarks to show.
pub(super) const MOST_REMARKS: u16 = 7;

/// Rows that the foot of a pane may take: the answer keeps at least two thirds, beside what broke it off half.
pub(super) const fn foot_room(height: u16, is_broken: bool, is_cell: bool) -> u16 {
    match height {
        _ if is_broken => height / 2,
        // A low cell says how it scores all the same.
        4 if is_cell => 1,
        0..=4 => 0,
        5..=8 => height / 3,
        12.. if is_cell => 5,
        _ => 3,
    }
}

/// A cell's scores in a line: the deciding one and what the answer cost, form and content, then the others.
pub(super) fn cell_scores(arm: &ArmState, primary: &str) -> Option<(Role, String)> {
    let (first, rest): (Vec<_>, Vec<_>) = arm.scores.iter().partition(|line| line.metric == primary);
    let said = |line: &ScoreLine| Some(format!("{} {:.2}", line.metric, line.score.number()?));
    let part = |aspect: Aspect| Some(format!("{} {:.2}", aspect.as_str(), arm.parts.score(aspect)?));
    let said: Vec<String> = first
        .into_iter()
        .filter_map(said)
        // Of a low cell this is all that there is room to say of it.
        .chain(arm.notes.iter().any(|note| Card::is_asked_otherwise(note)).then(|| NOT_AS_TRAINED.to_owned()))
        .chain(arm.figures.cost.map(CostNote::in_words))
        .chain([Aspect::Form, Aspect::Content].into_iter().filter_map(part))
        .chain(rest.into_iter().filter_map(said))
        .collect();
    (!said.is_empty()).then(|| (Role::Text, said.join(" · ")))
}

/// The lines under the answer: a fault first, then figures; the cost is not among them where it `is_said` already.
pub(super) fn footing(arm: &ArmState, so_far: Option<(u64, Option<Cost>)>, is_said: bool) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    if let (Some(fault), false) = (&arm.fault, arm.answer.is_empty()) {
        lines.push((Role::Error, format!("{}. {}", fault.what, fault.hint)));
    }
    if arm.is_outdated() {
        lines.push((
            Role::Warning,
            format!("answered before {} changed; Ctrl+R asks anew", list_of_changes(&arm.changed)),
        ));
    }
    if let (Phase::Recorded { date, .. }, RecordedState::Here(answer)) = (&arm.phase, &arm.recorded) {
        lines.push((Role::Info, format!("recorded {date} · {}", answer.model)));
    }
    lines.extend(arm.read_as().map(|read| (Role::Text, read)));
    let cost = arm.figures.cost.filter(|_| !is_said);
    let mut figures = Figures { cost, ..arm.figures.clone() }.in_words();
    if let Some((tokens, cost)) = so_far {
        figures = match cost {
            Some(cost) => format!("{} · about {tokens} out · {figures}", cost.in_words()),
            None => format!("{figures} · about {tokens} out"),
        };
    }
    if !figures.is_empty() {
        lines.push((Role::Muted, figures));
    }
    lines.extend(
        arm.notes.iter().filter(|note| !Card::is_asked_otherwise(note)).map(|note| (Role::Muted, note.clone())),
    );
    // What makes an answer another than it seems stands before its figures.
    let otherwise =
        arm.notes.iter().filter(|note| Card::is_asked_otherwise(note)).map(|note| (Role::Warning, note.clone()));
    let at = lines.iter().position(|(role, _)| *role == Role::Muted).unwrap_or(lines.len());
    lines.splice(at..at, otherwise.collect::<Vec<_>>());
    lines
}

/// What was changed since, with its verb.
fn list_of_changes(changes: &[&str]) -> String {
    match changes {
        [one] => format!("{one} was"),
        [first @ .., last] => format!("{} and {last} were", first.join(", ")),
        [] => String::new(),
    }
}

/// A note of several parts ("a · b") over as many rows as it needs. A part that no row can hold is broken at words; not that
/// of who answered, which would take the room of the figures.
pub(super) fn by_parts(role: Role, note: &str, width: usize) -> Vec<String> {
    let note = sanitise_line(note);
    let mut rows: Vec<String> = Vec::new();
    for part in note.split(BETWEEN) {
        match rows.last_mut() {
            Some(row) if display_width(row) + display_width(BETWEEN) + display_width(part) <= width => {
                row.push_str(BETWEEN);
                row.push_str(part);
            }
            _ if role == Role::Info => rows.push(part.to_owned()),
            _ => rows.extend(word_rows(part, width)),
        }
    }
    rows
}

/// What happened and what to do about it, in so many rows: where they are too few, both are cut rather than the second lost.
pub(super) fn fault_rows(fault: &Fault, width: usize, height: usize) -> Vec<String> {
    let fit = |mut rows: Vec<String>, room: usize| {
        if rows.len() > room {
            rows.truncate(room);
            if let Some(last) = rows.last_mut() {
                *last = truncate_to_width(&format!("{last}…"), width).into_owned();
            }
        }
        rows
    };
    let (what, hint) = (word_rows(&fault.what, width), word_rows(&fault.hint, width));
    if what.len() + hint.len() < height {
        return what.into_iter().chain([String::new()]).chain(hint).collect();
    }
    let hint = fit(hint, (height / 2).max(height.saturating_sub(what.len())));
    let mut rows = fit(what, height - hint.len().min(height));
    rows.extend(hint);
    rows
}
