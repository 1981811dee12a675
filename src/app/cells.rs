//! Which four cells a workbench has: those that fourfold.toml names, else the ones its arms and models suggest.

use crate::config::{PromptAndStrategy, Workbench};
use crate::run::Session;
use crate::run::fourfold::table_of;
use crate::state::{CellRow, Cells};
use crate::strategy::StrategyConfig;

/// The cells of the fourfold view, or what is missing for it and what to do.
pub(super) fn of(workbench: &Workbench) -> Result<Cells, String> {
    let table = table_of(workbench)
        .map_err(|lacking| format!("The fourfold view needs {}. {}", lacking.needs, lacking.next))?;
    Ok(Cells {
        plain: named_row(&table.plain)?,
        prompted: named_row(&table.prompted)?,
        unrelated: table.unrelated && !is_tuned_from(workbench, &table.tuned, &table.base),
        base: table.base,
        tuned: table.tuned,
    })
}

/// The cells of the workbench, with these two models in the columns.
pub(super) fn pair(session: &Session, base: &str, tuned: &str) -> Result<Cells, String> {
    let mut now = session.workbench.clone();
    now.models = session.models();
    if let Some(table) = &mut now.fourfold {
        base.clone_into(&mut table.base);
        tuned.clone_into(&mut table.tuned);
    } else {
        now.models.retain(|model| model.base.is_none() || model.id == tuned);
    }
    of(&now)
}

fn is_tuned_from(workbench: &Workbench, tuned: &str, base: &str) -> bool {
    workbench.model(tuned).is_some_and(|model| model.base.as_deref() == Some(base))
}

fn named_row(named: &PromptAndStrategy) -> Result<CellRow, String> {
    let PromptAndStrategy { prompt, strategy } = named;
    let strategy = StrategyConfig::from_parts(&strategy.name, &strategy.settings)
        .map_err(|error| format!("{prompt}: {error}. {}", error.hint()))?;
    Ok(CellRow { prompt: prompt.clone(), strategy })
}
