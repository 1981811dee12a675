//! `fourfold import` and `fourfold export --format promptfoo`: another tool's configuration becomes a workbench, and back.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::{Exit, Fault, Output};
use crate::config::RUBRIC;
use crate::data::{Cases, Split};
use crate::exchange::{self, ExportArm, ExportJudge};
use crate::model::{KeySource, Parameters};
use crate::prompt::PromptFile;
use crate::run::Session;
use crate::stats::wording::counted;

/// Arguments of `fourfold import`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct ImportArguments {
    /// The configuration: promptfooconfig.yaml, or JSON
    pub config: PathBuf,
    /// The folder to make; it must not be there, or be empty
    pub folder: PathBuf,
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Makes a workbench of a configuration, and lists what was not carried over.
pub(super) fn import<W: Write>(
    arguments: &ImportArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let imported = exchange::import(&current.join(&arguments.config))
        .map_err(|error| Fault::Asked { what: error.what, hint: error.hint })?;
    let folder = current.join(&arguments.folder);
    let is_taken = match std::fs::read_dir(&folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.symlink_metadata().is_ok(),
    };
    if is_taken {
        return Err(Fault::Asked {
            what: format!("{} is there already and not empty", folder.display()),
            hint: "Name a folder that is not there yet.".to_owned(),
        });
    }
    for (name, text) in &imported.files {
        let path = folder.join(name);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.map_err(|error| Fault::Failed {
            what: format!("cannot write {}: {error}", path.display()),
            hint: "Check the folder's permissions.".to_owned(),
        })?;
    }
    if arguments.json {
        let left_out: Vec<Value> = imported
            .left_out
            .iter()
            .map(|left| serde_json::json!({ "file": left.file, "line": left.line, "what": left.what, "why": left.why }))
            .collect();
        out.json(&serde_json::json!({
            "folder": folder.display().to_string(), "prompts": imported.prompts, "models": imported.models,
            "cases": imported.cases, "metrics": imported.metrics, "left_out": left_out, "notes": imported.notes,
        }))?;
        return Ok(Exit::Success);
    }
    let metrics =
        if imported.metrics.is_empty() { "the usual metrics".to_owned() } else { imported.metrics.join(", ") };
    out.line(&format!(
        "Made {} of {}: {}, {}, {}; scored by {metrics}.",
        folder.display(),
        arguments.config.display(),
        counted(imported.prompts as u64, "prompt"),
        counted(imported.models as u64, "model"),
        counted(imported.cases as u64, "case")
    ))?;
    for note in &imported.notes {
        out.line(&format!("  {note}"))?;
    }
    if imported.left_out.is_empty() {
        out.line("Everything was carried over.")?;
    } else {
        out.line("")?;
        out.line("Not carried over:")?;
        for left in &imported.left_out {
            let line = if left.line > 0 { format!(":{}", left.line) } else { String::new() };
            out.line(&format!("  {}{line}: {}: {}", left.file, left.what, left.why))?;
        }
    }
    out.line("")?;
    out.line(&format!("Next: fourfold run --case 1 --workbench {}", arguments.folder.display()))?;
    Ok(Exit::Success)
}

/// Writes the workbench's arms, its dev cases and its metrics.
pub(super) fn export<W: Write>(session: &Session, to: Option<&Path>, out: &mut Output<W>) -> Result<Exit, Fault> {
    let workbench = &session.workbench;
    let failed = |what: String, hint: String| Fault::Failed { what, hint };
    let mut arms = Vec::new();
    for arm in &workbench.arms {
        let file = PromptFile::open(&workbench.root.join(&arm.prompt))
            .map_err(|error| failed(error.to_string(), error.hint()))?;
        let prompt = file.prompt();
        let messages =
            prompt.sections().iter().map(|section| (section.role, prompt.template(section).to_owned())).collect();
        let stem = Path::new(&arm.prompt).file_stem();
        arms.push(ExportArm {
            prompt: stem.map_or_else(|| arm.id.clone(), |stem| stem.to_string_lossy().into_owned()),
            messages,
            strategy: arm.strategy.name.clone(),
            ..model_of(session, &arm.id, &arm.model, &arm.parameters)
        });
    }
    let rows = session.splits.look(Split::Dev).map_err(|error| failed(error.to_string(), error.hint()))?;
    let rows = rows.ok_or_else(|| Fault::Asked {
        what: "the workbench has no dev split".to_owned(),
        hint: "Name its file under [data] in fourfold.toml.".to_owned(),
    })?;
    let cases = (0..rows.count())
        .map(|index| rows.case(index))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| failed(error.to_string(), error.hint()))?;
    let metrics: Vec<(String, serde_json::Map<String, Value>)> =
        workbench.scoring.metrics.iter().map(|metric| (metric.name.clone(), metric.settings.clone())).collect();
    let name = workbench.root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let judge = workbench.judge.as_ref().map(|judge| ExportJudge {
        rubric: (judge.rubric != RUBRIC).then(|| judge.rubric.clone()),
        model: model_of(session, "judge", &judge.model, &Parameters::default()),
    });
    let exported = exchange::export(&name, &arms, (&metrics, judge.as_ref()), &cases);
    match to {
        None => out.document(exported.text.as_bytes())?,
        Some(path) => {
            super::report::to_file(path, |file| Ok(file.write_all(exported.text.as_bytes())?))?;
            out.line(&format!(
                "Written to {}: {}, {}.",
                path.display(),
                counted(arms.len() as u64, "arm"),
                counted(cases.len() as u64, "case")
            ))?;
            for line in &exported.left_out {
                out.line(&format!("  not carried over: {line}"))?;
            }
        }
    }
    Ok(Exit::Success)
}

/// The model with this id, sampled with `own` over its settings, under a name of an arm that asks it nothing yet.
fn model_of(session: &Session, name: &str, id: &str, own: &Parameters) -> ExportArm {
    let spec = session.spec(id);
    let spec = spec.as_ref();
    let parameters = spec.and_then(|spec| serde_json::to_value(own.over(Some(&spec.parameters))).ok());
    ExportArm {
        name: name.to_owned(),
        prompt: String::new(),
        messages: Vec::new(),
        strategy: String::new(),
        label: id.to_owned(),
        provider: spec.map_or("?", |spec| spec.provider.as_str()).to_owned(),
        model: spec.map_or_else(|| id.to_owned(), |spec| spec.model.clone()),
        base_url: spec.and_then(|spec| spec.base_url.clone()),
        key: spec.and_then(|spec| match &spec.api_key {
            Some(KeySource::Env(name)) => Some(name.clone()),
            _ => None,
        }),
        parameters: match parameters {
            Some(Value::Object(map)) => map,
            _ => serde_json::Map::new(),
        },
    }
}
