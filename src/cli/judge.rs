//! `fourfold judge`: a model's word on recorded answers, two arms in both orders or one arm against a rubric.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::place::Place;
use super::run::SplitChoice;
use super::{Exit, Fault, Output};
use crate::config::{Arm, did_you_mean};
use crate::data::Split;
use crate::run::compare::settings;
use crate::run::judge::{
    Asked, GradeReport, Graded, Judge, PairJudged, PairReport, SelfTest, Silence, judge_grades, judge_pairs,
    recorded_answers, recorded_pairs, self_test, write_templates,
};
use crate::run::votes::{agreement_in_words, judge_against_votes};
use crate::run::{Session, question_of};
use crate::score::judge::{Preference, Settled};
use crate::stats::{Correlation, Interval, Settings};
use crate::store::{Store, case_key};

/// Progress lines from the first case to the last.
const LINES: usize = 10;

/// Arguments of `fourfold judge`.
#[derive(Clone, Debug, Args, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub struct JudgeArguments {
    /// The arm whose recorded answers are judged
    #[arg(long, value_name = "ARM", required_unless_present = "write_prompts")]
    pub arm: Option<String>,
    /// Another arm: the two are compared in both orders, case by case; without it each answer gets a grade
    #[arg(long, value_name = "ARM", requires = "arm")]
    pub against: Option<String>,
    /// Where the cases are from
    #[arg(long, value_enum, default_value_t = SplitChoice::Dev)]
    pub split: SplitChoice,
    /// Only the first so many cases
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub cases: Option<u32>,
    /// Judge even where the judge is its own subject or of its lineage, or did not pass its self-test; every figure then says so
    #[arg(long)]
    pub force: bool,
    /// Only try the judge: right answers of train against wrong ones
    #[arg(long)]
    pub self_test: bool,
    /// Write the judge's prompts into the workbench, for changing, and say what to add to fourfold.toml
    #[arg(long, conflicts_with_all = ["arm", "against", "self_test"])]
    pub write_prompts: bool,
    /// Decides every resample
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// One line of JSON for each case, and one for the result
    #[arg(long)]
    pub json: bool,
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
}

/// Judges what was not judged before.
pub(super) fn judge<W: Write>(arguments: &JudgeArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    if arguments.write_prompts {
        let root = super::root_at(arguments.place.named(), current)?;
        let lines = write_templates(&root)?;
        out.line("The judge's prompts are in the workbench; what was there already was left alone. Name them in fourfold.toml:")?;
        out.line("[judge]")?;
        lines.iter().try_for_each(|line| out.line(line))?;
        return Ok(Exit::Success);
    }
    let session = Arc::new(super::session_at(arguments.place.named(), current)?);
    let judge = Arc::new(Judge::of(&session)?);
    let arm = named(&session, arguments.arm.as_deref().unwrap_or_default())?;
    let against = arguments.against.as_deref().map(|id| named(&session, id)).transpose()?;
    if against.is_some_and(|against| against.id == arm.id) {
        return Err(Fault::Asked {
            what: format!("`{}` against itself says nothing", arm.id),
            hint: "Name two arms.".to_owned(),
        });
    }
    let models = [Some(arm), against].into_iter().flatten().map(|arm| arm.model.as_str());
    let mut notices = judge.admit(&session, models, arguments.force)?;
    let store = Arc::new(super::store_of(&session)?);
    super::tell_first_use(judge.first_use(&session)?.as_deref());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let split = Split::from(arguments.split);
    let page = Page { arguments, settings: Settings { seed: arguments.seed, ..settings(&session) }, split };

    let question = question_of(&session, arm, split)?;
    let tried = runtime.block_on(until_stopped(self_test(&session, &store, &judge, &question, |_, _| ())));
    let Some(tried) = tried else { return page.stopped_early(out) };
    let tried = tried.map_err(|error| super::not_asked(&session, error))?;
    notices.extend(tried.warning());
    page.head(&session, &judge, &tried, arm, against, out)?;
    if arguments.self_test {
        super::tell_spent(&session, arguments.json, out)?;
        return Ok(if tried.passed() { Exit::Success } else { Exit::Failure });
    }
    if !tried.passed() && !arguments.force {
        return Err(Fault::Failed {
            what: "the judge did not pass its self-test: it is not trusted".to_owned(),
            hint: "Name a stronger model under [judge], change its prompts (--write-prompts), or give --force and have it said \
                   beside every figure."
                .to_owned(),
        });
    }
    let whole = match against {
        Some(against) => page.pairs((&session, &store, &judge), [arm, against], &notices, &runtime, out)?,
        None => page.grades((&session, &store, &judge), arm, &notices, &runtime, out)?,
    };
    super::tell_spent(&session, arguments.json, out)?;
    Ok(if whole { Exit::Success } else { Exit::Interrupted })
}

fn named<'s>(session: &'s Session, id: &str) -> Result<&'s Arm, Fault> {
    let known: Vec<&str> = session.workbench.arms.iter().map(|arm| arm.id.as_str()).collect();
    session.workbench.arm(id).ok_or_else(|| Fault::Asked {
        what: format!("no arm of the workbench is called `{id}`"),
        hint: did_you_mean(id, &known, "arm"),
    })
}

