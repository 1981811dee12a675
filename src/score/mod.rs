//! Metrics, one file each; outcomes; diffs. Pure: text in, numbers out.

mod agreement;
mod code_bleu;
mod configured;
pub mod diff;
pub mod judge;
mod metric;
mod nearer;
mod outcome;
mod pair;
mod parts;
mod registry;
mod values;

pub use agreement::{Agreement, Group, GroupKind};
pub use code_bleu::{CodeBleu, CodeLanguage, ParsedCode, code_bleu};
pub use configured::{SettingError, aspect, configured};
pub use metric::bleu::{BleuCounts, BleuTokenizer};
pub use metric::chrf::ChrfCounts;
pub use metric::code_bleu::{CodeBleuMetric, CodeBleuSum};
pub use metric::json_schema::{Schema, SchemaResult};
pub use metric::levenshtein::{indel_ratio, levenshtein};
pub use metric::looser_match::LooserMatch;
pub use metric::rouge::{Rouge, RougePair, RougeWords};
pub use metric::{Answer, Aspect, Metric, MetricId};
pub use nearer::{Nearness, Winner, nearer};
pub use outcome::{Missing, NonAnswer, Outcome};
pub use pair::{BleuParts, CodeBleuParts, CorpusScores, PairScores, RougeParts};
pub use parts::Parts;
pub use registry::{ALL, USUAL, find, score_all, score_all_with};
pub use values::Score;
