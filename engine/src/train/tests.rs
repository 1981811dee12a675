//! Whole passes against numeric gradients, on small random models of every family; and training as callers see it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::pass::{Batch, KEPT_BYTES, Network};
use super::random::Random;
use super::*;
use crate::adapter::Layout;
use crate::model::Precision;
use crate::{Base, EngineError, Evaluator, Projection, Tuned};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn tokens(count: u32, seed: u32) -> Vec<u32> {
    (0..count).map(|position| (position * 31 + seed * 7) % 270).collect()
}

/// All numbers random, so that A and B both have gradients.
fn parameters(length: usize) -> Vec<f32> {
    let mut random = Random::new(5, &[]);
    (0..length).map(|_| (random.fraction() - 0.5) * 0.2).collect()
}

#[test]
fn whole_passes_of_every_family_equal_differences() {
    let cases = [
        ("tiny-llama.gguf", Precision::Exact, 0.0),
        ("tiny-llama.gguf", Precision::Quantised, 0.0),
        ("tiny-llama.gguf", Precision::Quantised, 0.3),
        ("tiny-llama3.gguf", Precision::Exact, 0.0),
        ("tiny-qwen2.gguf", Precision::Exact, 0.0),
        ("tiny-qwen3.gguf", Precision::Exact, 0.0),
    ];
    for (name, precision, share) in cases {
        let base = Base::load(&data(name), precision).unwrap();
        let layout = Layout::new(base.config(), 3, |_, _| true);
        let mut batch = Batch::default();
        batch.push(&tokens(7, 1), &tokens(4, 2));
        batch.push(&tokens(2, 3), &tokens(5, 4));
        let network = |parameters: &[f32], gradients: Option<&mut [f32]>, kept_bytes: usize| {
            let dropout = (share > 0.0).then(|| (share, Random::new(9, &[])));
            let network = Network {
                model: base.model(),
                layout: &layout,
                parameters,
                scale: 0.7,
                dropout,
                kept_bytes,
                interrupted: &|| false,
            };
            match gradients {
                Some(gradients) => network.learn(&batch, 0.5, gradients).unwrap(),
                None => network.measure(&batch).unwrap(),
            }
        };
        let parameters = parameters(layout.length());
        let mut gradients = vec![0.0; parameters.len()];
        let loss = network(&parameters, Some(&mut gradients), KEPT_BYTES);
        assert_eq!(loss, network(&parameters, None, 0), "{name}: the same loss with and without gradients");
        let mut twice = vec![0.0; parameters.len()];
        network(&parameters, Some(&mut twice), 0);
        assert_eq!(gradients, twice, "{name}: layers computed a second time give the same");
        assert_eq!(loss.tokens, 9);

        // One number of every matrix of every layer, and the direction of the whole gradient.
        let mut moves: Vec<Vec<(usize, f32)>> = Vec::new();
        for (_, _, part) in layout.parts() {
            moves.push(vec![(part.a.start + 5, 1.0)]);
            moves.push(vec![(part.b.start + 7, 1.0)]);
        }
        moves.push(gradients.iter().copied().enumerate().collect());
        let length = gradients.iter().map(|value| value * value).sum::<f32>().sqrt();
        let typical = length / (gradients.len() as f32).sqrt();
        for direction in moves {
            let size = direction.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
            let step = 2e-2 / size;
            let at = |step: f32| {
                let mut moved = parameters.clone();
                for &(index, value) in &direction {
                    moved[index] += step * value;
                }
                network(&moved, None, 0).sum * 0.5
            };
            let difference = (at(step) - at(-step)) / f64::from(2.0 * step);
            let formula: f64 =
                direction.iter().map(|&(index, value)| f64::from(gradients[index]) * f64::from(value)).sum();
            let error = (difference - formula).abs();
            assert!(
                error < 0.02 * formula.abs() + 0.05 * f64::from(typical * size),
                "{name} {precision:?} {share}: {formula}, but differences say {difference} (typical {typical})"
            );
        }
    }
}

