//! Where an arm fails: how far the looking is, the four kinds counted, the next step in words, the cases.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::centred;
use super::press::open_box;
use crate::run::failures::{Failure, Verdict};
use crate::state::FailuresState;
use crate::stats::wording::counted;
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width, word_rows};

/// Columns of a bar.
const BAR: usize = 24;
/// Columns of a case's id.
const CASE: usize = 14;

/// Draws it over the screen.
pub(super) fn draw(failures: &FailuresState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let outer = centred(area, 120, area.height);
    let title = match &failures.arm {
        Some((arm, _)) => format!("Where {arm} fails"),
        None => "Where it fails".to_owned(),
    };
    let aside = if failures.running {
        "x: stop · Esc: back, it goes on"
    } else {
        "Enter: open · r: again · a: arm · t: tune · Esc"
    };
    let inside = open_box(outer, buffer, theme, &title, aside, drawn);
    if inside.is_empty() {
        return;
    }
    let head = head(failures, usize::from(inside.width), theme);
    // The cases have what is left, and at least a third where there are some.
    let cases = failures.failing().count() as u16;
    let kept = cases.min(inside.height / 3);
    let rows = (head.len() as u16).min(inside.height - kept);
    for (row, line) in head.into_iter().take(usize::from(rows)).enumerate() {
        line.render(Rect { y: inside.y + row as u16, height: 1, ..inside }, buffer);
    }
    let list = Rect { y: inside.y + rows, height: inside.height - rows, ..inside };
    list_cases(failures, list, buffer, theme, drawn);
}

/// Everything above the list of cases.
fn head(failures: &FailuresState, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let say = |role: Role, words: &str| {
        word_rows(words, width)
            .into_iter()
            .map(|row| Line::from(Span::styled(row, theme.style(role))))
            .collect::<Vec<Line<'static>>>()
    };
    let breakdown = &failures.breakdown;
    let mut lines = Vec::new();
    if let Some(fault) = &failures.fault {
        lines.extend(say(Role::Error, &format!("{}. {}", fault.what, fault.hint)));
    }
    let done = breakdown.cases.len();
    if failures.running || done < failures.of {
        let share = done as f64 / failures.of.max(1) as f64;
        let bar = BAR.min(width / 3);
        let full = (share * bar as f64).round() as usize;
        let state = if failures.running { "asking" } else { "stopped" };
        lines.push(Line::from(vec![
            Span::styled("█".repeat(full), theme.style(Role::Accent)),
            Span::styled("░".repeat(bar.saturating_sub(full)), theme.style(Role::Muted)),
            Span::styled(
                format!(" {state}: {done} of {}", counted(failures.of as u64, "case")),
                theme.style(Role::Text),
            ),
        ]));
    }
    if failures.running {
        lines.extend(failures.ahead.iter().flat_map(|line| say(Role::Muted, line)));
    }
    if done > 0 {
        if !failures.running {
            lines.extend(say(Role::Accent, &breakdown.next_step()));
        }
        lines.extend(say(Role::Title, &breakdown.right_in_words()));
        let failed = breakdown.failed().max(1);
        for kind in Failure::ALL {
            lines.push(kind_line(failures, kind, failed, width, theme));
        }
    }
    if let Some((_, why)) = &failures.arm {
        lines.extend(say(Role::Muted, &about(failures, why)));
    } else if failures.running {
        lines.extend(say(Role::Muted, "choosing the arm…"));
    }
    lines
}

/// A kind of failure with its count and its bar.
fn kind_line(failures: &FailuresState, kind: Failure, failed: usize, width: usize, theme: &Theme) -> Line<'static> {
    let breakdown = &failures.breakdown;
    let count = breakdown.count(Verdict::Failed(kind));
    let unknown = kind == Failure::Unstable && breakdown.repeats <= 1;
    let figure = if unknown { "—".to_owned() } else { count.to_string() };
    let bar = BAR.min(width / 4);
    let full = (count as f64 / failed as f64 * bar as f64).round() as usize;
    let facts = match (kind, breakdown.facts_right()) {
        (Failure::Form, facts @ 1..) => format!("; {facts} say every fact"),
        _ => String::new(),
    };
    let note = if unknown { "not looked at: one answer a case".to_owned() } else { kind.meaning().to_owned() + &facts };
    let used = 9 + 1 + 4 + 2 + bar + 2;
    let note = truncate_to_width(&note, width.saturating_sub(used)).into_owned();
    Line::from(vec![
        Span::styled(format!("{:<9}", kind.as_str()), theme.style(Role::Label)),
        Span::styled(format!(" {figure:>4}  "), theme.style(Role::Text)),
        Span::styled("▇".repeat(full), theme.style(Role::Accent)),
        Span::styled(" ".repeat(bar.saturating_sub(full)), theme.style(Role::Muted)),
        Span::styled(format!("  {note}"), theme.style(Role::Muted)),
    ])
}

