//! What many judgements come to: counts, the verdict they allow, and whether length goes with them. Pure.

use super::{Graded, PairJudged, Silence};
use crate::score::judge::{Judged, Settled};
use crate::stats::{
    Confidence, Correlation, Figure, LeftOut, Paired, Settings, Unfit, Verdict, judge, spearman, wording,
};

/// Two arms, judged.
#[derive(Clone, Debug, Default)]
pub struct PairReport {
    /// Pairs counted by what both orders settle.
    pub judged: Judged,
    /// Pairs of which a call did not come through.
    pub missing: usize,
    /// Pairs with a non-answer on a side, settled without asking; they are among `judged`.
    pub unasked: usize,
    /// What was recorded before, in calls.
    pub reused: usize,
    /// Why the first pair without a verdict has none.
    pub why: Option<String>,
    rows: Vec<[f64; 2]>,
    lengths: Vec<(f64, f64)>,
}

impl PairReport {
    /// Counts one more pair.
    pub fn add(&mut self, pair: &PairJudged) {
        let said = pair.said.iter().flatten();
        self.reused += said.clone().filter(|heard| heard.reused).count();
        let silences: Vec<&Silence> = said.filter_map(|heard| heard.verdict.as_ref().err()).collect();
        if self.why.is_none() {
            self.why = silences.first().map(|silence| silence.in_words().to_owned());
        }
        let Some(settled) = pair.settled else {
            if silences.iter().any(|silence| matches!(silence, Silence::Missing(_))) {
                self.missing += 1;
            } else {
                self.judged.unread += 1;
            }
            return;
        };
        *match settled {
            Settled::A => &mut self.judged.a,
            Settled::B => &mut self.judged.b,
            Settled::Tie => &mut self.judged.ties,
            Settled::Flipped => &mut self.judged.flipped,
        } += 1;
        self.rows.push([settled.score(), 1.0 - settled.score()]);
        if pair.said.is_some() {
            self.lengths.push((settled.score(), pair.longer));
        } else {
            self.unasked += 1;
        }
    }

    /// Pairs that the judge read in both orders.
    pub const fn asked(&self) -> usize {
        self.judged.n() - self.unasked
    }

    /// Of the pairs that were asked, the share whose order decided.
    pub fn flip_rate(&self) -> Option<f64> {
        (self.asked() > 0).then(|| self.judged.flipped as f64 / self.asked() as f64)
    }

    /// Whether the order decided more than half of the pairs that were asked: what is left says nothing of the arms.
    pub fn is_led_by_order(&self) -> bool {
        self.flip_rate().is_some_and(|rate| rate > 0.5)
    }

    /// A against B: 1 for a pair won in both orders, one half for a tie of either kind. `None` without a pair.
    pub fn comparison(&self, settings: &Settings) -> Result<Option<(Paired, Verdict)>, Unfit> {
        if self.rows.is_empty() {
            return Ok(None);
        }
        let paired = Paired::of(&self.rows, settings)?;
        let verdict = judge(&[&paired], settings)[0];
        Ok(Some((paired, verdict)))
    }

    /// Whether the longer answer is preferred, over the pairs that were asked.
    pub fn length(&self, confidence: Confidence) -> Option<Correlation> {
        spearman(&self.lengths, confidence)
    }

