//! Metrics with settings: what `[score]` of `fourfold.toml` may ask of each, checked.

use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value};

use super::metric::bleu::{Bleu, BleuTokenizer};
use super::metric::json_schema::{JsonSchema, Schema};
use super::metric::numeric::NumericMatch;
use super::metric::pattern::{Pattern, Wanted};
use super::metric::rouge::{RougeMetric, RougeWords};
use super::{Answer, Aspect, CodeBleuMetric, CodeBleuSum, CodeLanguage, Metric, MetricId, Score, find};

/// A setting that cannot be: what is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct SettingError {
    /// What is wrong.
    pub what: String,
    /// What to do next.
    pub hint: String,
}

/// Settings as they are read one by one, so that what is left over in the end is known to be too much.
struct Settings<'a> {
    metric: &'a str,
    left: Map<String, Value>,
}

impl Settings<'_> {
    fn wrong(&self, name: &str, expected: &str) -> SettingError {
        SettingError {
            what: format!("`{name}` of the metric `{}` is not {expected}", self.metric),
            hint: format!("Write {expected}."),
        }
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, SettingError> {
        match self.left.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "a text")),
        }
    }

    fn truth(&mut self, name: &str, unless_said: bool) -> Result<bool, SettingError> {
        match self.left.remove(name) {
            None => Ok(unless_said),
            Some(Value::Bool(truth)) => Ok(truth),
            Some(_) => Err(self.wrong(name, "true or false")),
        }
    }

    fn amount(&mut self, name: &str, unless_said: f64) -> Result<f64, SettingError> {
        match self.left.remove(name) {
            None => Ok(unless_said),
            Some(value) => value
                .as_f64()
                .filter(|amount| (0.0..f64::MAX).contains(amount))
                .ok_or_else(|| self.wrong(name, "a number of 0 or more")),
        }
    }

    /// One of several words.
    fn choice<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
        words: &str,
    ) -> Result<Option<T>, SettingError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| self.wrong(name, &format!("one of {words}")))
    }

    fn aspect(&mut self) -> Result<Option<Aspect>, SettingError> {
        self.choice("aspect", aspect, "form, content")
    }

    fn end(self) -> Result<(), SettingError> {
        let Some(name) = self.left.keys().next() else { return Ok(()) };
        Err(SettingError {
            what: format!("the metric `{}` has no setting `{name}`", self.metric),
            hint: "Remove it; each metric's own settings are in docs/scores.md.".to_owned(),
        })
    }
}

/// The aspect of that name.
pub fn aspect(name: &str) -> Option<Aspect> {
    [Aspect::Form, Aspect::Content].into_iter().find(|aspect| aspect.as_str() == name)
}

/// The metric called `name` with `settings`, under `id` where that is another. A `schema` is the schema itself, not its file's
/// name.
pub fn configured(
    name: &str,
    id: Option<&str>,
    settings: &Map<String, Value>,
) -> Result<Arc<dyn Metric>, SettingError> {
    let plain = find(name).ok_or_else(|| SettingError {
        what: format!("unknown metric `{name}`"),
        hint: "Choose one that `fourfold score --list` names.".to_owned(),
    })?;
    let mut settings = Settings { metric: name, left: settings.clone() };
    let metric: Arc<dyn Metric> = match name {
        "bleu" => {
            let tokenizer = settings.choice("tokenizer", BleuTokenizer::parse, "13a, intl, char, zh")?;
            Arc::new(Bleu { tokenizer: tokenizer.unwrap_or_default() })
        }
        "rouge-1" | "rouge-2" | "rouge-l" | "rouge-lsum" => {
            let words = settings.choice("words", rouge_words, "ascii, ascii-stemmed, unicode")?;
            Arc::new(RougeMetric::named(name, words.unwrap_or_default()).unwrap_or(RougeMetric::ONE))
        }
        "numeric-match" => {
            let plain = NumericMatch::EXACT;
            let absolute = settings.amount("tolerance", plain.absolute)?;
            Arc::new(NumericMatch { absolute, relative: settings.amount("relative", plain.relative)? })
        }
        "contains" | "not-contains" | "contains-all" | "contains-any" | "starts-with" | "regex" => {
            Arc::new(pattern(name, &mut settings)?)
        }
        "json-schema" => {
            let schema = settings.left.remove("schema");
            let schema = schema.as_ref().map(Schema::new).transpose().map_err(|error| SettingError {
                what: format!("`schema` of the metric `{name}` is no JSON Schema: {error}"),
                hint: "Correct the schema; JSON Schema 2020-12 is what is read.".to_owned(),
            })?;
            Arc::new(JsonSchema { schema })
        }
        "code-bleu" => {
            let names: Vec<&str> = CodeLanguage::ALL.into_iter().map(CodeLanguage::as_str).collect();
            let names = names.join(", ");
            let language = settings.choice("language", CodeLanguage::parse, &names)?.ok_or_else(|| SettingError {
                what: "the metric `code-bleu` needs a `language`".to_owned(),
                hint: format!("Write {{ name = \"code-bleu\", language = \"python\" }}; there are {names}."),
            })?;
            let sum = settings.choice("sum", CodeBleuSum::parse, "strict, pypi")?;
            Arc::new(CodeBleuMetric::new(language, sum.unwrap_or_default()))
        }
        _ => Arc::new(plain),
    };
    settings.end()?;
    Ok(match id {
        Some(id) if id != name => Arc::new(Labelled { id: MetricId::named(id), metric }),
        _ => metric,
    })
}

fn rouge_words(name: &str) -> Option<RougeWords> {
    match name {
        "ascii" => Some(RougeWords::Ascii),
        "ascii-stemmed" => Some(RougeWords::AsciiStemmed),
        "unicode" => Some(RougeWords::Unicode),
        _ => None,
    }
}

