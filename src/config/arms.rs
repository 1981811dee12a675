//! Changing arms by the text of a `fourfold.toml`, and adding arms to it: the values that change are put in their places, all
//! else, comments included, stays as a person wrote it. What comes out is read back before it counts.

use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::append::{model_block, quoted};
use super::problem::{ConfigError, Problems};
use super::workbench::{Arm, Known, ModelSpec, Workbench};
use super::{MANIFEST, StrategySpec};
use crate::model::Parameters;

/// What an arm is to be; what is `None` stays as the file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmChange {
    /// Its name. An arm that the file does not have is added, and has to say its prompt, strategy and model.
    pub id: String,
    /// The prompt's file, from the workbench folder.
    pub prompt: Option<String>,
    /// How the prompt becomes calls. One of the file's own is named by its id alone.
    pub strategy: Option<StrategySpec>,
    /// The `id` of a model.
    pub model: Option<String>,
    /// How to sample, over the model's own settings.
    pub parameters: Option<Parameters>,
}

/// `text` with the arms as wanted, and with those `models` that they ask and the file does not have, if the result is a workbench
/// in `root` that says nothing else otherwise than before. What is written in a way that cannot be changed in its place is an
/// error with its line.
pub fn with_arms(text: &str, root: &Path, arms: &[ArmChange], models: &[ModelSpec]) -> Result<String, ConfigError> {
    let before = Workbench::parse(text, root, Known::default())?;
    let mut changed = edited(text, &before, arms).map_err(|(span, what)| {
        let mut problems = Problems::new(text);
        problems.add(span, what, "Change this arm by hand.");
        ConfigError::Wrong { path: root.join(MANIFEST), problems: problems.into_sorted() }
    })?;
    let asked = |spec: &&ModelSpec| arms.iter().any(|arm| arm.model.as_ref() == Some(&spec.id));
    let lacking = models.iter().filter(asked).filter(|spec| before.model(&spec.id).is_none());
    let new = arms.iter().filter(|arm| before.arms.iter().all(|there| there.id != arm.id));
    for block in lacking.map(model_block).chain(new.map(arm_block)) {
        if changed.trim().is_empty() {
            "version = 1\n".clone_into(&mut changed);
        }
        if !changed.ends_with('\n') {
            changed.push('\n');
        }
        changed.push('\n');
        changed.push_str(&block);
    }
    let after = Workbench::parse(&changed, root, Known::default())?;
    let right = arms.iter().all(|wanted| after.arms.iter().any(|arm| says(&after, arm, wanted)));
    let kept = before.arms.iter().all(|arm| {
        let is_wanted = arms.iter().any(|wanted| wanted.id == arm.id);
        after.arms.iter().any(|now| now == arm || is_wanted && now.id == arm.id)
    });
    let rest = Workbench { arms: after.arms.clone(), models: after.models.clone(), ..before };
    if right && kept && rest == after {
        return Ok(changed);
    }
    let mut problems = Problems::new(text);
    problems.add(0..0, "the arms could not be changed in their places", "Change them by hand.");
    Err(ConfigError::Wrong { path: root.join(MANIFEST), problems: problems.into_sorted() })
}

/// Whether an arm is what was wanted.
fn says(workbench: &Workbench, arm: &Arm, wanted: &ArmChange) -> bool {
    let is_strategy = |spec: &StrategySpec| {
        let own = workbench.strategies.iter().find(|own| own.id == spec.name && spec.settings.is_empty());
        arm.strategy == *spec || own.is_some_and(|own| own.spec() == arm.strategy)
    };
    arm.id == wanted.id
        && wanted.prompt.as_ref().is_none_or(|prompt| *prompt == arm.prompt)
        && wanted.strategy.as_ref().is_none_or(is_strategy)
        && wanted.model.as_ref().is_none_or(|model| *model == arm.model)
        && wanted.parameters.as_ref().is_none_or(|parameters| *parameters == arm.parameters)
}

