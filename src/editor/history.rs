//! Undo and redo as inverse edits in steps. A run of typing is one step; a pause, a caret move, a line end or another kind of
//! edit starts the next.

use super::selection::Selection;

/// A pause of this many milliseconds ends a run of typing.
const PAUSE_MS: u64 = 1000;
/// Text kept for undoing; the oldest steps go first.
const HISTORY_BYTES: usize = 64 * 1024 * 1024;

/// A replacement and what it replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) start: usize,
    pub(super) removed: String,
    pub(super) inserted: String,
}

impl Edit {
    pub(super) fn inverse(&self) -> Self {
        Self { start: self.start, removed: self.inserted.clone(), inserted: self.removed.clone() }
    }

    fn bytes(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }
}

/// What may join into one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    /// Typed characters.
    Typing,
    /// Characters deleted one after the other towards the start.
    DeletingBack,
    /// Characters deleted one after the other towards the end.
    DeletingForward,
    /// Joins with nothing.
    Whole,
}

/// Edits undone together, with the selection on either side.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) edits: Vec<Edit>,
    pub(super) before: Selection,
    pub(super) after: Selection,
    kind: StepKind,
    at_ms: u64,
    /// Names the text after this step; a text reached again by undo has its old name.
    state: u64,
}

impl Step {
    fn bytes(&self) -> usize {
        self.edits.iter().map(Edit::bytes).sum()
    }

    /// Whether one more edit of `kind` belongs to this step.
    fn takes(&self, edit: &Edit, kind: StepKind, before: Selection, at_ms: u64) -> bool {
        let Some(last) = self.edits.last() else { return false };
        if kind != self.kind || before != self.after || at_ms.saturating_sub(self.at_ms) >= PAUSE_MS {
            return false;
        }
        match kind {
            StepKind::Whole => false,
            StepKind::Typing => edit.removed.is_empty() && edit.start == last.start + last.inserted.len(),
            StepKind::DeletingBack => edit.inserted.is_empty() && edit.start + edit.removed.len() == last.start,
            StepKind::DeletingForward => edit.inserted.is_empty() && edit.start == last.start,
        }
    }

    fn join(&mut self, edit: Edit) {
        let Some(last) = self.edits.last_mut() else { return };
        match self.kind {
            StepKind::Typing => last.inserted.push_str(&edit.inserted),
            StepKind::DeletingBack => {
                last.removed.insert_str(0, &edit.removed);
                last.start = edit.start;
            }
            StepKind::DeletingForward => last.removed.push_str(&edit.removed),
            StepKind::Whole => self.edits.push(edit),
        }
    }
}

/// The steps done and undone.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
    bytes: usize,
    last_state: u64,
    /// The state below the oldest step kept.
    bottom_state: u64,
    sealed: bool,
}

impl History {
    /// Ends the current run; the next edit starts a step.
    pub(super) fn seal(&mut self) {
        self.sealed = true;
    }

    /// The name of the present text.
    pub(super) fn state(&self) -> u64 {
        self.done.last().map_or(self.bottom_state, |step| step.state)
    }

    /// When the step was done that would be undone next.
    pub(super) fn newest_ms(&self) -> Option<u64> {
        self.done.last().map(|step| step.at_ms)
    }

    /// Whether there is a step to do again.
    pub(super) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Records what has just been done. What was undone before is gone.
    pub(super) fn record(
        &mut self,
        mut edits: Vec<Edit>,
        kind: StepKind,
        before: Selection,
        after: Selection,
        at_ms: u64,
    ) {
        if edits.is_empty() {
            return;
        }
        self.undone.clear();
        self.last_state += 1;
        let sealed = std::mem::take(&mut self.sealed);
        self.bytes += edits.iter().map(Edit::bytes).sum::<usize>();
        if let ([edit], Some(step), false) = (edits.as_slice(), self.done.last_mut(), sealed)
            && step.takes(edit, kind, before, at_ms)
            && let Some(edit) = edits.pop()
        {
            step.join(edit);
            step.after = after;
            step.at_ms = at_ms;
            step.state = self.last_state;
            return;
        }
        self.done.push(Step { edits, before, after, kind, at_ms, state: self.last_state });
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        let mut excess = 0;
        while self.bytes > HISTORY_BYTES && excess + 1 < self.done.len() {
            if let Some(step) = self.done.get(excess) {
                self.bytes -= step.bytes();
                self.bottom_state = step.state;
            }
            excess += 1;
        }
        self.done.drain(..excess);
    }

    /// The step to undo; the caller applies its inverse edits from last to first.
    pub(super) fn undo(&mut self) -> Option<&Step> {
        self.sealed = true;
        let step = self.done.pop()?;
        self.undone.push(step);
        self.undone.last()
    }

    /// The step to do again.
    pub(super) fn redo(&mut self) -> Option<&Step> {
        self.sealed = true;
        let step = self.undone.pop()?;
        self.done.push(step);
        self.done.last()
    }
}
