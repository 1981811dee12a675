//! Checks of the answer's own text: it contains, does not contain, begins with a text, contains all or any of several, or matches a
//! regular expression. The text may come from the configuration or, unless set there, from the reference.

use regex::Regex;

use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// What is asked of the text.
#[derive(Clone, Debug)]
pub(in crate::score) enum Wanted {
    /// It has this somewhere.
    Contains(Option<String>),
    /// It has this nowhere.
    NotContains(Option<String>),
    /// It has all of these somewhere; `None` takes the reference's lines.
    All(Option<Vec<String>>),
    /// It has any of these somewhere; `None` takes the reference's lines.
    Any(Option<Vec<String>>),
    /// It begins with this, white space before it aside.
    StartsWith(Option<String>),
    /// It matches this somewhere; `None` takes the reference for the expression.
    Regex(Option<Regex>),
}

/// See the file's head.
#[derive(Clone, Debug)]
pub(in crate::score) struct Pattern {
    /// What is asked.
    pub(in crate::score) wanted: Wanted,
    /// Whether letter case counts; for regular expressions, `(?i)` says so.
    pub(in crate::score) case_counts: bool,
    /// What the check speaks of.
    pub(in crate::score) aspect: Aspect,
}

impl Pattern {
    /// The check as it is without settings: against the reference, case counts, of content.
    pub(in crate::score) const fn plain(wanted: Wanted) -> Self {
        Self { wanted, case_counts: true, aspect: Aspect::Content }
    }

    fn folded(&self, text: &str) -> String {
        if self.case_counts { text.to_owned() } else { text.to_lowercase() }
    }
}

impl Metric for Pattern {
    fn id(&self) -> MetricId {
        MetricId(match self.wanted {
            Wanted::Contains(_) => "contains",
            Wanted::NotContains(_) => "not-contains",
            Wanted::All(_) => "contains-all",
            Wanted::Any(_) => "contains-any",
            Wanted::StartsWith(_) => "starts-with",
            Wanted::Regex(_) => "regex",
        })
    }

    fn title(&self) -> &'static str {
        match self.wanted {
            Wanted::Contains(_) => "Contains",
            Wanted::NotContains(_) => "Does not contain",
            Wanted::All(_) => "Contains all",
            Wanted::Any(_) => "Contains any",
            Wanted::StartsWith(_) => "Starts with",
            Wanted::Regex(_) => "Matches",
        }
    }

    fn description(&self) -> &'static str {
        match self.wanted {
            Wanted::Contains(_) => "1 when the answer has `text` somewhere; the reference where no `text` is set.",
            Wanted::NotContains(_) => "1 when the answer has `text` nowhere; the reference where no `text` is set.",
            Wanted::All(_) => {
                "1 when the answer has each of `texts` somewhere; each line of the reference where no `texts` are set."
            }
            Wanted::Any(_) => {
                "1 when the answer has one of `texts` somewhere; one line of the reference where no `texts` are set."
            }
            Wanted::StartsWith(_) => {
                "1 when the answer begins with `text`, white space before it aside; with the reference where no `text` is set."
            }
            Wanted::Regex(_) => {
                "1 when the regular expression `pattern` matches somewhere in the answer; the reference is the expression where no \
                 `pattern` is set."
            }
        }
    }

    fn aspect(&self) -> Aspect {
        self.aspect
    }

    fn needs_reference(&self) -> bool {
        match &self.wanted {
            Wanted::Contains(text) | Wanted::NotContains(text) | Wanted::StartsWith(text) => text.is_none(),
            Wanted::All(texts) | Wanted::Any(texts) => texts.is_none(),
            Wanted::Regex(pattern) => pattern.is_none(),
        }
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let has = |text: &str| self.folded(answer.text).contains(&self.folded(text));
        match &self.wanted {
            Wanted::Contains(text) => Score::hit(has(text.as_deref().unwrap_or(reference))),
            Wanted::NotContains(text) => Score::hit(!has(text.as_deref().unwrap_or(reference))),
            Wanted::All(texts) => Score::hit(match texts {
                Some(texts) => texts.iter().all(|text| has(text)),
                None => lines(reference).all(has),
            }),
            Wanted::Any(texts) => Score::hit(match texts {
                Some(texts) => texts.iter().any(|text| has(text)),
                None => lines(reference).any(has),
            }),
            Wanted::StartsWith(text) => {
                let text = self.folded(text.as_deref().unwrap_or(reference));
                Score::hit(self.folded(answer.text.trim_start()).starts_with(text.trim_start()))
            }
            Wanted::Regex(Some(pattern)) => Score::hit(pattern.is_match(answer.text)),
            Wanted::Regex(None) => match Regex::new(reference) {
                Ok(pattern) => Score::hit(pattern.is_match(answer.text)),
                Err(_) => Score::not_applicable("the reference is no regular expression"),
            },
        }
    }
}

/// The lines of a reference that say something.
fn lines(reference: &str) -> impl Iterator<Item = &str> {
    reference.lines().map(str::trim).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(pattern: &Pattern, answer: &str, reference: &str) -> Option<f64> {
        pattern.score(&Answer { text: answer }, reference).number()
    }

    #[test]
    fn each_asks_what_it_says() {
        let own = |text: &str| Some(text.to_owned());
        for (wanted, answer, reference, expected) in [
            (Wanted::Contains(own("mug")), "two mugs", "", Some(1.0)),
            (Wanted::Contains(None), "two mugs", "mugs", Some(1.0)),
            (Wanted::Contains(own("Mug")), "two mugs", "", Some(0.0)),
            (Wanted::NotContains(own("mug")), "two mugs", "", Some(0.0)),
            (Wanted::All(Some(vec!["two".to_owned(), "mug".to_owned()])), "two mugs", "", Some(1.0)),
            (Wanted::All(None), "two mugs", "two\n\ncups\n", Some(0.0)),
            (Wanted::Any(None), "two mugs", "two\n\ncups\n", Some(1.0)),
            (Wanted::Any(Some(vec!["cup".to_owned()])), "two mugs", "", Some(0.0)),
            (Wanted::StartsWith(own("Dear")), "\n Dear all", "", Some(1.0)),
            (Wanted::StartsWith(own("all")), "Dear all", "", Some(0.0)),
            (Wanted::Regex(Regex::new(r"^\d+$").ok()), "42", "", Some(1.0)),
            (Wanted::Regex(None), "42", "[", None),
            (Wanted::Regex(None), "42", "4.", Some(1.0)),
        ] {
            let pattern = Pattern::plain(wanted);
            assert_eq!(number(&pattern, answer, reference), expected, "{pattern:?} {answer}");
        }
        let folded = Pattern { case_counts: false, ..Pattern::plain(Wanted::Contains(own("MUG"))) };
        assert_eq!(number(&folded, "two mugs", ""), Some(1.0));
        assert!(!folded.needs_reference());
    }
}
