//! A model's answers being recorded beside the data: what was asked of the person first, and how far it is.

/// What recording would take, for the person to say yes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordAsk {
    /// The model's id.
    pub model: String,
    /// What would happen, in lines.
    pub lines: Vec<String>,
}

/// A recording under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingState {
    /// The model's id.
    pub model: String,
    /// Cases that are done.
    pub done: usize,
    /// Of how many; 0 before the first is done.
    pub total: usize,
    /// It was told to stop, and writes what it has.
    pub stopping: bool,
}

impl RecordingState {
    /// How far it is, in a few words.
    pub fn in_words(&self) -> String {
        let Self { model, done, total, stopping } = self;
        match (stopping, total) {
            (true, _) => format!("recording {model}: stopping"),
            (false, 0) => format!("recording {model}"),
            (false, _) => format!("recording {model}: {done} of {total}"),
        }
    }
}
