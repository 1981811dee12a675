//! The Tune screen: its form, a training under way, and one that learns by heart.

use super::super::event::{EventKind, Timer, TuneNews};
use super::stage::Stage;
use crate::prompt::{Message, Role};
use crate::state::Tunable;
use crate::tune::{Entry, EpochLosses, Estimate, Phase, Reckoned, TuneEvent, TuneExample, overfitting};

impl Stage {
    /// The Tune screen with its form and what the training would take.
    pub(super) fn tune_form() -> Self {
        let mut stage = Self::new();
        let pair = |id: &str| (id.to_owned(), String::new());
        stage.state.place.tunable = Tunable {
            bases: vec![pair("base")],
            arms: vec![pair("plain"), pair("prompted")],
            name: "orders-2".to_owned(),
            ..Tunable::default()
        };
        stage.keys("ctrl+n");
        stage.happen(EventKind::Timer(Timer::Reckon));
        let estimate = Estimate {
            examples: 108,
            held_out: 12,
            tokens_per_example: 66.4,
            steps: 324,
            parameters: 2_442_240,
            seconds: 131.0,
            memory_bytes: 740_000_000,
            tokens_per_second: 164.0,
            pace_is_measured: true,
        };
        let said = |role, text: &str| Message::new(role, text);
        let example = TuneExample {
            row: "train-001".to_owned(),
            arm: "plain".to_owned(),
            held_out: false,
            messages: vec![
                said(Role::System, "Turn the order into JSON."),
                said(Role::User, "Two lamps for Felix in Bath, please, on Monday."),
            ],
            answer: r#"{"who":"Felix","city":"Bath","item":"lamp","qty":2,"day":"mon"}"#.to_owned(),
        };
        let notes = vec!["1 row has no reference: left out".to_owned()];
        let reckoned = Reckoned { estimate, notes, examples: vec![example] };
        stage.happen(EventKind::Tune(TuneNews::Reckoned { generation: 1, result: Ok(reckoned) }));
        stage
    }

    /// A training of which so much has happened.
    pub(super) fn training(phase: Phase) -> Self {
        let mut stage = Self::tune_form();
        let name = "orders-2".to_owned();
        stage.happen(EventKind::Tune(TuneNews::Begun { name: name.clone(), result: Ok(()) }));
        let mut events = vec![TuneEvent::Started {
            steps: 324,
            epochs: 3,
            examples: 108,
            held_out: 12,
            tokens: 7_171,
            parameters: 2_442_240,
            resumed_at: None,
        }];
        for step in 1..=200u32 {
            let loss = 3.2 * (-f64::from(step) / 40.0).exp() + 0.02;
            let (step, epoch) = (u64::from(step), 1 + step / 108);
            let seconds_left = (324 - step) as f64 * 0.4;
            events.push(TuneEvent::Step { step, epoch, loss, tokens_per_second: 164.0, seconds_left });
            if step == 108 {
                events.push(TuneEvent::Validation { step, epoch: 1, loss: 0.31, best: true });
            }
        }
        let reference = stage.state.case.reference().unwrap();
        let answer = reference.replacen("\"qty\":", "\"qty\":1", 1);
        events.push(TuneEvent::Sample { step: 200, case: "train-017".to_owned(), reference, answer });
        let entries = events.into_iter().map(|event| Entry { time: 0, event }).collect();
        stage.happen(EventKind::Tune(TuneNews::Went { name, entries, phase }));
        stage
    }

    /// A training that learns by heart, with a remark.
    pub(super) fn overfitting() -> Self {
        let mut stage = Self::training(Phase::Training);
        let losses = [(0.9, 0.31), (0.2, 0.28), (0.05, 0.4)].into_iter().zip(1u32..);
        let epochs: Vec<EpochLosses> = losses
            .clone()
            .map(|((train, validation), epoch)| EpochLosses { epoch, train, validation: Some(validation) })
            .collect();
        let mut events: Vec<TuneEvent> = losses
            .map(|((loss, validation), epoch)| TuneEvent::Epoch { epoch, loss, validation: Some(validation) })
            .collect();
        let found = overfitting(&epochs).unwrap();
        events.push(TuneEvent::Overfitting { epoch: found.epoch, message: found.message });
        events.push(TuneEvent::Note { message: "2 examples are longer than 1024 tokens and were cut".to_owned() });
        let entries = events.into_iter().map(|event| Entry { time: 0, event }).collect();
        let name = "orders-2".to_owned();
        stage.happen(EventKind::Tune(TuneNews::Went { name, entries, phase: Phase::Training }));
        stage
    }
}
