//! An arm's answer: who answers in the title, the text as it streams, the figures under it, the fault where it happened.

mod foot;
mod heading;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use self::foot::{MOST_REMARKS, by_parts, cell_scores, fault_rows, foot_room, footing};
use self::heading::{cell_heading, heading, hidden_heading};
use crate::editor::{FindStatus, MatchCount};
use crate::score::{NonAnswer, Outcome};
use crate::state::{ArmSlot, ArmState, EngineState, Phase, RecordedState, State};
use crate::theme::{Role, Theme};
use crate::view::layout::Frame;
use crate::view::screen::{Drawn, Target};
use crate::view::styles;
use crate::view::text::{self, Badge, ScrollPosition, TextStyles, fit_parts, sanitise_line, truncate_to_width};
use crate::view::widget::find_bar::{self, Searched};
use crate::view::widget::panel::{more_beyond, panel};

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
    use crate::state::{Fault, Figures, ScoreLine};
    use crate::strategy::StrategyConfig;
    use crate::view::text::display_width;

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
