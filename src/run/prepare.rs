//! Making a question ready to be asked: what its strategy works on, its first call, and everything its record will say
//! besides the answer. Nothing is sent.

use std::path::Path;
use std::sync::Arc;

use super::likeness::Sending;
use super::plan::Plan;
use super::question::{NotAsked, Question};
use super::session::Session;
use super::trial::TrialCall;
use crate::data::{Case, Cases};
use crate::model::hosted::Priced;
use crate::model::{Model, Parameters};
use crate::prompt::{Message, Permissions, Prompt, PromptKind, Reach};
use crate::store::{ArmRecord, SharedArm};
use crate::strategy::{Call, Extraction, Lengths, ORDER, SetUp, StrategyError};

/// Stands for reasoning that the set-up will bring.
const UNWRITTEN: &str = "[the model's own reasoning about this row, written in the set-up]";

/// A question made ready: the call, and all that its record will say besides the answer.
#[derive(Clone)]
pub struct Prepared {
    /// What is sent to whom.
    pub call: TrialCall,
    /// Remarks of the strategy.
    pub notes: Vec<String>,
    /// What is about to be sent where, the first time that this folder asks there.
    pub first_use: Option<String>,
    question: Question,
    /// What the strategy works on, with the arm's sampling, without what the strategy sets for its own calls.
    plan: Arc<Plan>,
    arm: SharedArm,
    priced: Option<Priced>,
}

/// An arm made ready once for all of its cases: its prompt read, its model there, its notes known.
#[derive(Clone)]
pub struct ReadyArm {
    question: Question,
    plan: Plan,
    arm: SharedArm,
    model: Arc<dyn Model>,
    priced: Option<Priced>,
    /// What every record of it says.
    notes: Vec<String>,
    first_use: Option<String>,
}

/// What was asked, borrowed from wherever it is kept.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) question: &'a Question,
    pub(super) messages: &'a [Message],
    pub(super) parameters: &'a Parameters,
    pub(super) arm: &'a SharedArm,
    pub(super) notes: &'a [String],
    /// What the strategy worked on, where that is still at hand.
    pub(super) plan: Option<&'a Plan>,
}

impl Prepared {
    /// The arm's sampling: what its record says, whatever the strategy sets for its own calls.
    pub fn parameters(&self) -> &Parameters {
        &self.plan.parameters
    }

    /// What was asked.
    pub const fn question(&self) -> &Question {
        &self.question
    }

    /// What its model costs, where that is known.
    pub(super) const fn priced(&self) -> Option<Priced> {
        self.priced
    }

    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            question: &self.question,
            messages: &self.call.messages,
            parameters: &self.plan.parameters,
            arm: &self.arm,
            notes: &self.notes,
            plan: Some(&self.plan),
        }
    }
}

impl ReadyArm {
    /// The question without its case.
    pub const fn question(&self) -> &Question {
        &self.question
    }

    /// What its trials' records say of it.
    pub(super) const fn record(&self) -> &SharedArm {
        &self.arm
    }

    /// What its model costs, where that is known.
    pub(super) const fn priced(&self) -> Option<Priced> {
        self.priced
    }

    /// The model that answers.
    pub const fn model(&self) -> &Arc<dyn Model> {
        &self.model
    }

    /// What decides the model's answers.
    pub fn fingerprint(&self) -> &str {
        &self.arm.fingerprint
    }

    /// The prompt's text.
    pub fn prompt_text(&self) -> &str {
        &self.arm.prompt_text
    }

    /// How it is sampled.
    pub const fn parameters(&self) -> &Parameters {
        &self.plan.parameters
    }

    /// What is about to be sent where, the first time that this folder asks there.
    pub fn first_use(&self) -> Option<&str> {
        self.first_use.as_deref()
    }