/// `None` once the person has stopped it.
async fn until_stopped<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        _ = super::stop::asked() => None,
        done = work => Some(done),
    }
}

type Bench<'a> = (&'a Arc<Session>, &'a Arc<Store>, &'a Arc<Judge>);

struct Page<'a> {
    arguments: &'a JudgeArguments,
    settings: Settings,
    split: Split,
}

impl Page<'_> {
    fn stopped_early<W: Write>(&self, out: &mut Output<W>) -> Result<Exit, Fault> {
        if !self.arguments.json {
            out.line("Stopped during the self-test; what was answered is recorded and not asked again.")?;
        }
        Ok(Exit::Interrupted)
    }

    fn head<W: Write>(
        &self,
        session: &Session,
        judge: &Judge,
        tried: &SelfTest,
        arm: &Arm,
        against: Option<&Arm>,
        out: &mut Output<W>,
    ) -> Result<(), Fault> {
        if self.arguments.json {
            return out.json(&json!({
                "judge": judge.model(), "self_test": {
                    "pairs": tried.pairs, "right": tried.right, "wrong": tried.wrong, "flipped": tried.flipped, "ties": tried.ties,
                    "unread": tried.unread, "passed": tried.passed(), "in_words": tried.in_words(),
                },
            }));
        }
        let what = against.map_or_else(|| arm.id.clone(), |against| format!("{} against {}", arm.id, against.id));
        let (judge, split) = (judge.in_words(session), self.split.as_str());
        out.line(&format!("{what} on recorded {split} cases, judged by {judge}."))?;
        out.line(&tried.in_words())
    }

    fn progress<W: Write>(&self, done: usize, of: usize, out: &mut Output<W>) -> Result<(), Fault> {
        let due = done.is_multiple_of(of.div_ceil(LINES).max(1)) || done == of;
        if due && !self.arguments.json { out.line(&format!("{done} of {of} cases")) } else { Ok(()) }
    }

    fn pairs<W: Write>(
        &self,
        (session, store, judge): Bench<'_>,
        arms: [&Arm; 2],
        notices: &[String],
        runtime: &tokio::runtime::Runtime,
        out: &mut Output<W>,
    ) -> Result<bool, Fault> {
        let limit = self.arguments.cases.map(|cases| cases as usize);
        let (pairs, without) = recorded_pairs(session, store, arms, self.split, limit)?;
        let of = pairs.len();
        if of == 0 {
            return Err(nothing_recorded(&format!("`{}` and `{}` share no case with", arms[0].id, arms[1].id)));
        }
        let cases: BTreeMap<usize, String> =
            pairs.iter().map(|(index, [one, _])| (*index, case_key(&one.question.case))).collect();
        let mut settled = BTreeMap::new();
        let (mut report, mut done, mut broken) = (PairReport::default(), 0, None);
        let names = arms.map(|arm| arm.id.as_str());
        let ended = runtime.block_on(until_stopped(judge_pairs(session, store, judge, pairs, |pair| {
            report.add(&pair);
            if let (Some(key), Some(found)) = (cases.get(&pair.index), pair.settled) {
                settled.insert(key.clone(), found);
            }
            done += 1;
            let printed =
                if self.arguments.json { out.json(&pair_in_json(&pair, names)) } else { self.progress(done, of, out) };
            broken = printed.err();
            broken.is_none()
        })));
        if let Some(fault) = broken {
            return Err(fault);
        }
        let whole = matches!(ended.transpose().map_err(|error| super::not_asked(session, error))?, Some(Asked::Whole));
        let mut words = report
            .in_words(names, &self.settings)
            .map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint().to_owned() })?;
        let keys = self.keys(session, arms)?;
        let confidence = self.settings.confidence;
        let (votes, kappa) = judge_against_votes(store, keys.each_ref().map(String::as_str), &settled)?;
        words.extend(agreement_in_words(votes, kappa, confidence));
        if self.arguments.json {
            let judged = report.judged;
            out.json(&json!({
                "arm": names[0], "against": names[1], "split": self.split.as_str(), "cases": done, "of": of, "whole": whole,
                "without_answers": without, "preferred": judged.a, "other_preferred": judged.b, "ties": judged.ties,
                "flipped": judged.flipped, "flip_rate": report.flip_rate(), "led_by_order": report.is_led_by_order(),
                "unread": judged.unread, "missing": report.missing,
                "unasked": report.unasked, "recorded_before": report.reused,
                "length": correlation(report.length(confidence)), "notices": notices, "in_words": words, "blind_votes": votes,
                "kappa": kappa.map(|kappa| json!({
                    "kappa": kappa.kappa, "interval": ends(kappa.interval(confidence)), "agreement": kappa.agreement,
                    "by_chance": kappa.by_chance, "n": kappa.n,
                })),
            }))?;
            return Ok(whole);
        }
        out.line("")?;
        words.iter().try_for_each(|line| out.line(line))?;
        if without > 0 {
            out.line(&format!("{without} cases have no recorded answer of both arms."))?;
        }
        foot(notices, whole, report.reused, out)?;
        Ok(whole)
    }

    /// The keys under which the votes on two arms are found.
    fn keys(&self, session: &Session, arms: [&Arm; 2]) -> Result<[String; 2], Fault> {
        let key = |arm: &Arm| {
            let question = question_of(session, arm, self.split)?;
            Ok::<_, Fault>(session.arm_key(&question)?)
        };
        Ok([key(arms[0])?, key(arms[1])?])
    }

    fn grades<W: Write>(
        &self,
        (session, store, judge): Bench<'_>,
        arm: &Arm,
        notices: &[String],
        runtime: &tokio::runtime::Runtime,
        out: &mut Output<W>,
    ) -> Result<bool, Fault> {
        let limit = self.arguments.cases.map(|cases| cases as usize);
        let subjects = recorded_answers(session, store, arm, self.split, limit)?;
        let of = subjects.len();
        if of == 0 {
            return Err(nothing_recorded(&format!("`{}` has no case with", arm.id)));
        }
        let (mut report, mut done, mut broken) = (GradeReport::default(), 0, None);
        let ended = runtime.block_on(until_stopped(judge_grades(session, store, judge, subjects, |graded| {
            report.add(&graded);
            done += 1;
            let printed =
                if self.arguments.json { out.json(&grade_in_json(&graded)) } else { self.progress(done, of, out) };
            broken = printed.err();
            broken.is_none()
        })));
        if let Some(fault) = broken {
            return Err(fault);
        }
        let whole = matches!(ended.transpose().map_err(|error| super::not_asked(session, error))?, Some(Asked::Whole));
        let words = report.in_words(&arm.id, &self.settings);
        if self.arguments.json {
            let figure = report.figure(&self.settings).map(|figure| {
                json!({ "n": figure.n, "mean": figure.mean, "interval": [figure.interval.low, figure.interval.high], "by": figure.method.as_str() })
            });
            out.json(&json!({
                "arm": arm.id, "split": self.split.as_str(), "cases": done, "of": of, "whole": whole, "grade": figure,
                "unread": report.unread, "missing": report.missing, "unasked": report.unasked, "recorded_before": report.reused,
                "length": correlation(report.length(self.settings.confidence)), "notices": notices, "in_words": words,
            }))?;
            return Ok(whole);
        }
        out.line("")?;
        words.iter().try_for_each(|line| out.line(line))?;
        foot(notices, whole, report.reused, out)?;
        Ok(whole)
    }
}

