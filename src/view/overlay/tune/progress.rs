//! A training: where it stands, its curves, what it says to held-out cases, and what can be done now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::{curve, press};
use crate::score::diff::{Arrangement, Diff, DiffRequest, DiffRows, Granularity, PieceKind, Row, Side};
use crate::state::tune::Watched;
use crate::theme::{Role, Theme};
use crate::tune::{Phase, Progress, SampleAnswer, Wish};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, word_rows};

/// Cases whose answers are shown.
const SAMPLES: usize = 2;
/// Bytes of an answer that are shown.
const ANSWER: usize = 600;

/// Draws it.
pub(super) fn draw(watched: &Watched, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let progress = &watched.progress;
    let standing = standing(watched, usize::from(area.width), theme);
    let head = Constraint::Length((standing.len() as u16).clamp(4, (area.height / 2).max(4)));
    let [head, curves, samples, keys] =
        Layout::vertical([head, Constraint::Fill(3), Constraint::Fill(2), Constraint::Length(1)]).areas(area);
    Paragraph::new(standing).render(head, buffer);
    curve::draw(progress, curves, buffer, theme);
    let mut lines: Vec<Line> =
        progress.samples.iter().rev().take(SAMPLES).flat_map(|sample| answered(sample, theme)).collect();
    if let (true, Some(words)) = (lines.is_empty(), before_samples(progress)) {
        lines.push(Line::from(Span::styled(words, theme.style(Role::Muted))));
    }
    Paragraph::new(lines).wrap(Wrap { trim: false }).render(samples, buffer);
    let mut x = keys.x;
    for (key, what) in keys_now(watched) {
        let hint = Line::from(vec![
            Span::styled(format!(" {key} "), theme.style(Role::Key)),
            Span::styled(format!("{what}  "), theme.style(Role::Text)),
        ]);
        let place = Rect { x, width: hint.width() as u16, ..keys }.intersection(keys);
        hint.render(place, buffer);
        if let Some(chord) = press::chord(key) {
            drawn.targets.push((place, Target::Press(chord)));
        }
        x = place.right();
    }
}

/// What will stand where the answers to held-out cases do.
fn before_samples(progress: &Progress) -> Option<&'static str> {
    let is_on = !progress.phase.is_over();
    match progress.examples {
        (0, _) => None,
        (_, 0) => Some("Nothing is held out: no row is left to try it on, and overfitting cannot be seen."),
        _ if is_on => {
            Some("As it learns it answers two held-out rows now and then; its answers stand here beside yours.")
        }
        _ => None,
    }
}

/// The lines at the top: a bar, figures, the epochs, and what is to be said; each is a row of the screen.
fn standing(watched: &Watched, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let progress = &watched.progress;
    let say = |role: Role, words: &str| {
        word_rows(words, width).into_iter().map(move |row| Line::from(Span::styled(row, theme.style(role))))
    };
    let role = match &progress.phase {
        Phase::Loading => Role::Info,
        Phase::Training => Role::Text,
        Phase::Paused | Phase::Cancelled | Phase::Lost => Role::Warning,
        Phase::Failed { .. } => Role::Error,
        Phase::Finished => Role::Success,
    };
    let (role, words) = match watched.asked {
        Some(Wish::Pause) if progress.phase == Phase::Training => (Role::Info, "saving, then it stops…".to_owned()),
        Some(Wish::Cancel) if progress.phase == Phase::Training => (Role::Info, "being given up…".to_owned()),
        _ => (role, progress.in_words()),
    };
    let bar = 24.min(width / 3);
    let full = (progress.share() * bar as f64).round() as usize;
    let mut first = vec![
        Span::styled("█".repeat(full), theme.style(Role::Accent)),
        Span::styled("░".repeat(bar.saturating_sub(full)), theme.style(Role::Muted)),
        Span::styled(format!(" {:>3.0} %  ", progress.share() * 100.0), theme.style(Role::Title)),
    ];
    let words = sanitise_line(&words).into_owned();
    // What does not fit beside the bar has rows of its own.
    let beside = Line::from(first.clone()).width() + display_width(&words) <= width;
    if beside {
        first.push(Span::styled(words.clone(), theme.style(role)));
    }
    let mut lines = vec![Line::from(first)];
    if !beside {
        lines.extend(say(role, &words));
    }
    lines.extend(say(Role::Muted, &figures(progress)));
    if let Some((_, message)) = &progress.overfitting {
        lines.extend(say(Role::Warning, &format!("! {message}")));
    }
    if let Some(epoch) = progress.epochs_done.last() {
        let validation = epoch.validation.map_or_else(String::new, |loss| format!(", validation loss {loss:.4}"));
        let words = format!("epoch {} done: training loss {:.4}{validation}", epoch.epoch, epoch.train);
        lines.extend(say(Role::Text, &words));
    }
    lines.extend(progress.notes.last().into_iter().flat_map(|note| say(Role::Warning, note)));
    lines
}