    /// What its strategy works on, with any case.
    pub(super) const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Makes a case ready to be asked: one of several samples, with this seed where one is given. The model is sent nothing.
    pub fn prepare(&self, case: Arc<Case>, sample: u32, seed: Option<u64>) -> Result<Prepared, NotAsked> {
        let mut plan = self.plan.clone();
        plan.case = Arc::clone(&case);
        plan.parameters.seed = seed.or(plan.parameters.seed);
        let call = first_call(&plan)?;
        let mut notes = self.notes.clone();
        let several = plan.strategy.calls().per_case.most > 1;
        // In what order this call shows the choices is told with the call: the others show them in another.
        notes.extend(call.notes.iter().filter(|note| !several || !note.starts_with(ORDER)).cloned());
        let own = plan.parameters(&call);
        let plan = Arc::new(plan);
        let question = Question {
            case,
            sample,
            parameters: Parameters { seed: seed.or(self.question.parameters.seed), ..self.question.parameters.clone() },
            ..self.question.clone()
        };
        let call = TrialCall {
            model: Arc::clone(&self.model),
            messages: call.messages,
            parameters: own,
            plan: several.then(|| Arc::clone(&plan)),
        };
        Ok(Prepared {
            call,
            notes,
            first_use: self.first_use.clone(),
            question,
            plan,
            arm: self.arm.clone(),
            priced: self.priced,
        })
    }
}

/// The first call of a plan's case; the strategy's remarks are with it.
fn first_call(plan: &Plan) -> Result<Call, NotAsked> {
    let not_asked = |error: StrategyError| plan.not_asked(&error);
    let mut call = plan.strategy.strategy().first(&plan.strategy, &plan.task()).map_err(not_asked)?;
    if plan.strategy.calls().per_case.most > 1 {
        // A text of a later call that cannot be rendered is found before the first is paid for.
        plan.look_ahead(Lengths::assumed(1)).map_err(not_asked)?;
    }
    if !call.exemplars.is_empty() {
        let told: Vec<String> = call.exemplars.iter().map(|used| format!("{} ({})", used.id, used.why)).collect();
        call.notes.push(format!("examples from train: {}", told.join(", ")));
    }
    if let Some(set_up) = &plan.set_up {
        call.notes.push(format!("set-up: {}", set_up.in_words()));
    }
    Ok(call)
}

impl Session {
    /// Everything a question's strategy works on, and the prompt's text. Nothing is sent.
    pub fn plan(&self, question: &Question) -> Result<(Plan, String), NotAsked> {
        self.plan_with(question, Sending::Never)
    }

    /// The same for a question that is about to be asked: a server may be asked which train rows are like the case.
    pub(super) fn plan_with(&self, question: &Question, sending: Sending) -> Result<(Plan, String), NotAsked> {
        let text = match &question.prompt_text {
            Some(text) => text.clone(),
            None => Self::prompt_text(&question.prompt_path)?,
        };
        let name = question.prompt_path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        let prompt = Arc::new(Prompt::parse(&text, PromptKind::of(&question.prompt_path)).named(name));
        let base = question.prompt_path.parent().map_or_else(|| self.workbench.root.clone(), Path::to_path_buf);
        let usual = || self.likenesses(question.strategy.calls().embeds, sending);
        let mut plan = Plan {
            strategy: question.strategy.clone(),
            retrieval: Some(self.train_indexes.of(&self.splits, &prompt, sending, usual)?),
            prompt,
            case: question.case.clone(),
            splits: Arc::clone(&self.splits),
            set_up: None,
            reach: Reach { base, root: self.workbench.root.clone() },
            permissions: Permissions::default(),
            parameters: self.parameters(question),
            alike: self.workbench.data.leaks.threshold,
        };
        plan.set_up = self.recall_set_up(question, &text, &plan);
        Ok((plan, text))
    }

    /// The first call of a question, everything behind it, and the prompt's text. The model is sent nothing.
    fn first_call(&self, question: &Question, sending: Sending) -> Result<(Call, Plan, String), NotAsked> {
        let (plan, text) = self.plan_with(question, sending)?;
        let unmade = plan.set_up.is_none() && question.strategy.calls().pool.is_some();
        if !unmade || sending != Sending::Never {
            return Ok((first_call(&plan)?, plan, text));
        }
        // Nobody has made the set-up yet: shown with a word in place of what it will bring.
        let train = plan.splits.train.as_ref().map_or(0, Cases::count);
        let supposed = SetUp::supposed(0..question.strategy.calls().set_up(train), UNWRITTEN);
        let mut call = first_call(&Plan { set_up: Some(Arc::new(supposed)), ..plan.clone() })?;
        call.notes.retain(|note| !note.starts_with("set-up: "));
        Ok((call, plan, text))
    }