    /// Everything in sentences.
    pub fn in_words(&self, [a, b]: [&str; 2], settings: &Settings) -> Result<Vec<String>, Unfit> {
        let Judged { a: for_a, b: for_b, ties, flipped, unread } = self.judged;
        let rate = self.flip_rate().map_or_else(
            || "no flip rate".to_owned(),
            |rate| format!("flip rate {:.0} %, {flipped} of {}", 100.0 * rate, self.asked()),
        );
        let mut lines = vec![format!(
            "{a} preferred in both orders {for_a}, {b} {for_b}, tie in both {ties}, order decided {flipped} (counted as ties; {rate})."
        )];
        let aside: Vec<String> = [
            (self.unasked, "settled without asking: one side is no answer"),
            (unread, "not read: no verdict in the form that was asked for"),
            (self.missing, "missing: a call did not come through"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        if !aside.is_empty() {
            lines.push(format!("{}.", aside.join("; ")));
        }
        if let Some(why) = &self.why {
            lines.push(format!("The first without a verdict: {why}."));
        }
        if self.is_led_by_order() {
            lines.push(format!(
                "No verdict: in {flipped} of {} pairs the order decided, so that what this judge prefers is not known of {a} and {b}.",
                self.asked()
            ));
        } else if let Some((paired, verdict)) = self.comparison(settings)? {
            let left_out = LeftOut { missing: unread + self.missing, ..LeftOut::default() };
            lines.push(format!("By this judge: {}", wording::comparison(a, b, &paired, &verdict, settings)));
            lines.push(wording::why(&paired, &verdict, settings, left_out));
        }
        lines.push(length_in_words(self.length(settings.confidence), self.lengths.len(), settings));
        Ok(lines)
    }
}

/// One arm's grades.
#[derive(Clone, Debug, Default)]
pub struct GradeReport {
    /// Answers whose grade was not read.
    pub unread: usize,
    /// Answers of which the call did not come through.
    pub missing: usize,
    /// Non-answers, which are 0 without asking; they are among the grades.
    pub unasked: usize,
    /// What was recorded before.
    pub reused: usize,
    /// Why the first without a grade has none.
    pub why: Option<String>,
    grades: Vec<f64>,
    lengths: Vec<(f64, f64)>,
}

impl GradeReport {
    /// Counts one more answer.
    pub fn add(&mut self, graded: &Graded) {
        if let Some(heard) = &graded.said {
            self.reused += usize::from(heard.reused);
            if let Err(silence) = &heard.verdict {
                self.why.get_or_insert_with(|| silence.in_words().to_owned());
                *if matches!(silence, Silence::Missing(_)) { &mut self.missing } else { &mut self.unread } += 1;
            }
        }
        if let Some(grade) = graded.grade {
            self.grades.push(grade);
            if graded.said.is_some() {
                self.lengths.push((grade, graded.length));
            } else {
                self.unasked += 1;
            }
        }
    }

    /// The mean grade from 0 to 1 with its interval; `None` without one.
    pub fn figure(&self, settings: &Settings) -> Option<Figure> {
        Figure::of(&self.grades, settings.confidence, settings.seed).ok()
    }

    /// Whether the longer answer has the better grade, over those that were asked.
    pub fn length(&self, confidence: Confidence) -> Option<Correlation> {
        spearman(&self.lengths, confidence)
    }

    /// Everything in sentences.
    pub fn in_words(&self, arm: &str, settings: &Settings) -> Vec<String> {
        let mut lines = vec![self.figure(settings).map_or_else(
            || format!("{arm} has no grade."),
            |figure| {
                format!(
                    "{arm}: mean grade {}, {} interval, {}; n = {}. 0 is the rubric's worst, 1 its best.",
                    wording::figure(&figure),
                    wording::percent(settings.confidence),
                    figure.method.as_str(),
                    figure.n
                )
            },
        )];
        for (count, what) in [
            (self.unasked, "counted as 0 without asking: no answer"),
            (self.unread, "not read: no grade in the form that was asked for"),
            (self.missing, "missing: the call did not come through"),
        ] {
            if count > 0 {
                lines.push(format!("{count} {what}."));
            }
        }
        if let Some(why) = &self.why {
            lines.push(format!("The first without a grade: {why}."));
        }
        lines.push(length_in_words(self.length(settings.confidence), self.lengths.len(), settings));
        lines
    }
}

fn length_in_words(found: Option<Correlation>, n: usize, settings: &Settings) -> String {
    let Some(found) = found else {
        return format!(
            "Length: no correlation can be said: {n} answers were judged, too few or with too little that differs."
        );
    };
    let numbers = format!(
        "Spearman {:+.2} ({} interval {:+.2} to {:+.2}, n = {})",
        found.rho,
        wording::percent(settings.confidence),
        found.interval.low,
        found.interval.high,
        found.n
    );
    if !found.is_shown() {
        return format!("Length: no correlation with it is shown, {numbers}.");
    }
    let way = if found.rho > 0.0 { "longer" } else { "shorter" };
    format!(
        "Length: this judge goes with the {way} answer, {numbers}; it may prefer length itself, or what comes with it."
    )
}
