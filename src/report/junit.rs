//! JUnit XML, as continuous integration reads it: a suite an arm, a test a case and repeat.
//!
//! A low score is no failure: a model that is right four times in five would never be green. A test fails only where its trial is
//! missing (an `error`); a threshold of `--fail-if` is a test of its own in a suite `thresholds`, and fails where it holds.

use std::io::Write;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::{Facts, Held, Judgement, ReportError, Rows, text};
use crate::score::Outcome;

/// Bytes of an answer that a test's output holds.
const OUTPUT: usize = 4_000;

pub(super) fn write(
    facts: &Facts,
    judgements: &[Judgement],
    rows: Rows<'_>,
    out: &mut (dyn Write + Send),
) -> Result<(), ReportError> {
    let mut suites: Vec<TestSuite> = facts.arms.iter().map(|arm| TestSuite::new(arm.name.as_str())).collect();
    for (suite, (arm, column)) in suites.iter_mut().zip(facts.arms.iter().zip(&facts.columns)) {
        for (name, value) in [
            ("metric", facts.metric.clone()),
            ("mean", text::figure(column.figure.as_ref())),
            ("cases", column.figure.map_or(0, |figure| figure.n).to_string()),
            ("model", arm.model.clone()),
            ("strategy", arm.strategy_words()),
            ("prompt", arm.prompt_path.clone()),
            ("cost", text::cost(column)),
        ] {
            suite.add_property(Property::new(name, value));
        }
        // A result over rows that leaked says so wherever it is read.
        if let Some(leaked) = facts.leaked() {
            suite.add_property(Property::new("leaked", leaked));
        }
    }
    for row in rows {
        let row = row?;
        for trial in &row.trials {
            let Some(suite) = suites.get_mut(trial.arm) else { continue };
            let status = match trial.outcome {
                Outcome::Answer | Outcome::NonAnswer(_) => TestCaseStatus::success(),
                Outcome::Missing(_) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                    let (what, hint) =
                        trial.error.clone().unwrap_or_else(|| ("no answer came".to_owned(), String::new()));
                    status.set_message(what).set_type(trial.outcome.as_str()).set_description(hint);
                    status
                }
            };
            let name = if facts.repeats > 1 { format!("{} #{}", row.id, trial.repeat + 1) } else { row.id.clone() };
            let mut case = TestCase::new(name, status);
            case.set_classname(format!("{}.{}", facts.workbench, facts.name(trial.arm)));
            if let Some(ms) = trial.total_ms {
                case.set_time(Duration::from_millis(ms));
            }
            if let Some(score) = trial.score {
                case.add_property(Property::new("score", format!("{score}")));
            }
            case.add_property(Property::new("outcome", trial.outcome.as_str()));
            let reference = row.reference.as_deref().unwrap_or("(none)");
            let said = format!("answer:\n{}\nreference:\n{}", cut(trial.text()), cut(reference));
            case.set_system_out(XmlString::new(said));
            suite.add_test_case(case);
        }
    }
    let mut report = Report::new(format!("fourfold {}", facts.workbench));
    report.add_test_suites(suites.into_iter().filter(|suite| !suite.test_cases.is_empty()));
    if !judgements.is_empty() {
        let mut suite = TestSuite::new("thresholds");
        for judgement in judgements {
            let mut status = match judgement.held {
                Held::Passed => TestCaseStatus::success(),
                Held::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
                Held::Undecided => TestCaseStatus::skipped(),
            };
            if judgement.held != Held::Passed {
                status.set_message(judgement.words.clone());
            }
            let mut case = TestCase::new(judgement.condition.as_str(), status);
            case.set_classname(format!("{}.thresholds", facts.workbench));
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.serialize(out).map_err(|error| ReportError::Format(error.to_string()))
}

fn cut(text: &str) -> &str {
    let mut end = OUTPUT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}
