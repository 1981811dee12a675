//! Asking an arm every dev case, once or with several seeds; what was asked before is taken from the database.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use super::{CaseVerdict, Try, judge};
use crate::config::Arm;
use crate::data::{Case, Cases, Split};
use crate::model::Parameters;
use crate::run::{
    Answered, Forecast, NotAsked, Question, Seeds, Session, ask_or_recall, equal_samples, forecast_left, unanswered,
};
use crate::score::Parts;
use crate::store::Store;
use crate::strategy::StrategyConfig;

/// Cases that are under way at a time: what the embedded model takes in one batch.
pub const AT_ONCE: usize = 8;
/// Seeds, where a model that samples is asked without a number of its own.
const USUAL_REPEATS: u32 = 3;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Plan {
    arm: Arm,
    strategy: StrategyConfig,
    temperature: Option<f64>,
    /// Answers to each case.
    pub repeats: u32,
    /// Cases.
    pub cases: usize,
    /// Why no other seed is asked, where all answers would be equal.
    pub equal: Option<&'static str>,
}

impl Plan {
    /// Every dev case for `arm`, or the first `limit` of them. Without a number of repeats: several where sampling makes
    /// answers differ, else one.
    pub fn new(
        session: &Session,
        arm: &Arm,
        repeats: Option<u32>,
        temperature: Option<f64>,
        limit: Option<usize>,
    ) -> Result<Self, NotAsked> {
        let strategy = StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings)
            .map_err(|error| NotAsked { what: format!("arm `{}`: {error}", arm.id), hint: error.hint() })?;
        let rows = session.dev().map_or(0, Cases::count);
        if rows == 0 {
            return Err(NotAsked {
                what: "the workbench has no dev cases".to_owned(),
                hint: "Name a train or dev file under [data] in fourfold.toml.".to_owned(),
            });
        }
        let mut plan = Self {
            arm: arm.clone(),
            strategy,
            temperature,
            repeats: 1,
            cases: limit.unwrap_or(rows).min(rows),
            equal: None,
        };
        let parameters = session.parameters(&plan.question(session, Case::default(), 0));
        let by_itself = plan.strategy.own_temperature().or(parameters.temperature);
        let parameters = Parameters { temperature: by_itself, ..parameters };
        plan.equal = equal_samples(&parameters, session.embedded_file(&arm.model).is_some());
        plan.repeats = match (repeats, plan.equal) {
            (Some(repeats), Some(why)) if repeats > 1 => {
                return Err(NotAsked {
                    what: format!("{repeats} answers of `{}` to each case: {why}", arm.id),
                    hint: "Give --temperature 0.8, or ask once.".to_owned(),
                });
            }
            (Some(repeats), _) => repeats.max(1),
            (None, Some(_)) => 1,
            (None, None) => USUAL_REPEATS,
        };
        Ok(plan)
    }

    /// What asking will take, before anything is sent: only what has no recorded answer counts.
    pub fn forecast(&self, session: &Session, store: &Store) -> Result<Forecast, NotAsked> {
        let first = read(session, 0)?;
        let template = self.question(session, first, 0);
        let seeds: Vec<Option<u64>> = (0..self.repeats)
            .map(|sample| session.parameters(&self.question(session, Case::default(), sample)).seed)
            .collect();
        let cases = (0..self.cases).map(|index| read(session, index).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
        let questions = cases.iter().flat_map(|case| seeds.iter().map(|seed| (Arc::clone(case), *seed)));
        let left = unanswered(session, store, &template, questions, self.seeds())?;
        forecast_left(session, store, &template, Split::Dev, (self.cases, left))
    }

    /// Whether a recorded answer has to have the same seed: where nothing is sampled, every seed gives the same answer.
    const fn seeds(&self) -> Seeds {
        if self.equal.is_some() { Seeds::Any } else { Seeds::Same }
    }

    /// The id of the model that is asked.
    pub fn model(&self) -> &str {
        &self.arm.model
    }

    fn question(&self, session: &Session, case: Case, sample: u32) -> Question {
        // One answer alone is asked as Compose asks it; several differ by their seed.
        let seed = (self.repeats > 1).then_some(u64::from(sample));
        let own = Parameters { seed, temperature: self.temperature, ..Parameters::default() };
        Question {
            arm: self.arm.id.clone(),
            prompt_path: session.workbench.root.join(&self.arm.prompt),
            prompt_text: None,
            strategy: self.strategy.clone(),
            model: self.arm.model.clone(),
            parameters: own.over(Some(&self.arm.parameters)),
            case: case.into(),
            split: Some(Split::Dev),
            sample,
        }
    }
}

/// A case that is through.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What became of it.
    pub verdict: CaseVerdict,
    /// How many of its answers were recorded before.
    pub reused: u32,
}

/// How an asking ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Every case is through.
    Whole,
    /// Whoever listens has had enough.
    Stopped,
}

/// Asks every case; `told` hears of each as it is through, and ends the asking with `false`. Every answer is recorded before
/// it is told; dropping the future aborts what is under way, and nothing of that counts.
pub async fn ask_all(
    session: Arc<Session>,
    store: Arc<Store>,
    plan: Plan,
    mut told: impl FnMut(Step) -> bool,
) -> Result<Asked, NotAsked> {
    let plan = Arc::new(plan);
    let cases = stream::iter(0..plan.cases).map(|index| {
        let (session, store, plan) = (Arc::clone(&session), Arc::clone(&store), Arc::clone(&plan));
        async move { one_case(session, store, plan, index).await }
    });
    let mut cases = cases.buffer_unordered(AT_ONCE);
    while let Some(step) = cases.next().await {
        if !told(step?) {
            return Ok(Asked::Stopped);
        }
    }
    Ok(Asked::Whole)
}

async fn one_case(session: Arc<Session>, store: Arc<Store>, plan: Arc<Plan>, index: usize) -> Result<Step, NotAsked> {
    let reading = Arc::clone(&session);
    let case = tokio::task::spawn_blocking(move || read(&reading, index)).await;
    let case = case.map_err(|error| NotAsked {
        what: format!("reading case {} failed: {error}", index + 1),
        hint: "Run it again; what was answered is recorded.".to_owned(),
    })??;
    let seeds = plan.seeds();
    let mut tries = Vec::new();
    let mut reused = 0;
    for sample in 0..plan.repeats {
        let question = plan.question(&session, case.clone(), sample);
        let answered = ask_or_recall(&session, &store, question, seeds).await?;
        reused += u32::from(answered.reused);
        tries.push(tried(&session, answered, &case));
    }
    Ok(Step { verdict: judge(index, &case.id, &tries), reused })
}

fn read(session: &Session, index: usize) -> Result<Case, NotAsked> {
    let rows = session.splits.look(Split::Dev)?.ok_or_else(|| NotAsked {
        what: "the workbench has no dev cases".to_owned(),
        hint: "Name a train or dev file under [data] in fourfold.toml.".to_owned(),
    })?;
    rows.case(index).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })
}

fn tried(session: &Session, answered: Answered, case: &Case) -> Try {
    let Answered { outcome, text, trial, .. } = answered;
    let scores = session.scores_now((outcome, &text, None), case, Some(session.primary()));
    let primary = scores.first().and_then(|(_, score)| score.number());
    let parts = Parts::of(outcome, &text, case.reference.as_deref());
    Try { outcome, text, primary, parts, trial }
}
