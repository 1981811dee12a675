//! Work off the screen's thread: reading the prompt, diffing, scoring, the history. Each answers with one event.

use std::path::Path;
use std::sync::Arc;

use super::event::{Analysis, EventKind};
use super::recall;
use crate::data::{Case, Cases, DataError, Split};
use crate::editor::{Span, SpanKind, SyntaxKind};
use crate::model::StopReason;
use crate::prompt::{Prompt, PromptKind, Severity, TemplateSpan, fences, highlight};
use crate::run::{Question, Recorded, Session, Shipped, newest_answer, pace};
use crate::score::diff::{Diff, DiffRequest};
use crate::score::{MetricId, Outcome, Parts, Score};
use crate::state::{ArmSlot, Figures, Preview, RecordedAnswer, RecordedState, ScoreLine, Toast, Tone};
use crate::store::{Store, case_key};
use crate::strategy::StrategyConfig;

/// Reads the prompt: marks, colours, and what each arm would send.
pub(super) fn analyse(
    (session, store): (&Session, Option<&Store>),
    revision: u64,
    text: &str,
    path: &Path,
    questions: Vec<Question>,
) -> EventKind {
    let prompt = Prompt::parse(text, PromptKind::of(path));
    let variables = prompt.variables().into_iter().map(Into::into).collect();
    let mut problems = prompt.problems().to_vec();
    if let Some(question) = questions.first() {
        problems.extend(prompt.check(&question.case.variables).problems);
    }
    let spans: Vec<Span> =
        highlight(text, PromptKind::of(path)).into_iter().map(|(range, kind)| Span::new(range, colour(kind))).collect();
    let fenced = !fences(text, PromptKind::of(path)).is_empty();
    let marked = problems.iter().filter(|problem| !problem.range.is_empty()).map(|problem| {
        let kind = match problem.severity {
            Severity::Error => SpanKind::ErrorMark,
            Severity::Warning | Severity::Note => SpanKind::WarningMark,
        };
        Span::new(problem.range.clone(), kind).with_note(&problem.message)
    });
    let marks = marked.collect();
    let mut previews = Vec::new();
    let mut recorded = Vec::new();
    for question in questions {
        let asked = session.messages(&question).map_err(|error| format!("{}\n{}", error.what, error.hint));
        let found = asked.as_ref().map_or(RecordedState::None, |(messages, _, text)| {
            // What cannot be looked up is as if it had never been asked.
            let own = store.and_then(|store| newest_answer(session, store, &question, messages).ok().flatten());
            match own {
                Some(own) => RecordedState::Own(Box::new(recall::recorded(session, own, &case_key(&question.case)))),
                None => recorded_state(session.recorded(&question, messages, text)),
            }
        });
        previews.push(asked.map(|(messages, _, _)| {
            let count = session.tokens_ahead(&question.model, &messages);
            // A pace that cannot be read is one that is not known.
            let pace = store.and_then(|store| pace(store, &question.model).ok().flatten());
            Preview { messages, count, ahead: session.ahead(&question, pace) }
        }));
        recorded.push((question, found));
    }
    EventKind::Analysed(Box::new(Analysis { revision, spans, fenced, marks, variables, problems, previews, recorded }))
}

/// What a question would take with each of some strategies.
pub(super) fn ahead(
    (session, store): (&Session, Option<&Store>),
    question: &Question,
    of: Vec<(String, StrategyConfig)>,
) -> EventKind {
    let pace = store.and_then(|store| pace(store, &question.model).ok().flatten());
    let told = of.into_iter().map(|(name, strategy)| {
        let asked = Question { strategy, ..question.clone() };
        (name, session.ahead_at_a_glance(&asked, pace))
    });
    EventKind::Ahead(told.collect())
}

/// A recording as the screen shows it.
fn recorded_state(recorded: Recorded) -> RecordedState {
    match recorded {
        Recorded::None => RecordedState::None,
        Recorded::Other(recording) => RecordedState::Other { date: recording.date, model: recording.model },
        Recorded::Here(shipped) => {
            let Shipped { recording, done, judged } = *shipped;
            RecordedState::Here(Box::new(RecordedAnswer {
                date: recording.date,
                model: recording.model,
                // Times are of the machine it was made on; here they would say nothing.
                figures: Figures {
                    usage: done.usage,
                    stop: done.stop.as_ref().map(StopReason::in_words),
                    ..Figures::default()
                },
                text: done.text,
                extracted: judged.extracted,
                outcome: judged.outcome,
                scores: score_lines(judged.scores),
                parts: judged.parts,
            }))
        }
    }
}

/// Scores as the screen shows them.
pub(super) fn score_lines(scores: Vec<(MetricId, Score)>) -> Vec<ScoreLine> {
    scores.into_iter().map(|(metric, score)| ScoreLine { metric: metric.as_str().to_owned(), score }).collect()
}

/// Keeps the answers that came with the workbench in its history, once. Says only what went wrong.
pub(super) fn keep_recorded(session: &Session, store: &Store) -> Option<EventKind> {
    let kept = session.shipped().and_then(|records| {
        if records.is_empty() {
            return Ok(0);
        }
        store.record_shipped(records).wait().map_err(|error| error.to_string())
    });
    let reason = kept.err()?;
    let text = format!("The recorded answers of this workbench are not shown: {reason}");
    Some(EventKind::Toast(Toast { tone: Tone::Bad, text }))
}

/// What a part of the template is drawn as.
fn colour(kind: TemplateSpan) -> SpanKind {
    match kind {
        TemplateSpan::RoleMarker => SpanKind::SectionHeader,
        TemplateSpan::FrontMatterKey => SpanKind::Syntax(SyntaxKind::Property),
        TemplateSpan::FrontMatter => SpanKind::FrontMatter,
        TemplateSpan::Tag => SpanKind::TemplateTag,
        TemplateSpan::Variable => SpanKind::Variable,
        TemplateSpan::Filter => SpanKind::Syntax(SyntaxKind::Function),
        TemplateSpan::String => SpanKind::Syntax(SyntaxKind::String),
        TemplateSpan::Number => SpanKind::Syntax(SyntaxKind::Number),
        TemplateSpan::Comment => SpanKind::TemplateComment,
        TemplateSpan::Keyword => SpanKind::Syntax(SyntaxKind::Keyword),
    }
}

/// Compares two texts.
pub(super) fn compare(generation: u64, request: DiffRequest, left: &str, right: &str) -> EventKind {
    EventKind::Compared { generation, diff: Arc::new(Diff::new(left, right, request)) }
}

/// Scores a text against another reference.
pub(super) fn score(
    session: &Session,
    slot: ArmSlot,
    generation: u64,
    outcome: Outcome,
    text: &str,
    case: &Case,
) -> EventKind {
    let scores = score_lines(session.scores(outcome, text, case));
    let parts = Parts::of(outcome, text, case.reference.as_deref());
    EventKind::Rescored { slot, generation, scores, parts }
}

/// Reads one dev case.
pub(super) fn load_case(session: &Session, index: usize) -> EventKind {
    let in_words = |error: DataError| format!("{error}. {}", error.hint());
    let result = match session.splits.look(Split::Dev) {
        Ok(Some(cases)) => cases.case(index).map(Box::new).map_err(in_words),
        Ok(None) => Err("this workbench has no dev cases".to_owned()),
        Err(error) => Err(in_words(error)),
    };
    EventKind::CaseLoaded { index, result }
}
