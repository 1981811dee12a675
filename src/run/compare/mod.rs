//! Recorded answers as scores by case, and the verdicts they allow. Nothing is asked here.

mod recorded;
mod table;

pub use recorded::recorded_scores;
pub(super) use recorded::trials_of;
pub use table::{Table, table, table_of};

use super::missing::Unscored;
use super::question::{NotAsked, question_of};
use super::session::Session;
use crate::config::Arm;
use crate::data::{Cases, Split};
use crate::stats::wording::counted;
use crate::stats::{
    Beside, ByCase, Figure, Finding, LeftOut, Paired, Scale, Sensitivity, Settings, Unfit, Verdict, judge,
    krippendorff_alpha,
};
use crate::store::Store;

/// What statistics refuse, as a reason.
pub fn unfit(error: &Unfit) -> NotAsked {
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
    /// How far repeats agree, of the arms that have some.
    pub repeats: Vec<Repeats>,
    /// What is answered and has no score by the metric, arm by arm.
    pub unscored: Vec<Unscored>,
}

/// How far the repeats of an arm agree with each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeats {
    /// The arm.
    pub arm: String,
    /// Cases with two scores or more.
    pub cases: usize,
    /// Krippendorff's alpha of these scores; `None` where all are equal, of which nothing can be said.
    pub alpha: Option<f64>,
}

impl Repeats {
    /// Of an arm's scores; nothing where no case has two.
    pub fn of(arm: &str, scores: &ByCase) -> Option<Self> {
        let units: Vec<Vec<f64>> = scores
            .values()
            .map(|trials| trials.iter().flatten().copied().collect::<Vec<f64>>())
            .filter(|scores| scores.len() > 1)
            .collect();
        let right_or_wrong = units.iter().flatten().all(|score| *score <= 0.0 || *score >= 1.0);
        let scale = if right_or_wrong { Scale::Nominal } else { Scale::Interval };
        (!units.is_empty()).then(|| Self {
            arm: arm.to_owned(),
            cases: units.len(),
            alpha: krippendorff_alpha(&units, scale),
        })
    }

    /// In words.
    pub fn in_words(&self) -> String {
        let Self { arm, cases, alpha } = self;
        let cases = counted(*cases as u64, "case");
        match alpha {
            Some(alpha) => format!(
                "Repeats of {arm} over {cases}: Krippendorff's alpha of their scores {alpha:.2} (1: the repeats of a case always \
                 score alike, 0: no more than any two answers do)."
            ),
            None => format!("Repeats of {arm} over {cases}: all scores are the same."),
        }
    }
}

fn planned(session: &Session, split: Split) -> usize {
    session.splits.get(split).map_or(0, Cases::count)
}

/// Compares `arms` with `baseline` on the primary metric, over what is recorded of the split.
pub fn against_baseline(
    session: &Session,
    store: &Store,
    (baseline, arms): (&Arm, &[&Arm]),
    split: Split,
    settings: &Settings,
) -> Result<Comparisons, NotAsked> {
    let mut unscored = Vec::new();
    let mut scores = |arm: &Arm| -> Result<ByCase, NotAsked> {
        let recorded = recorded::recorded(session, store, &question_of(session, arm, split)?, split)?;
        let (answers, reasons) = &recorded.unscored;
        unscored.extend(Unscored::of(&arm.id, session.primary(), *answers, reasons));
        Ok(recorded.scores)
    };
    let base = scores(baseline)?;
    let arms: Vec<(String, ByCase)> =
        arms.iter().map(|arm| Ok((arm.id.clone(), scores(arm)?))).collect::<Result<_, NotAsked>>()?;
    let own = Repeats::of(&baseline.id, &base);
    let repeats = own.into_iter().chain(arms.iter().filter_map(|(arm, scores)| Repeats::of(arm, scores))).collect();
    let found = compared((&baseline.id, &base), arms, (session.primary(), planned(session, split)), settings)?;
    Ok(Comparisons { repeats, unscored, ..found })
}

/// Compares arms with a baseline by their scores on `metric` over a split of `planned` cases. Pure.
pub fn compared(
    (baseline, base): (&str, &ByCase),
    arms: Vec<(String, ByCase)>,
    about: (&str, usize),
    settings: &Settings,
) -> Result<Comparisons, NotAsked> {
    let pairs = arms.into_iter().map(|(arm, own)| (arm, Beside::pair(&own, base))).collect();
    judged(baseline, pairs, about, Looking::Once, settings)
}

/// How a family is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looking {
    /// Once, as planned.
    Once,
    /// After every case; the rows stand in the order the cases were to be asked in. Whether each was asked once of each arm.
    Every {
        /// One trial of an arm on a case.
        once_each: bool,
    },
}

