//! Work off the screen's thread: reading the prompt, diffing, scoring, the history. Each answers with one event.

use std::path::Path;
use std::sync::Arc;

use super::event::{Analysis, EventKind};
use crate::editor::{Span, SpanKind};
use crate::prompt::{Prompt, PromptKind, Severity, TemplateSpan, fences, highlight};
use crate::run::{Question, Session};
use crate::score::Outcome;
use crate::score::diff::{Diff, DiffRequest};
use crate::state::{ArmSlot, ScoreLine};

/// Reads the prompt: marks, colours, and what each arm would send.
pub(super) fn analyse(session: &Session, revision: u64, text: &str, path: &Path, questions: &[Question]) -> EventKind {
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
    let previews = questions
        .iter()
        .map(|question| {
            let (messages, _, _) =
                session.messages(question).map_err(|error| format!("{}\n{}", error.what, error.hint))?;
            let count = session.count_tokens(&question.model, &messages);
            Ok((messages, count))
        })
        .collect();
    EventKind::Analysed(Box::new(Analysis { revision, spans, fenced, marks, variables, problems, previews }))
}

/// What a part of the template is drawn as.
fn colour(kind: TemplateSpan) -> SpanKind {
    match kind {
        TemplateSpan::RoleMarker => SpanKind::SectionHeader,
        TemplateSpan::FrontMatterKey => SpanKind::Property,
        TemplateSpan::FrontMatter => SpanKind::FrontMatter,
        TemplateSpan::Tag => SpanKind::TemplateTag,
        TemplateSpan::Variable => SpanKind::Variable,
        TemplateSpan::Filter => SpanKind::Function,
        TemplateSpan::String => SpanKind::String,
        TemplateSpan::Number => SpanKind::Number,
        TemplateSpan::Comment => SpanKind::TemplateComment,
        TemplateSpan::Keyword => SpanKind::Keyword,
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
    reference: Option<&str>,
) -> EventKind {
    let scores = session
        .scores(outcome, text, reference)
        .into_iter()
        .map(|(metric, score)| ScoreLine { metric: metric.as_str().to_owned(), score })
        .collect();
    EventKind::Rescored { slot, generation, scores }
}

/// Reads one dev case.
pub(super) fn load_case(session: &Session, index: usize) -> EventKind {
    let result = match session.dev() {
        Some(cases) => cases.case(index).map(Box::new).map_err(|error| format!("{error}. {}", error.hint())),
        None => Err("this workbench has no dev cases".to_owned()),
    };
    EventKind::CaseLoaded { index, result }
}
