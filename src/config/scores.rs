//! The `[score]` table from what is written to what is meant: metrics with their settings, the primary one, the margin.

use std::path::{Component, Path};

use serde_spanned::Spanned;

use super::check::Check;
use super::file::ScoreTable;
use super::metric::MetricSpec;
use super::workbench::Scoring;

impl Check<'_, '_, '_> {
    pub(super) fn scoring(&mut self, table: ScoreTable) -> Scoring {
        let mut metrics: Vec<MetricSpec> = Vec::new();
        for spec in table.metrics.unwrap_or_default() {
            let (span, spec) = (spec.span(), self.metric(spec));
            if metrics.iter().any(|other| other.label() == spec.label()) {
                let what = format!("a second metric is called `{}`", spec.label());
                self.problems.add(span, what, "Give one of the two an `id` of its own.");
            }
            metrics.push(spec);
        }
        let primary = table.primary.map(|name| {
            let span = name.span();
            let name = name.into_inner();
            if metrics.is_empty() {
                self.name(span, &name, self.known.metrics, "metric");
            } else if metrics.iter().all(|metric| metric.label() != name) {
                let what = format!("the primary metric `{name}` is not among `metrics`");
                self.problems.add(span, what, "Add it to `metrics`, or choose one that is there.");
            }
            name
        });
        if let Some(margin) = &table.margin
            && !(0.0..=1.0).contains(margin.get_ref())
        {
            let hint = "A margin is a difference of scores between 0 and 1, such as 0.05.";
            self.problems.add(margin.span(), "`margin` is not between 0 and 1", hint);
        }
        let margin = table.margin.map_or(Scoring::default().margin, Spanned::into_inner);
        let first = || metrics.first().map(|metric| metric.label().to_owned());
        Scoring { primary: primary.or_else(first), metrics, margin }
    }

    fn metric(&mut self, spec: Spanned<MetricSpec>) -> MetricSpec {
        let span = spec.span();
        let mut spec = spec.into_inner();
        let known = self.known.metrics;
        if !known.is_empty() && !known.contains(&spec.name.as_str()) {
            self.name(span, &spec.name, known, "metric");
            return spec;
        }
        if let Some(serde_json::Value::String(path)) = spec.settings.get("schema") {
            match self.schema_file(path) {
                Ok(schema) => drop(spec.settings.insert("schema".to_owned(), schema)),
                Err((what, hint)) => {
                    self.problems.add(span, what, hint);
                    return spec;
                }
            }
        }
        if let Some((what, hint)) = self.known.metric_problem.and_then(|problem| problem(&spec)) {
            self.problems.add(span, what, hint);
        }
        spec
    }

    /// The JSON in a file of the workbench.
    fn schema_file(&self, path: &str) -> Result<serde_json::Value, (String, String)> {
        if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            let hint = "Move or copy the file into the folder.".to_owned();
            return Err((format!("the schema `{path}` is outside the workbench folder"), hint));
        }
        let text = std::fs::read_to_string(self.root.join(path)).map_err(|error| {
            (format!("cannot read the schema `{path}`: {error}"), "Paths start at the folder of this file.".to_owned())
        })?;
        serde_json::from_str(&text)
            .map_err(|error| (format!("the schema `{path}` is no JSON: {error}"), "Correct that file.".to_owned()))
    }
}
