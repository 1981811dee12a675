//! Adding to a `fourfold.toml` by its text: what a person wrote there, comments included, stays as it is.

use std::fmt::Write;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::problem::ConfigError;
use super::workbench::{Arm, Known, ModelSpec, Workbench};
use crate::model::KeySource;

/// A model as a block of the file. A tuned one names its base and its adapter, and takes everything else from the base.
pub fn model_block(spec: &ModelSpec) -> String {
    let mut block = format!("[[model]]\nid = {}\n", quoted(&spec.id));
    // Writing to a text cannot fail.
    if let Some(base) = &spec.base {
        let _ = writeln!(block, "base = {}", quoted(base));
    }
    let folder = spec.adapter.as_ref().map(|adapter| quoted(&portable(&adapter.folder)));
    if let Some(folder) = folder {
        let _ = writeln!(block, "adapter = {folder}");
    }
    if let Some(lora) = &spec.lora {
        let _ = writeln!(block, "lora = {}", lora.id);
    }
    if let Some(scale) = spec.strength().filter(|scale| (scale - 1.0).abs() > f64::EPSILON) {
        let _ = writeln!(block, "adapter_scale = {scale:?}");
    }
    // All else such a model has from its base.
    if spec.base.is_some() && spec.strength().is_some() {
        return block;
    }
    let _ = writeln!(block, "provider = \"{}\"\nmodel = {}", spec.provider.as_str(), quoted(&spec.model));
    if let Some(url) = &spec.base_url {
        let _ = writeln!(block, "base_url = {}", quoted(url));
    }
    if let Some(source) = &spec.api_key {
        let (form, value) = match source {
            KeySource::Env(name) => ("env", name.clone()),
            KeySource::Command(line) => ("command", line.clone()),
            KeySource::Keyring(name) => ("keyring", name.clone()),
            KeySource::File(path) => ("file", path.display().to_string()),
        };
        let _ = writeln!(block, "api_key = {{ {form} = {} }}", quoted(&value));
    }
    block
}

/// An arm as a block of the file.
pub fn arm_block(arm: &Arm) -> String {
    let mut block = format!("[[arm]]\nid = {}\nprompt = {}\n", quoted(&arm.id), quoted(&arm.prompt));
    // Writing to a text cannot fail.
    let _ = writeln!(block, "strategy = {}\nmodel = {}", arm.strategy.to_value(), quoted(&arm.model));
    // A schema can say `null`, which this format cannot: then the model's own settings stay.
    if let Ok(toml::Value::Table(own)) = toml::Value::try_from(&arm.parameters) {
        for (name, value) in own {
            let _ = writeln!(block, "{name} = {value}");
        }
    }
    block
}

/// `text` with an arm after it, and before that those of its `models` that are not there yet, if the result is a workbench in `root`
/// that holds the arm.
pub fn with_arm(text: &str, root: &Path, arm: &Arm, models: &[ModelSpec]) -> Result<String, ConfigError> {
    let mut longer = if text.trim().is_empty() { "version = 1\n".to_owned() } else { text.to_owned() };
    for spec in models {
        let there = Workbench::parse(&longer, root, Known::default())?;
        if there.model(&spec.id).is_none() {
            longer = with_model(&longer, root, spec)?;
        }
    }
    longer = format!("{}\n\n{}", longer.trim_end(), arm_block(arm));
    Workbench::parse(&longer, root, Known::default()).map(|_| longer)
}

