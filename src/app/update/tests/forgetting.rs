//! What tuning lost: from the Tune screen and from a cell.

use super::fourfold::with_cells;
use super::{Bench, bench};
use crate::app::effect::Effect;
use crate::app::event::{EventKind, ForgettingNews};
use crate::config::{Adapter, ModelSpec, Provider, ServedAdapter};
use crate::model::Dialect;
use crate::score::Score;
use crate::state::tune::Watched;
use crate::state::{Fault, ForgetOf, Overlay, ScoreLine};
use crate::tune::{ItemKind, ItemResult, Phase, Progress};

fn tuned() -> Bench {
    let mut bench = bench();
    let base = bench.state.models.known[0].clone();
    let adapter = Some(Adapter { folder: "adapters/a".into(), scale: 1.0 });
    let tuned = ModelSpec { id: "tuned".to_owned(), base: Some(base.id.clone()), adapter, ..base };
    bench.state.models.known.push(tuned);
    bench.press("alt+3");
    bench
}

fn items(tuned: f64) -> Vec<ItemResult> {
    (0..8)
        .map(|n| ItemResult {
            kind: ItemKind::Question,
            name: format!("q{n}"),
            tokens: 3,
            base: -1.0,
            tuned: tuned - f64::from(n) * 0.01,
        })
        .collect()
}

fn news(bench: &mut Bench, generation: u64, news: ForgettingNews) {
    bench.happens(EventKind::Forgetting { generation, news });
}

#[test]
fn what_it_takes_is_said_first_and_the_result_stays() {
    let mut bench = tuned();
    let of = ForgetOf::Model("tuned".to_owned());
    assert_eq!(bench.press("l"), []);
    assert!(bench.state.forgetting.asks.is_some());
    assert_eq!(bench.press("r x n"), [], "nothing begins without a yes");
    assert!(bench.state.overlays.is_empty());
    assert_eq!(bench.press("l enter"), [Effect::Forgetting { generation: 1, of: of.clone() }]);
    news(&mut bench, 1, ForgettingNews::Item { done: 3, of: 48 });
    assert_eq!(bench.state.forgetting.progress, (3, 48));
    news(&mut bench, 1, ForgettingNews::Over(Ok(items(-2.0))));
    let page = &bench.state.forgetting;
    assert!(page.kinds()[0].in_words().contains("something was forgotten"), "{:?}", page.kinds());
    assert_eq!(page.most_lost(2).iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["q7", "q6"]);
    assert!(bench.press("esc l").is_empty(), "it is not measured twice");
    assert_eq!(bench.press("r"), [Effect::Forgetting { generation: 2, of }]);
    assert_eq!(bench.press("x"), [Effect::StopForgetting]);
    news(&mut bench, 2, ForgettingNews::Over(Ok(items(-1.0))));
    assert_eq!(
        bench.state.forgetting.items,
        items(-2.0),
        "what comes after stopping is dropped, what was measured before stays"
    );
}

#[test]
fn a_model_that_is_not_tuned_or_runs_elsewhere_says_so() {
    let mut bench = bench();
    bench.press("alt+3 l");
    assert!(bench.said().contains("No tuned model"));
    let mut bench = tuned();
    bench.state.models.known[2].provider = Provider::Server(Dialect::ChatCompletions);
    bench.state.models.known[2].adapter = None;
    bench.state.models.known[2].lora = Some(ServedAdapter { id: 0, scale: 1.0 });
    bench.press("l");
    assert!(bench.said().contains("on a llama-server"), "{}", bench.said());
    assert!(bench.state.overlays.is_empty());
    // One that its server knows by name may be asked.
    bench.state.models.known[2].lora = None;
    let of = ForgetOf::Model("tuned".to_owned());
    bench.press("l");
    assert!(bench.state.forgetting.asks_server.as_deref().is_some_and(|server| server.starts_with("http")));
    assert_eq!(bench.press("y"), [Effect::Forgetting { generation: 1, of }]);
}

#[test]
fn in_the_table_its_own_tuned_model_is_meant_and_one_row_says_what_it_gained() {
    let mut bench = with_cells();
    let base = ModelSpec { id: "base".to_owned(), ..bench.state.models.known[0].clone() };
    let of_base = |id: &str| {
        let adapter = Some(Adapter { folder: "adapters/a".into(), scale: 1.0 });
        ModelSpec { id: id.to_owned(), base: Some("base".to_owned()), adapter, ..base.clone() }
    };
    bench.state.models.known.extend([base.clone(), of_base("another"), of_base("tuned")]);
    bench.press("ctrl+t");
    bench.state.primary = "exact-match".to_owned();
    for (arm, value) in [(0, 0.0), (1, 1.0)] {
        bench.state.arms[arm].scores = vec![ScoreLine { metric: "exact-match".to_owned(), score: Score::value(value) }];
    }
    assert_eq!(
        bench.press("l y"),
        [Effect::Forgetting { generation: 1, of: ForgetOf::Model("tuned".to_owned()) }],
        "on the base's cell, and not the first model that was tuned from it"
    );
    assert_eq!(bench.state.forgetting.gained[0], "exact-match: tuning adds +1.00 to the plain prompt (this case)");
    // Of two models without a lineage the other one is named.
    let mut bench = with_cells();
    bench.press("ctrl+t l");
    assert!(bench.said().contains("`tuned` has none"), "{}", bench.said());
    bench.press("w");
    assert!(bench.said().contains("`tuned` has no adapter"), "{}", bench.said());
}

#[test]
fn a_finished_training_shows_loss_beside_gain() {
    let mut bench = tuned();
    let progress = Progress {
        phase: Phase::Finished,
        losses: vec![(1, 3.0), (9, 0.1)],
        validation: vec![(9, 0.25)],
        ..Progress::default()
    };
    bench.state.tune.watched = Some(Watched { name: "mine".to_owned(), progress, ..Watched::default() });
    bench.state.overlays.push(Overlay::Tune);
    assert_eq!(
        bench.press("f enter"),
        [Effect::Forgetting { generation: 1, of: ForgetOf::Adapter("mine".to_owned()) }]
    );
    assert!(bench.state.forgetting.gained[0].starts_with("loss on the task: 3.000 at the first step, 0.250"));
    // Closed, it goes on and says how it ended.
    bench.press("esc esc");
    let fault = Fault { what: "no file".to_owned(), hint: "get it".to_owned() };
    news(&mut bench, 1, ForgettingNews::Over(Err(fault)));
    assert!(bench.said().contains("no file. get it"));
}
