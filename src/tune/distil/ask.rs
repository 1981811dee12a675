//! Asking an arm the train inputs that it has not answered yet; each answer is in the journal before it is told.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use super::{DistilEvent, DistilPlace, DistilRow, append, distil_rows};
use crate::config::{Arm, did_you_mean, prepare_program_folder};
use crate::data::{Case, Split};
use crate::run::failures::AT_ONCE;
use crate::run::{Forecast, Question, Seeds, Session, ask_or_recall, forecast_left, question_of, unanswered};
use crate::score::Outcome;
use crate::store::{Store, case_key};
use crate::tune::TuneError;

/// What is asked of whom, and what is known already.
#[derive(Clone, Debug)]
pub struct DistilPlan {
    /// Where it is kept.
    pub place: DistilPlace,
    /// The arm's id.
    pub arm: String,
    /// How it asks now, by [`crate::store::arm_key`].
    pub asked: String,
    /// The train rows with what the journal says of them.
    pub rows: Vec<DistilRow>,
    template: Question,
}

impl DistilPlan {
    /// Makes ready: reads the train rows and the journal. Loads the model where it runs inside this program.
    pub fn new(session: &Session, arm: &str, place: Option<DistilPlace>) -> Result<Self, TuneError> {
        let workbench = &session.workbench;
        let known: Vec<&str> = workbench.arms.iter().map(|arm| arm.id.as_str()).collect();
        let found = workbench.arm(arm).ok_or_else(|| {
            TuneError::asked(format!("no arm of the workbench is called `{arm}`"), did_you_mean(arm, &known, "arm"))
        })?;
        let place = match place {
            Some(place) => place,
            None => DistilPlace::of_arm(&workbench.root, arm)?,
        };
        prepare_program_folder(&workbench.root).map_err(|error| TuneError::file(&workbench.root, &error))?;
        let template = template(session, found)?;
        let asked = session.arm_key(&template)?;
        let rows = distil_rows(session, &place, &asked)?;
        Ok(Self { place, arm: arm.to_owned(), asked, rows, template })
    }

    /// Rows that are to be asked.
    pub fn missing(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|index| self.rows.get(*index).is_some_and(|row| row.answer.is_none())).collect()
    }

    /// What asking the rows at `wanted` will take, before anything is sent: only what has no recorded answer counts.
    pub fn forecast(&self, session: &Session, store: &Store, wanted: &[usize]) -> Result<Forecast, TuneError> {
        let cases: Vec<Arc<Case>> =
            wanted.iter().filter_map(|index| Some(Arc::new(self.rows.get(*index)?.case.clone()))).collect();
        let Some(first) = self.rows.first() else { return Err(TuneError::asked("there are no train rows", "")) };
        let first = cases.first().cloned().unwrap_or_else(|| Arc::new(first.case.clone()));
        let template = Question { case: first, ..self.template.clone() };
        let left = unanswered(session, store, &template, cases.into_iter().map(|case| (case, None)), Seeds::Any)?;
        Ok(forecast_left(session, store, &template, Split::Train, (self.rows.len(), left))?)
    }

    /// The id of the model that is asked.
    pub fn model(&self) -> &str {
        &self.template.model
    }
}

fn template(session: &Session, arm: &Arm) -> Result<Question, TuneError> {
    question_of(session, arm, Split::Train).map_err(|error| TuneError::failed(error.what, error.hint))
}

/// A row that was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct DistilStep {
    /// Its place among the train rows.
    pub index: usize,
    /// The answer; what went wrong where none came.
    pub result: Result<(Outcome, String), String>,
}

