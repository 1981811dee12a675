//! The prompt as it is: one call, the whole answer.

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::registry::Strategy;
use super::setting::Setting;
use super::task::{Call, Task};

/// See the module's first line.
pub(crate) struct ZeroShot;

impl Strategy for ZeroShot {
    fn id(&self) -> &'static str {
        "zero-shot"
    }

    fn title(&self) -> &'static str {
        "Zero-shot"
    }

    fn summary(&self) -> &'static str {
        "Sends the prompt as it is."
    }

    fn settings(&self) -> &'static [Setting] {
        &[]
    }

    fn first(&self, _config: &StrategyConfig, task: &Task<'_>) -> Result<Call, StrategyError> {
        let rendered = task.prompt.render(&task.case.variables, &task.options())?;
        Ok(Call { messages: rendered.messages, ..Call::default() })
    }
}
