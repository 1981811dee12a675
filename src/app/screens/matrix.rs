//! The matrix as a person sees it: a run that goes on, its views, an order, and no run at all.

use super::super::event::EventKind;
use super::super::matrix::MatrixNews;
use super::stage::Stage;
use crate::data::Split;
use crate::score::{Missing, NonAnswer, Outcome};
use crate::state::matrix::{Cell, Earlier, FigureKind, Figures, Head, Keep, Live, OpenRun, Row, RunLine, Sort, View};
use crate::state::{Ablation, AblationStep, Bar};

const ARMS: [&str; 4] = ["plain-base", "plain-tuned", "prompted-base", "prompted-tuned"];
const ROWS: u32 = 200;

/// What stands in a cell: every state there is, in a pattern.
fn cell(row: u32, arm: u32) -> Option<Cell> {
    let number = row * 7 + arm * 13;
    let before = row.is_multiple_of(5).then_some(if arm == 1 { 1.0 } else { 0.0 });
    let (outcome, score) = match number % 23 {
        0 => (Outcome::NonAnswer(NonAnswer::Length), Some(0.0)),
        1 => (Outcome::NonAnswer(NonAnswer::Unparsed), Some(0.0)),
        2 => (Outcome::Missing(Missing::RateLimited), None),
        3 | 4 => (Outcome::Answer, Some(0.62)),
        _ => (Outcome::Answer, Some(if number.is_multiple_of(arm + 2) { 0.0 } else { 1.0 })),
    };
    (row * 4 + arm < 70).then(|| Cell {
        total_ms: Some(u64::from(400 + number)),
        tokens: Some(21),
        cost: Some(0.0003),
        excerpt: "{\"item\": \"blue mug\",\n \"qty\": 2}".to_owned(),
        before,
        ..Cell::new(i64::from(number), outcome, score)
    })
}

fn head(arm: usize) -> Head {
    let mean = 0.35 + 0.14 * arm as f64;
    Head {
        name: ARMS[arm % 4].to_owned(),
        planned: u64::from(ROWS),
        done: 18,
        non_answers: 2,
        missing: u64::from(arm == 2),
        scored: 17,
        mean: Some(mean),
        interval: Some((mean - 0.2, mean + 0.2)),
        cost: [0.0, 0.004, 0.011, 0.009][arm % 4],
        cost_of_a_trial: Some([0.0, 0.004, 0.011, 0.009][arm % 4] / 18.0),
        tokens_per_second: Some(41.0 + arm as f64),
        ..Head::default()
    }
}

/// A run of which some cells are filled.
pub(super) fn open() -> Stage {
    let mut stage = Stage::new();
    stage.state.primary = "exact-match".to_owned();
    stage.state.size = (120, 40);
    stage.keys("alt+m");
    let generation = stage.state.matrix.generation;
    let run = OpenRun {
        line: RunLine {
            id: 12,
            when: "11-27 10:00".to_owned(),
            split: Split::Test,
            data_hash: "d".to_owned(),
            arms: ARMS.map(str::to_owned).to_vec(),
            cases: u64::from(ROWS),
            done: 72,
            planned: 800,
            end: Some("interrupted".to_owned()),
            asked_by: None,
        },
        planned: None,
        rows: ROWS,
        repeats: 1,
        primary: "exact-match".to_owned(),
        baseline: 0,
        fourfold: true,
        looks: crate::stats::Looks::Once,
        heads: (0..4).map(head).collect(),
    };
    stage.happen(EventKind::Matrix(Box::new(MatrixNews::Opened { generation, result: Ok(Some(Box::new(run))) })));
    stage.state.matrix.window.rows = (0..ROWS)
        .map(|row| (row, Row { case: format!("test-{row:03}"), cells: (0..4).map(|arm| cell(row, arm)).collect() }))
        .collect();
    stage.state.matrix.window.asked = 0..ROWS as usize;
    stage
}

/// The same run while it goes on.
fn live() -> Stage {
    let mut stage = open();
    let mut live = Live { run: Some(12), total: 800, done: 72, ..Live::default() };
    live.under_way.insert((17, 2, 0), None);
    live.under_way.insert((17, 3, 0), Some(96));
    live.closed.push(1);
    if let Some(run) = &mut stage.state.matrix.run {
        run.heads[1].closed = Some("stopped by hand".to_owned());
    }
    for second in 0..20 {
        live.overall.add(second * 500);
    }
    stage.state.matrix.live = Some(live);
    stage.state.matrix.earlier = Some(Earlier { id: 9, when: String::new(), arms: vec![(0, 0), (1, 1)], flips: None });
    stage.keys("down right");
    stage.state.now_ms = 10_000;
    stage
}

