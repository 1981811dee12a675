//! The metrics that a workbench names: built-in ones with their settings, and commands of the user's own.

use std::path::Path;
use std::sync::Arc;

use super::maker::Maker;
use super::own_metric::OwnMetric;
use super::similarity::{SIMILARITY, Similarity};
use crate::config::{MetricSpec, Scoring};
use crate::score::{self, Metric, SettingError};

/// The name under which a command of the user's own stands in `fourfold.toml`.
pub const OWN: &str = "command";

/// The metrics of a workbench, in order; those that run a command are among them and apart.
#[derive(Default)]
pub(super) struct Metrics {
    pub(super) all: Vec<Arc<dyn Metric>>,
    pub(super) own: Vec<Arc<OwnMetric>>,
    pub(super) similar: Vec<Arc<Similarity>>,
    /// What makes the scores of each, in the same order as `all`.
    pub(super) makers: Vec<Maker>,
}

impl Metrics {
    /// Those that `scoring` names, or the usual ones; texts are embedded by `embedder`. A spec that cannot be is left out: reading the
    /// file has named it already.
    pub(super) fn of(scoring: &Scoring, root: &Path, embedder: Option<&str>) -> Self {
        let mut metrics = Self::default();
        for spec in &scoring.metrics {
            let before = metrics.all.len();
            if spec.name == OWN {
                if let Ok(own) = OwnMetric::new(spec, root) {
                    let own = Arc::new(own);
                    metrics.all.push(Arc::<OwnMetric>::clone(&own));
                    metrics.own.push(own);
                }
            } else if spec.name == SIMILARITY {
                if let Ok(similar) = Similarity::new(spec) {
                    let similar = Arc::new(similar);
                    metrics.all.push(Arc::<Similarity>::clone(&similar));
                    metrics.similar.push(similar);
                }
            } else if let Ok(metric) = score::configured(&spec.name, spec.id.as_deref(), &spec.settings) {
                metrics.all.push(metric);
            }
            if metrics.all.len() > before {
                metrics.makers.push(Maker::new(spec, root, embedder));
            }
        }
        if metrics.all.is_empty() {
            metrics.all = score::USUAL.iter().map(|metric| Arc::new(*metric) as Arc<dyn Metric>).collect();
            let usual = |metric: &Arc<dyn Metric>| {
                let spec = MetricSpec { name: metric.id().as_str().to_owned(), ..MetricSpec::default() };
                Maker::new(&spec, root, embedder)
            };
            metrics.makers = metrics.all.iter().map(usual).collect();
        }
        metrics
    }
}

/// What is wrong with a metric as `fourfold.toml` writes it, and what to do next.
pub fn metric_problem(spec: &MetricSpec) -> Option<(String, String)> {
    let checked = if spec.name == OWN {
        OwnMetric::new(spec, Path::new("")).map(drop)
    } else if spec.name == SIMILARITY {
        Similarity::new(spec).map(drop)
    } else {
        score::configured(&spec.name, spec.id.as_deref(), &spec.settings).map(drop)
    };
    checked.err().map(|SettingError { what, hint }| (what, hint))
}

/// The names that `fourfold.toml` may give a metric.
pub fn metric_names() -> Vec<&'static str> {
    score::ALL.iter().map(|metric| metric.id().as_str()).chain([SIMILARITY, OWN]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbench_that_names_none_has_the_usual_ones() {
        let metrics = Metrics::of(&Scoring::default(), Path::new(""), None);
        assert_eq!(metrics.all.len(), score::USUAL.len());
        assert!(metrics.own.is_empty() && metrics.makers.len() == metrics.all.len());
    }

    #[test]
    fn a_command_needs_a_name_of_its_own_and_something_to_run() {
        let spec = |id: Option<&str>, settings: serde_json::Value| MetricSpec {
            name: OWN.to_owned(),
            id: id.map(str::to_owned),
            settings: settings.as_object().cloned().unwrap_or_default(),
        };
        let problem = |spec: MetricSpec| metric_problem(&spec).map(|(what, _)| what);
        assert_eq!(problem(spec(Some("tone"), serde_json::json!({"command": "python3 tone.py"}))), None);
        for (spec, expected) in [
            (spec(None, serde_json::json!({"command": "x"})), "needs an `id`"),
            (spec(Some("tone"), serde_json::json!({})), "has no `command`"),
            (spec(Some("tone"), serde_json::json!({"command": "a 'b"})), "a quote is open"),
            (spec(Some("tone"), serde_json::json!({"command": "x", "timeout": 0})), "`timeout`"),
            (spec(Some("tone"), serde_json::json!({"command": "x", "speed": 1})), "no setting `speed`"),
            (spec(Some("exact-match"), serde_json::json!({"command": "x"})), "built-in"),
        ] {
            let what = problem(spec.clone()).unwrap_or_default();
            assert!(what.contains(expected), "{spec:?}: {what}");
        }
    }
}
