//! Which table a workbench has: the one that fourfold.toml declares, else the one its arms and models suggest. Pure.

use super::Cell;
use crate::config::{Arm, Fourfold, PromptAndStrategy, Workbench, did_you_mean};
use crate::model::Parameters;
use crate::run::NotAsked;
use crate::stats::wording::Column;

/// What is missing for a table, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// What the table needs.
    pub needs: &'static str,
    /// The next step.
    pub next: &'static str,
}

/// The table of a workbench, or what is missing for it.
pub fn table_of(workbench: &Workbench) -> Result<Fourfold, Lacking> {
    if let Some(table) = &workbench.fourfold {
        return Ok(table.clone());
    }
    // What is added goes after what is there: the last one is the newest.
    let tuned = workbench.models.iter().rev().find_map(|model| Some((model, model.base.as_ref()?)));
    let (tuned, base) = tuned.ok_or(Lacking {
        needs: "a tuned model",
        next: "Tune one, or name two models in a [fourfold] table of fourfold.toml.",
    })?;
    let named = |id: &Option<String>| id.as_ref().and_then(|id| workbench.arm(id));
    let plain = named(&workbench.run.baseline).or_else(|| workbench.arms.first());
    let other = |plain: &Arm| {
        workbench.arms.iter().find(|arm| (&arm.prompt, &arm.strategy) != (&plain.prompt, &plain.strategy))
    };
    let (plain, prompted) = plain.and_then(|plain| Some((plain, other(plain)?))).ok_or(Lacking {
        needs: "two arms that ask differently, a plain one and a prompted one",
        next: "Add an [[arm]] to fourfold.toml.",
    })?;
    let row = |arm: &Arm| PromptAndStrategy { prompt: arm.prompt.clone(), strategy: arm.strategy.clone() };
    Ok(Fourfold {
        base: base.clone(),
        tuned: tuned.id.clone(),
        unrelated: false,
        plain: row(plain),
        prompted: row(prompted),
    })
}

/// The same with another tuned model in its column, and the model that one was tuned from in the other.
pub fn table_with(workbench: &Workbench, tuned: Option<&str>) -> Result<Fourfold, NotAsked> {
    let lacking = |lacking: Lacking| NotAsked {
        what: format!("the four cells need {}", lacking.needs),
        hint: lacking.next.to_owned(),
    };
    let Some(tuned) = tuned else { return table_of(workbench).map_err(lacking) };
    let model = workbench.model(tuned).ok_or_else(|| {
        let known: Vec<&str> = workbench.models.iter().map(|model| model.id.as_str()).collect();
        let what = format!("no model of the workbench is called `{tuned}`");
        NotAsked { what, hint: did_you_mean(tuned, &known, "model") }
    })?;
    let mut table = table_of(workbench).map_err(lacking)?;
    if let Some(base) = &model.base {
        base.clone_into(&mut table.base);
        table.unrelated = false;
    } else if !table.unrelated {
        let what = format!("`{tuned}` is not tuned from another model");
        let hint = "Name a model with a `base`, or say `unrelated = true` under [fourfold].".to_owned();
        return Err(NotAsked { what, hint });
    }
    tuned.clone_into(&mut table.tuned);
    Ok(table)
}

/// The four cells of a table as arms, in the order of [`Cell::ALL`], each named as its cell.
pub fn as_arms(table: &Fourfold) -> Vec<Arm> {
    let columns = [&table.base, &table.tuned];
    let rows = [&table.plain, &table.prompted];
    let cells = rows.into_iter().flat_map(|row| columns.map(|model| (row, model)));
    let arm = |(cell, (row, model)): (Cell, (&PromptAndStrategy, &String))| Arm {
        id: cell.as_str().to_owned(),
        prompt: row.prompt.clone(),
        strategy: row.strategy.clone(),
        model: model.clone(),
        parameters: Parameters::default(),
    };
    Cell::ALL.into_iter().zip(cells).map(arm).collect()
}

