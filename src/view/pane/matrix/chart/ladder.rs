//! What each arm adds to the one before it, on the cases both answered.

use ratatui::text::{Line, Span};

use super::{fit, say};
use crate::state::matrix::Rung;
use crate::theme::{Role, Theme};

/// Columns for an arm's name.
const NAME: usize = 20;

/// The arms in the order of the run.
pub(super) fn lines(rungs: &[Rung], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let style = |role| theme.style(role);
    let bar = width.saturating_sub(NAME + 9 + 46).min(30);
    let mut head = format!("{}{:>7}  ", fit("arm", NAME), "mean");
    head.push_str(&" ".repeat(bar));
    head.push_str("  adds (95 % interval), n");
    let mut lines = vec![Line::from(Span::styled(fit(&head, width), style(Role::TableHead)))];
    for rung in rungs {
        let length = (rung.mean.clamp(0.0, 1.0) * bar as f64).round() as usize;
        let (text, role) = match rung.added {
            None => (format!("n = {}", rung.n), Role::Muted),
            Some((added, low, high)) => {
                let (sign, role) = if low > 0.0 {
                    ("▲", Role::ScoreGood)
                } else if high < 0.0 {
                    ("▼", Role::ScoreBad)
                } else {
                    ("·", Role::Text)
                };
                (format!("{sign} {added:+.3} ({low:+.3} to {high:+.3}), n = {}", rung.n), role)
            }
        };
        lines.push(Line::from(vec![
            Span::styled(fit(&rung.arm, NAME), style(Role::Text)),
            Span::styled(format!("{:>7.3}  ", rung.mean), style(Role::Title)),
            Span::styled("▇".repeat(length), style(Role::Gauge)),
            Span::styled("░".repeat(bar - length), style(Role::Track)),
            Span::styled(format!("  {text}"), style(role)),
        ]));
    }
    let about = "▲ and ▼ where the interval leaves out 0; each step alone, not adjusted for their number: exploratory."
        .to_owned();
    lines.extend(say(&[(Role::Muted, about)], width, theme));
    lines
}
