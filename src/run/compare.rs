//! Recorded answers as scores by case, and the verdicts they allow. Nothing is asked here.

use super::fourfold::{Cell, CellCosts, questions};
use super::session::{NotAsked, Question, Session};
use crate::config::Arm;
use crate::data::{Case, Cases, Split};
use crate::model::Parameters;
use crate::score::Outcome;
use crate::stats::{
    ByCase, Figure, Finding, FourfoldVerdict, Headline, LeftOut, Paired, Sensitivity, Settings, Unfit, Verdict, align,
    headline_sensitivity, judge, sensitivity, wording,
};
use crate::store::{Filter, Origin, Store, case_key};
use crate::strategy::StrategyConfig;

/// Answers of one arm to one case that are read.
const REPEATS: u32 = 1_000;

/// The primary score of every recorded answer that `question`'s arm gave on this machine to the cases of the split: as the
/// arm is now, its prompt, strategy, model and parameters. A case whose every trial failed has one missing trial; one that was
/// never asked is not in it.
pub fn recorded_scores(
    session: &Session,
    store: &Store,
    question: &Question,
    split: Split,
) -> Result<ByCase, NotAsked> {
    Ok(recorded(session, store, question, split)?.scores)
}

/// What is recorded of an arm, by case.
#[derive(Debug, Default)]
struct RecordedArm {
    /// The primary score of every trial.
    scores: ByCase,
    /// What each cost, in dollars.
    costs: ByCase,
}

fn recorded(session: &Session, store: &Store, question: &Question, split: Split) -> Result<RecordedArm, NotAsked> {
    let rows = session.splits.get(split).ok_or_else(|| NotAsked {
        what: format!("the workbench has no {} split", split.as_str()),
        hint: "Name its file under [data] in fourfold.toml.".to_owned(),
    })?;
    let arm_key = session.arm_key(question)?;
    let mut arm = RecordedArm::default();
    for index in 0..rows.count() {
        let case = rows.case(index).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
        let CaseTrials { scores, costs } = of_case(session, store, &arm_key, &case)?;
        if !scores.is_empty() {
            arm.scores.insert(case.id.clone(), scores);
            arm.costs.insert(case.id, costs);
        }
    }
    Ok(arm)
}

/// The trials of a case.
#[derive(Default)]
struct CaseTrials {
    scores: Vec<Option<f64>>,
    /// In dollars.
    costs: Vec<Option<f64>>,
}

fn of_case(session: &Session, store: &Store, arm_key: &str, case: &Case) -> Result<CaseTrials, NotAsked> {
    let unread = |error: crate::store::StoreError| NotAsked { what: error.to_string(), hint: error.hint() };
    let filter = Filter {
        arm_key: Some(arm_key.to_owned()),
        case_key: Some(case_key(case)),
        origin: Some(Origin::Run),
        ..Filter::default()
    };
    let trials = store.recent(&filter, None, REPEATS).map_err(unread)?;
    let CaseTrials { mut scores, mut costs } = CaseTrials::default();
    for trial in trials.iter().filter(|trial| !matches!(trial.outcome, Outcome::Missing(_))) {
        let cost = match trial.cost {
            Some(cost) => Some(cost),
            // Recorded before its price was known: by what it costs now.
            None if session.priced(&trial.model).is_some() => {
                store.trial(trial.id).map_err(unread)?.and_then(|stored| session.cost_of(&stored.record))
            }
            None => None,
        };
        costs.push(cost);
        let known = trial.scores.as_ref().and_then(|scores| scores.get(session.primary())?.get("value")?.as_f64());
        let score = match known {
            Some(score) => Some(score),
            // Recorded before this metric was asked for: scored now.
            None => store.trial(trial.id).map_err(unread)?.and_then(|stored| {
                let record = stored.record;
                let text = record.extracted.unwrap_or(record.answer);
                let scored = session.scores(record.outcome, &text, case);
                let primary = scored.iter().find(|(metric, _)| metric.as_str() == session.primary());
                primary.and_then(|(_, score)| score.number())
            }),
        };
        scores.push(score);
    }
    // A trial that failed and was asked again is not missing.
    if scores.is_empty() && !trials.is_empty() {
        scores.push(None);
    }
    Ok(CaseTrials { scores, costs })
}

