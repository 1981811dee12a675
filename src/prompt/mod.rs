//! Prompt files: reading them, finding their variables, rendering them to messages. No network, no terminal.

mod engine;
mod error;
mod file;
mod front;
mod guard;
mod header;
mod highlight;
mod jail;
mod lexer;
mod lines;
mod message;
mod nearest;
mod parse;
mod portable;
mod problem;
mod reference;
mod render;
mod section;
mod variables;
mod yaml;

pub use engine::Limits;
pub use error::{Place, PromptError};
pub use file::{OnDisk, Overwrite, PromptFile};
pub use header::{FormatVersion, Header, Input, SuggestedModel};
pub use highlight::{Fence, TemplateSpan, fences, highlight};
pub(crate) use jail::read as read_inside;
pub use jail::{EnvironmentAccess, FileAccess, Permissions, Reach};
pub use lines::Lines;
pub use message::{Message, Role};
pub use nearest::nearest;
pub use parse::{EXAMPLES, Prompt, PromptKind};
pub use problem::{Problem, Severity};
pub use render::{Check, RenderOptions, Rendered};
pub use section::Section;
pub use variables::VariableUse;
pub(crate) use yaml::{Data as YamlData, Node as YamlNode, read as read_yaml};
