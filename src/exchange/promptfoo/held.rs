//! What the answers are held against: assertions as metrics, as each case's reference, as a judge's rubric.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::assertions::{JUDGE, Meaning};
use super::providers::Model;
use super::tests_of::{Assert, Test};
use super::workbench::unique;
use super::{LeftOut, Reader};

/// Metrics that hold an answer against the case's reference, the strictest first. What says yes or no stands before what says how
/// near: how near a test wants it (its threshold) is not carried over.
const BY_REFERENCE: [&str; 11] = [
    "exact-match",
    "levenshtein",
    "contains-all",
    "starts-with",
    "contains",
    "regex",
    "contains-any",
    "rouge-1",
    "bleu",
    "embedding-similarity",
    JUDGE,
];
/// What an answer that is exactly the reference fulfils as well.
const IMPLIED_BY_EXACT: [&str; 6] =
    ["levenshtein", "starts-with", "contains", "rouge-1", "bleu", "embedding-similarity"];
/// The rubric of a judge whose cases each have a demand of their own.
const DEMAND: &str = "The reference is no answer: it says what is asked of one. The answer does all of it.";

/// A metric for fourfold.toml.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) id: String,
    pub(super) settings: Vec<(&'static str, Value)>,
    /// Assertions that asked for it.
    pub(super) uses: usize,
    /// Cases with a reference to which it does right: they asked for it, or for more.
    pub(super) fair: usize,
    /// Whether it holds an answer against the case's reference.
    pub(super) by_reference: bool,
}

#[derive(Default)]
pub(super) struct Metrics(pub(super) Vec<Metric>);

/// A judge, as the tests ask for one.
pub(super) struct Judging {
    /// What a good answer is; that it says what the reference says, unless said.
    pub(super) rubric: Option<String>,
    /// Who judges, where the tests say so.
    pub(super) model: Option<Model>,
}

/// What the answers are held against.
pub(super) struct Held {
    pub(super) metrics: Metrics,
    /// Of each case.
    pub(super) references: Vec<Option<String>>,
    pub(super) judging: Option<Judging>,
}

impl Metrics {
    /// What the workbench is measured by: of what holds an answer against the case's own reference, what does right to most cases, the
    /// strictest of these; where there is none, what most tests asked for.
    pub(super) fn primary(&self) -> Option<&Metric> {
        let strictness =
            |one: &Metric| BY_REFERENCE.iter().rev().position(|name| *name == one.name).unwrap_or_default();
        let merit = |one: &Metric| {
            let strict = if one.by_reference { strictness(one) } else { 0 };
            (one.by_reference, one.fair, if one.by_reference { 0 } else { one.uses }, strict)
        };
        let most = self.0.iter().map(merit).max()?;
        self.0.iter().find(|one| merit(one) == most)
    }

    fn add(&mut self, name: &'static str, label: &str, by_reference: bool, settings: Vec<(&'static str, Value)>) {
        if let Some(known) = self.0.iter_mut().find(|known| known.name == name && known.settings == settings) {
            known.uses += 1;
            return;
        }
        let taken: BTreeSet<String> = self.0.iter().map(|known| known.id.clone()).collect();
        let id = unique(label, &taken);
        self.0.push(Metric { name, id, settings, uses: 1, fair: 0, by_reference });
    }
}

