//! `fourfold record`: asks every arm the first dev cases and keeps the answers beside the data, for whoever opens the
//! workbench next. Nothing goes into this machine's own history.

use std::io::Write;
use std::path::Path;
use std::pin::pin;

use clap::Args;

use super::place::Place;
use super::run::{Ended, ask};
use super::{Exit, Fault, Output};
use crate::run::golden::{self, Golden, GoldenStep};

/// Arguments of `fourfold record`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct RecordArguments {
    /// How many dev cases, from the first
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub cases: u32,
    /// Only the arms that ask this model; its answers join those already recorded. Without it the file is written anew
    #[arg(long, value_name = "ID")]
    pub model: Option<String>,
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
}

/// Writes the file anew when every answer is there: a half of it would take the place of a whole one.
pub(super) fn record<W: Write>(
    arguments: &RecordArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let session = super::session_at(arguments.place.named(), current)?;
    if let Some(id) = arguments.model.as_ref().filter(|id| session.spec(id).is_none()) {
        let models = session.models();
        let known: Vec<&str> = models.iter().map(|spec| spec.id.as_str()).collect();
        let hint = crate::config::did_you_mean(id, &known, "model");
        return Err(Fault::Asked { what: format!("no model of the workbench is called `{id}`"), hint });
    }
    let golden = Golden { model: arguments.model.clone(), cases: arguments.cases as usize };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut interrupt = pin!(super::stop::asked());
    let ask_one = |call| match runtime.block_on(ask(call, interrupt.as_mut())) {
        (_, Ended::Interrupted) => None,
        (done, Ended::Alone) => Some(done),
    };
    let mut output = Ok(());
    let tell = |step| {
        match step {
            GoldenStep::FirstUse(told) => super::tell_first_use(Some(&told)),
            GoldenStep::Case { done, total, id } if output.is_ok() => {
                output = out.line(&format!("{done} of {total}: {id}"));
            }
            GoldenStep::Case { .. } => {}
        }
        Ok(())
    };
    let gilded = golden::record(&session, &golden, ask_one, tell).map_err(|error| super::not_asked(&session, error))?;
    output?;
    let Some(gilded) = gilded else { return Ok(Exit::Interrupted) };
    out.line(&format!("{} holds {} answers of {} arms.", gilded.path.display(), gilded.answers, gilded.arms))?;
    super::tell_spent(&session, false, out)?;
    if gilded.stopped { Ok(Exit::Interrupted) } else { Ok(Exit::Success) }
}