fn pattern(name: &str, settings: &mut Settings<'_>) -> Result<Pattern, SettingError> {
    let aspect = settings.aspect()?.unwrap_or(Aspect::Content);
    if name == "regex" {
        let pattern =
            settings.text("pattern")?.map(|text| Regex::new(&text)).transpose().map_err(|error| SettingError {
                what: format!("`pattern` of the metric `regex` is no regular expression: {error}"),
                hint: "Correct it; the syntax is that of the Rust crate regex, without look-around.".to_owned(),
            })?;
        return Ok(Pattern { aspect, ..Pattern::plain(Wanted::Regex(pattern)) });
    }
    if let "contains-all" | "contains-any" = name {
        let texts = match settings.left.remove("texts") {
            None => None,
            Some(texts) => match serde_json::from_value::<Vec<String>>(texts) {
                Ok(texts) if !texts.is_empty() => Some(texts),
                _ => return Err(settings.wrong("texts", "a list of texts")),
            },
        };
        let case_counts = !settings.truth("ignore_case", false)?;
        let wanted = if name == "contains-all" { Wanted::All(texts) } else { Wanted::Any(texts) };
        return Ok(Pattern { wanted, case_counts, aspect });
    }
    let text = settings.text("text")?;
    let case_counts = !settings.truth("ignore_case", false)?;
    let wanted = match name {
        "contains" => Wanted::Contains(text),
        "not-contains" => Wanted::NotContains(text),
        _ => Wanted::StartsWith(text),
    };
    Ok(Pattern { wanted, case_counts, aspect })
}

/// A metric under a name of the user's own.
struct Labelled {
    id: MetricId,
    metric: Arc<dyn Metric>,
}

impl Metric for Labelled {
    fn id(&self) -> MetricId {
        self.id
    }

    fn title(&self) -> &'static str {
        self.id.as_str()
    }

    fn description(&self) -> &'static str {
        self.metric.description()
    }

    fn aspect(&self) -> Aspect {
        self.metric.aspect()
    }

    fn needs_reference(&self) -> bool {
        self.metric.needs_reference()
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        self.metric.score(answer, reference)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(name: &str, settings: &Value) -> Result<Arc<dyn Metric>, SettingError> {
        configured(name, None, settings.as_object().unwrap())
    }

    fn number(name: &str, settings: &Value, answer: &str, reference: &str) -> Option<f64> {
        with(name, settings).unwrap().score(&Answer { text: answer }, reference).number()
    }

    #[test]
    fn settings_change_what_is_scored() {
        for (name, settings, answer, reference, expected) in [
            ("contains", json!({"text": "Dear", "ignore_case": true}), "dear all", "", 1.0),
            ("not-contains", json!({"text": "sorry"}), "sorry", "", 0.0),
            ("contains-all", json!({"texts": ["A", "b"], "ignore_case": true}), "ab", "", 1.0),
            ("regex", json!({"pattern": "^\\d+$", "aspect": "form"}), "42", "", 1.0),
            ("numeric-match", json!({"tolerance": 2}), "41", "42", 1.0),
            ("json-schema", json!({"schema": {"type": "array"}}), "[]", "", 1.0),
            ("rouge-l", json!({"words": "unicode"}), "кот", "кот", 1.0),
            ("rouge-l", json!({}), "кот", "кот", 0.0),
            ("code-bleu", json!({"language": "go"}), "", "", 0.25),
            ("code-bleu", json!({"language": "go", "sum": "pypi"}), "", "", 0.5),
            ("exact-match", json!({}), "a", "a", 1.0),
        ] {
            let found = number(name, &settings, answer, reference).unwrap();
            assert!((found - expected).abs() < 1e-9, "{name} {settings}: {found}");
        }
        let bleu = number("bleu", &json!({"tokenizer": "char"}), "今天天气很好", "今天天气很好").unwrap();
        assert!((bleu - 1.0).abs() < 1e-9);
        assert_eq!(with("regex", &json!({"aspect": "form"})).unwrap().aspect(), Aspect::Form);
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (name, settings, expected) in [
            ("vibes", json!({}), "unknown metric `vibes`"),
            ("exact-match", json!({"text": "x"}), "the metric `exact-match` has no setting `text`"),
            (
                "bleu",
                json!({"tokenizer": "mecab"}),
                "`tokenizer` of the metric `bleu` is not one of 13a, intl, char, zh",
            ),
            (
                "numeric-match",
                json!({"tolerance": -1}),
                "`tolerance` of the metric `numeric-match` is not a number of 0 or more",
            ),
            ("contains-any", json!({"texts": []}), "`texts` of the metric `contains-any` is not a list of texts"),
            ("contains", json!({"text": 3}), "`text` of the metric `contains` is not a text"),
            ("regex", json!({"pattern": "("}), "`pattern` of the metric `regex` is no regular expression"),
            ("json-schema", json!({"schema": {"type": 3}}), "`schema` of the metric `json-schema` is no JSON Schema"),
            ("code-bleu", json!({}), "the metric `code-bleu` needs a `language`"),
        ] {
            let error = with(name, &settings).err().unwrap();
            assert!(error.what.starts_with(expected), "{error}");
            assert!(!error.hint.is_empty());
        }
    }

    #[test]
    fn a_label_of_its_own_is_known_from_then_on() {
        let settings = json!({"text": "Regards"});
        let metric = configured("contains", Some("has a closing"), settings.as_object().unwrap()).unwrap();
        assert_eq!(metric.id().as_str(), "has a closing");
        assert_eq!(MetricId::known("has a closing"), Some(metric.id()));
        assert_eq!(MetricId::known("never named"), None);
    }
}
