//! An arm's answer: who answers in the title, the text as it streams, the figures under it, the fault where it happened.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::editor::{FindStatus, MatchCount};
use crate::model::Cost;
use crate::score::{Aspect, NonAnswer, Outcome};
use crate::state::fourfold;
use crate::state::{ArmSlot, ArmState, EngineState, Phase, RecordedState, ScoreLine, State};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::screen::{Drawn, Target};
use crate::view::styles;
use crate::view::text::{self, BETWEEN, Badge, TextStyles, display_width, fit_parts, sanitise_line};
use crate::view::widget::find_bar::{self, Searched};
use crate::view::widget::panel::{Heading, panel};

/// Draws the arm in `slot` and gives back the area of its content.
#[expect(clippy::too_many_arguments, reason = "called by the one dispatcher of panes")]
pub(super) fn draw(
    state: &mut State,
    slot: ArmSlot,
    area: Rect,
    frame: Frame,
    focused: bool,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> Rect {
    // While rated blind, the left pane may show arm B: who it is stays hidden until the vote.
    let blind = state.blind.filter(|blind| !blind.judged);
    let shown = state.shown_slot(slot);
    let engine = state.engine.clone();
    let so_far = state.so_far(shown);
    let (cells, primary) = (state.fourfold.shown, state.primary.clone());
    let finding = focused && state.find.open.is_some();
    let State { arms, find, .. } = state;
    let Some(arm) = arms.get_mut(shown.index()) else { return Rect::default() };
    let heading = match (blind, slot) {
        (Some(_), ArmSlot::A) => Heading { name: "Left".to_owned(), detail: String::new(), ..heading(arm, shown) },
        (Some(_), ArmSlot::B) => Heading { name: "Right".to_owned(), detail: String::new(), ..heading(arm, shown) },
        _ if cells => cell_heading(arm, shown),
        _ => heading(arm, shown),
    };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    if inner.is_empty() {
        return inner;
    }
    let mut notes = if blind.is_none() { footing(arm, so_far) } else { Vec::new() };
    if cells && blind.is_none() {
        notes.splice(0..0, cell_scores(arm, &primary));
    }
    let notes: Vec<(Role, String)> = notes
        .into_iter()
        .flat_map(|(role, note)| by_parts(&note, usize::from(inner.width)).into_iter().map(move |row| (role, row)))
        .collect();
    // The answer keeps at least two thirds.
    let foot_rows = if inner.height > 4 { notes.len().min(3).min(usize::from(inner.height / 3)) as u16 } else { 0 };
    let bar_rows = if finding { find_bar::rows(Searched::Answer, inner.height - foot_rows) } else { 0 };
    let body = Rect { height: inner.height - foot_rows - bar_rows, ..inner };
    let foot = body.bottom() + bar_rows;
    let body = match &arm.samples {
        Some(samples) => super::samples::draw(samples, body, buffer, theme),
        None => body,
    };
    drawn.targets.push((body, Target::Answer(slot)));
    if arm.answer.is_empty() && arm.samples.as_ref().is_some_and(|samples| samples.live() > 0) {
        // What arrives is in the list above.
    } else if arm.answer.is_empty() {
        empty(arm, &engine, blind.is_some(), body, buffer, theme);
    } else {
        if !arm.phase.is_live() {
            arm.answer.end();
        }
        arm.answer.layout(body.width, body.height);
        let style = |role| styles::text(theme, role);
        text::draw(&arm.answer, body, buffer, TextStyles::new(&style), Badge::Shown);
    }
    for (row, (role, text)) in notes.into_iter().take(usize::from(foot_rows)).enumerate() {
        let line = Rect { y: foot + row as u16, height: 1, ..inner };
        let text = fit_parts(&text, usize::from(line.width)).into_owned();
        Line::from(Span::styled(text, theme.style(role))).render(line, buffer);
    }
    if bar_rows > 0 {
        let bar = Rect { y: body.bottom(), height: bar_rows, ..inner };
        let status = arm.answer.found().map(|(current, count)| FindStatus {
            current: Some(current).filter(|current| *current > 0),
            count: MatchCount::Exactly(count),
        });
        drawn.caret = find_bar::draw(find, status, Searched::Answer, bar, buffer, theme, drawn);
    }
    body
}

/// A cell's heading: its place in the table, then what makes it so.
fn cell_heading(arm: &ArmState, slot: ArmSlot) -> Heading {
    let (row, column) = fourfold::cell_name(slot);
    let whole = heading(arm, slot);
    let detail = format!("{} · {}", arm.strategy.label(), arm.model);
    Heading { name: format!("{} {row} × {column}", slot.letter()), detail, ..whole }
}

/// A cell's scores in a line: the deciding one, form and content, then the others.
fn cell_scores(arm: &ArmState, primary: &str) -> Option<(Role, String)> {
    let (first, rest): (Vec<_>, Vec<_>) = arm.scores.iter().partition(|line| line.metric == primary);
    let said = |line: &ScoreLine| Some(format!("{} {:.2}", line.metric, line.score.number()?));
    let part = |aspect: Aspect| Some(format!("{} {:.2}", aspect.as_str(), arm.parts.score(aspect)?));
    let said: Vec<String> = first
        .into_iter()
        .filter_map(said)
        .chain([Aspect::Form, Aspect::Content].into_iter().filter_map(part))
        .chain(rest.into_iter().filter_map(said))
        .collect();
    (!said.is_empty()).then(|| (Role::Text, said.join(" · ")))
}

fn heading(arm: &ArmState, slot: ArmSlot) -> Heading {
    let (aside, role) = match &arm.phase {
        Phase::Idle => (String::new(), Role::Muted),
        Phase::Recorded { .. } => ("recorded".to_owned(), Role::Info),
        Phase::Waiting => {
            (arm.waiting.map_or_else(|| step(arm, "waiting"), |left| format!("again in {left} s")), Role::Info)
        }
        Phase::Streaming => (step(arm, "streaming"), Role::Info),
        Phase::Done(Outcome::Answer) => ("done".to_owned(), Role::Success),
        Phase::Done(outcome) => (in_words(*outcome).to_owned(), Role::Warning),
    };
    let mut detail = format!("{} · {} · {}", arm.id, arm.strategy.label(), arm.model);
    if let Some(prompt) = &arm.prompt {
        detail = format!("{detail} · {prompt}");
    }
    // An answer out of the history names who gave it, whatever the arm has become since.
    let (detail, aside) = match &arm.reopened {
        Some((when, who)) => (who.clone(), when.clone()),
        None => (detail, aside),
    };
    Heading { name: slot.letter().to_owned(), detail, aside, aside_role: Some(role) }
}

/// Which of several calls is under way; `otherwise` where there is but one.
fn step(arm: &ArmState, otherwise: &str) -> String {
    match &arm.step {
        Some((purpose, number, most)) => format!("{purpose} · {number} of {most}"),
        None => otherwise.to_owned(),
    }
}

/// An outcome as the title says it.
fn in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answer => "done",
        Outcome::NonAnswer(NonAnswer::Length) => "stopped at the limit",
        Outcome::NonAnswer(NonAnswer::Refused) => "refused",
        Outcome::NonAnswer(NonAnswer::Empty) => "empty answer",
        Outcome::NonAnswer(NonAnswer::Unparsed) => "not readable",
        Outcome::NonAnswer(NonAnswer::Invalid) => "not valid",
        Outcome::Missing(crate::score::Missing::Cancelled) => "cancelled",
        Outcome::Missing(crate::score::Missing::Truncated) => "cut off",
        Outcome::Missing(_) => "failed",
    }
}

