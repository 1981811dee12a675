//! Over an arm's answer, where several were asked for: the distinct answers with their counts, and those still arriving.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::score::{GroupKind, NonAnswer};
use crate::state::{Sample, Samples};
use crate::stats::{Confidence, Proportion};
use crate::theme::{Role, Theme};
use crate::view::text::{display_width, sanitise_line, truncate_to_width};

/// Of a streaming answer, only the end can be new.
const TAIL: usize = 400;

/// Draws the list at the top of `area` and gives back what is left for the answer that is looked at.
pub(super) fn draw(samples: &Samples, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Rect {
    let lines = lines(samples);
    let most = (area.height / 2).max(area.height.min(2));
    // The selected group is kept in sight where not all fit.
    let skip = (samples.selected + 2).saturating_sub(usize::from(most)).min(lines.len());
    let mut used = 0;
    for (index, (role, text)) in lines.iter().enumerate() {
        let shown = index == 0 || index > skip;
        if !shown || used >= most {
            continue;
        }
        let place = Rect { y: area.y + used, height: 1, ..area };
        let text = truncate_to_width(text, usize::from(area.width));
        Line::from(Span::styled(text.into_owned(), theme.style(*role))).render(place, buffer);
        used += 1;
    }
    // A rule parts the list from the answer.
    if used + 1 < area.height {
        let place = Rect { y: area.y + used, height: 1, ..area };
        let rule = "─".repeat(usize::from(area.width));
        Line::from(Span::styled(rule, theme.style(Role::Rule))).render(place, buffer);
        used += 1;
    }
    Rect { y: area.y + used, height: area.height - used, ..area }
}

/// The summary first, then a line per group, then one per answer that is still arriving.
fn lines(samples: &Samples) -> Vec<(Role, String)> {
    let agreement = &samples.agreement;
    let (asked, live) = (samples.answers.len(), samples.live());
    let ended = if live > 0 {
        format!("{} of {asked} ended", asked - live)
    } else {
        format!("{} distinct", agreement.groups.len())
    };
    let right = agreement.right().map(|right| format!("= reference {}", share(right, agreement.n)));
    let missing = (agreement.missing > 0).then(|| format!("{} missing, not counted", agreement.missing));
    let summary = [Some(ended), right, missing].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let mut lines = vec![(Role::Label, summary)];
    for (index, group) in agreement.groups.iter().enumerate() {
        let here = index == samples.selected;
        let mark = if here { "▸" } else { " " };
        let (sign, role) = match group.kind {
            GroupKind::Answer { right: Some(true) } => ("= ", Role::Success),
            GroupKind::Answer { right: Some(false) } => ("≠ ", Role::Text),
            GroupKind::Answer { right: None } => ("", Role::Text),
            GroupKind::NonAnswer(_) => ("", Role::Warning),
        };
        let said = match group.kind {
            GroupKind::NonAnswer(kind) => format!("no answer: {}", in_words(kind)),
            GroupKind::Answer { .. } => samples.standing_for(index).map(|it| opening(it.result())).unwrap_or_default(),
        };
        let role = if here { Role::TitleFocused } else { role };
        lines.push((role, format!("{mark} {:<22} {sign}{said}", share(group.count(), agreement.n))));
    }
    for (index, answer) in samples.answers.iter().enumerate().filter(|(_, answer)| answer.phase.is_live()) {
        lines.push((Role::Muted, format!("  answer {:<3} {}", index + 1, arriving(answer))));
    }
    lines
}

/// A count with its share and the share's interval.
fn share(count: u64, n: u64) -> String {
    let Some(proportion) = Proportion::new(count, n).filter(|_| n > 0) else { return format!("{count} of {n}") };
    let interval = proportion.wilson(Confidence::NINETY_FIVE);
    let percent = |value: f64| 100.0 * value;
    format!(
        "{count} of {n}, {:.0} % ({:.0} to {:.0})",
        percent(proportion.share().unwrap_or(0.0)),
        percent(interval.low),
        percent(interval.high)
    )
}

/// The first words of an answer, in one line.
fn opening(text: &str) -> String {
    let words = text.split_whitespace().take(40).collect::<Vec<_>>().join(" ");
    sanitise_line(&words).into_owned()
}

/// The last words of an answer that is still arriving.
fn arriving(answer: &Sample) -> String {
    let start = answer.text.len().saturating_sub(TAIL);
    let start = (start..=answer.text.len()).find(|at| answer.text.is_char_boundary(*at)).unwrap_or(0);
    let tail = answer.text.get(start..).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let tail = sanitise_line(&tail).into_owned();
    let letters: Vec<char> = tail.chars().collect();
    let mut shown: String = letters.iter().skip(letters.len().saturating_sub(48)).collect();
    if display_width(&shown) == 0 {
        "waiting".clone_into(&mut shown);
    }
    shown
}

const fn in_words(kind: NonAnswer) -> &'static str {
    match kind {
        NonAnswer::Length => "token limit",
        NonAnswer::Refused => "refused",
        NonAnswer::Empty => "empty",
        NonAnswer::Unparsed => "unparsed",
        NonAnswer::Invalid => "invalid",
    }
}