/// Few cases of arms with long names, the trial that is selected missing, while another process asks the rest.
fn elsewhere() -> Stage {
    let mut stage = open();
    let matrix = &mut stage.state.matrix;
    if let Some(run) = &mut matrix.run {
        run.line.asked_by = Some(4_711);
        run.rows = 8;
        for (head, name) in run.heads.iter_mut().zip(["sonnet", "haiku", "opus", "haiku-2"]) {
            head.name = format!("prompt-1-claude-3-5-{name}-20241022");
        }
    }
    matrix.earlier = Some(Earlier { id: 9, when: String::new(), arms: vec![(0, 0), (1, 1)], flips: Some((3, 1)) });
    if let Some(cell) = matrix.window.rows.get_mut(&5).and_then(|row| row.cells[1].as_mut()) {
        cell.outcome = Outcome::Missing(Missing::Failed);
        cell.excerpt = "500: boom. The server failed: ask again later.".to_owned();
    }
    stage.keys("down down down down down right");
    stage
}

/// The limit that a run has reached.
fn limit() -> Stage {
    let mut stage = open();
    if let Some(run) = &mut stage.state.matrix.run {
        run.line.end = Some("the limit of $0.50 is reached: $0.50 spent".to_owned());
    }
    stage.keys("g");
    stage
}

/// What is to be measured, and what that takes.
fn form() -> Stage {
    let mut stage = open();
    stage.keys("n");
    let generation = stage.state.matrix.estimates;
    let lines = [
        "120 trials: 3 arms × 40 cases",
        "At most 97 calls · about 9,700 tokens in, 1,940 out · free · about 3 min 5 s",
        "Not asked: 23 trials are known already",
        "Can show, four times in five, a difference of 0.250 where exactly one of two arms is right in 20 % of the cases",
    ];
    let result = Ok(lines.map(str::to_owned).to_vec());
    stage.happen(EventKind::Matrix(Box::new(MatrixNews::Estimated { generation, result })));
    stage
}

fn with(view: View, made: Option<(FigureKind, Figures)>) -> Stage {
    let mut stage = open();
    stage.state.matrix.view = view;
    stage.state.matrix.figures.extend(made);
    stage
}

/// Every look of the matrix.
pub(super) fn stages() -> Vec<(&'static str, Stage)> {
    let mut ordered = open();
    ordered.state.matrix.order.keep = Keep::Failed(Some(1));
    ordered.state.matrix.order.sort = Sort::Score { arm: 1, best: false };
    ordered.state.matrix.order.share = Some(0.4);
    ordered.state.matrix.take_order(Some([3, 1, 8].into()));
    let mut nothing = Stage::new();
    nothing.keys("alt+m");
    let generation = nothing.state.matrix.generation;
    nothing.happen(EventKind::Matrix(Box::new(MatrixNews::Opened { generation, result: Ok(None) })));
    let bins = |arm: u64| vec![8 - arm, 0, 0, 0, 0, 0, 2, 0, 0, 7 + arm];
    let step = |arm: usize| {
        let mean = 0.35 + 0.14 * arm as f64;
        let over = ["", "few-shot is better than plain: +0.140 (+40 % of 0.350), 95 % interval +0.030 to +0.250."];
        AblationStep {
            label: ARMS[arm].to_owned(),
            detail: "few-shot · base".to_owned(),
            n: 17,
            bar: Some(Bar { mean, low: mean - 0.1, high: mean + 0.1 }),
            over_before: over[arm.min(1)].to_owned(),
            over_first: String::new(),
        }
    };
    let ladder = Ablation {
        metric: "exact-match".to_owned(),
        confidence: "95 %".to_owned(),
        planned: 40,
        steps: (0..4).map(step).collect(),
    };
    let words = [
        "exact-match over 17 recorded cases, 95 % intervals:",
        "",
        "Use both: together they beat prompting alone.",
        "",
        "why: Tango",
    ];
    vec![
        ("matrix_live", live()),
        ("matrix_open", open()),
        ("matrix_elsewhere", elsewhere()),
        ("matrix_limit", limit()),
        ("matrix_ordered", ordered),
        ("matrix_form", form()),
        ("matrix_nothing", nothing),
        ("matrix_heat", with(View::Heat, None)),
        ("matrix_cost", with(View::Cost, None)),
        (
            "matrix_histogram",
            with(View::Histogram, Some((FigureKind::Histogram, Figures::Histogram((0..4).map(bins).collect())))),
        ),
        ("matrix_ladder", with(View::Ladder, Some((FigureKind::Ladder, Figures::Ladder(ladder))))),
        (
            "matrix_fourfold",
            with(View::Fourfold, Some((FigureKind::Fourfold, Figures::Words(words.map(str::to_owned).to_vec())))),
        ),
    ]
}