/// The lines under the answer: a fault first, then figures.
fn footing(arm: &ArmState, so_far: Option<(u64, Option<Cost>)>) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    if let (Phase::Recorded { date, .. }, RecordedState::Here(answer)) = (&arm.phase, &arm.recorded) {
        lines.push((Role::Info, format!("recorded {date} · {}", answer.model)));
    }
    if let (Some(fault), false) = (&arm.fault, arm.answer.is_empty()) {
        lines.push((Role::Error, format!("{}. {}", fault.what, fault.hint)));
    }
    let mut figures = arm.figures.in_words();
    if let Some((tokens, cost)) = so_far {
        figures = match cost {
            Some(cost) => format!("{} · about {tokens} out · {figures}", cost.in_words()),
            None => format!("{figures} · about {tokens} out"),
        };
    }
    if !figures.is_empty() {
        lines.push((Role::Muted, figures));
    }
    lines.extend(arm.notes.iter().map(|note| (Role::Muted, note.clone())));
    lines
}

/// A note of several parts ("a · b") over as many rows as it needs, no part broken.
fn by_parts(note: &str, width: usize) -> Vec<String> {
    let note = sanitise_line(note);
    let mut rows: Vec<String> = Vec::new();
    for part in note.split(BETWEEN) {
        match rows.last_mut() {
            Some(row) if display_width(row) + display_width(BETWEEN) + display_width(part) <= width => {
                row.push_str(BETWEEN);
                row.push_str(part);
            }
            _ => rows.push(part.to_owned()),
        }
    }
    rows
}

