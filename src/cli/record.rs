//! `fourfold record`: asks every arm the first dev cases and keeps the answers beside the data, for whoever opens the
//! workbench next. Nothing goes into this machine's own history.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;

use clap::Args;

use super::run::{Ended, ask, strategy_of};
use super::{Exit, Fault, Output};
use crate::data::Split;
use crate::model::Parameters;
use crate::run::{Question, RECORDED, Recording, now_milliseconds};

/// Arguments of `fourfold record`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct RecordArguments {
    /// How many dev cases, from the first
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub cases: u32,
    /// Where to look for the workbench; the current folder unless said
    #[arg(long, value_name = "DIR")]
    pub workbench: Option<PathBuf>,
}

/// Writes the file anew when every answer is there: a half of it would take the place of a whole one.
pub(super) fn record<W: Write>(
    arguments: &RecordArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let failed = |what: String, hint: String| Fault::Failed { what, hint };
    let session = super::session_at(arguments.workbench.as_deref(), current)?;
    let root = &session.workbench.root;
    let Some(rows) = session.dev().filter(|rows| rows.count() > 0 && !session.workbench.arms.is_empty()) else {
        let hint = "Name a dev split and an [[arm]] in fourfold.toml.".to_owned();
        return Err(Fault::Asked { what: "the workbench has no dev cases or no arm".to_owned(), hint });
    };
    let count = rows.count().min(arguments.cases as usize);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    let mut lines = String::new();
    for index in 0..count {
        let case = rows.case(index).map_err(|error| failed(error.to_string(), error.hint()))?;
        for arm in &session.workbench.arms {
            let question = Question {
                arm: arm.id.clone(),
                prompt_path: root.join(&arm.prompt),
                prompt_text: None,
                strategy: strategy_of(arm)?,
                model: arm.model.clone(),
                parameters: Parameters::default(),
                case: case.clone(),
                split: Some(Split::Dev),
                sample: 0,
            };
            let prepared = session.prepare(question).map_err(|error| failed(error.what, error.hint))?;
            let (done, ended) = runtime.block_on(ask(prepared.call.clone(), interrupt.as_mut()));
            if ended == Ended::Interrupted {
                return Ok(Exit::Interrupted);
            }
            if let Some(error) = &done.error {
                return Err(failed(format!("{} on {}: {}", arm.id, case.id, error.message), error.hint.clone()));
            }
            let recording = Recording::new(&session, &prepared, &done, now_milliseconds());
            lines.push_str(&serde_json::to_string(&recording).map_err(std::io::Error::from)?);
            lines.push('\n');
        }
        out.line(&format!("{} of {count}: {}", index + 1, case.id))?;
    }
    let path = root.join(RECORDED);
    let part = root.join(format!(".{RECORDED}.part"));
    std::fs::write(&part, lines).and_then(|()| std::fs::rename(&part, &path)).map_err(|error| {
        failed(format!("cannot write {}: {error}", path.display()), "Check the folder's permissions.".to_owned())
    })?;
    out.line(&format!("{} holds the answers of {} arms.", path.display(), session.workbench.arms.len()))?;
    Ok(Exit::Success)
}
