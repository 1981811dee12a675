//! From what a person wants measured to a plan: every arm looked at once, before anything is asked.

use std::sync::Arc;

use super::plan::{Limits, Plan, PlannedArm, Shard};
use crate::config::{Arm, Fourfold};
use crate::data::{Cases, Split, SplitRows};
use crate::model::Parameters;
use crate::run::fourfold::questions_of;
use crate::run::{NotAsked, Question, Session, equal_samples, question_of};
use crate::store::{RunLimits, StoredRun, arm_key, prompt_hash};

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The arms, each as a question with any case; see [`Wanted::arms`] and [`Wanted::fourfold`].
    pub questions: Vec<Question>,
    /// The split.
    pub split: Split,
    /// How many of its cases; all unless said.
    pub cases: Option<u64>,
    /// Trials of one arm on one case.
    pub repeats: u32,
    /// Decides the order of the cases.
    pub order_seed: u64,
    /// The name of the arm all others are compared with; the first unless said, or where it is not among them.
    pub baseline: Option<String>,
    /// Whether the arms are the four cells of the table.
    pub fourfold: bool,
    /// Whether an arm is asked no further once its verdict is clear.
    pub sequential: bool,
    /// Where asking stops.
    pub limits: Limits,
    /// The part that is asked here.
    pub shard: Option<Shard>,
}

impl Wanted {
    /// Arms of the workbench on a split, sampled with `own` over their own and their models' settings; all else as the workbench says.
    pub fn arms(session: &Session, arms: &[&Arm], split: Split, own: &Parameters) -> Result<Self, NotAsked> {
        let questions = arms.iter().map(|arm| {
            let question = question_of(session, arm, split)?;
            Ok(Question { parameters: own.over(Some(&question.parameters)), ..question })
        });
        Ok(Self::of(session, questions.collect::<Result<_, NotAsked>>()?, split, false))
    }

    /// The four cells of a table on a split.
    pub fn fourfold(session: &Session, table: &Fourfold, split: Split, own: &Parameters) -> Result<Self, NotAsked> {
        let cells = questions_of(session, table, &Arc::default(), Some(split), own.seed)?;
        let cells = cells.into_iter().map(|(_, question)| Question { parameters: own.clone(), ..question }).collect();
        Ok(Self::of(session, cells, split, true))
    }

    fn of(session: &Session, questions: Vec<Question>, split: Split, fourfold: bool) -> Self {
        let run = &session.workbench.run;
        Self {
            questions,
            split,
            cases: None,
            repeats: run.repeats.unwrap_or(1),
            order_seed: run.seed.unwrap_or(1),
            baseline: run.baseline.clone().filter(|_| !fourfold),
            fourfold,
            sequential: false,
            limits: Limits { cost: run.max_cost, calls: run.max_calls, seconds: run.max_time },
            shard: None,
        }
    }
}

/// The rows of a split that is there and not empty.
pub(super) fn rows_of(session: &Session, split: Split) -> Result<&SplitRows, NotAsked> {
    session.splits.look(split)?.filter(|rows| rows.count() > 0).ok_or_else(|| NotAsked {
        what: format!("the workbench has no {} cases", split.as_str()),
        hint: "Name their file under [data] in fourfold.toml.".to_owned(),
    })
}

impl Plan {
    /// The plan of what is wanted. Loads the models that run inside the program; nothing is sent.
    pub fn of(session: &Session, wanted: &Wanted) -> Result<Self, NotAsked> {
        let rows = rows_of(session, wanted.split)?;
        session.can_decide()?;
        let mut arms = Vec::new();
        for question in &wanted.questions {
            let text = Session::prompt_text(&question.prompt_path)?;
            let parameters = session.parameters(question);
            let fingerprint = session.model(&question.model)?.fingerprint();
            let greedy = session.embedded_file(&question.model).is_some();
            if let (true, Some(why)) = (wanted.repeats > 1, equal_samples(&parameters, greedy)) {
                return Err(NotAsked {
                    what: format!("{} repeats of `{}`: {why}", wanted.repeats, question.arm),
                    hint: "Give --temperature 0.8, or set the model's temperature in fourfold.toml.".to_owned(),
                });
            }
            let strategy = serde_json::to_value(&question.strategy).unwrap_or_default();
            let path = question.prompt_path.strip_prefix(&session.workbench.root).unwrap_or(&question.prompt_path);
            arms.push(PlannedArm {
                name: question.arm.clone(),
                prompt: path.display().to_string(),
                prompt_hash: prompt_hash(&text),
                arm_key: arm_key(&text, &strategy, &fingerprint, &parameters),
                strategy: question.strategy.clone(),
                model: question.model.clone(),
                fingerprint,
                own: question.parameters.clone(),
                parameters,
            });
        }
        let named = |name: &String| arms.iter().position(|arm| arm.name == *name);
        let baseline = wanted.baseline.as_ref().and_then(named).unwrap_or(0) as u32;
        Ok(Self {
            arms,
            split: wanted.split,
            data_hash: rows.content_hash(),
            rows: rows.count() as u64,
            cases: wanted.cases.filter(|cases| *cases < rows.count() as u64),
            repeats: wanted.repeats.max(1),
            order_seed: wanted.order_seed,
            primary: session.primary().to_owned(),
            margin: session.workbench.scoring.margin,
            baseline,
            fourfold: wanted.fourfold,
            sequential: wanted.sequential,
            limits: wanted.limits,
            shard: wanted.shard,
        })
    }

    /// The plan of a stored run, with the limits that it was gone on with last.
    pub fn stored(run: &StoredRun) -> Result<Self, NotAsked> {
        let mut plan: Self = serde_json::from_value(run.record.plan.clone()).map_err(|error| NotAsked {
            what: format!("the plan of run {} cannot be read: {error}", run.id),
            hint: "It was written by another version of fourfold; begin a new run.".to_owned(),
        })?;
        if let Some(RunLimits { cost, calls }) = run.limits {
            plan.limits = Limits { cost, calls, ..plan.limits };
        }
        Ok(plan)
    }
}