/// How far the model's download is.
fn fetching(engine: &EngineState) -> String {
    let EngineState::Downloading { done, total, source, seconds_left } = engine else { return String::new() };
    if *total == 0 {
        return "Looking for the model's file… Esc cancels.".to_owned();
    }
    let left = seconds_left.map_or_else(String::new, |seconds| format!(", {seconds} s left"));
    let (done, total) = (done / 1_000_000, total / 1_000_000);
    format!("Fetching the model from {source}: {done} of {total} MB{left}.\nThe answer starts by itself. Esc cancels.")
}

/// Why no recorded answer is shown although there is one for this case.
fn other(recorded: &RecordedState) -> String {
    let RecordedState::Other { date, model } = recorded else { return String::new() };
    format!(
        "The answer recorded {date} with {model} was to another prompt, strategy, model or setting than this.\n\n\
         Ctrl+R runs all arms on this case."
    )
}

/// What stands where an answer will be.
fn empty(arm: &ArmState, engine: &EngineState, hidden: bool, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let (role, words) = match (&arm.fault, &arm.phase) {
        // What went wrong names the model; that would tell which arm this is.
        (Some(_), _) if hidden => (Role::Error, "No answer came. F6 ends the rating and shows why.".to_owned()),
        (Some(fault), _) => (Role::Error, format!("{}\n\n{}", fault.what, fault.hint)),
        (None, Phase::Waiting) if matches!(engine, EngineState::Downloading { .. }) => (Role::Info, fetching(engine)),
        (None, Phase::Waiting) if *engine == EngineState::Loading => (Role::Muted, "the model is loading…".to_owned()),
        (None, Phase::Waiting) => (Role::Muted, "waiting for the first token…".to_owned()),
        // Something has come, but nothing of the answer.
        (None, Phase::Streaming) => (Role::Muted, "the model reasons; its answer follows…".to_owned()),
        (None, Phase::Done(Outcome::NonAnswer(NonAnswer::Empty))) => (Role::Muted, "(empty answer)".to_owned()),
        (None, Phase::Done(_)) => (Role::Muted, "(no text arrived)".to_owned()),
        (None, Phase::Idle) if !hidden && matches!(arm.recorded, RecordedState::Other { .. }) => (Role::Muted, other(&arm.recorded)),
        (None, _) if *engine == EngineState::Absent => (
            Role::Muted,
            "Ctrl+R runs all arms. The small model is fetched first (98 MB, once), or press m to pick a local server's model."
                .to_owned(),
        ),
        (None, _) => (Role::Muted, "Ctrl+R runs all arms on this case.".to_owned()),
    };
    let lines: Vec<Line> = words
        .lines()
        .map(|line| Line::from(Span::styled(sanitise_line(line).into_owned(), theme.style(role))))
        .collect();
    Paragraph::new(lines).wrap(Wrap { trim: true }).render(area, buffer);
}
