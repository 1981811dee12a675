//! What blind votes say of all arms together, and whether a judge agrees with them.

use std::collections::BTreeMap;

use super::question::NotAsked;
use crate::score::judge::Settled;
use crate::stats::{BradleyTerry, Confidence, Interval, Kappa, kappa, wording};
use crate::store::{Choice, Store, Voted};

/// Pulls strengths together a little: without it an arm that never lost is infinitely strong.
const PENALTY: f64 = 0.1;

/// One arm among those that were voted on.
#[derive(Clone, Debug, PartialEq)]
pub struct Strength {
    /// Its name; with a number where arms of one name were not the same.
    pub arm: String,
    /// On the scale of Elo: 1,000 is the mean, 400 points are odds of ten to one.
    pub elo: f64,
    /// Its interval on that scale.
    pub interval: Interval,
    /// Votes it took part in.
    pub votes: u64,
    /// Of these, those that preferred it.
    pub won: u64,
    /// Those that preferred neither.
    pub ties: u64,
}

/// All of them, the strongest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Strengths {
    /// The arms.
    pub arms: Vec<Strength>,
    /// Votes in all.
    pub votes: u64,
    /// Of the intervals.
    pub confidence: Confidence,
}

/// Reads every blind vote, each pair of answers by its latest. `None` without any. Blocks.
pub fn strengths(store: &Store, confidence: Confidence) -> Result<Option<Strengths>, NotAsked> {
    let votes = store.votes().map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
    Ok(of_votes(&votes, confidence))
}

fn of_votes(votes: &[Voted], confidence: Confidence) -> Option<Strengths> {
    let mut keys: Vec<(&str, &str)> = Vec::new();
    for (key, name) in votes.iter().flat_map(|vote| vote.arm_keys.iter().zip(&vote.arms)) {
        if !keys.iter().any(|(known, _)| *known == key.as_str()) {
            keys.push((key, name));
        }
    }
    let place = |key: &str| keys.iter().position(|(known, _)| *known == key);
    let mut wins = vec![vec![0.0; keys.len()]; keys.len()];
    let mut counts = vec![(0_u64, 0_u64, 0_u64); keys.len()];
    for vote in votes {
        let [Some(first), Some(second)] = vote.arm_keys.each_ref().map(|key| place(key)) else { continue };
        if first == second {
            continue;
        }
        let share: f64 = match vote.choice {
            Choice::First => 1.0,
            Choice::Second => 0.0,
            Choice::Tie => 0.5,
        };
        for (arm, other, share) in [(first, second, share), (second, first, 1.0 - share)] {
            if let Some(cell) = wins.get_mut(arm).and_then(|row| row.get_mut(other)) {
                *cell += share;
            }
            if let Some((all, won, ties)) = counts.get_mut(arm) {
                *all += 1;
                *won += u64::from(share > 0.75);
                *ties += u64::from((share - 0.5).abs() < 0.25);
            }
        }
    }
    let fitted = BradleyTerry::fit(&wins, PENALTY)?;
    let on_scale = |strength: f64| 1_000.0 + 400.0 / std::f64::consts::LN_10 * strength;
    let mut arms: Vec<Strength> = Vec::new();
    for (item, ((_, name), (votes, won, ties))) in keys.iter().zip(&counts).enumerate() {
        let interval = fitted.interval(item, confidence)?;
        let alike = keys.iter().take(item).filter(|(_, other)| other == name).count();
        arms.push(Strength {
            arm: if alike == 0 { (*name).to_owned() } else { format!("{name} #{}", alike + 1) },
            elo: on_scale(*fitted.log_strengths.get(item)?),
            interval: Interval { low: on_scale(interval.low), high: on_scale(interval.high) },
            votes: *votes,
            won: *won,
            ties: *ties,
        });
    }
    arms.sort_by(|one, other| other.elo.total_cmp(&one.elo));
    Some(Strengths { arms, votes: votes.len() as u64, confidence })
}

impl Strengths {
    /// In lines: what it is, then an arm a line.
    pub fn in_words(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "Strengths by {} (Bradley and Terry, on the scale of Elo: 1,000 is the mean, 400 points are odds of ten to one), \
             {} intervals:",
            wording::counted(self.votes, "blind vote"),
            wording::percent(self.confidence)
        )];
        let widest = self.arms.iter().map(|arm| arm.arm.chars().count()).max().unwrap_or(0);
        lines.extend(self.arms.iter().map(|arm| {
            format!(
                "{:<widest$}  {:>5.0} ({:.0} to {:.0})  {} won, {} tied of {}",
                arm.arm, arm.elo, arm.interval.low, arm.interval.high, arm.won, arm.ties, arm.votes
            )
        }));
        if self.arms.iter().any(|arm| arm.arm.contains(" #")) {
            lines.push("A number behind a name: its prompt, strategy, model or settings were others then.".to_owned());
        }
        lines
    }
}