/// What stands in the tuned column of a workbench's table.
pub fn column(workbench: &Workbench) -> Column {
    let Ok(table) = table_of(workbench) else { return Column::Adapter };
    let Some(tuned) = workbench.model(&table.tuned) else { return Column::Adapter };
    if table.unrelated && tuned.base.as_deref() != Some(table.base.as_str()) {
        Column::Unrelated
    } else if tuned.adapter.is_some() || tuned.lora.is_some() {
        Column::Adapter
    } else {
        Column::Model
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Known;

    const MODELS: &str = "[[model]]\nid = \"base\"\nprovider = \"embedded\"\nmodel = \"m\"\n\
                          [[model]]\nid = \"one\"\nbase = \"base\"\nadapter = \"adapters/one\"\n\
                          [[model]]\nid = \"two\"\nbase = \"base\"\nadapter = \"adapters/two\"\n";
    const ARMS: &str = "[[arm]]\nid = \"plain\"\nprompt = \"p.prompty\"\nmodel = \"base\"\n\
                        [[arm]]\nid = \"few\"\nprompt = \"p.prompty\"\nstrategy = \"few-shot\"\nmodel = \"base\"\n";

    fn workbench(text: &str) -> Workbench {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("p.prompty"), "user:\n{{ text }}\n").unwrap();
        Workbench::parse(text, home.path(), Known::default()).unwrap()
    }

    #[test]
    fn arms_and_models_suggest_a_table_and_another_model_takes_its_column() {
        let workbench = workbench(&format!("{MODELS}{ARMS}"));
        let table = table_with(&workbench, None).unwrap();
        assert_eq!((table.base.as_str(), table.tuned.as_str()), ("base", "two"));
        assert_eq!(
            (table.plain.strategy.name.as_str(), table.prompted.strategy.name.as_str()),
            ("zero-shot", "few-shot")
        );
        let arms = as_arms(&table);
        let shown: Vec<[&str; 3]> = arms.iter().map(|arm| [&arm.id, arm.strategy.name.as_str(), &arm.model]).collect();
        assert_eq!(
            shown,
            [
                ["plain-base", "zero-shot", "base"],
                ["plain-tuned", "zero-shot", "two"],
                ["prompted-base", "few-shot", "base"],
                ["prompted-tuned", "few-shot", "two"],
            ]
        );
        assert_eq!(table_with(&workbench, Some("one")).unwrap(), Fourfold { tuned: "one".to_owned(), ..table });
        let refused = |tuned| table_with(&workbench, Some(tuned)).unwrap_err().what;
        assert_eq!(refused("base"), "`base` is not tuned from another model");
        assert_eq!(refused("three"), "no model of the workbench is called `three`");
    }

    #[test]
    fn a_model_of_a_server_is_no_adapter_and_another_lineage_is_named_so() {
        let served = "[[model]]\nid = \"big\"\nprovider = \"openai\"\nbase_url = \"http://127.0.0.1:1/v1\"\nmodel = \"m\"\n\
                      [[model]]\nid = \"ours\"\nbase = \"big\"\nmodel = \"m-ours\"\n\
                      [[model]]\nid = \"lora\"\nbase = \"big\"\nlora = 0\n";
        let table = |base: &str, tuned: &str, more: &str| {
            let text = format!(
                "{MODELS}{served}{ARMS}[fourfold]\nbase = \"{base}\"\ntuned = \"{tuned}\"\n{more}\
                 plain = {{ prompt = \"p.prompty\" }}\nprompted = {{ prompt = \"p.prompty\", strategy = \"few-shot\" }}\n"
            );
            column(&workbench(&text))
        };
        assert_eq!(table("base", "one", ""), Column::Adapter);
        assert_eq!(table("big", "lora", ""), Column::Adapter);
        assert_eq!(table("big", "ours", ""), Column::Model);
        assert_eq!(table("base", "big", "unrelated = true\n"), Column::Unrelated);
        assert_eq!(table("base", "one", "unrelated = true\n"), Column::Adapter);
    }

    #[test]
    fn what_is_missing_is_said() {
        let arms = ARMS.lines().take(4).collect::<Vec<_>>().join("\n");
        let one_arm = table_with(&workbench(&format!("{MODELS}{arms}")), None).unwrap_err();
        assert!(one_arm.what.contains("need two arms that ask differently"), "{}", one_arm.what);
        let text = format!("{}{ARMS}", MODELS.lines().take(4).fold(String::new(), |all, line| all + line + "\n"));
        let untuned = table_with(&workbench(&text), None).unwrap_err();
        assert_eq!(untuned.hint, "Tune one, or name two models in a [fourfold] table of fourfold.toml.");
    }
}
