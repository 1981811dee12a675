//! An arm's answer: who answers in the title, the text as it streams, the figures under it, the fault where it happened.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::editor::{FindStatus, MatchCount};
use crate::model::{Card, Cost};
use crate::score::{Aspect, NonAnswer, Outcome};
use crate::state::fourfold;
use crate::state::{ArmSlot, ArmState, CostNote, EngineState, Fault, Figures, Phase, RecordedState, ScoreLine, State};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::screen::{Drawn, Target};
use crate::view::styles;
use crate::view::text::{
    self, BETWEEN, Badge, ScrollPosition, TextStyles, display_width, fit_parts, sanitise_line, truncate_to_width,
    word_rows,
};
use crate::view::widget::find_bar::{self, Searched};
use crate::view::widget::panel::{Heading, more_beyond, panel};

/// Where an adapter is asked otherwise than it was trained.
const NOT_AS_TRAINED: &str = "not as trained";

/// Where an answer is to the case as it was before something was typed into it, or to another.
const NOT_THIS_CASE: &str = "not this case";

/// Where a cell asks something else than its answer was given to.
const NOT_WHAT_IS_ASKED: &str = "not what is asked now";

/// Where the arm would ask something else by now.
const OUTDATED: &str = "outdated";

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
    let engine = state.arm(shown).and_then(|arm| state.engine_of(arm)).cloned();
    let so_far = state.so_far(shown);
    let (cells, primary) = (state.fourfold.shown, state.primary.clone());
    let finding = focused && state.find.open.is_some();
    let State { arms, find, .. } = state;
    let Some(arm) = arms.get_mut(shown.index()) else { return Rect::default() };
    let heading = match (blind, slot) {
        (Some(_), ArmSlot::A) => hidden_heading("Left", arm),
        (Some(_), ArmSlot::B) => hidden_heading("Right", arm),
        _ if cells => cell_heading(arm, shown),
        _ => heading(arm, shown),
    };
    let inner = panel(area, buffer, theme, frame, focused, &heading);
    if inner.is_empty() {
        return inner;
    }
    let scores = if cells { cell_scores(arm, &primary) } else { None };
    let mut notes = if blind.is_none() { footing(arm, so_far, scores.is_some()) } else { Vec::new() };
    if blind.is_none() {
        notes.splice(0..0, scores);
    }
    let is_broken = notes.first().is_some_and(|(role, _)| *role == Role::Error);
    let mut notes: Vec<(Role, String)> = notes
        .into_iter()
        .flat_map(|(role, note)| {
            by_parts(role, &note, usize::from(inner.width)).into_iter().map(move |row| (role, row))
        })
        .collect();
    let room = foot_room(inner.height, is_broken, cells);
    // What was left out of a call, or learned of its model, has a third of a pane that is high.
    let has_remarks = !arm.notes.is_empty() && inner.height > 8;
    let room = if has_remarks { room.max((inner.height / 3).min(MOST_REMARKS)) } else { room };
    let foot_rows = notes.len().min(usize::from(room)) as u16;
    if notes.len() > usize::from(foot_rows)
        && let Some((role, last)) = usize::from(foot_rows).checked_sub(1).and_then(|last| notes.get_mut(last))
        && (*role == Role::Error || !arm.notes.is_empty())
    {
        // The whole of it stands on the page of calls.
        *last = truncate_to_width(&format!("{last}…"), usize::from(inner.width)).into_owned();
    }
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
        empty(arm, engine.as_ref(), blind.is_some(), body, buffer, theme);
    } else {
        if !arm.phase.is_live() {
            arm.answer.end();
        }
        if state.between_frames && arm.answer.was_laid_out(body.width, body.height) {
            drawn.tokens_wait |= arm.answer.has_grown();
        } else {
            arm.answer.layout(body.width, body.height);
        }
        let style = |role| styles::text(theme, role);
        text::draw(&arm.answer, body, buffer, TextStyles::new(&style), Badge::Shown);
        let ScrollPosition { top, height, total } = arm.answer.scroll_position();
        // What is new below has a badge of its own.
        let below = if arm.answer.unseen_rows() > 0 { 0 } else { total.saturating_sub(top + height) };
        more_beyond(area, buffer, theme, frame, (top, below));
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
    let mut whole = heading(arm, slot);
    // A cell's title says what the cell asks. Where an answer out of the history was to something else, that has to be said.
    if arm.looked_up && !arm.elsewhere && !matches!(arm.recorded, RecordedState::Own(_)) {
        whole.aside = format!("{NOT_WHAT_IS_ASKED} · {}", whole.aside);
        whole.aside_role = Some(Role::Warning);
    }
    let detail = format!("{} · {}", arm.strategy.label(), arm.model);
    Heading { name: format!("{} {row} × {column}", slot.letter()), detail, ..whole }
}