fn unfit(error: &Unfit) -> NotAsked {
    NotAsked { what: error.to_string(), hint: error.hint().to_owned() }
}

/// An arm against the baseline.
#[derive(Clone, Debug)]
pub struct Against {
    /// The arm's name.
    pub arm: String,
    /// The arm's own mean over the cases compared.
    pub figure: Figure,
    /// The baseline's over the same.
    pub baseline: Figure,
    /// The comparison.
    pub paired: Paired,
    /// What it shows, within the family of all arms here.
    pub verdict: Verdict,
    /// Cases that were not compared.
    pub left_out: LeftOut,
    /// The verdict with missing trials counted either way; `None` where none is missing.
    pub sensitivity: Option<Sensitivity>,
}

/// All arms against the baseline.
#[derive(Clone, Debug)]
pub struct Comparisons {
    /// The baseline's name.
    pub baseline: String,
    /// The metric.
    pub metric: String,
    /// Cases of the split.
    pub planned: usize,
    /// The arms that share cases with the baseline, in the workbench's order.
    pub arms: Vec<Against>,
    /// The arms that share none.
    pub without: Vec<String>,
}

fn planned(session: &Session, split: Split) -> usize {
    session.splits.get(split).map_or(0, Cases::count)
}

/// What `arm` would be asked of a case of the split; the case itself is still to be put in.
pub fn question_of(session: &Session, arm: &Arm, split: Split) -> Result<Question, NotAsked> {
    let strategy = StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings)
        .map_err(|error| NotAsked { what: format!("arm `{}`: {error}", arm.id), hint: error.hint() })?;
    Ok(Question {
        arm: arm.id.clone(),
        prompt_path: session.workbench.root.join(&arm.prompt),
        prompt_text: None,
        strategy,
        model: arm.model.clone(),
        parameters: Parameters::default(),
        case: Case::default(),
        split: Some(split),
        sample: 0,
    })
}

/// Compares `arms` with `baseline` on the primary metric, over what is recorded of the split.
pub fn against_baseline(
    session: &Session,
    store: &Store,
    (baseline, arms): (&Arm, &[&Arm]),
    split: Split,
    settings: &Settings,
) -> Result<Comparisons, NotAsked> {
    let scores = |arm: &Arm| recorded_scores(session, store, &question_of(session, arm, split)?, split);
    let base = scores(baseline)?;
    let arms = arms.iter().map(|arm| Ok((arm.id.clone(), scores(arm)?))).collect::<Result<_, NotAsked>>()?;
    compared((&baseline.id, &base), arms, (session.primary(), planned(session, split)), settings)
}

/// Compares arms with a baseline by their scores on `metric` over a split of `planned` cases. Pure.
pub fn compared(
    (baseline, base): (&str, &ByCase),
    arms: Vec<(String, ByCase)>,
    (metric, planned): (&str, usize),
    settings: &Settings,
) -> Result<Comparisons, NotAsked> {
    let mut compared = Vec::new();
    let mut without = Vec::new();
    for (arm, own) in arms {
        let aligned = align([&own, base]);
        if aligned.rows.is_empty() {
            without.push(arm);
        } else {
            let paired = Paired::of(&aligned.rows, settings).map_err(|error| unfit(&error))?;
            compared.push((arm, own, aligned, paired));
        }
    }
    let family: Vec<&Paired> = compared.iter().map(|(_, _, _, paired)| paired).collect();
    let verdicts = judge(&family, settings);
    let arms = compared.into_iter().zip(verdicts).map(|((arm, own, aligned, paired), verdict)| {
        let column = |index: usize| {
            let column: Vec<f64> = aligned.rows.iter().filter_map(|row| row.get(index)).copied().collect();
            Figure::of(&column, settings.confidence, settings.seed)
        };
        // A winner is held to the level it had in its family.
        let confidence = match verdict.finding {
            Finding::Better | Finding::Worse => verdict.confidence,
            Finding::Equivalent | Finding::TooFew => settings.confidence,
        };
        let sensitivity = sensitivity(&own, base, &Settings { confidence, ..*settings })?;
        Ok(Against {
            arm,
            figure: column(0)?,
            baseline: column(1)?,
            paired,
            verdict,
            left_out: aligned.left_out,
            sensitivity,
        })
    });
    Ok(Comparisons {
        baseline: baseline.to_owned(),
        metric: metric.to_owned(),
        planned,
        arms: arms.collect::<Result<_, Unfit>>().map_err(|error| unfit(&error))?,
        without,
    })
}

