//! Reviewing a bigger model's answers.

use super::{Bench, bench, case, names};
use crate::app::effect::{DistilWork, Effect};
use crate::app::event::{DistilNews, EventKind};
use crate::score::{NonAnswer, Outcome};
use crate::state::tune::Setting;
use crate::state::{Fault, Overlay, PickFor};
use crate::tune::distil::{DistilEvent, DistilRow, DistilStep, Review};

fn with_rows() -> Bench {
    let mut bench = bench();
    let pair = |id: &str| (id.to_owned(), String::new());
    bench.state.place.tunable.teachers = vec![pair("big"), pair("plain")];
    bench.state.place.tunable.train_rows = 3;
    bench.state.place.tunable.bases = vec![pair("base")];
    bench.state.place.tunable.arms = vec![pair("plain")];
    bench.state.place.tunable.name = "mine".to_owned();
    bench
}

fn open(bench: &mut Bench) -> Vec<Effect> {
    bench.press("ctrl+p");
    bench.types("distil");
    bench.press("enter")
}

fn work(effects: Vec<Effect>) -> Vec<DistilWork> {
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Distil(work) => Some(*work),
            _ => None,
        })
        .collect()
}

fn news(bench: &mut Bench, news: DistilNews) {
    bench.happens(EventKind::Distil(news));
}

fn answered(bench: &mut Bench, generation: u64, index: usize, outcome: Outcome, text: &str) {
    let step = DistilStep { index, result: Ok((outcome, text.to_owned())) };
    news(bench, DistilNews::Answered { generation, step });
}

/// Three rows, two of them answered.
fn reviewing() -> Bench {
    let mut bench = with_rows();
    open(&mut bench);
    bench.press("enter");
    let row = |id: &str| DistilRow { case: case(id, id), answer: None, review: Review::Undecided };
    let rows = vec![row("a"), row("b"), row("c")];
    news(&mut bench, DistilNews::Loaded { generation: 1, name: "big".to_owned(), rows, wanted: 3, ahead: Vec::new() });
    answered(&mut bench, 1, 0, Outcome::Answer, "one");
    answered(&mut bench, 1, 2, Outcome::NonAnswer(NonAnswer::Length), "thr");
    bench
}

fn decided(effects: Vec<Effect>) -> Vec<(String, Review)> {
    work(effects)
        .into_iter()
        .filter_map(|work| match work {
            DistilWork::Review { event: DistilEvent::Reviewed { row, review, .. }, .. } => Some((row, review)),
            _ => None,
        })
        .collect()
}

#[test]
fn the_arm_is_chosen_before_anything_is_asked() {
    let mut bench = with_rows();
    assert!(names(&open(&mut bench)).is_empty());
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Pick(PickFor::Distil, _))));
    assert_eq!(work(bench.press("enter")), [DistilWork::Begin { generation: 1, arm: "big".to_owned() }]);
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Distil)));
    let mut bench = self::bench();
    open(&mut bench);
    assert!(bench.said().contains("[[arm]]"));
}

#[test]
fn each_answer_is_accepted_rewritten_or_dropped_and_the_next_one_comes() {
    let mut bench = reviewing();
    assert_eq!(decided(bench.press("a")), [("a".to_owned(), Review::Accept)]);
    assert_eq!(bench.state.distil.selected, 2, "the row without an answer is passed over");
    assert!(decided(bench.press("a")).is_empty());
    assert!(bench.said().contains("no whole answer"));
    // Letters are text while an answer is rewritten, and Esc leaves it as it was.
    bench.press("e a d");
    bench.press("esc");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Distil)));
    assert_eq!(bench.state.distil.row().unwrap().review, Review::Undecided);
    bench.press("e ctrl+u e n d");
    let kept = decided(bench.press("ctrl+s"));
    assert!(
        matches!(kept.as_slice(), [(row, Review::Edit { answer })] if row == "c" && answer.starts_with("end")),
        "{kept:?}"
    );
    assert_eq!(decided(bench.press("home d")), [("a".to_owned(), Review::Drop)]);
    assert_eq!(bench.state.distil.counts().learned(), 1);
    assert!(decided(bench.press("home down d")).is_empty(), "nothing was answered there");
}

#[test]
fn it_goes_on_behind_the_screen_and_late_news_is_dropped() {
    let mut bench = reviewing();
    assert_eq!(work(bench.press("x")), [DistilWork::Stop]);
    assert_eq!(work(bench.press("g")), [DistilWork::Begin { generation: 2, arm: "big".to_owned() }]);
    answered(&mut bench, 1, 1, Outcome::Answer, "late");
    assert!(bench.state.distil.rows.is_empty());
    bench.press("esc");
    let fault = Some(Fault { what: "no key".to_owned(), hint: "set it".to_owned() });
    news(&mut bench, DistilNews::Over { generation: 2, fault });
    assert!(bench.said().contains("reviews them"));
    assert!(names(&open(&mut bench)).is_empty());
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Distil)));
}

#[test]
fn the_tune_screen_offers_what_was_reviewed() {
    let mut bench = reviewing();
    bench.press("esc ctrl+n");
    assert_eq!(bench.state.tune.value_of(Setting::Rows), "");
    let file = ("/bench/.fourfold/distil/big/reviewed.jsonl".to_owned(), "1 reviewed answers of big".to_owned());
    news(&mut bench, DistilNews::Written(Ok(vec![file.clone()])));
    let field = bench.state.tune.fields.iter().position(|field| field.setting == Setting::Rows).unwrap();
    bench.state.tune.focused = field;
    bench.press("right");
    assert_eq!(bench.state.tune.value_of(Setting::Rows), file.0);
    assert_eq!(bench.state.tune.request().unwrap().data.unwrap().to_string_lossy(), file.0);
}