    /// The messages a question sends first, and the strategy's remarks. Nothing is sent.
    pub fn messages(&self, question: &Question) -> Result<(Vec<Message>, Vec<String>, String), NotAsked> {
        let (call, _, text) = self.first_call(question, Sending::Never)?;
        Ok((call.messages, call.notes, text))
    }

    /// The messages a question sends first, of a person who has asked for it: a server may be asked for their examples.
    pub fn messages_to_learn(&self, question: &Question) -> Result<Vec<Message>, NotAsked> {
        Ok(self.first_call(question, Sending::Allowed)?.0.messages)
    }

    /// Makes a question ready to be asked. Set-up calls of its strategy have to be made before; see [`Session::set_up`].
    pub fn prepare(&self, question: Question) -> Result<Prepared, NotAsked> {
        let (case, sample) = (Arc::clone(&question.case), question.sample);
        let arm = self.ready(question)?;
        arm.prepare(case, sample, None)
    }

    /// Makes an arm ready to be asked its cases; the question's own is not looked at. Set-up calls of its strategy have to be made
    /// before; see [`Session::set_up`].
    pub fn ready(&self, question: Question) -> Result<ReadyArm, NotAsked> {
        let priced = self.priced(&question.model);
        let unpriced = self.within_budget(priced)?;
        let leaked = self.leak_note(question.split)?;
        let (plan, prompt_text) = self.plan_with(&question, Sending::Allowed)?;
        let model = self.model(&question.model)?;
        let mut notes = self.tuned_notes(&question, &prompt_text)?;
        notes.extend(leaked);
        notes.extend(unpriced);
        notes.extend(self.tape.note());
        let arm = self.arm_record(&question, prompt_text, model.fingerprint(), plan.parameters.clone());
        let embeds = question.strategy.calls().embeds || !self.similar().is_empty();
        let told = [embeds.then(|| self.embedder_first_use()).flatten(), self.first_use(&question.model)];
        let told: Vec<String> = told.into_iter().flatten().collect();
        let first_use = (!told.is_empty()).then(|| told.join(" "));
        for similar in self.similar() {
            similar.allow_sending();
        }
        Ok(ReadyArm { question, plan, arm, model, priced, notes, first_use })
    }

    /// As [`Session::ready`], to look ahead: nothing is sent and nobody is told anything. An arm whose set-up is not made yet is not
    /// ready.
    pub(super) fn ready_ahead(&self, question: Question) -> Result<Option<ReadyArm>, NotAsked> {
        let (plan, prompt_text) = self.plan_with(&question, Sending::Never)?;
        if plan.set_up.is_none() && question.strategy.calls().pool.is_some() {
            return Ok(None);
        }
        let model = self.model(&question.model)?;
        let arm = self.arm_record(&question, prompt_text, model.fingerprint(), plan.parameters.clone());
        Ok(Some(ReadyArm { question, plan, arm, model, priced: None, notes: Vec::new(), first_use: None }))
    }

    /// What the records of an arm's trials say of it.
    pub(super) fn arm_record(
        &self,
        question: &Question,
        prompt_text: String,
        fingerprint: String,
        parameters: Parameters,
    ) -> SharedArm {
        let path = question.prompt_path.strip_prefix(&self.workbench.root).unwrap_or(&question.prompt_path);
        ArmRecord {
            prompt_path: path.display().to_string(),
            prompt_text,
            name: question.arm.clone(),
            strategy: serde_json::to_value(&question.strategy).unwrap_or_default(),
            model: question.model.clone(),
            fingerprint,
            parameters,
        }
        .into()
    }

    /// What a text says that answers a question by itself.
    pub(super) fn extract(
        &self,
        question: &Question,
        plan: Option<&Plan>,
        prompt_text: &str,
        text: &str,
    ) -> Extraction {
        if let Some(plan) = plan {
            return plan.strategy.strategy().extract(&plan.strategy, &plan.task(), text);
        }
        let asked = Question { prompt_text: Some(prompt_text.to_owned()), ..question.clone() };
        match self.plan(&asked) {
            Ok((plan, _)) => question.strategy.strategy().extract(&question.strategy, &plan.task(), text),
            Err(error) => Extraction::Unparsed { why: error.what },
        }
    }
}