/// Judges arms beside a baseline as one family, by `metric` over `planned` cases. Arms without a row to compare are named apart. Pure.
pub fn judged(
    baseline: &str,
    arms: Vec<(String, Beside<2>)>,
    (metric, planned): (&str, usize),
    looking: Looking,
    settings: &Settings,
) -> Result<Comparisons, NotAsked> {
    let mut compared = Vec::new();
    let mut without = Vec::new();
    // Arms that are asked but have no row yet are of the family as well where one looks again.
    let all = arms.len();
    for (arm, beside) in arms {
        if beside.rows.is_empty() {
            without.push(arm);
        } else {
            let paired = Paired::of(&beside.rows, settings).map_err(|error| unfit(&error))?;
            compared.push((arm, beside, paired));
        }
    }
    let verdicts = match looking {
        Looking::Once => judge(&compared.iter().map(|(_, _, paired)| paired).collect::<Vec<_>>(), settings),
        Looking::Every { once_each } => {
            compared.iter().map(|(_, beside, _)| beside.judge_at_every_look(all, once_each, settings)).collect()
        }
    };
    let arms = compared.into_iter().zip(verdicts).map(|((arm, beside, paired), verdict)| {
        let column = |index: usize| {
            let column: Vec<f64> = beside.rows.iter().filter_map(|row| row.get(index)).copied().collect();
            match looking {
                Looking::Once => Figure::of(&column, settings.confidence, settings.seed),
                Looking::Every { .. } => Figure::at_every_look(&column, settings.confidence),
            }
        };
        let sensitivity = match looking {
            Looking::Once => {
                // A winner is held to the level it had in its family.
                let confidence = match verdict.finding {
                    Finding::Better | Finding::Worse => verdict.confidence,
                    Finding::Equivalent | Finding::TooFew => settings.confidence,
                };
                beside.sensitivity(&Settings { confidence, ..*settings })?
            }
            Looking::Every { once_each } => beside.sensitivity_at_every_look(all, once_each, settings),
        };
        let (figure, baseline) = (column(0)?, column(1)?);
        Ok(Against { arm, figure, baseline, paired, verdict, left_out: beside.left_out, sensitivity })
    });
    Ok(Comparisons {
        baseline: baseline.to_owned(),
        metric: metric.to_owned(),
        planned,
        arms: arms.collect::<Result<_, Unfit>>().map_err(|error| unfit(&error))?,
        without,
        repeats: Vec::new(),
        unscored: Vec::new(),
    })
}

/// How this workbench's verdicts are made.
pub fn settings(session: &Session) -> Settings {
    Settings { margin: session.workbench.scoring.margin, ..Settings::default() }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, copy_sample};
    use crate::model::{Model, Script, ScriptedModel};
    use crate::run::{Question, Seeds, ask_or_recall};
    use crate::stats::{Headline, wording};

    /// The sample with a model that says what the script says, and no other.
    fn bench(scripts: Vec<Script>) -> (tempfile::TempDir, Arc<Session>, Arc<Store>) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let model = Mutex::new(Arc::new(ScriptedModel::new("m", scripts)));
        let factory =
            move |_: &str, _: Option<&crate::model::AdapterUse>| Ok(model.lock().unwrap().clone() as Arc<dyn Model>);
        let session = Session::open(workbench, Arc::new(factory));
        let store = Store::open(&home.path().join(".fourfold")).unwrap();
        (home, Arc::new(session), Arc::new(store))
    }

    async fn ask(session: &Arc<Session>, store: &Arc<Store>, arm: &str, index: usize) {
        let arm = session.workbench.arm(arm).unwrap();
        let case = session.dev().unwrap().case(index).unwrap();
        let question = Question { case: case.into(), ..question_of(session, arm, Split::Dev).unwrap() };
        ask_or_recall(session, store, question, Seeds::Any).await.unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_is_scored_only_now_is_scored_once_and_stays_beside_what_was_recorded() {
        let (home, session, store) = bench(vec![Script::answer(&["no"])]);
        for (arm, index) in [("plain", 0), ("plain", 1), ("prompted", 0), ("prompted", 1)] {
            ask(&session, &store, arm, index).await;
        }
        let manifest = home.path().join(crate::config::MANIFEST);
        let text = std::fs::read_to_string(&manifest).unwrap();
        let usual = "\"json-fields\"]\nprimary = \"exact-match\"";
        let other = "{ name = \"command\", id = \"tone\", command = \"sh tone.sh\" }]\nprimary = \"tone\"";
        std::fs::write(&manifest, text.replace(usual, other)).unwrap();
        std::fs::write(home.path().join("tone.sh"), "echo x >> runs\necho 0.5\n").unwrap();
        let keys = crate::model::keys::Keys::new(Some(home.path().join("keys")), std::collections::BTreeMap::default());
        for _ in 0..2 {
            // Another program, as it were: nothing of what was made before is in its memory.
            let workbench = Workbench::open(home.path(), Known::default()).unwrap();
            let later = session.reopened(workbench).with_keys(keys.clone());
            later.allow_keys().unwrap();
            let arm = |name: &str| later.workbench.arm(name).unwrap();
            let (plain, prompted) = (arm("plain"), arm("prompted"));
            let found =
                against_baseline(&later, &store, (plain, &[prompted]), Split::Dev, &Settings::default()).unwrap();
            assert_eq!((found.arms[0].paired.n, found.arms[0].figure.mean), (2, 0.5));
            // Whoever asks next finds it written.
            store.record_opened_test_case("flushed".to_owned(), "x".to_owned(), 1).await.unwrap();
            assert_eq!(
                std::fs::read_to_string(home.path().join("runs")).unwrap().lines().count(),
                2,
                "two answers alike"
            );
        }
        let newest = store.recent(&crate::store::Filter::default(), None, 1).unwrap().remove(0).scores.unwrap();
        assert!(newest.get("exact-match").is_some() && newest.get("tone").is_some(), "{newest}");
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
        assert!(
            whole
                .in_words(&settings, wording::Tuned::one(wording::Column::Adapter))
                .iter()
                .any(|line| line.contains("n = 7"))
        );
        let empty = bench(Vec::new());
        let nothing = table(&empty.1, &empty.2, Split::Dev, &settings).unwrap_err();
        assert!(nothing.what.contains("no case is recorded in all four cells"), "{nothing:?}");
    }
}