/// The table over what is recorded.
#[derive(Clone, Debug)]
pub struct Table {
    /// The metric.
    pub metric: String,
    /// Cases of the split.
    pub planned: usize,
    /// How many cases each cell has an answer or a failure for, in the order of [`Cell::ALL`].
    pub asked: [usize; 4],
    /// What is left out.
    pub left_out: LeftOut,
    /// The verdict.
    pub verdict: FourfoldVerdict,
    /// What the cells cost, over the same cases.
    pub costs: CellCosts,
    /// The headline with missing trials counted either way; `None` where none is missing.
    pub again: Option<[Headline; 2]>,
}

impl Table {
    /// The table and its verdict in a few sentences, for a narrow page.
    pub fn in_words(&self, settings: &Settings, tuned: wording::Tuned) -> Vec<String> {
        let verdict = &self.verdict;
        let mut lines = vec![format!(
            "{} over {} recorded cases, {} intervals:",
            self.metric,
            verdict.n,
            wording::percent(settings.confidence)
        )];
        let cells = Cell::ALL.into_iter().zip(verdict.cells.cells());
        lines.extend(cells.enumerate().map(|(index, (cell, figure))| {
            let cost = if self.costs.is_worth_telling() {
                format!(", {}", self.costs.cell_in_words(index))
            } else {
                String::new()
            };
            format!("{} {}{cost}", cell.title(), wording::figure(&figure))
        }));
        lines.push(wording::headline(verdict, tuned, settings));
        lines.extend(wording::headline_missing(self.again, verdict.headline));
        lines.push(wording::together(verdict, tuned, settings));
        lines.extend(self.costs.in_words(verdict, settings));
        lines.extend(wording::provisional(verdict.n, self.planned, false));
        let name = tuned.name();
        for (other, (paired, judged)) in
            [("prompting alone", &verdict.over_prompting), (&*format!("{name} alone"), &verdict.over_tuning)]
        {
            lines.push(wording::comparison("both", other, paired, judged, settings));
            lines.push(wording::why(paired, judged, settings, self.left_out));
        }
        lines
    }
}

/// How this workbench's verdicts are made.
pub fn settings(session: &Session) -> Settings {
    Settings { margin: session.workbench.scoring.margin, ..Settings::default() }
}

