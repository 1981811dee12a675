//! From what is written to what is meant: names that lead nowhere, doubles, ranges, files that are not there.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Component, Path};
use std::time::Duration;

use serde_spanned::Spanned;

use super::file::{ArmTable, FourfoldTable, PairTable, RunTable, StrategyTable, WorkbenchFile};
use super::nearest::did_you_mean;
use super::problem::Problems;
use super::strategy::{OwnStrategy, StrategySpec};
use super::workbench::{Arm, Fourfold, Known, ModelSpec, PromptAndStrategy, Run, Workbench};

/// Resolves every name of `file`, noting those that cannot be. Only without notes is the result what was meant.
pub(super) fn resolve(file: WorkbenchFile, root: &Path, known: Known<'_>, problems: &mut Problems<'_>) -> Workbench {
    let mut check = Check { root, known, own: Vec::new(), problems };
    if let Some(version) = &file.version
        && *version.get_ref() != 1
    {
        let what = format!("version {} of this file is not known here", version.get_ref());
        check.problems.add(version.span(), what, "This program reads version 1; a newer fourfold may read this one.");
    }
    check.doubles("model", file.model.iter().map(|model| &model.id));
    check.doubles("arm", file.arm.iter().map(|arm| &arm.id));
    check.doubles("strategy", file.strategy.iter().map(|strategy| &strategy.id));
    check.own_strategies(file.strategy);
    let models = check.models(&file.model);
    let model_ids: Vec<&str> = file.model.iter().map(|model| model.id.get_ref().as_str()).collect();
    let arms: Vec<Arm> = file.arm.into_iter().map(|arm| check.arm(arm, &model_ids)).collect();
    let arm_ids: Vec<&str> = arms.iter().map(|arm| arm.id.as_str()).collect();
    let run = check.run(file.run, &arm_ids);
    let data = check.data(file.data, &model_ids);
    let scoring = check.scoring(file.score);
    let judge = file.judge.map(|table| check.judge(table, &model_ids));
    let fourfold = file.fourfold.map(|table| check.fourfold(table, &model_ids, &models));
    let strategies = check.own;
    Workbench { root: root.to_owned(), models, strategies, arms, data, scoring, judge, run, fourfold }
}

/// The name that stands for every strategy of a file's own; see [`OwnStrategy::spec`].
const OWN: &str = "own";

/// A value of TOML as JSON; a date is its text.
fn as_json(value: &toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(date) => serde_json::Value::String(date.to_string()),
        other => serde_json::to_value(other).unwrap_or_default(),
    }
}

/// The endings of prompt files.
const PROMPTS: [&str; 4] = ["prompty", "md", "txt", "j2"];
/// More trials at a time, or of one arm on one case, than anybody means.
pub(super) const MOST_AT_A_TIME: u32 = 1_000;

pub(super) struct Check<'a, 'p, 't> {
    pub(super) root: &'a Path,
    pub(super) known: Known<'a>,
    /// The strategies that the file defines.
    own: Vec<OwnStrategy>,
    pub(super) problems: &'p mut Problems<'t>,
}