/// Asks the rows at `wanted`; `told` hears of each, and ends it with `false`. Dropping the future aborts what is under way.
/// A row whose call failed stays without an answer and is asked the next time.
pub async fn distil(
    session: Arc<Session>,
    store: Arc<Store>,
    plan: &DistilPlan,
    wanted: Vec<usize>,
    mut told: impl FnMut(DistilStep) -> bool,
) -> Result<(), TuneError> {
    let asks = stream::iter(wanted).filter_map(|index| {
        let case = plan.rows.get(index).map(|row| row.case.clone());
        std::future::ready(case.map(|case| (index, case)))
    });
    let mut asks = std::pin::pin!(
        asks.map(|(index, case)| {
            let (session, store) = (Arc::clone(&session), Arc::clone(&store));
            let question = Question { case: case.into(), ..plan.template.clone() };
            async move {
                let case = question.case.clone();
                (index, case, ask_or_recall(&session, &store, question, Seeds::Any).await)
            }
        })
        .buffer_unordered(AT_ONCE)
    );
    while let Some((index, case, answered)) = asks.next().await {
        let answered = answered.map_err(|error| {
            TuneError::failed(format!("row {} (`{}`): {}", index + 1, case.id, error.what), error.hint)
        })?;
        let result = if let Outcome::Missing(_) = answered.outcome {
            let (what, hint) = answered.error.unwrap_or_else(|| ("no answer came".to_owned(), String::new()));
            Err(format!("{}: {what}. {hint}", case.id).trim_end().to_owned())
        } else {
            let event = DistilEvent::Answered {
                row: case.id.clone(),
                case: case_key(&case),
                asked: plan.asked.clone(),
                outcome: answered.outcome.as_str().to_owned(),
                answer: answered.text.clone(),
            };
            append(&plan.place.journal(), &[event])?;
            Ok((answered.outcome, answered.text))
        };
        if !told(DistilStep { index, result }) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, copy_sample};
    use crate::model::{AdapterUse, Model, ModelError, Script, ScriptedModel};
    use crate::tune::distil::{DistilCounts, Review};

    fn bench(model: &Arc<ScriptedModel>) -> (tempfile::TempDir, Arc<Session>, Arc<Store>) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let model = Arc::clone(model);
        let factory = move |_: &str, _: Option<&AdapterUse>| Ok(Arc::clone(&model) as Arc<dyn Model>);
        let session = Session::open(workbench, Arc::new(factory));
        let store = Store::open(&home.path().join(".fourfold")).unwrap();
        (home, Arc::new(session), Arc::new(store))
    }

    #[tokio::test]
    async fn an_interrupted_distillation_goes_on_where_it_stopped() {
        let fails = Script::default().fails(ModelError::Stalled { seconds: 1 });
        let model = Arc::new(ScriptedModel::new("m", vec![Script::answer(&["{}"]), fails, Script::answer(&["{}"])]));
        let (_home, session, store) = bench(&model);
        let plan = DistilPlan::new(&session, "prompted", None).unwrap();
        assert_eq!((plan.rows.len(), plan.missing().len()), (200, 200));
        let mut seen = Vec::new();
        let wanted = plan.missing().into_iter().take(3).collect();
        distil(Arc::clone(&session), Arc::clone(&store), &plan, wanted, |step| {
            seen.push(step.result.is_ok());
            true
        })
        .await
        .unwrap();
        assert_eq!((seen.len(), seen.iter().filter(|fine| **fine).count()), (3, 2));
        // What was answered stands in the journal; the row whose call failed is asked again.
        let mut plan = DistilPlan::new(&session, "prompted", None).unwrap();
        assert_eq!(plan.missing().len(), 198);
        let row = plan.rows.iter().position(|row| row.answer.is_some()).unwrap();
        let (id, case) = (plan.rows[row].case.id.clone(), case_key(&plan.rows[row].case));
        append(&plan.place.journal(), &[DistilEvent::Reviewed { row: id, case, review: Review::Accept }]).unwrap();
        plan = DistilPlan::new(&session, "prompted", None).unwrap();
        assert_eq!(DistilCounts::of(&plan.rows).accepted, 1);
        // Another arm has its own answers.
        assert_eq!(DistilPlan::new(&session, "plain", None).unwrap().missing().len(), 200);
    }

    #[test]
    fn an_arm_that_is_not_there_is_named() {
        let model = Arc::new(ScriptedModel::answering(&["x"]));
        let (_home, session, _store) = bench(&model);
        assert_eq!(DistilPlan::new(&session, "promted", None).unwrap_err().hint(), "Did you mean `prompted`?");
    }
}