fn about(failures: &FailuresState, why: &str) -> String {
    let seeds = match (failures.breakdown.repeats, failures.equal) {
        (0 | 1, Some(_)) => "one answer a case, for it is greedy".to_owned(),
        (0 | 1, None) => "one answer a case".to_owned(),
        (repeats, _) => format!("{repeats} answers a case"),
    };
    let reused = match failures.reused {
        0 => String::new(),
        reused => format!(" · {reused} recorded before"),
    };
    format!("{why} · {seeds}{reused}")
}

/// The failing cases, the selected one in sight.
fn list_cases(failures: &FailuresState, list: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let rows = usize::from(list.height);
    let first = (failures.selected + 1).saturating_sub(rows);
    for (row, (index, case)) in failures.failing().enumerate().skip(first).take(rows).enumerate() {
        let place = Rect { y: list.y + row as u16, height: 1, ..list };
        let here = index == failures.selected;
        let base = theme.style(if here { Role::Selection } else { Role::Text });
        buffer.set_style(place, base);
        let Verdict::Failed(kind) = case.verdict else { continue };
        let id = sanitise_line(&case.case).into_owned();
        let id = truncate_to_width(&id, CASE).into_owned();
        let gap = " ".repeat(CASE.saturating_sub(display_width(&id)));
        let answer = case.answer.split_whitespace().collect::<Vec<_>>().join(" ");
        let answer = sanitise_line(&answer).into_owned();
        let mark = if here { "▸" } else { " " };
        let text = format!("{mark} {id}{gap} {:<9} {answer}", kind.as_str());
        let text = truncate_to_width(&text, usize::from(place.width)).into_owned();
        Line::from(Span::styled(text, base)).render(place, buffer);
        drawn.targets.push((place, Target::Line(index)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::text_of;
    use super::*;
    use crate::run::failures::CaseVerdict;
    use crate::theme::{ColorLevel, Library};

    fn found() -> FailuresState {
        let mut failures = FailuresState {
            arm: Some(("prompted".to_owned(), "as asked".to_owned())),
            of: 12,
            reused: 3,
            ..FailuresState::default()
        };
        failures.breakdown.repeats = 1;
        let kinds =
            [Verdict::Right, Verdict::Failed(Failure::Form), Verdict::Failed(Failure::Content), Verdict::Missing];
        for index in 0..12 {
            let verdict = kinds[index % if index < 8 { 2 } else { 4 }];
            let answer = "an answer\u{1b}[2J of many words".to_owned();
            let facts_right = verdict == Verdict::Failed(Failure::Form);
            let case = format!("dev-{index}");
            failures.breakdown.add(CaseVerdict { index, case, verdict, facts_right, answer, trial: None });
        }
        failures
    }

    fn drawn(failures: &FailuresState, width: u16, height: u16) -> (String, Drawn) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let mut drawn = Drawn::default();
        draw(failures, area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut drawn);
        (text_of(&buffer), drawn)
    }

    #[test]
    fn counts_the_next_step_and_the_cases_are_seen() {
        let (text, drawn) = drawn(&found(), 100, 30);
        for part in [
            "Where prompted fails",
            "5 of 6 failures are form (5 of them say every fact)",
            "of 11 cases right",
            "not looked at",
            "dev-1 ",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        assert!(!text.contains('\u{1b}'));
        let count = |is_it: fn(&Target) -> bool| drawn.targets.iter().filter(|(_, target)| is_it(target)).count();
        assert_eq!(count(|target| matches!(target, Target::Line(_))), 6, "every failing case can be clicked on");
        assert_eq!(count(|target| matches!(target, Target::Press(_))), 5, "and every key that is named");
    }

    #[test]
    fn no_size_breaks_it_and_the_selected_case_stays_in_sight() {
        let mut failures = found();
        failures.selected = 5;
        failures.running = true;
        for width in (0..=50).chain([79, 80, 120, 200]) {
            for height in 0..=24 {
                let (text, _) = drawn(&failures, width, height);
                if width >= 40 && height >= 12 {
                    assert!(text.contains("▸ dev-"), "{width}x{height}:\n{text}");
                }
            }
        }
    }
}