/// The text with the values of arms that are there already put in their places.
fn edited(text: &str, before: &Workbench, arms: &[ArmChange]) -> Result<String, (Range<usize>, &'static str)> {
    let parsed = DeTable::parse(text).ok();
    let tables = parsed.as_ref().and_then(|root| {
        let (_, arms) = root.get_ref().iter().find(|(key, _)| key.get_ref() == "arm")?;
        if let DeValue::Array(tables) = arms.get_ref() { Some(tables) } else { None }
    });
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for wanted in arms {
        let Some(there) = before.arms.iter().find(|arm| arm.id == wanted.id) else { continue };
        let mut found = tables.into_iter().flat_map(|tables| tables.iter()).filter_map(|table| match table.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        });
        let named = found.find(|table| value_of(table, "id").and_then(|id| id.get_ref().as_str()) == Some(&wanted.id));
        let Some(table) = named else { return Err((0..0, "this arm's table was not found")) };
        let mut new = String::new();
        for (key, value) in values(there, wanted) {
            put(text, table, &key, value, &mut edits, &mut new)?;
        }
        if !new.is_empty() {
            // Every arm has its id; what it lacks stands below the line of that.
            let end = value_of(table, "id").map_or(0, |id| id.span().end);
            let rest = text.get(end..).unwrap_or_default();
            match rest.find('\n') {
                Some(at) => edits.push((end + at + 1..end + at + 1, new)),
                None => edits.push((text.len()..text.len(), format!("\n{new}"))),
            }
        }
    }
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut changed = text.to_owned();
    for (span, value) in edits {
        changed.replace_range(span, &value);
    }
    Ok(changed)
}

/// One value: in its place, on a line of its own, or taken out with its line.
fn put(
    text: &str,
    table: &DeTable<'_>,
    key: &str,
    value: Option<String>,
    edits: &mut Vec<(Range<usize>, String)>,
    new: &mut String,
) -> Result<(), (Range<usize>, &'static str)> {
    let there = table.iter().find(|(name, _)| name.get_ref() == key);
    match (there, value) {
        (None, None) => {}
        // Writing to a text cannot fail.
        (None, Some(value)) => drop(writeln!(new, "{key} = {value}")),
        (Some((name, old)), value) => {
            let span = old.span();
            let line_start = text.get(..name.span().start).and_then(|it| it.rfind('\n')).map_or(0, |at| at + 1);
            let is_section = text.get(line_start..name.span().start).is_some_and(|it| it.contains('['));
            if is_section || span.start < name.span().start {
                return Err((name.span(), "this has a section of its own and cannot be changed in its place"));
            }
            match value {
                Some(value) => edits.push((span, value)),
                None if text.get(line_start..name.span().start).is_some_and(|it| it.trim().is_empty()) => {
                    let rest = text.get(span.end..).unwrap_or_default();
                    edits.push((line_start..span.end + rest.find('\n').map_or(rest.len(), |at| at + 1), String::new()));
                }
                None => return Err((name.span(), "this cannot be taken out of its line")),
            }
        }
    }
    Ok(())
}

fn value_of<'a, 'b>(table: &'a DeTable<'b>, key: &str) -> Option<&'a Spanned<DeValue<'b>>> {
    table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
}

/// The keys that change, with their new values; `None` takes a key out.
fn values(there: &Arm, wanted: &ArmChange) -> Vec<(String, Option<String>)> {
    let text = |key: &str, now: &str, then: &Option<String>| {
        then.as_ref().filter(|then| *then != now).map(|then| (key.to_owned(), Some(quoted(then))))
    };
    let mut values = Vec::new();
    values.extend(text("prompt", &there.prompt, &wanted.prompt));
    if let Some(strategy) = wanted.strategy.as_ref().filter(|strategy| **strategy != there.strategy) {
        values.push(("strategy".to_owned(), Some(strategy_value(strategy))));
    }
    values.extend(text("model", &there.model, &wanted.model));
    if let Some(parameters) = &wanted.parameters {
        let (now, then) = (sampling(&there.parameters), sampling(parameters));
        let gone = now.keys().filter(|key| !then.contains_key(*key)).map(|key| (key.clone(), None));
        let other = then.iter().filter(|(key, value)| now.get(*key) != Some(value));
        values.extend(gone.chain(other.map(|(key, value)| (key.clone(), Some(value.to_string())))));
    }
    values
}

/// What is set of how to sample, by its key in the file.
fn sampling(parameters: &Parameters) -> toml::Table {
    match toml::Value::try_from(parameters) {
        Ok(toml::Value::Table(table)) => table,
        // Numbers and texts always have a form in the file.
        _ => toml::Table::new(),
    }
}

/// A strategy as people write it: its name first.
fn strategy_value(strategy: &StrategySpec) -> String {
    let name = quoted(&strategy.name);
    if strategy.settings.is_empty() {
        return name;
    }
    let settings = strategy.settings.iter().map(|(key, value)| format!(", {key} = {value}"));
    format!("{{ name = {name}{} }}", settings.collect::<String>())
}