fn figures(progress: &Progress) -> String {
    let mut parts = Vec::new();
    if progress.epochs > 0 {
        parts.push(format!("epoch {} of {}", progress.epoch.max(1), progress.epochs));
    }
    if let Some((_, loss)) = progress.losses.last() {
        parts.push(format!("loss {loss:.4}"));
    }
    if let Some((_, loss)) = progress.validation.last() {
        parts.push(format!("validation {loss:.4}"));
    }
    if progress.tokens_per_second > 0.0 {
        parts.push(format!("{:.0} tok/s", progress.tokens_per_second));
    }
    if progress.examples.0 > 0 {
        parts.push(format!("{} examples, {} held out", progress.examples.0, progress.examples.1));
    }
    parts.join(" · ")
}

/// A held-out case's answer against its reference: one line where they are the same, the word diff where not.
fn answered(sample: &SampleAnswer, theme: &Theme) -> Vec<Line<'static>> {
    let head = format!("{} after step {}", sample.case, sample.step);
    let text = |words: &str, role: Role| Span::styled(sanitise_line(words).into_owned(), theme.style(role));
    let cut = |text: &'_ str| text.get(..text.floor_char_boundary(ANSWER)).unwrap_or_default().to_owned();
    let (reference, answer) = (cut(&sample.reference), cut(&sample.answer));
    if reference == answer {
        return vec![Line::from(vec![
            text(&head, Role::Muted),
            text("  ✓ as the reference  ", Role::Success),
            text(&answer, Role::Text),
        ])];
    }
    let diff = Diff::new(&reference, &answer, DiffRequest { granularity: Granularity::Line, deadline: None });
    let rows = DiffRows::new(&diff, Arrangement::Inline);
    let mut lines = vec![Line::from(text(&format!("{head}  (- reference, + answer)"), Role::Muted))];
    for row in (0..rows.len()).filter_map(|index| rows.row(&diff, index)) {
        let (sign, side) = match &row {
            Row::Removed { .. } => ("- ", Side::A),
            Row::Added { .. } => ("+ ", Side::B),
            _ => ("  ", Side::A),
        };
        let mut spans = vec![text(sign, Role::Muted)];
        spans.extend(diff.pieces(&row, side).into_iter().map(|piece| {
            let role = match piece.kind {
                PieceKind::Equal => Role::Text,
                PieceKind::Removed => Role::DiffRemovedWord,
                PieceKind::Added => Role::DiffAddedWord,
            };
            text(piece.text.trim_end_matches('\n'), role)
        }));
        lines.push(Line::from(spans));
    }
    lines
}

/// The keys that do something now.
fn keys_now(watched: &Watched) -> Vec<(&'static str, &'static str)> {
    if watched.giving_up {
        return vec![("x", "once more gives it up for good"), ("any other key", "goes on")];
    }
    let phase = &watched.progress.phase;
    let mut keys = Vec::new();
    if *phase == Phase::Finished {
        keys.push(("Enter", "base beside tuned"));
        keys.push(("f", "what it forgot"));
    }
    if !phase.is_over() {
        keys.push(("p", "pause"));
    }
    if phase.can_resume() {
        keys.push(("r", "go on"));
    }
    if !phase.is_over() || phase.can_resume() {
        keys.push(("x", "give up"));
    }
    if phase.is_over() {
        keys.push(("n", "tune another"));
    }
    keys.push(("Esc", "back"));
    keys
}