/// A text as TOML quotes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A path as every system reads it, where it is relative.
pub fn portable(path: &Path) -> String {
    if path.is_absolute() {
        return path.display().to_string();
    }
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// `text` with the model after it, if the result is a workbench in `root` that holds the model.
pub fn with_model(text: &str, root: &Path, spec: &ModelSpec) -> Result<String, ConfigError> {
    let mut longer = if text.trim().is_empty() { "version = 1\n".to_owned() } else { text.to_owned() };
    if !longer.ends_with('\n') {
        longer.push('\n');
    }
    longer.push('\n');
    longer.push_str(&model_block(spec));
    Workbench::parse(&longer, root, Known::default()).map(|_| longer)
}

/// The same for a model that was tuned a moment ago: where `[fourfold]` has another one tuned from the same base in its column,
/// this one takes its place, for what was tuned last is what is to be measured. Whether it did.
pub fn with_tuned(text: &str, root: &Path, spec: &ModelSpec) -> Result<(String, bool), ConfigError> {
    let longer = with_model(text, root, spec)?;
    let table = Workbench::parse(&longer, root, Known::default())?.fourfold;
    let other =
        table.filter(|table| !table.unrelated && spec.base.as_ref() == Some(&table.base) && table.tuned != spec.id);
    let changed = other.and_then(|_| {
        let parsed = DeTable::parse(&longer).ok()?;
        let (_, table) = parsed.get_ref().iter().find(|(key, _)| key.get_ref() == "fourfold")?;
        let DeValue::Table(table) = table.get_ref() else { return None };
        let (_, tuned) = table.iter().find(|(key, _)| key.get_ref() == "tuned")?;
        let mut changed = longer.clone();
        changed.replace_range(tuned.span(), &quoted(&spec.id));
        // What comes out is read back before it counts.
        Workbench::parse(&changed, root, Known::default()).ok().map(|_| changed)
    });
    Ok(changed.map_or((longer, false), |changed| (changed, true)))
}

#[cfg(test)]
mod tests {
    use super::super::{Adapter, CallLimits, Provider, SAMPLES, copy_sample};
    use super::*;
    use crate::model::{Dialect, Parameters};

    fn spec(id: &str) -> ModelSpec {
        ModelSpec {
            id: id.to_owned(),
            provider: Provider::Server(Dialect::ChatCompletions),
            model: "a \"quoted\" name".to_owned(),
            base_url: Some("http://127.0.0.1:8080/v1".to_owned()),
            api_key: Some(KeySource::Env("MY_KEY".to_owned())),
            price: None,
            base: None,
            adapter: None,
            limits: CallLimits::default(),
            lora: None,
            parameters: Parameters::default(),
        }
    }

    #[test]
    fn what_is_appended_reads_back_and_the_rest_stays() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let text = std::fs::read_to_string(home.path().join("fourfold.toml")).unwrap();
        for before in [text.as_str(), text.trim_end(), ""] {
            let longer = with_model(before, home.path(), &spec("mine")).unwrap();
            assert!(longer.starts_with(before));
            let workbench = Workbench::parse(&longer, home.path(), Known::default()).unwrap();
            assert_eq!(workbench.model("mine"), Some(&spec("mine")));
        }
    }

    #[test]
    fn a_tuned_model_is_its_base_with_an_adapter() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let text = std::fs::read_to_string(home.path().join("fourfold.toml")).unwrap();
        let workbench = Workbench::parse(&text, home.path(), Known::default()).unwrap();
        let base = workbench.model("base").unwrap();
        for scale in [1.0, 0.25, -2.0] {
            let adapter = Some(Adapter { folder: Path::new("adapters").join("mine"), scale });
            let tuned = ModelSpec { id: "mine".to_owned(), base: Some("base".to_owned()), adapter, ..base.clone() };
            let longer = with_model(&text, home.path(), &tuned).unwrap();
            let workbench = Workbench::parse(&longer, home.path(), Known::default()).unwrap();
            assert_eq!(workbench.model("mine"), Some(&tuned));

            // The sample's table has its own adapter in the tuned column.
            let (changed, is_named) = with_tuned(&text, home.path(), &tuned).unwrap();
            let table = Workbench::parse(&changed, home.path(), Known::default()).unwrap().fourfold.unwrap();
            assert_eq!((is_named, table.base.as_str(), table.tuned.as_str()), (true, "base", "mine"));
            assert_eq!(changed, longer.replace("tuned = \"tuned\"\nplain", "tuned = \"mine\"\nplain"));
            let without = text.split("[fourfold]").next().unwrap();
            assert!(!with_tuned(without, home.path(), &tuned).unwrap().1);
        }
    }

    #[test]
    fn a_file_it_does_not_fit_into_is_refused() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let text = std::fs::read_to_string(home.path().join("fourfold.toml")).unwrap();
        for (before, id) in [(text.as_str(), "base"), ("model = []\n", "mine"), ("version = \n", "mine")] {
            assert!(with_model(before, home.path(), &spec(id)).is_err(), "{before}");
        }
    }
}
