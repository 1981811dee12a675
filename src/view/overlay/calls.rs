//! The calls behind an answer: what each was for, what was sent, what came back, which exemplars and why, what was read out of
//! it; and how the answer came of them.

use super::pages::PageLine;
use crate::run::CallDone;
use crate::state::{ArmSlot, State};
use crate::strategy::Extraction;
use crate::theme::Role;

/// The page of an arm's calls.
pub(super) fn page(state: &State, slot: ArmSlot) -> Vec<PageLine> {
    let Some(arm) = state.arm(slot) else { return Vec::new() };
    let mut lines = Vec::new();
    if arm.calls.is_empty() {
        let why = if arm.answer.is_empty() {
            "Nothing has been asked yet."
        } else {
            "One call made this answer: F9 shows its messages."
        };
        lines.push((Role::Muted, why.to_owned()));
        lines.extend(arm.read_as().map(|read| (Role::Success, read)));
        lines.extend(arm.notes.iter().map(|note| (Role::Text, note.clone())));
        return lines;
    }
    let noun = if arm.calls.len() == 1 { "call" } else { "calls" };
    lines.push((
        Role::Muted,
        format!("{} {noun} · {}. n N: from call to call. Tab: next arm.", arm.calls.len(), arm.strategy.label()),
    ));
    lines.extend(arm.read_as().map(|read| (Role::Success, read)));
    lines.extend(arm.notes.iter().map(|note| (Role::Text, note.clone())));
    for (index, call) in arm.calls.iter().enumerate() {
        lines.push((Role::Text, String::new()));
        lines.extend(of_call(index + 1, call));
    }
    lines
}

fn of_call(number: usize, done: &CallDone) -> Vec<PageLine> {
    let purpose = if done.call.purpose.is_empty() { "call" } else { done.call.purpose.as_str() };
    let mut facts = vec![done.outcome.clone()];
    facts.extend(done.usage.input.map(|tokens| format!("{tokens} in")));
    facts.extend(done.usage.output.map(|tokens| format!("{tokens} out")));
    // Of an answer that came back in a batch nobody measured it.
    facts.extend((done.total_ms > 0).then(|| format!("{} ms", done.total_ms)));
    facts.extend(done.call.parameters.temperature.map(|temperature| format!("temperature {temperature}")));
    let mut lines = vec![(Role::Title, format!("{number} · {purpose}")), (Role::Muted, facts.join(" · "))];
    if let Some(read) = &done.read {
        lines.push(match read {
            Extraction::Unparsed { why } | Extraction::Invalid { why } => (Role::Warning, format!("no answer: {why}")),
            found => {
                let how = found.in_words().unwrap_or("the whole text");
                (Role::Success, format!("says: {} ({how})", found.text().unwrap_or_default()))
            }
        });
    }
    for used in &done.call.exemplars {
        lines.push((Role::Info, format!("example {} · {}", used.id, used.why)));
    }
    lines.extend(done.call.notes.iter().chain(&done.notes).map(|note| (Role::Muted, note.clone())));
    for message in &done.call.messages {
        lines.push((Role::Accent, format!("{}:", message.role.as_str())));
        lines.extend(message.content.lines().map(|line| (Role::Text, format!("  {line}"))));
    }
    if !done.reasoning.is_empty() {
        lines.push((Role::Accent, "reasoning:".to_owned()));
        lines.extend(done.reasoning.lines().map(|line| (Role::Muted, format!("  {line}"))));
    }
    lines.push((Role::Accent, "came back:".to_owned()));
    lines.extend(done.text.lines().map(|line| (Role::Text, format!("  {line}"))));
    lines
}