/// What stands beside every figure: what was forced, and what was left.
fn foot<W: Write>(notices: &[String], whole: bool, reused: usize, out: &mut Output<W>) -> Result<(), Fault> {
    if !whole {
        out.line("Stopped before the end; what was answered is recorded and not asked again.")?;
    }
    if reused > 0 {
        out.line(&format!("{reused} of the judge's answers were recorded before and taken as recorded."))?;
    }
    notices.iter().try_for_each(|notice| out.line(&format!("! {notice}")))
}

fn nothing_recorded(what: &str) -> Fault {
    Fault::Asked {
        what: format!("{what} a recorded answer of this machine"),
        hint: "`fourfold failures --arm ARM` asks an arm every dev case and records the answers.".to_owned(),
    }
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

fn correlation(found: Option<Correlation>) -> Value {
    json!(found.map(
        |found| json!({ "spearman": found.rho, "interval": [found.interval.low, found.interval.high], "n": found.n })
    ))
}

fn pair_in_json(pair: &PairJudged, [a, b]: [&str; 2]) -> Value {
    let orders: Option<Vec<Value>> = pair.said.as_ref().map(|said| {
        said.iter()
            .zip([[a, b], [b, a]])
            .map(|(heard, shown)| {
                let verdict = heard.verdict.as_ref().ok().map(|preference| match preference {
                    Preference::First => shown[0],
                    Preference::Second => shown[1],
                    Preference::Tie => "tie",
                });
                let why = heard.verdict.as_ref().err().map(Silence::in_words);
                json!({ "shown": shown, "verdict": verdict, "no_verdict": why, "reason": heard.text, "recorded_before": heard.reused })
            })
            .collect()
    });
    let settled = pair.settled.map(|settled| match settled {
        Settled::A => a,
        Settled::B => b,
        Settled::Tie => "tie",
        Settled::Flipped => "order-decided",
    });
    json!({ "case": pair.case, "row": pair.index + 1, "settled": settled, "asked": pair.said.is_some(), "orders": orders })
}

fn grade_in_json(graded: &Graded) -> Value {
    let said = graded.said.as_ref();
    json!({
        "case": graded.case, "row": graded.index + 1, "grade": graded.grade, "asked": said.is_some(),
        "no_grade": said.and_then(|heard| heard.verdict.as_ref().err()).map(Silence::in_words),
        "reason": said.map(|heard| &heard.text), "recorded_before": said.is_some_and(|heard| heard.reused),
    })
}
