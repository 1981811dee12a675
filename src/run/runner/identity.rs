//! A trial's identity: the hash of all that decides its outcome.

use crate::data::Split;
use crate::run::{Prepared, ReadyArm, Session};
use crate::store::{TrialIdentity, case_key, prompt_hash};

/// What of an arm decides its trials beside the messages, the same for all its cases.
pub(super) struct ArmIdentity {
    fingerprint: String,
    strategy: String,
    /// Of strategies of several calls: the later ones are rendered from these.
    several: Option<(String, Option<String>, Option<String>)>,
}

impl ArmIdentity {
    pub(super) fn new(session: &Session, arm: &ReadyArm) -> Self {
        let question = arm.question();
        let calls = question.strategy.calls();
        let several = (calls.per_case.most > 1).then(|| {
            let train = session.splits.get(Split::Train).map(|train| train.set().hash().to_hex().to_string());
            let set_up = arm.plan().set_up.as_ref().map(|set_up| format!("{set_up:?}"));
            (prompt_hash(arm.prompt_text()), train, set_up.map(|set_up| prompt_hash(&set_up)))
        });
        Self { fingerprint: arm.fingerprint().to_owned(), strategy: question.strategy.canonical(), several }
    }

    /// The identity of one trial: of this sample, with the messages and parameters it is about to be asked with.
    pub(super) fn of(&self, prepared: &Prepared) -> TrialIdentity {
        let question = prepared.question();
        let several = self.several.as_ref().map(|several| (several, case_key(&question.case), prepared.parameters()));
        TrialIdentity::of(&(
            1,
            &self.fingerprint,
            &self.strategy,
            &prepared.call.messages,
            &prepared.call.parameters,
            question.sample,
            several,
        ))
    }
}