/// An arm as a block of the file.
fn arm_block(arm: &ArmChange) -> String {
    let mut block = format!("[[arm]]\nid = {}\n", quoted(&arm.id));
    let told = [
        ("prompt", arm.prompt.as_deref().map(quoted)),
        ("strategy", arm.strategy.as_ref().map(strategy_value)),
        ("model", arm.model.as_deref().map(quoted)),
    ];
    // Writing to a text cannot fail.
    for (key, value) in told.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        let _ = writeln!(block, "{key} = {value}");
    }
    for (key, value) in sampling(&arm.parameters.clone().unwrap_or_default()) {
        let _ = writeln!(block, "{key} = {value}");
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "version = 1
[[model]]
id = \"base\"
provider = \"embedded\"
model = \"smollm2-135m-instruct\"

[[arm]] # the short one
id = \"plain\"
prompt = \"plain.prompty\" # one sentence
strategy = \"zero-shot\"
model = \"base\"
temperature = 0.0

[[arm]]
id = \"few\"
prompt = \"plain.prompty\"
strategy = { name = \"few-shot\", k = 3 }
model = \"base\"

[[strategy]]
id = \"careful\"
[[strategy.stage]]
use = \"persona\"
text = \"You are careful.\"
";

    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for file in ["plain.prompty", "detailed.prompty"] {
            std::fs::write(home.path().join(file), "user:\n{{ text }}\n").unwrap();
        }
        home
    }

    fn spec(name: &str, settings: &str) -> StrategySpec {
        StrategySpec { name: name.to_owned(), settings: toml::from_str(settings).unwrap() }
    }

    #[test]
    fn what_differs_changes_in_its_place_and_all_else_stays() {
        let home = home();
        let changes = [
            ArmChange {
                id: "plain".to_owned(),
                prompt: Some("detailed.prompty".to_owned()),
                strategy: Some(spec("self-consistency", "samples = 7")),
                parameters: Some(Parameters { max_tokens: Some(500), ..Parameters::default() }),
                ..ArmChange::default()
            },
            ArmChange { id: "few".to_owned(), strategy: Some(spec("careful", "")), ..ArmChange::default() },
        ];
        let changed = with_arms(TEXT, home.path(), &changes, &[]).unwrap();
        let expected = TEXT
            .replace("\"plain.prompty\" # one", "\"detailed.prompty\" # one")
            .replace("strategy = \"zero-shot\"", "strategy = { name = \"self-consistency\", samples = 7 }")
            .replace("temperature = 0.0\n", "")
            .replace("id = \"plain\"\n", "id = \"plain\"\nmax_tokens = 500\n")
            .replace("{ name = \"few-shot\", k = 3 }", "\"careful\"");
        assert_eq!(changed, expected);
        // What is so already changes nothing.
        assert_eq!(with_arms(&changed, home.path(), &changes, &[]).unwrap(), changed);
    }

    #[test]
    fn an_arm_that_is_not_there_is_added_with_the_model_it_asks() {
        let home = home();
        let added = ArmChange {
            id: "plain-3".to_owned(),
            prompt: Some("plain.prompty".to_owned()),
            strategy: Some(spec("few-shot", "k = 2\nselect = \"bm25\"")),
            model: Some("served".to_owned()),
            parameters: Some(Parameters { temperature: Some(0.5), ..Parameters::default() }),
        };
        let before = Workbench::parse(TEXT, home.path(), Known::default()).unwrap();
        let base = before.model("base").unwrap();
        let served = ModelSpec { id: "served".to_owned(), ..base.clone() };
        let unasked = ModelSpec { id: "unasked".to_owned(), ..base.clone() };
        let changed = with_arms(TEXT, home.path(), std::slice::from_ref(&added), &[served, unasked]).unwrap();
        assert!(changed.starts_with(TEXT), "{changed}");
        let after = Workbench::parse(&changed, home.path(), Known::default()).unwrap();
        assert_eq!((after.models.len(), after.arms.len()), (2, 3));
        assert!(says(&after, &after.arms[2], &added), "{changed}");
        assert!(changed.contains("strategy = { name = \"few-shot\", k = 2, select = \"bm25\" }\n"), "{changed}");
    }

    #[test]
    fn a_section_of_its_own_and_what_does_not_fit_are_refused() {
        let home = home();
        let text = TEXT.replace(
            "strategy = \"zero-shot\"\nmodel = \"base\"\ntemperature = 0.0\n",
            "model = \"base\"\n[arm.strategy]\nname = \"few-shot\"\n",
        );
        let change = ArmChange { id: "plain".to_owned(), strategy: Some(spec("persona", "")), ..ArmChange::default() };
        let error = with_arms(&text, home.path(), std::slice::from_ref(&change), &[]).unwrap_err().to_string();
        assert!(error.contains("section of its own"), "{error}");
        let nowhere = ArmChange { id: "plain".to_owned(), model: Some("nowhere".to_owned()), ..ArmChange::default() };
        assert!(with_arms(TEXT, home.path(), &[nowhere], &[]).is_err());
    }
}