/// How a judge's word on two arms goes with the blind votes on the same cases, by Cohen's kappa. `judged` holds what was settled of
/// each case, by the case's key. How many votes there are; kappa is `None` where it says nothing. Blocks.
pub fn judge_against_votes(
    store: &Store,
    [a, b]: [&str; 2],
    judged: &BTreeMap<String, Settled>,
) -> Result<(usize, Option<Kappa>), NotAsked> {
    let votes = store.votes().map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
    let pairs: Vec<(i8, i8)> = votes.iter().filter_map(|vote| both(vote, [a, b], judged)).collect();
    Ok((pairs.len(), kappa(&pairs)))
}

/// A vote beside what the judge said, both seen from arm `a`: 1 for it, -1 for the other, 0 for neither.
fn both(vote: &Voted, [a, b]: [&str; 2], judged: &BTreeMap<String, Settled>) -> Option<(i8, i8)> {
    let way = match vote.arm_keys.each_ref().map(String::as_str) {
        [first, second] if first == a && second == b => 1,
        [first, second] if first == b && second == a => -1,
        _ => return None,
    };
    let voted = match vote.choice {
        Choice::First => way,
        Choice::Second => -way,
        Choice::Tie => 0,
    };
    let said = match judged.get(&vote.case_key)? {
        Settled::A => 1,
        Settled::B => -1,
        Settled::Tie | Settled::Flipped => 0,
    };
    Some((voted, said))
}

/// In words; nothing without votes.
pub fn agreement_in_words(votes: usize, found: Option<Kappa>, confidence: Confidence) -> Option<String> {
    let Some(found) = found else {
        let all = if votes == 1 { "the one blind vote" } else { "the blind votes" };
        return (votes > 0).then(|| {
            format!(
                "Against {all} on these cases no agreement beyond chance can be said: {votes}, and all of one kind."
            )
        });
    };
    let interval = found.interval(confidence);
    Some(format!(
        "Against {} blind votes on these cases the judge agrees in {:.0} % (by chance {:.0} %): Cohen's kappa {:.2}, {} interval {:.2} to \
         {:.2}.",
        found.n,
        100.0 * found.agreement,
        100.0 * found.by_chance,
        found.kappa,
        wording::percent(confidence),
        interval.low,
        interval.high
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(arms: [&str; 2], case: &str, choice: Choice) -> Voted {
        let arms = arms.map(str::to_owned);
        Voted { arm_keys: arms.clone(), arms: arms.map(|arm| arm.replace('\'', "")), case_key: case.to_owned(), choice }
    }

    #[test]
    fn the_arm_that_wins_more_is_stronger_and_every_strength_has_its_interval() {
        let mut votes: Vec<Voted> = (0..12)
            .map(|n| vote(["a", "b"], &n.to_string(), if n % 4 == 0 { Choice::Second } else { Choice::First }))
            .collect();
        votes.extend((0..6).map(|n| vote(["b", "c"], &n.to_string(), if n < 2 { Choice::Tie } else { Choice::First })));
        votes.push(vote(["a'", "c"], "x", Choice::Second));
        let found = of_votes(&votes, Confidence::NINETY_FIVE).unwrap();
        let names: Vec<&str> = found.arms.iter().map(|arm| arm.arm.as_str()).collect();
        assert_eq!((found.votes, names[0]), (19, "a"));
        assert!(names.contains(&"a #2"), "{names:?}");
        assert!(found.arms.iter().all(|arm| arm.interval.contains(arm.elo) && arm.interval.width() > 50.0));
        let b = found.arms.iter().find(|arm| arm.arm == "b").unwrap();
        assert_eq!((b.votes, b.won, b.ties), (18, 7, 2));
        assert_eq!(found.in_words().len(), 6);
        assert_eq!(of_votes(&[], Confidence::NINETY_FIVE), None);
    }

    #[test]
    fn a_judge_is_held_against_votes_seen_from_either_side() {
        let judged: BTreeMap<String, Settled> = [("1", Settled::A), ("2", Settled::B), ("3", Settled::Flipped)]
            .map(|(key, it)| (key.to_owned(), it))
            .into();
        let seen = |vote: &Voted| both(vote, ["a", "b"], &judged);
        assert_eq!(seen(&vote(["a", "b"], "1", Choice::First)), Some((1, 1)));
        assert_eq!(seen(&vote(["b", "a"], "1", Choice::First)), Some((-1, 1)));
        assert_eq!(seen(&vote(["b", "a"], "3", Choice::Tie)), Some((0, 0)));
        assert_eq!(seen(&vote(["a", "b"], "9", Choice::First)), None);
        assert_eq!(seen(&vote(["a", "c"], "1", Choice::First)), None);
        let found = kappa(&[(1, 1), (-1, -1), (1, -1), (0, 0)]);
        let words = agreement_in_words(4, found, Confidence::NINETY_FIVE).unwrap();
        assert!(words.contains("agrees in 75 %") && words.contains("Cohen's kappa 0.6"), "{words}");
        assert!(agreement_in_words(2, None, Confidence::NINETY_FIVE).unwrap().contains("of one kind"));
        assert_eq!(agreement_in_words(0, None, Confidence::NINETY_FIVE), None);
    }
}