#[test]
fn the_forward_pass_is_the_engines_own() {
    for name in ["tiny-llama.gguf", "tiny-llama3.gguf", "tiny-qwen2.gguf", "tiny-qwen3.gguf"] {
        let base = Base::load(&data(name), Precision::Exact).unwrap();
        let layout = Layout::new(base.config(), 4, |_, projection| projection != Projection::Key);
        let numbers = parameters(layout.length());
        let (prompt, completion) = (tokens(20, 1), tokens(6, 2));
        let mut batch = Batch::default();
        batch.push(&prompt, &completion);
        let network = Network {
            model: base.model(),
            layout: &layout,
            parameters: &numbers,
            scale: 2.0,
            dropout: None,
            kept_bytes: KEPT_BYTES,
            interrupted: &|| false,
        };
        let ours = network.measure(&batch).unwrap().sum;
        let adapter = crate::Adapter::new(base.config(), layout.clone(), numbers.clone(), 8.0, None);
        let mut evaluator = Evaluator::new(&base);
        let plain: f64 = evaluator.log_probabilities(&prompt, &completion).unwrap().iter().sum();
        evaluator.tune(Some(Tuned::new(adapter.into()))).unwrap();
        let engines: f64 = evaluator.log_probabilities(&prompt, &completion).unwrap().iter().sum();
        assert!((ours + engines).abs() < 1e-3, "{name}: {ours} {engines}");
        assert!((plain - engines).abs() > 1e-2, "{name}: the adapter does something");
    }
}

fn examples(count: u32) -> Vec<Example> {
    (0..count).map(|seed| Example { prompt: tokens(5 + seed % 7, seed), completion: tokens(4, seed % 3) }).collect()
}

fn options() -> TuneOptions {
    TuneOptions { rank: 4, epochs: 2, batch: 2, learning_rate: 5e-3, validate_every: Some(3), ..TuneOptions::default() }
}

fn trainer(options: TuneOptions) -> Trainer {
    let base = Base::load(&data("tiny-llama.gguf"), Precision::Quantised).unwrap();
    Trainer::new(&base, options, examples(10), examples(3)).unwrap()
}

