//! Which four cells a workbench has: those that fourfold.toml names, else the ones its arms and models suggest.

use crate::config::{Arm, PromptAndStrategy, StrategySpec, Workbench};
use crate::run::Session;
use crate::state::{CellRow, Cells};
use crate::strategy::StrategyConfig;

/// The cells of the fourfold view, or what is missing for it and what to do.
pub(super) fn of(workbench: &Workbench) -> Result<Cells, String> {
    if let Some(table) = &workbench.fourfold {
        return Ok(Cells {
            plain: named_row(&table.plain)?,
            prompted: named_row(&table.prompted)?,
            base: table.base.clone(),
            tuned: table.tuned.clone(),
            unrelated: table.unrelated && !is_tuned_from(workbench, &table.tuned, &table.base),
        });
    }
    let tuned = workbench.models.iter().find_map(|model| Some((model, model.base.as_ref()?)));
    let Some((tuned, base)) = tuned else {
        return Err("The fourfold view needs a tuned model: tune one, or name two models in a [fourfold] table of \
                    fourfold.toml."
            .to_owned());
    };
    let named = |id: &Option<String>| id.as_ref().and_then(|id| workbench.arm(id));
    let plain = named(&workbench.run.baseline).or_else(|| workbench.arms.first());
    let other = |plain: &Arm| {
        workbench.arms.iter().find(|arm| (&arm.prompt, &arm.strategy) != (&plain.prompt, &plain.strategy)).cloned()
    };
    let pair = plain.and_then(|plain| Some((plain, other(plain)?)));
    let Some((plain, prompted)) = pair else {
        return Err("The fourfold view needs two arms that ask differently, a plain one and a prompted one: add an \
                    [[arm]] to fourfold.toml."
            .to_owned());
    };
    Ok(Cells {
        plain: row(&plain.prompt, &plain.strategy)?,
        prompted: row(&prompted.prompt, &prompted.strategy)?,
        base: base.clone(),
        tuned: tuned.id.clone(),
        unrelated: false,
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
    row(&named.prompt, &named.strategy)
}

fn row(prompt: &str, strategy: &StrategySpec) -> Result<CellRow, String> {
    let strategy = StrategyConfig::from_parts(&strategy.name, &strategy.settings)
        .map_err(|error| format!("{prompt}: {error}. {}", error.hint()))?;
    Ok(CellRow { prompt: prompt.to_owned(), strategy })
}
