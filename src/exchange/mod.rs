//! Other tools' files: what they say becomes a workbench, or the other way round. Files are read inside one folder only, and
//! nothing is ever executed.

mod promptfoo;

pub use promptfoo::{ExportArm, ExportJudge, Exported, ImportError, Imported, LeftOut, NamedMetric, export, import};
