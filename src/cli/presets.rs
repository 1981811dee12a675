//! `fourfold presets`: sets of arms that belong together, such as a study's; shown, or added to a workbench.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Fault, Output, root_at};
use crate::app;
use crate::config::{ModelSpec, did_you_mean};
use crate::strategy::{PRESETS, preset};

/// Arguments of `fourfold presets`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct PresetsArguments {
    /// Which one; without it, all are listed
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// The model its arms ask, by its id in fourfold.toml
    #[arg(long, value_name = "ID", default_value = "base")]
    pub model: String,
    /// The tuned model, for arms that ask one; unless said, the first that the workbench has tuned from the other. Without
    /// any they are left out, and come when the preset is added again
    #[arg(long, value_name = "ID")]
    pub tuned: Option<String>,
    /// Add the arms to fourfold.toml and write the prompts beside it; a file that is there stays as it is
    #[arg(long)]
    pub write: bool,
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(long, value_name = "FOLDER")]
    pub workbench: Option<PathBuf>,
}

/// Lists the presets, prints one, or adds it.
pub(super) fn presets<W: Write>(
    arguments: &PresetsArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let Some(name) = &arguments.name else {
        for preset in PRESETS {
            out.line(&format!("{:<16} {} ({})", preset.id, preset.summary, preset.source))?;
        }
        return Ok(Exit::Success);
    };
    let preset = preset(name).ok_or_else(|| {
        let known: Vec<&str> = PRESETS.iter().map(|preset| preset.id).collect();
        Fault::Asked { what: format!("there is no preset `{name}`"), hint: did_you_mean(name, &known, "preset") }
    })?;
    let root = root_at(arguments.workbench.as_deref(), current);
    let workbench = root.as_ref().ok().and_then(|root| app::open_workbench(root).ok());
    let tuned_here = workbench.as_ref().and_then(|workbench| {
        let from_it = |model: &&ModelSpec| model.base.as_ref() == Some(&arguments.model);
        workbench.models.iter().find(from_it).map(|model| model.id.clone())
    });
    let tuned = arguments.tuned.clone().or(tuned_here);
    let arms = preset.arms(&arguments.model, tuned.as_deref());
    if !arguments.write {
        for line in arms.lines() {
            out.line(line)?;
        }
        for (file, text) in preset.prompts {
            out.line("")?;
            out.line(&format!("# {file}"))?;
            for line in text.lines() {
                out.line(&format!("#   {line}"))?;
            }
        }
        return Ok(Exit::Success);
    }
    let root = root?;
    match app::add_preset(preset, &arms, &root) {
        Ok(done) => done.iter().try_for_each(|line| out.line(line))?,
        Err(error) if error.usage => return Err(Fault::Asked { what: error.what, hint: error.hint }),
        Err(error) => return Err(Fault::Failed { what: error.what, hint: error.hint }),
    }
    let case = app::open_session(&root).ok().and_then(|session| session.dev()?.case(0).ok());
    if let Some(lacking) = case.and_then(|case| app::lacking(preset, &case)) {
        out.line(&lacking)?;
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::{MANIFEST, SAMPLES, copy_sample};

    fn arguments(name: &str, write: bool) -> PresetsArguments {
        PresetsArguments {
            name: Some(name.to_owned()),
            model: "base".to_owned(),
            tuned: Some("tuned".to_owned()),
            write,
            workbench: None,
        }
    }

    #[test]
    fn every_preset_opens_in_a_workbench_that_has_its_models() {
        for preset in PRESETS {
            let home = tempfile::tempdir().unwrap();
            copy_sample(&SAMPLES[0], home.path()).unwrap();
            let mut bytes = Vec::new();
            let arguments = arguments(preset.id, true);
            presets(&arguments, home.path(), &mut Output::new(&mut bytes)).unwrap();
            let workbench = app::open_workbench(home.path()).unwrap();
            assert!(workbench.arms.len() > 3 + 4, "{}: {}", preset.id, workbench.arms.len());
            // A second time its arms would stand twice: refused, and the file is as it was.
            let before = fs::read_to_string(home.path().join(MANIFEST)).unwrap();
            assert!(presets(&arguments, home.path(), &mut Output::new(&mut bytes)).is_err());
            assert_eq!(fs::read_to_string(home.path().join(MANIFEST)).unwrap(), before);
        }
    }

    #[test]
    fn arms_that_ask_a_tuned_model_come_once_there_is_one() {
        let home = tempfile::tempdir().unwrap();
        let review = SAMPLES.iter().find(|sample| sample.name == "review").unwrap();
        copy_sample(review, home.path()).unwrap();
        let add = || {
            let mut bytes = Vec::new();
            let arguments = PresetsArguments { tuned: None, ..arguments("code-review", true) };
            let done = presets(&arguments, home.path(), &mut Output::new(&mut bytes));
            done.map(|_| String::from_utf8(bytes).unwrap())
        };
        let arms = || app::open_workbench(home.path()).unwrap().arms.len();
        let before = arms();
        let told = add().unwrap();
        assert!(told.contains("3 arms that ask a tuned model left out"), "{told}");
        assert_eq!(arms(), before + 4);
        assert!(add().unwrap_err().hint().contains("left out"));
        let manifest = home.path().join(MANIFEST);
        let tuned = "\n[[model]]\nid = \"mine\"\nbase = \"base\"\nadapter = \"adapters/mine\"\n";
        fs::write(&manifest, fs::read_to_string(&manifest).unwrap() + tuned).unwrap();
        let told = add().unwrap();
        assert!(told.contains("Added 3 arms of code-review to fourfold.toml, beside the 4 that are there."), "{told}");
        assert_eq!(arms(), before + 7);
        assert!(!told.contains("the cases here do not have"), "{told}");
    }

    #[test]
    fn a_preset_that_no_case_fits_says_what_is_lacking() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let mut bytes = Vec::new();
        presets(&arguments("code-review", true), home.path(), &mut Output::new(&mut bytes)).unwrap();
        let told = String::from_utf8(bytes).unwrap();
        assert!(told.contains("Its prompts name `before`, `comment`, which the cases here do not have"), "{told}");
    }

    #[test]
    fn an_unknown_one_names_what_was_meant() {
        let fault = presets(&arguments("medpromt", false), Path::new("."), &mut Output::new(Vec::new())).unwrap_err();
        assert!(fault.hint().contains("medprompt"), "{}", fault.hint());
    }
}