fn fixed(metric: &'static str, ignore_case: bool, value: &str) -> Option<(&'static str, Vec<(&'static str, Value)>)> {
    let text = match metric {
        "contains" | "not-contains" | "starts-with" => "text",
        "contains-all" | "contains-any" => "texts",
        "regex" => "pattern",
        _ => return None,
    };
    let value = if text == "texts" { json!(value.lines().collect::<Vec<_>>()) } else { json!(value) };
    let mut settings = vec![(text, value)];
    if ignore_case {
        settings.push(("ignore_case", json!(true)));
    }
    Some((metric, settings))
}

fn left(reader: &mut Reader, assert: &Assert, why: &str) {
    reader.left_out.push(LeftOut {
        file: assert.file.clone(),
        line: assert.line,
        what: format!("the assertion `{}`", assert.kind),
        why: why.to_owned(),
    });
}

/// Texts by metric and case with the number of tests that hold an answer against them.
type InTests = BTreeMap<(String, bool, String), usize>;

fn in_tests(tests: &[Test]) -> InTests {
    let mut in_tests = InTests::new();
    for test in tests {
        let keys: BTreeSet<(&str, bool, &str)> = test.asserts.iter().filter_map(text_of).collect();
        for (metric, ignore_case, value) in keys {
            *in_tests.entry((metric.to_owned(), ignore_case, value.to_owned())).or_default() += 1;
        }
    }
    in_tests
}

/// Whether every one of several tests has it.
fn is_everywhere((metric, ignore_case, value): (&str, bool, &str), counts: &InTests, tests: usize) -> bool {
    tests > 1 && counts.get(&(metric.to_owned(), ignore_case, value.to_owned())) == Some(&tests)
}

/// Several `contains` of one test are one `contains-all`: a test holds only where all of its assertions do.
fn join(reader: &mut Reader, tests: &mut [Test]) {
    let (counts, all) = (in_tests(tests), tests.len());
    for test in tests {
        let own = |assert: &Assert| match text_of(assert) {
            Some(key @ ("contains", ignore_case, value))
                if !is_everywhere(key, &counts, all) && !value.contains('\n') =>
            {
                Some((ignore_case, value.to_owned()))
            }
            _ => None,
        };
        let texts: Vec<(bool, String)> = test.asserts.iter().filter_map(own).collect();
        let mut values: Vec<String> = texts.iter().map(|(_, value)| value.clone()).collect();
        values.dedup();
        let Some((ignore_case, _)) = texts.first().filter(|_| values.len() > 1) else { continue };
        if texts.iter().any(|(other, _)| other != ignore_case) {
            continue;
        }
        let Some(place) = test.asserts.iter().position(|assert| own(assert).is_some()) else { continue };
        let mut number = 0;
        test.asserts.retain(|assert| {
            number += 1;
            number - 1 == place || own(assert).is_none()
        });
        if let Some(assert) = test.asserts.get_mut(place) {
            assert.meaning =
                Meaning::Text { metric: "contains-all", ignore_case: *ignore_case, value: values.join("\n") };
            "contains-all".clone_into(&mut assert.kind);
        }
        reader.notes.insert("Several `contains` of one test are one `contains-all`.".to_owned());
    }
}

/// The judge that the tests ask for. Where each of several cases has a demand of its own and none has a reference, the demands
/// become the references.
fn judging(reader: &mut Reader, tests: &[Test], references: &mut [Option<String>]) -> Option<Judging> {
    let rubrics = || {
        tests.iter().enumerate().flat_map(|(place, test)| {
            test.asserts.iter().filter_map(move |assert| match &assert.meaning {
                Meaning::Rubric(rubric) => Some((place, assert, rubric.as_str())),
                _ => None,
            })
        })
    };
    let holds_facts = |assert: &&Assert| text_of(assert).is_some_and(|(metric, ..)| metric == JUDGE);
    let facts = tests.iter().flat_map(|test| &test.asserts).find(holds_facts);
    let model = rubrics().map(|(_, assert, _)| assert).chain(facts).find_map(|assert| assert.judge.clone());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    rubrics().for_each(|(_, _, rubric)| *counts.entry(rubric).or_default() += 1);
    let most = counts.iter().max_by_key(|(_, count)| **count).map(|(rubric, _)| *rubric);
    let Some(most) = most else { return facts.map(|_| Judging { rubric: None, model }) };
    let one_each = tests.iter().enumerate().all(|(place, _)| rubrics().filter(|(own, ..)| *own == place).count() <= 1);
    if counts.len() > 1 && one_each && facts.is_none() && references.iter().all(Option::is_none) {
        for (place, _, rubric) in rubrics() {
            if let Some(reference) = references.get_mut(place) {
                *reference = Some(rubric.to_owned());
            }
        }
        reader.notes.insert(
            "Each case's rubric stands as its reference, which the judge is told to take as a demand.".to_owned(),
        );
        return Some(Judging { rubric: Some(DEMAND.to_owned()), model });
    }
    for (_, assert, rubric) in rubrics().filter(|(.., rubric)| *rubric != most) {
        let short: String = rubric.chars().take(40).collect();
        left(
            reader,
            assert,
            &format!("a judge has one rubric for all cases here, and another one was asked for more often (`{short}`)"),
        );
    }
    if counts.get(most).is_some_and(|count| *count < tests.len()) {
        reader.notes.insert("The judge's rubric is asked of every case, whichever test asked for it.".to_owned());
    }
    if let Some(assert) = facts {
        left(reader, assert, "a judge has one rubric for all cases here, and `llm-rubric` gave it");
    }
    Some(Judging { rubric: Some(most.to_owned()), model })
}

/// The metrics of the workbench, each case's reference, and the judge.
pub(super) fn held_against(reader: &mut Reader, tests: &mut [Test], files: &mut Vec<(String, String)>) -> Held {
    join(reader, tests);
    let tests = &*tests;
    let counts = in_tests(tests);
    let everywhere = |key: &(&str, bool, &str)| is_everywhere(*key, &counts, tests.len());
    let mut metrics = Metrics::default();
    let mut schema: Option<&Value> = None;
    let mut references = Vec::new();
    let mut asked: Vec<Vec<&Assert>> = Vec::new();
    for test in tests {
        for assert in &test.asserts {
            match &assert.meaning {
                Meaning::Left(why) => left(reader, assert, why),
                Meaning::Rubric(_) => {}
                Meaning::Bare { metric } => metrics.add(metric, metric, false, Vec::new()),
                Meaning::Schema(wanted) => {
                    if schema.is_none() {
                        schema = Some(wanted);
                        files.push(("schema.json".to_owned(), format!("{wanted:#}\n")));
                    }
                    if schema == Some(wanted) {
                        metrics.add("json-schema", "json-schema", false, vec![("schema", json!("schema.json"))]);
                    } else {
                        left(reader, assert, "there is one schema for all cases here");
                    }
                }
                Meaning::Text { metric, ignore_case, value } => {
                    let key = (*metric, *ignore_case, value.as_str());
                    if everywhere(&key)
                        && let Some((name, settings)) = fixed(metric, *ignore_case, value)
                    {
                        metrics.add(name, &assert.kind, false, settings);
                    } else if !BY_REFERENCE.contains(metric) {
                        left(reader, assert, "what one case must not hold cannot be told apart from what it should");
                    }
                }
            }
        }
        let by_reference: Vec<&Assert> = test
            .asserts
            .iter()
            .filter(|assert| {
                text_of(assert)
                    .is_some_and(|key| BY_REFERENCE.contains(&key.0) && !(everywhere(&key) && fixed_name(key.0)))
            })
            .collect();
        let reference = reference_of(&by_reference);
        for assert in &by_reference {
            let Some((metric, ignore_case, value)) = text_of(assert) else { continue };
            let Some((own, giver)) = reference else { continue };
            if own == value {
                let name = BY_REFERENCE.iter().find(|one| **one == metric).copied().unwrap_or("exact-match");
                if name == JUDGE {
                    continue;
                }
                let settings = if ignore_case { vec![("ignore_case", json!(true))] } else { Vec::new() };
                metrics.add(name, &assert_label(&assert.kind), true, settings);
            } else {
                left(reader, assert, &format!("a case has one reference here, and its `{giver}` gave it"));
            }
        }
        references.push(reference.map(|(value, _)| value.to_owned()));
        let of_the_reference = |assert: &&Assert| text_of(assert).map(|(.., own)| own) == reference.map(|(own, _)| own);
        asked.push(by_reference.into_iter().filter(of_the_reference).collect());
    }
    for metric in metrics.0.iter_mut().filter(|metric| metric.by_reference) {
        metric.fair = asked.iter().filter(|asserts| is_fair(metric, asserts)).count();
    }
    if metrics.0.len() > 1 {
        reader.notes.insert("Every case is scored by every metric, whichever test asked for it.".to_owned());
    }
    if let Some(primary) = metrics.primary().filter(|primary| primary.by_reference) {
        let others = references.iter().filter(|one| one.is_some()).count().saturating_sub(primary.fair);
        if others > 0 {
            let are = if others == 1 { "1 case asks".to_owned() } else { format!("{others} cases ask") };
            reader.notes.insert(format!(
                "`{}` is the primary metric, and {are} for something else of the answer: their scores by it say little.",
                primary.id
            ));
        }
    }
    let judging = judging(reader, tests, &mut references);
    Held { metrics, references, judging }
}

/// What becomes a case's reference of the texts that its assertions hold an answer against, and the assertion that gave it. What the
/// answer is to be exactly says most; then counts how much weighs on a text, as the tests weigh it; then how strict it is.
fn reference_of<'t>(asserts: &[&'t Assert]) -> Option<(&'t str, &'t str)> {
    let rank = |metric: &str| BY_REFERENCE.iter().position(|one| *one == metric).unwrap_or(BY_REFERENCE.len());
    let mut best: Option<((bool, f64, usize), &Assert, &str)> = None;
    for assert in asserts {
        let Some((metric, _, value)) = text_of(assert) else { continue };
        let same = asserts.iter().filter(|other| text_of(other).is_some_and(|(.., own)| own == value));
        let weight: f64 = same.map(|other| other.weight).sum();
        let merit = (metric == "exact-match", weight, BY_REFERENCE.len() - rank(metric));
        let is_better = |than: (bool, f64, usize)| {
            merit.0.cmp(&than.0).then(merit.1.total_cmp(&than.1)).then(merit.2.cmp(&than.2)).is_gt()
        };
        if best.is_none_or(|(than, ..)| is_better(than)) {
            best = Some((merit, assert, value));
        }
    }
    best.map(|(_, assert, value)| (value, assert.kind.as_str()))
}

/// Whether a metric says of a case's answers nothing but what its tests ask, or less.
fn is_fair(metric: &Metric, asserts: &[&Assert]) -> bool {
    let folds = metric.settings.iter().any(|(name, _)| *name == "ignore_case");
    asserts.iter().any(|assert| {
        text_of(assert).is_some_and(|(name, ignore_case, _)| {
            let asked_for = name == metric.name && (folds || !ignore_case);
            asked_for || (name == "exact-match" && IMPLIED_BY_EXACT.contains(&metric.name))
        })
    })
}

fn assert_label(kind: &str) -> String {
    match kind {
        "equals" => "exact-match".to_owned(),
        "rouge-n" => "rouge-1".to_owned(),
        "similar" => "embedding-similarity".to_owned(),
        other => other.to_owned(),
    }
}

fn fixed_name(metric: &str) -> bool {
    ["contains", "not-contains", "contains-all", "contains-any", "starts-with", "regex"].contains(&metric)
}

fn text_of(assert: &Assert) -> Option<(&str, bool, &str)> {
    match &assert.meaning {
        Meaning::Text { metric, ignore_case, value } => Some((metric, *ignore_case, value)),
        _ => None,
    }
}