/// The verdict of the four cells on the primary metric, over what is recorded of the split.
pub fn table(session: &Session, store: &Store, split: Split, settings: &Settings) -> Result<Table, NotAsked> {
    let mut recorded: [RecordedArm; 4] = std::array::from_fn(|_| RecordedArm::default());
    for ((_, question), cell) in questions(session, &Case::default(), Some(split), None)?.iter().zip(&mut recorded) {
        *cell = self::recorded(session, store, question, split)?;
    }
    let cells = recorded.each_ref().map(|cell| &cell.scores);
    let asked = cells.map(ByCase::len);
    let aligned = align(cells);
    let verdict = FourfoldVerdict::of(&aligned.rows, settings).map_err(|error| match error {
        Unfit::NoCases => {
            let counts: Vec<String> =
                Cell::ALL.iter().zip(asked).map(|(cell, n)| format!("{} {n}", cell.as_str())).collect();
            NotAsked {
                what: format!("no case is recorded in all four cells ({})", counts.join(", ")),
                hint: "Ask all four on the same cases: `fourfold run --fourfold --case 1`, and so on.".to_owned(),
            }
        }
        other => unfit(&other),
    })?;
    let again = headline_sensitivity(cells, settings).map_err(|error| unfit(&error))?;
    let costs = CellCosts::of_cases(&aligned.ids, recorded.each_ref().map(|cell| &cell.costs), settings);
    Ok(Table {
        metric: session.primary().to_owned(),
        planned: planned(session, split),
        asked,
        left_out: aligned.left_out,
        verdict,
        costs,
        again,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, copy_sample};
    use crate::model::{Model, Script, ScriptedModel};
    use crate::run::{Seeds, ask_or_recall};

    /// The sample with a model that says what the script says, and no other.
    fn bench(scripts: Vec<Script>) -> (tempfile::TempDir, Arc<Session>, Arc<Store>) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let model = Mutex::new(Arc::new(ScriptedModel::new("m", scripts)));
        let factory =
            move |_: &str, _: Option<&crate::model::AdapterUse>| Ok(model.lock().unwrap().clone() as Arc<dyn Model>);
        let session = Session::open(workbench, Arc::new(factory)).unwrap();
        let store = Store::open(&home.path().join(".fourfold")).unwrap();
        (home, Arc::new(session), Arc::new(store))
    }

    async fn ask(session: &Arc<Session>, store: &Arc<Store>, arm: &str, index: usize) {
        let arm = session.workbench.arm(arm).unwrap();
        let case = session.dev().unwrap().case(index).unwrap();
        let question = Question { case, ..question_of(session, arm, Split::Dev).unwrap() };
        ask_or_recall(session, store, question, Seeds::Any).await.unwrap();
    }

    #[tokio::test]
    async fn recorded_answers_become_a_verdict_with_what_is_left_out() {
        // Eight cases: the plain arm wrong on all, the other right on six, missing on one; the ninth only asked of one.
        let sample = bench(Vec::new());
        let references: Vec<String> =
            (0..6).map(|index| sample.1.dev().unwrap().case(index).unwrap().reference.unwrap()).collect();
        let mut scripts: Vec<Script> = (0..8).map(|_| Script::answer(&["no"])).collect();
        scripts.extend(references.iter().map(|reference| Script::answer(&[reference])));
        scripts.extend([Script::default().text(&["half"]), Script::answer(&["no"]), Script::answer(&["no"])]);
        let (_home, session, store) = bench(scripts);
        for index in 0..8 {
            ask(&session, &store, "plain", index).await;
        }
        for index in 0..9 {
            ask(&session, &store, "prompted", index).await;
        }
        let (plain, prompted) = (session.workbench.arm("plain").unwrap(), session.workbench.arm("prompted").unwrap());
        let settings = Settings::default();
        let found = against_baseline(&session, &store, (plain, &[prompted]), Split::Dev, &settings).unwrap();
        let [against] = &found.arms[..] else { panic!("{found:?}") };
        assert_eq!(against.left_out, LeftOut { elsewhere: 1, missing: 1, not_scores: 0 });
        assert_eq!((against.paired.n, against.paired.wins, against.paired.losses), (7, 6, 0));
        assert_eq!(against.verdict.finding, Finding::Better);
        assert_eq!(against.sensitivity.unwrap().trials, 1);
        assert!(found.without.is_empty());
        assert_eq!(found.planned, 40);
        // The script knows no adapter: to it the tuned column is the base one.
        let whole = table(&session, &store, Split::Dev, &settings).unwrap();
        assert_eq!((whole.verdict.n, whole.asked, whole.left_out), (7, [8, 8, 9, 9], against.left_out));
        assert_eq!((whole.verdict.headline, whole.again.is_some()), (Headline::TooFew, true));
        assert!(whole.in_words(&settings, wording::Tuned { seeds: 1 }).iter().any(|line| line.contains("n = 7")));
        let empty = bench(Vec::new());
        let nothing = table(&empty.1, &empty.2, Split::Dev, &settings).unwrap_err();
        assert!(nothing.what.contains("no case is recorded in all four cells"), "{nothing:?}");
    }
}
