//! The thread that colours code: fenced blocks of answers and of the prompt. Text is plain until its colours come; a newer
//! order for the prompt takes the place of an older one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::event::EventKind;
use crate::editor::{Span, SpanKind, SyntaxKind};
use crate::prompt::{Fence, PromptKind, fences};
use crate::state::ArmSlot;
use crate::terminal::crash;
use crate::view::text::highlight::{HighlightJob, HighlightKey, Highlighted, Highlighter, language_of};

/// A piece of code that takes longer stays plain.
const LONGEST_JOB: Duration = Duration::from_millis(500);
/// What one look at a prompt may take; the code nearest to the window comes first, the rest stays plain.
const LONGEST_PROMPT: Duration = Duration::from_millis(400);
/// Without an order for so long, what takes memory is let go.
const REST: Duration = Duration::from_millis(700);
/// Lines that are coloured, and remembered, together.
const LINES: usize = 64;
/// Pieces of prompts that are remembered before the memory starts anew.
const REMEMBERED: usize = 512;

/// Something to be coloured.
pub(super) enum Order {
    /// Code of an answer.
    Answer {
        /// Whose.
        slot: ArmSlot,
        /// Of which of its runs.
        generation: u64,
        /// The pieces, in order.
        jobs: Vec<HighlightJob>,
    },
    /// The fenced code of the prompt.
    Prompt {
        /// Revision of the text.
        revision: u64,
        /// The text.
        text: String,
        /// Its file, which says how it is read.
        path: PathBuf,
        /// Where the window begins.
        near: usize,
    },
}

/// The thread; it ends with this.
pub(super) struct Colourist {
    orders: Sender<Order>,
}

impl Colourist {
    /// Starts the thread. `tell` returns whether anybody still listens. Nothing is loaded before the first order.
    pub(super) fn start(tell: impl Fn(EventKind) -> bool + Send + 'static) -> Self {
        let (orders, queue) = channel();
        std::thread::spawn(move || {
            crash::contain_this_thread();
            work(&queue, &tell);
        });
        Self { orders }
    }

    /// Asks for colours.
    pub(super) fn ask(&self, order: Order) {
        // Without the thread text stays plain.
        let _ = self.orders.send(order);
    }
}

fn work(queue: &Receiver<Order>, tell: &dyn Fn(EventKind) -> bool) {
    let mut highlighter = Highlighter::new();
    let mut known = HashMap::new();
    while let Some(first) = next(queue, || highlighter.rest()) {
        let mut orders = vec![first];
        orders.extend(queue.try_iter());
        let newest = orders.iter().rposition(|order| matches!(order, Order::Prompt { .. }));
        for (index, order) in orders.into_iter().enumerate() {
            let listening = match order {
                Order::Answer { slot, generation, jobs } => jobs.into_iter().all(|job| {
                    let until = Instant::now() + LONGEST_JOB;
                    let lines = highlighter.run(&job, &|| Instant::now() < until);
                    tell(EventKind::AnswerColoured { slot, generation, key: job.key, lines })
                }),
                Order::Prompt { revision, text, path, near } if Some(index) == newest => {
                    let until = Instant::now() + LONGEST_PROMPT;
                    let fences = fences(&text, PromptKind::of(&path));
                    let spans =
                        prompt_spans(&mut highlighter, &mut known, &text, fences, near, &|| Instant::now() < until);
                    tell(EventKind::PromptColoured { revision, spans })
                }
                Order::Prompt { .. } => true,
            };
            if !listening {
                return;
            }
        }
    }
}

/// The next order; `rest` is called once where none comes for a while. `None` once nobody can give any.
fn next(queue: &Receiver<Order>, rest: impl FnOnce()) -> Option<Order> {
    match queue.recv_timeout(REST) {
        Err(RecvTimeoutError::Timeout) => {
            rest();
            queue.recv().ok()
        }
        order => order.ok(),
    }
}

