//! How far a run is, on standard error: a bar for each arm on a terminal, a plain line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Output;
use crate::run::runner::{Begun, News, in_words};
use crate::run::stopwatch;
use crate::stats::wording::{counted, grouped};
use crate::view::text::{Tabs, display_width, sanitise_for_terminal, sanitise_line};

/// How often a plain line is printed at most.
const PLAIN: Duration = Duration::from_secs(10);

/// See the file's head.
pub(super) struct Progress {
    shown: Shown,
    /// The arms, in their order.
    names: Vec<String>,
    total: u64,
    done: u64,
    elapsed: Box<dyn Fn() -> Duration + Send>,
    told: Duration,
}

enum Shown {
    Bars { all: MultiProgress, arms: Vec<ProgressBar> },
    Lines,
    Nothing,
}

impl Progress {
    /// Bars where standard error is a terminal, lines elsewhere; nothing unless `shown`.
    pub(super) fn new(shown: bool) -> Self {
        let shown = match (shown, std::io::stderr().is_terminal()) {
            (false, _) => Shown::Nothing,
            (true, true) => Shown::Bars { all: MultiProgress::new(), arms: Vec::new() },
            (true, false) => Shown::Lines,
        };
        Self { shown, names: Vec::new(), total: 0, done: 0, elapsed: Box::new(stopwatch()), told: Duration::ZERO }
    }

    /// Shows what has happened.
    pub(super) fn take(&mut self, news: &News) {
        match news {
            News::Begun(begun) => self.begin(begun),
            News::Told(told) => self.say(told),
            News::SetUp { done, of, .. } if done == of => self.say(&format!("set-up: {} calls answered", grouped(*of))),
            News::Done(cell) => {
                self.done += 1;
                if let Shown::Bars { arms, .. } = &self.shown
                    && let Some(bar) = arms.get(cell.place.arm as usize)
                {
                    bar.inc(1);
                }
                self.line_now_and_then();
            }
            News::Columns(columns) => {
                if let Shown::Bars { arms, .. } = &self.shown {
                    for (bar, column) in arms.iter().zip(columns) {
                        let missing = if column.missing > 0 {
                            format!(" · {} missing", grouped(column.missing))
                        } else {
                            String::new()
                        };
                        let mean = column.mean().map_or_else(String::new, |mean| format!("{mean:.3}"));
                        bar.set_message(format!("{mean}{missing}"));
                    }
                }
            }
            News::Closed { arm, why } => {
                let name = self.names.get(*arm as usize).cloned().unwrap_or_default();
                self.say(&format!("{name} is asked no further: {why}"));
            }
            News::Again { cells } => {
                self.total += cells;
                let are = if *cells == 1 { "is" } else { "are" };
                self.say(&format!("{} {are} asked once more", counted(*cells, "missing trial")));
            }
            News::Waiting { arm, seconds } if *seconds > 0 => {
                if let Shown::Bars { arms, .. } = &self.shown
                    && let Some(bar) = arms.get(*arm as usize)
                {
                    bar.set_message(format!("waiting {seconds} s"));
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, begun: &Begun) {
        self.total = begun.total;
        let plan = &begun.plan;
        self.names = plan.arms.iter().map(|arm| arm.name.clone()).collect();
        let begins = if begun.goes_on { "goes on" } else { "begins" };
        let before = if begun.done > 0 { format!(", {} filled before", grouped(begun.done)) } else { String::new() };
        self.say(&format!(
            "Run {} {begins}: {} x {} x {} = {}{before}",
            begun.run,
            counted(plan.arms.len() as u64, "arm"),
            counted(plan.case_count(), &format!("{} case", plan.split.as_str())),
            plan.repeats,
            counted(plan.trials(), "trial"),
        ));
        if let Shown::Bars { all, arms } = &mut self.shown {
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg} {eta} left")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let names = aligned(plan.arms.iter().map(|arm| arm.name.as_str()));
            for (name, column) in names.into_iter().zip(&begun.columns) {
                let bar = all.add(ProgressBar::new(plan.case_count() * u64::from(plan.repeats)));
                bar.set_style(style.clone());
                bar.set_prefix(name);
                bar.set_position(column.done);
                bar.reset_eta();
                arms.push(bar);
            }
        }
    }

    fn line_now_and_then(&mut self) {
        let now = (self.elapsed)();
        if !matches!(self.shown, Shown::Lines) || now.saturating_sub(self.told) < PLAIN {
            return;
        }
        self.told = now;
        let left = self.total.saturating_sub(self.done);
        let each = now.as_secs_f64() / self.done.max(1) as f64;
        let left = in_words(Duration::try_from_secs_f64(each * left as f64).unwrap_or_default());
        self.say(&format!("{} of {} trials, about {left} left", grouped(self.done), grouped(self.total)));
    }

    /// Says something once, above the bars where there are some.
    pub(super) fn say(&self, text: &str) {
        match &self.shown {
            Shown::Bars { all, .. } => {
                // A terminal that has gone is noticed elsewhere.
                let _ = all.println(sanitise_for_terminal(text, Tabs::Keep));
            }
            Shown::Lines => {
                let mut line = Vec::new();
                if Output::new(&mut line).line(text).is_ok() {
                    let _ = std::io::stderr().write_all(&line);
                }
            }
            Shown::Nothing => {}
        }
    }

    /// Takes the bars away.
    pub(super) fn clear(&self) {
        if let Shown::Bars { all, .. } = &self.shown {
            let _ = all.clear();
        }
    }
}

/// Names in one line each, and equally wide.
fn aligned<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = names.map(|name| sanitise_line(name).into_owned()).collect();
    let widest = names.iter().map(|name| display_width(name)).max().unwrap_or(0);
    for name in &mut names {
        let missing = widest - display_width(name);
        name.extend(std::iter::repeat_n(' ', missing));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_arms_are_called_their_bars_stand_below_one_another() {
        let names = aligned(["plain", "two\nlines", "日本", "a\u{1b}[2Jb"].into_iter());
        assert_eq!(names, ["plain    ", "two␊lines", "日本     ", "a␛[2Jb   "]);
    }
}
