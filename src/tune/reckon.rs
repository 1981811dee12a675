//! What a request would take, before anything is written: for a screen on which choices still change.

use super::error::TuneError;
use super::estimate::{Estimate, estimate};
use super::examples::each_example;
use super::held_out::held_out;
use super::job::{TuneRequest, base_file, known_pace};
use super::place::{TrainingPlace, check_name};
use crate::data::{Cases, Split};
use crate::model::TokenCounter;
use crate::run::Session;

/// Examples whose tokens are counted: the mean of these is as good as that of all.
const COUNTED: usize = 256;
/// Tokens a chat template adds around a message, as a rule.
const TEMPLATE_TOKENS: usize = 5;

/// What a training would take, and remarks about its rows; refuses what could not begin.
pub fn request_estimate(session: &Session, request: &TuneRequest) -> Result<(Estimate, Vec<String>), TuneError> {
    check_name(&request.name)?;
    request.settings.options()?;
    let (_, base_path) = base_file(&session.workbench, &request.base)?;
    let counter = TokenCounter::open(&base_path)?;
    let rows = session.splits.get(Split::Train).map_or(0, Cases::count);
    let held = held_out(rows, request.settings.validation_share, request.settings.seed);
    let arms: Vec<&str> = request.arms.iter().map(String::as_str).collect();
    let every = (rows * arms.len()).div_ceil(COUNTED).max(1);
    let (mut sizes, mut seen, mut counted, mut tokens) = ((0, 0), 0, 0usize, 0usize);
    let (_, without_answer) = each_example(session, &arms, Split::Train, |index, example| {
        if held.get(index).copied().unwrap_or_default() {
            sizes.1 += 1;
        } else {
            sizes.0 += 1;
        }
        if seen % every == 0 {
            let texts =
                example.messages.iter().map(|message| message.content.as_str()).chain([example.answer.as_str()]);
            tokens += texts.map(|text| counter.count(text) + TEMPLATE_TOKENS).sum::<usize>();
            counted += 1;
        }
        seen += 1;
        Ok(())
    })?;
    if sizes.0 == 0 {
        let hint =
            "Name a train file with answers under [data] in fourfold.toml; `fourfold data check` looks it through.";
        return Err(TuneError::asked("there are no train rows with an answer to learn from", hint));
    }
    let mut notes = Vec::new();
    if without_answer > 0 {
        notes.push(format!("{without_answer} train rows have no answer and are left out"));
    }
    if sizes.1 == 0 {
        notes.push("nothing is held out: overfitting cannot be seen".to_owned());
    }
    let mean = tokens as f64 / counted.max(1) as f64;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let place = TrainingPlace::new(&session.workbench.root, &request.name)?;
    let pace = known_pace(&place, &base_path);
    Ok((estimate(sizes, mean, &request.settings, &counter.config().into(), cores, pace), notes))
}