/// The coloured ranges of all fenced code, for as long as `go_on` says so, beginning with what is nearest to `near`.
fn prompt_spans(
    highlighter: &mut Highlighter,
    known: &mut HashMap<HighlightKey, Highlighted>,
    text: &str,
    mut fences: Vec<Fence>,
    near: usize,
    go_on: &dyn Fn() -> bool,
) -> Vec<Span> {
    fences.sort_by_key(|fence| match near.checked_sub(fence.range.end) {
        Some(above) => above,
        None => fence.range.start.saturating_sub(near),
    });
    let mut spans = Vec::new();
    if known.len() > REMEMBERED {
        known.clear();
    }
    for fence in fences {
        let language = language_of(&fence.language);
        let Some(mut state) = highlighter.start(language) else { continue };
        let mut previous = None;
        let mut at = fence.range.start;
        while at < fence.range.end {
            let rest = text.get(at..fence.range.end).unwrap_or_default();
            let end = rest.match_indices('\n').nth(LINES - 1).map_or(rest.len(), |(feed, _)| feed + 1);
            let code = rest.get(..end).unwrap_or_default();
            let key = HighlightKey::new(language, code, previous);
            let highlighted = match known.entry(key) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    let highlighted = highlighter.highlight(code, state, go_on);
                    if highlighted.lines.len() < code.lines().count() {
                        // The time is up.
                        spans.sort_by_key(|span: &Span| span.range.start);
                        return spans;
                    }
                    entry.insert(highlighted)
                }
            };
            let mut start = at;
            for (line, ranges) in code.split_inclusive('\n').zip(&highlighted.lines) {
                // A template's braces inside of code are what its syntax calls invalid: the template's own checks mark them.
                let ranges = ranges.iter().filter(|(_, kind)| *kind != SyntaxKind::Invalid);
                spans.extend(
                    ranges.map(|(range, kind)| {
                        Span::new(start + range.start..start + range.end, SpanKind::Syntax(*kind))
                    }),
                );
                start += line.len();
            }
            state = highlighted.end.clone();
            previous = Some(key);
            at += end;
        }
    }
    spans.sort_by_key(|span| span.range.start);
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coloured(text: &str, near: usize, known: &mut HashMap<HighlightKey, Highlighted>) -> Vec<(String, SpanKind)> {
        let fences = fences(text, PromptKind::Plain);
        prompt_spans(&mut Highlighter::new(), known, text, fences, near, &|| true)
            .into_iter()
            .map(|span| (text[span.range].to_owned(), span.kind))
            .collect()
    }

    #[test]
    fn code_in_a_prompt_is_coloured_where_it_stands_and_beyond_a_piece() {
        let long = "x = 1\n".repeat(LINES + 1);
        let text =
            format!("Wörds true\n```json\n{{\"ä\": true}}\n```\n```python\n{long}text = \"\"\"\ntrue\n\"\"\"\n```\n");
        let mut known = HashMap::new();
        let spans = coloured(&text, 0, &mut known);
        assert!(spans.contains(&("\"ä\"".to_owned(), SpanKind::Syntax(SyntaxKind::Property))), "{spans:?}");
        assert_eq!(spans.iter().filter(|(text, _)| text == "1").count(), LINES + 1);
        assert!(
            spans.contains(&("true".to_owned(), SpanKind::Syntax(SyntaxKind::String))),
            "a string over two lines, in the second piece"
        );
        assert_eq!(known.len(), 3);
        assert_eq!(coloured(&text, 30, &mut known), spans, "remembered pieces give the same");
    }

    #[test]
    fn the_code_in_the_window_comes_first_when_time_is_short() {
        let text = format!("```json\n{}```\n```json\n{{\"here\": 1}}\n```\n", "{\"far\": 1}\n".repeat(LINES));
        let near = text.find("here").unwrap();
        let lines = std::cell::Cell::new(0);
        let go_on = || {
            lines.set(lines.get() + 1);
            lines.get() < 10
        };
        let fences = fences(&text, PromptKind::Plain);
        let spans = prompt_spans(&mut Highlighter::new(), &mut HashMap::new(), &text, fences, near, &go_on);
        assert!(spans.iter().any(|span| &text[span.range.clone()] == "\"here\""));
        assert!(!spans.iter().any(|span| &text[span.range.clone()] == "\"far\""));
    }
}