/// Rows of the foot of a pane that has remarks to show.
const MOST_REMARKS: u16 = 7;

/// Rows that the foot of a pane may take: the answer keeps at least two thirds, beside what broke it off half.
const fn foot_room(height: u16, is_broken: bool, is_cell: bool) -> u16 {
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
fn cell_scores(arm: &ArmState, primary: &str) -> Option<(Role, String)> {
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

/// While rated blind: how the answer stands, and nothing that tells whose it is, such as its date or how many calls it takes.
fn hidden_heading(side: &str, arm: &ArmState) -> Heading {
    let (aside, role) = match arm.phase {
        Phase::Idle => ("", Role::Muted),
        Phase::Waiting => ("waiting", Role::Info),
        Phase::Streaming => ("streaming", Role::Info),
        Phase::Done(Outcome::Answer) | Phase::Recorded { outcome: Outcome::Answer, .. } => ("done", Role::Success),
        Phase::Done(outcome) | Phase::Recorded { outcome, .. } => (in_words(outcome), Role::Warning),
    };
    Heading { name: side.to_owned(), aside: aside.to_owned(), aside_role: Some(role), ..Heading::default() }
}

fn heading(arm: &ArmState, slot: ArmSlot) -> Heading {
    let (aside, role) = match &arm.phase {
        Phase::Idle => (String::new(), Role::Muted),
        Phase::Recorded { outcome: Outcome::Answer, .. } => ("recorded".to_owned(), Role::Info),
        // What is no answer never looks like one: its end comes before where it is from.
        Phase::Recorded { outcome, .. } => (format!("{} · recorded", in_words(*outcome)), Role::Warning),
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
    if arm.is_outdated() {
        let ended = if arm.phase == Phase::Done(Outcome::Answer) { String::new() } else { format!("{aside} · ") };
        let aside = format!("{ended}{OUTDATED}");
        return Heading { name: slot.letter().to_owned(), detail, aside, aside_role: Some(Role::Warning) };
    }
    // An answer out of the history names who gave it, whatever the arm has become since.
    let (detail, aside) = match &arm.reopened {
        // What was looked up is what the arm asks, unless the arm was changed since.
        Some((when, who)) if arm.looked_up => {
            let own = matches!(arm.recorded, RecordedState::Own(_));
            let said =
                if arm.phase == Phase::Done(Outcome::Answer) { when.clone() } else { format!("{aside} · {when}") };
            (if own { detail } else { who.clone() }, said)
        }
        Some((when, who)) if matches!(arm.phase, Phase::Done(Outcome::Answer)) => (who.clone(), when.clone()),
        Some((when, who)) => (who.clone(), format!("{aside} · {when}")),
        None => (detail, aside),
    };
    let (aside, role) =
        if arm.elsewhere { (format!("{NOT_THIS_CASE} · {aside}"), Role::Warning) } else { (aside, role) };
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
        Outcome::NonAnswer(NonAnswer::Empty) => "empty answer",
        outcome => outcome.in_words(),
    }
}

/// The lines under the answer: a fault first, then figures; the cost is not among them where it `is_said` already.
fn footing(arm: &ArmState, so_far: Option<(u64, Option<Cost>)>, is_said: bool) -> Vec<(Role, String)> {
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
fn by_parts(role: Role, note: &str, width: usize) -> Vec<String> {
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
fn fault_rows(fault: &Fault, width: usize, height: usize) -> Vec<String> {
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

/// How far the model's download is.
fn fetching(engine: &EngineState) -> Option<String> {
    let EngineState::Downloading { done, total, source, seconds_left, .. } = engine else { return None };
    if *total == 0 {
        return Some("Looking for the model's file… Esc cancels.".to_owned());
    }
    let left = seconds_left.map_or_else(String::new, |seconds| format!(", {seconds} s left"));
    let (done, total) = (done / 1_000_000, total / 1_000_000);
    let far = format!("Fetching the model from {source}: {done} of {total} MB{left}.");
    Some(far + "\nThe answer starts by itself. Esc cancels.")
}

/// What is said while a call that brought nothing waits to be sent again; the newest remark says why.
fn again(seconds: u64, why: Option<&str>) -> String {
    let why = why.map_or_else(String::new, |why| format!("\n\n{why}"));
    format!("No answer yet. It is asked again by itself in {seconds} s; Esc gives it up.{why}")
}

/// Why no recorded answer is shown although there is one for this case.
fn other(recorded: &RecordedState) -> String {
    let RecordedState::Other { date, model } = recorded else { return String::new() };
    format!(
        "The answer recorded {date} with {model} was to another case, prompt, strategy, model or setting than this.\n\n\
         Ctrl+R runs all arms on this case."
    )
}

/// What stands where an answer will be.
fn empty(arm: &ArmState, engine: Option<&EngineState>, hidden: bool, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let (role, words) = match (&arm.fault, &arm.phase) {
        // What went wrong names the model; that would tell which arm this is.
        (Some(_), _) if hidden => (Role::Error, "No answer came. F6 ends the rating and shows why.".to_owned()),
        (Some(fault), _) => {
            (Role::Error, fault_rows(fault, usize::from(area.width), usize::from(area.height)).join("\n"))
        }
        (None, Phase::Waiting) if let Some(words) = engine.and_then(fetching) => (Role::Info, words),
        (None, Phase::Waiting) if engine == Some(&EngineState::Loading) => (Role::Muted, "the model is loading…".to_owned()),
        (None, Phase::Waiting) if arm.waiting.is_some() => {
            (Role::Info, again(arm.waiting.unwrap_or_default(), arm.notes.last().map(String::as_str)))
        }
        (None, Phase::Waiting) => (Role::Muted, "waiting for the first token…".to_owned()),
        // Something has come, but nothing of the answer.
        (None, Phase::Streaming) => (Role::Muted, "the model reasons; its answer follows…".to_owned()),
        (None, Phase::Done(Outcome::NonAnswer(NonAnswer::Empty))) => (Role::Muted, "(empty answer)".to_owned()),
        (None, Phase::Done(_)) => (Role::Muted, "(no text arrived)".to_owned()),
        (None, Phase::Idle) if !hidden && matches!(arm.recorded, RecordedState::Other { .. }) => (Role::Muted, other(&arm.recorded)),
        (None, _) if engine == Some(&EngineState::Absent) => (
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::StrategyConfig;

    #[test]
    fn a_fault_in_a_low_pane_keeps_its_next_step() {
        let fault = Fault {
            what: "http://127.0.0.1:8080/v1 has no quota left for this key: You exceeded your current quota".to_owned(),
            hint: "Add credit at the provider and run again.".to_owned(),
        };
        let roomy = fault_rows(&fault, 38, 8);
        assert_eq!(roomy.len(), 6, "{roomy:?}");
        assert!(roomy.contains(&String::new()), "a blank row between them: {roomy:?}");
        let low = fault_rows(&fault, 38, 4);
        assert_eq!(low.len(), 4, "{low:?}");
        assert!(low[1].ends_with('…') && low[2].starts_with("Add credit"), "{low:?}");
        for width in 1..40 {
            for height in 0..9 {
                let rows = fault_rows(&fault, width, height);
                assert!(rows.len() <= height, "{width}x{height}: {rows:?}");
                assert!(rows.iter().all(|row| display_width(row) <= width), "{width}x{height}: {rows:?}");
            }
        }
    }

    #[test]
    fn a_note_that_no_row_holds_is_broken_at_words() {
        let rows = by_parts(Role::Muted, "first token 2 ms · 44 tok/s · 3 in", 22);
        assert_eq!(rows, ["first token 2 ms", "44 tok/s · 3 in"]);
        let rows = by_parts(Role::Muted, "429: sent again after 20.2 s (attempt 2 of 3)", 24);
        assert_eq!(rows, ["429: sent again after", "20.2 s (attempt 2 of 3)"]);
    }

    #[test]
    fn a_call_that_waits_says_why() {
        let why = "429: sent again after 20.2 s (attempt 2 of 3)";
        let said = again(19, Some(why));
        assert!(said.contains("in 19 s; Esc") && said.ends_with(why), "{said}");
        assert!(again(19, None).ends_with("gives it up."));
    }

    #[test]
    fn an_adapter_asked_otherwise_than_trained_is_marked_beside_the_score_and_before_the_figures() {
        let otherwise = "trained with orders.prompty · zero-shot; asked with orders-detailed.prompty · few-shot";
        let notes = vec!["examples from train: a".to_owned(), otherwise.to_owned()];
        let figures = Figures { first_token_ms: Some(3), ..Figures::default() };
        let strategy = crate::strategy::StrategyConfig::default();
        let mut arm = ArmState { figures, notes, ..ArmState::new("d", strategy, "tuned") };
        arm.scores.push(ScoreLine { metric: "exact-match".to_owned(), score: crate::score::Score::value(1.0) });
        let scores = |arm: &ArmState| cell_scores(arm, "exact-match").unwrap().1;
        assert_eq!(scores(&arm), "exact-match 1.00 · not as trained");
        let lines = footing(&arm, None, true);
        let at = lines.iter().position(|(_, line)| line == otherwise).unwrap();
        assert_eq!((at, lines[at].0, lines.len()), (0, Role::Warning, 3), "{lines:?}");
        arm.notes.truncate(1);
        assert_eq!(scores(&arm), "exact-match 1.00");
    }

    #[test]
    fn an_answer_to_another_case_or_question_than_is_shown_is_marked() {
        let mut arm = ArmState::new("d", crate::strategy::StrategyConfig::default(), "tuned");
        arm.phase = Phase::Done(Outcome::Answer);
        let (of_arm, of_cell) =
            (|arm: &ArmState| heading(arm, ArmSlot::A), |arm: &ArmState| cell_heading(arm, ArmSlot::A));
        assert_eq!((of_arm(&arm).aside.as_str(), of_cell(&arm).aside.as_str()), ("done", "done"));
        arm.elsewhere = true;
        for heading in [of_arm(&arm), of_cell(&arm)] {
            assert_eq!((heading.aside.as_str(), heading.aside_role), ("not this case · done", Some(Role::Warning)));
        }
        // Looked up in the history for what the arm has asked before it was changed.
        (arm.elsewhere, arm.looked_up) = (false, true);
        arm.reopened = Some(("11-26 10:00".to_owned(), "d · zero-shot · base".to_owned()));
        assert_eq!(of_arm(&arm).detail, "d · zero-shot · base", "an arm names who gave it");
        assert_eq!(of_cell(&arm).aside, "not what is asked now · 11-26 10:00");
        arm.elsewhere = true;
        assert_eq!(of_cell(&arm).aside, "not this case · 11-26 10:00");
    }

    #[test]
    fn an_answer_to_what_is_no_longer_asked_says_so_in_the_title_and_before_the_figures() {
        let figures = Figures { first_token_ms: Some(3), ..Figures::default() };
        let changed = vec!["the prompt", "the strategy", "the model"];
        let mut arm = ArmState { figures, changed, ..ArmState::new("plain", StrategyConfig::default(), "base") };
        let said = |arm: &ArmState| (heading(arm, ArmSlot::A).aside, footing(arm, None, false));
        for (phase, aside) in [
            (Phase::Done(Outcome::Answer), "outdated"),
            (Phase::Done(Outcome::NonAnswer(NonAnswer::Length)), "token limit · outdated"),
        ] {
            arm.phase = phase;
            let (title, lines) = said(&arm);
            assert_eq!(title, aside);
            let first = "answered before the prompt, the strategy and the model were changed; Ctrl+R asks anew";
            assert_eq!(lines[0], (Role::Warning, first.to_owned()));
        }
        for phase in [Phase::Streaming, Phase::Done(Outcome::Missing(crate::score::Missing::Failed))] {
            arm.phase = phase;
            let (title, lines) = said(&arm);
            assert!(!title.contains("outdated") && lines.len() == 1, "{title} {lines:?}");
        }
        arm.changed.truncate(1);
        arm.phase = Phase::Done(Outcome::Answer);
        assert_eq!(said(&arm).1[0].1, "answered before the prompt was changed; Ctrl+R asks anew");
    }

    #[test]
    fn what_was_read_stands_above_the_figures_where_the_text_says_otherwise() {
        let figures = Figures { first_token_ms: Some(3), ..Figures::default() };
        let strategy = crate::strategy::StrategyConfig::named("medprompt").unwrap();
        let mut arm = ArmState { figures, ..ArmState::new("d", strategy, "m") };
        arm.show_text("I think so.\nAnswer: C");
        arm.extracted = Some("B".to_owned());
        let first = |arm: &ArmState| footing(arm, None, true)[0].1.clone();
        assert_eq!(first(&arm), "read as: B");
        for seen in [None, Some("I think so.\nAnswer: C"), Some("a part\nof two lines"), Some("")] {
            arm.extracted = seen.map(str::to_owned);
            assert!(first(&arm).starts_with("first token"), "{seen:?}");
        }
    }

    #[test]
    fn what_broke_an_answer_off_has_half_of_the_pane() {
        assert_eq!((foot_room(4, true, false), foot_room(10, true, false)), (2, 5));
        assert_eq!((foot_room(4, false, false), foot_room(4, false, true), foot_room(5, false, false)), (0, 1, 1));
        assert_eq!((foot_room(9, false, false), foot_room(60, false, true), foot_room(60, false, false)), (3, 5, 3));
    }
}