impl Check<'_, '_, '_> {
    fn doubles<'s>(&mut self, noun: &str, ids: impl Iterator<Item = &'s Spanned<String>>) {
        let mut seen: HashSet<&str> = HashSet::new();
        for id in ids {
            if id.get_ref().trim().is_empty() {
                self.problems.add(id.span(), format!("a {noun}'s `id` is empty"), "Give it a name.");
            } else if !seen.insert(id.get_ref()) {
                let what = format!("a second {noun} is called `{}`", id.get_ref());
                self.problems.add(id.span(), what, "Give one of the two another `id`.");
            }
        }
    }

    pub(super) fn reference(&mut self, name: &Spanned<String>, known: &[&str], noun: &str) {
        if !known.contains(&name.get_ref().as_str()) {
            let what = format!("no {noun} is called `{}`", name.get_ref());
            self.problems.add(name.span(), what, did_you_mean(name.get_ref(), known, noun));
        }
    }

    fn arm(&mut self, table: ArmTable, models: &[&str]) -> Arm {
        self.reference(&table.model, models, "model");
        self.sampling("arm", &table.id, &table.parameters);
        let pair = self.pair(PairTable { prompt: table.prompt, strategy: table.strategy });
        let PromptAndStrategy { prompt, strategy } = pair;
        let (id, model) = (table.id.into_inner(), table.model.into_inner());
        Arm { id, prompt, strategy, model, parameters: table.parameters }
    }

    fn pair(&mut self, table: PairTable) -> PromptAndStrategy {
        self.prompt(&table.prompt);
        let strategy = match table.strategy {
            None => StrategySpec::default(),
            Some(spanned) => {
                let span = spanned.span();
                self.strategy(span, spanned.into_inner())
            }
        };
        PromptAndStrategy { prompt: table.prompt.into_inner(), strategy }
    }

    /// A strategy by its name; one of the file's own becomes what it stands for.
    fn strategy(&mut self, span: Range<usize>, spec: StrategySpec) -> StrategySpec {
        if let Some(own) = self.own.iter().find(|own| own.id == spec.name) {
            let meant = own.spec();
            if !spec.settings.is_empty() {
                let what = format!("the strategy `{}` is of this file, and takes no settings here", spec.name);
                self.problems.add(span, what, "Change its stages, or define another one under [[strategy]].");
            }
            return meant;
        }
        let known = self.known.strategies;
        let names: Vec<&str> = known.iter().copied().chain(self.own.iter().map(|own| own.id.as_str())).collect();
        if !known.is_empty() && !names.contains(&spec.name.as_str()) {
            let what = format!("unknown strategy `{}`", spec.name);
            self.problems.add(span, what, did_you_mean(&spec.name, &names, "strategy"));
        } else if let Some(fault) = self.known.judge.and_then(|judge| judge(&spec)) {
            self.problems.add(span, fault.what, fault.hint);
        }
        spec
    }

    /// The file's own strategies: what is wrong with one is said where it stands, down to the key of a stage.
    fn own_strategies(&mut self, tables: Vec<StrategyTable>) {
        for table in tables {
            let id = table.id.get_ref().clone();
            if self.known.strategies.contains(&id.as_str()) || id == OWN {
                let what = format!("`{id}` is the name of a built-in strategy");
                self.problems.add(table.id.span(), what, "Give yours another `id`.");
                continue;
            }
            let stages = table.stage.iter().map(|stage| {
                let keys = stage.get_ref().iter();
                keys.map(|(key, value)| (key.get_ref().clone(), as_json(value.get_ref()))).collect()
            });
            let own = OwnStrategy { id, stages: stages.collect() };
            if let Some(fault) = self.known.judge.and_then(|judge| judge(&own.spec())) {
                let stage = fault.stage.and_then(|number| table.stage.get(number.checked_sub(1)?));
                let key = stage.zip(fault.key.as_ref());
                let key = key.and_then(|(stage, key)| stage.get_ref().iter().find(|(one, _)| one.get_ref() == key));
                let line =
                    key.zip(fault.line).and_then(|((_, text), line)| self.problems.line_within(text.span(), line));
                let place = line.or_else(|| key.map(|(key, _)| key.span())).or_else(|| stage.map(Spanned::span));
                let what = format!("strategy `{}`: {}", own.id, fault.what);
                self.problems.add(place.unwrap_or_else(|| table.id.span()), what, fault.hint);
            }
            self.own.push(own);
        }
    }

    pub(super) fn name(&mut self, span: Range<usize>, name: &str, known: &[&str], noun: &str) {
        if !known.is_empty() && !known.contains(&name) {
            self.problems.add(span, format!("unknown {noun} `{name}`"), did_you_mean(name, known, noun));
        }
    }

    /// A workbench comes from anywhere, and what a prompt file holds is sent to a model: it stays inside the folder.
    pub(super) fn prompt(&mut self, prompt: &Spanned<String>) {
        let path = Path::new(prompt.get_ref());
        if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            let what = format!("the prompt `{}` is outside the workbench folder", prompt.get_ref());
            self.problems.add(prompt.span(), what, "Move or copy the file into the folder.");
        } else if !self.root.join(path).is_file()
            && !self.known.drafted.is_some_and(|is| is(self.root, prompt.get_ref()))
        {
            let others = self.files_beside(path, &PROMPTS);
            // What describes the folder is no prompt, and the screen does not offer it as one.
            let is_prompt = |name: &&str| !Path::new(name).ends_with("README.md");
            let others: Vec<&str> = others.iter().map(String::as_str).filter(is_prompt).collect();
            let what = format!("there is no prompt `{}` in the workbench folder", prompt.get_ref());
            self.problems.add(prompt.span(), what, did_you_mean(prompt.get_ref(), &others, "prompt file"));
        }
    }

    /// Files with these endings in the folder where `path` would be, written as the file writes them.
    pub(super) fn files_beside(&self, path: &Path, endings: &[&str]) -> Vec<String> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let Ok(entries) = self.root.join(folder).read_dir() else { return Vec::new() };
        let mut names: Vec<String> = entries
            .filter_map(Result::ok)
            .filter(|entry| {
                let extension = entry.path().extension().and_then(|one| one.to_str()).map(str::to_ascii_lowercase);
                extension.is_some_and(|it| endings.contains(&it.as_str()))
            })
            .map(|entry| folder.join(entry.file_name()).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn run(&mut self, table: RunTable, arms: &[&str]) -> Run {
        if let Some(baseline) = &table.baseline {
            self.reference(baseline, arms, "arm");
        }
        for (name, money) in [("budget", &table.budget), ("max_cost", &table.max_cost)] {
            if let Some(money) = money.as_ref().filter(|money| !(0.0..=f64::MAX).contains(money.get_ref())) {
                let what = format!("`{name}` is not an amount of money");
                self.problems.add(money.span(), what, "Write dollars, 0 or more.");
            }
        }
        if let Some(seconds) = table.max_time.as_ref().filter(|seconds| time(seconds).is_none()) {
            self.problems.add(seconds.span(), "`max_time` is no time", "Write seconds, above 0.");
        }
        for (name, count) in [("concurrency", &table.concurrency), ("repeats", &table.repeats)] {
            if let Some(count) = count.as_ref().filter(|count| !(1..=MOST_AT_A_TIME).contains(count.get_ref())) {
                let hint = format!("Make it 1 to {MOST_AT_A_TIME}.");
                self.problems.add(count.span(), format!("`{name}` is out of range"), hint);
            }
        }
        Run {
            baseline: table.baseline.map(Spanned::into_inner),
            budget: table.budget.map(Spanned::into_inner),
            concurrency: table.concurrency.map(|count| count.into_inner() as usize),
            repeats: table.repeats.map(Spanned::into_inner),
            seed: table.seed.map(Spanned::into_inner),
            max_cost: table.max_cost.map(Spanned::into_inner),
            max_calls: table.max_calls.map(Spanned::into_inner),
            max_time: table.max_time.map(Spanned::into_inner),
        }
    }

    fn fourfold(&mut self, table: FourfoldTable, ids: &[&str], models: &[ModelSpec]) -> Fourfold {
        self.reference(&table.base, ids, "model");
        self.reference(&table.tuned, ids, "model");
        let tuned = models.iter().find(|model| model.id == *table.tuned.get_ref());
        if !table.unrelated
            && ids.contains(&table.base.get_ref().as_str())
            && tuned.is_some_and(|model| model.base.as_ref() != Some(table.base.get_ref()))
        {
            let what = format!("`{}` is not tuned from `{}`", table.tuned.get_ref(), table.base.get_ref());
            let hint = format!(
                "The table compares a model with one whose `base = \"{}\"`; `unrelated = true` compares any two.",
                table.base.get_ref()
            );
            self.problems.add(table.tuned.span(), what, hint);
        }
        let plain = self.pair(table.plain);
        let prompted = self.pair(table.prompted);
        let (base, tuned) = (table.base.into_inner(), table.tuned.into_inner());
        Fourfold { base, tuned, unrelated: table.unrelated, plain, prompted }
    }
}

/// Seconds as a time, unless that is none.
pub(super) fn time(seconds: &Spanned<f64>) -> Option<Duration> {
    Duration::try_from_secs_f64(*seconds.get_ref()).ok().filter(|time| !time.is_zero())
}