fn run(trainer: &mut Trainer) -> Vec<TuneEvent> {
    let mut events = Vec::new();
    let ended = trainer
        .run(&mut |_: &Trainer, event: TuneEvent| {
            events.push(event);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(ended, TuneEnded::Finished);
    events
}

#[test]
fn a_training_learns_and_tells() {
    let mut trainer = trainer(TuneOptions { epochs: 30, ..options() });
    assert_eq!((trainer.steps(), trainer.prepared().examples), (150, 10));
    let events = run(&mut trainer);
    let losses: Vec<f64> = events
        .iter()
        .filter_map(|event| if let TuneEvent::Step { loss, .. } = event { Some(*loss) } else { None })
        .collect();
    assert_eq!(losses.len(), 150);
    assert!(losses[149] < losses[0] / 4.0, "{} {}", losses[0], losses[149]);
    let validated: Vec<(usize, f64, bool)> = events
        .iter()
        .filter_map(|event| match event {
            TuneEvent::Validated { step, loss, best, .. } => Some((*step, *loss, *best)),
            TuneEvent::Step { .. } => None,
        })
        .collect();
    // Every third step, and after each of the 30 epochs of five steps.
    assert_eq!(validated.len(), 50 + 30 - 10);
    let lowest = validated.iter().min_by(|left, right| left.1.total_cmp(&right.1)).unwrap();
    let (_, step, loss) = trainer.best().unwrap().unwrap();
    assert_eq!((step, loss.to_bits(), true), (lowest.0, lowest.1.to_bits(), lowest.2));
}

#[test]
fn batches_together_or_one_by_one_give_the_same() {
    let base = Base::load(&data("tiny-llama.gguf"), Precision::Quantised).unwrap();
    let train = |batch, accumulation| {
        let options = TuneOptions { batch, accumulation, validate_every: None, epochs: 3, ..options() };
        let mut trainer = Trainer::new(&base, options, examples(8), Vec::new()).unwrap();
        run(&mut trainer);
        assert!(trainer.best().unwrap().is_none());
        trainer.state.parameters
    };
    let (together, one_by_one) = (train(8, 1), train(1, 8));
    let most = together.iter().zip(&one_by_one).map(|(left, right)| (left - right).abs()).fold(0.0, f32::max);
    assert!(most < 1e-3, "only the order of additions differs: {most}");
}

#[test]
fn a_stopped_run_goes_on_as_if_it_had_not_stopped() {
    struct Stopping {
        events: usize,
        looks: std::cell::Cell<usize>,
    }
    impl TuneSink for Stopping {
        fn event(&mut self, _: &Trainer, _: TuneEvent) -> ControlFlow<()> {
            self.events += 1;
            if self.events.is_multiple_of(4) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
        fn stops(&self) -> bool {
            self.looks.set(self.looks.get() + 1);
            self.looks.get().is_multiple_of(11)
        }
    }
    let options = TuneOptions { dropout: 0.1, ..options() };
    let (mut straight, mut stopped) = (trainer(options.clone()), trainer(options));
    run(&mut straight);
    let mut sink = Stopping { events: 0, looks: std::cell::Cell::new(0) };
    let mut runs = 0;
    while stopped.run(&mut sink).unwrap() == TuneEnded::Stopped {
        runs += 1;
        assert!(runs < 500);
    }
    assert!(runs > 5);
    assert_eq!(stopped.state, straight.state);
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let base = Base::load(&data("tiny-llama.gguf"), Precision::Quantised).unwrap();
    let refused =
        |examples: Vec<Example>, options: TuneOptions| match Trainer::new(&base, options, examples, Vec::new()) {
            Err(EngineError::Tuning { reason }) => reason,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("was accepted"),
        };
    assert!(refused(Vec::new(), options()).contains("no examples"));
    assert!(refused(examples(4), TuneOptions { max_tokens: 3, ..options() }).contains("none of the 4"));
    let foreign = Example { prompt: vec![1], completion: vec![1_000_000] };
    assert!(refused(vec![foreign], options()).contains("does not know"));
    assert!(refused(examples(1), TuneOptions { rank: 0, ..options() }).contains("rank"));
}

#[test]
fn numbers_that_broke_are_an_error() {
    let mut trainer = trainer(options());
    trainer.state.parameters.fill(1e30);
    let ended = trainer.run(&mut |_: &Trainer, _: TuneEvent| ControlFlow::Continue(()));
    assert!(matches!(ended, Err(EngineError::Tuning { reason }) if reason.contains("learning rate")));
}

#[test]
fn a_resumed_training_equals_one_that_was_never_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let options = TuneOptions { dropout: 0.2, weight_decay: 0.01, accumulation: 2, ..options() };
    let mut straight = trainer(options.clone());
    run(&mut straight);
    let base = Base::load(&data("tiny-llama.gguf"), Precision::Quantised).unwrap();
    // At every event once: the training is saved there, thrown away, and resumed.
    let mut resumed = trainer(options);
    let mut events = 0;
    loop {
        let mut stop = |trainer: &Trainer, _: TuneEvent| {
            trainer.save_checkpoint(&path).unwrap();
            events += 1;
            ControlFlow::Break(())
        };
        let ended = resumed.run(&mut stop).unwrap();
        if ended == TuneEnded::Finished {
            break;
        }
        resumed = Trainer::resume(&base, &path, examples(10), examples(3)).unwrap();
    }
    assert_eq!(events, straight.steps() + 2);
    assert_eq!(resumed.options, straight.options);
    assert_eq!(resumed.state, straight.state);
    assert_eq!(resumed.adapter().unwrap().fingerprint(), straight.adapter().unwrap().fingerprint());
}

#[test]
fn torn_changed_and_foreign_checkpoints_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let trainer = trainer(options());
    trainer.save_checkpoint(&path).unwrap();
    let base = Base::load(&data("tiny-llama.gguf"), Precision::Quantised).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let refused = |base: &Base, examples: Vec<Example>| match Trainer::resume(base, &path, examples, self::examples(3))
    {
        Err(EngineError::Tuning { reason } | EngineError::Read { reason, .. }) => reason,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("was accepted"),
    };
    assert!(refused(&base, examples(9)).contains("other examples"));
    let other = Base::load(&data("tiny-llama3.gguf"), Precision::Quantised).unwrap();
    assert!(refused(&other, examples(10)).contains("weights"));
    for length in [0, 10, 31, 48, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        refused(&base, examples(10));
    }
    for position in [0, 17, 20, 60, whole.len() / 2, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[position] ^= 4;
        std::fs::write(&path, &changed).unwrap();
        refused(&base, examples(10));
    }
    // A header that announces more than there is, under a hash that is right.
    let mut lying = whole[..whole.len() - 32].to_vec();
    lying[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    let hash = blake3::hash(&lying);
    lying.extend(hash.as_bytes());
    std::fs::write(&path, &lying).unwrap();
    assert!(refused(&base, examples(10)).contains("cut short"));
    std::fs::write(&path, vec![0; 40 << 20]).unwrap();
    assert!(refused(&base, examples(10)).contains("make sense"));
}
