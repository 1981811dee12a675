//! Runs: arms x cases x repeats, asked a few at a time, each trial durable before it is counted, to be gone on with at any
//! moment after any end. The terminal and the command line watch one by its [`News`] and steer it by its [`Control`].

mod allowance;
mod anytime;
mod asking;
mod batch;
mod beforehand;
mod begin;
mod cells;
mod control;
mod drive;
mod estimate;
mod feed;
mod identity;
mod interval;
mod known;
mod lane;
mod limit;
mod look_over;
mod news;
mod order;
mod pace;
mod plan;
mod planning;
mod recall;
mod rescore;
#[cfg(test)]
mod rescore_tests;
mod shared;
mod start;
#[cfg(test)]
mod steering_tests;
mod twins;
mod verdict;

pub use batch::{BatchRun, Exported, Imported};
pub use begin::kept_limits;
pub use control::{Control, Orders};
pub use drive::run;
pub use estimate::{Estimate, estimate};
pub use interval::interval;
pub use limit::Reached;
pub use look_over::{LookedOver, look_over};
pub use news::{Begun, Ended, How, News, lacks_scores};
pub use order::{BLOCK, Order};
pub use plan::{Limits, Plan, PlannedArm, Shard};
pub use planning::Wanted;
pub use start::{Cells, Filled, Start, Which};
pub(super) use verdict::looking_of;
pub use verdict::{MUCH_MISSING, each_row, four, much_missing, settings_of, table, verdict};

/// Seconds of a time as people write it: `90`, `30m`, `2h`; `None` where it is none above 0.
pub fn seconds_of(text: &str) -> Option<f64> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, text.chars().next_back()),
        None => (text, None),
    };
    let unit = match unit {
        Some('m') => 60.0,
        Some('h') => 3_600.0,
        _ => 1.0,
    };
    let value = number.parse().ok().map(|number: f64| number * unit);
    value.filter(|value| *value > 0.0 && std::time::Duration::try_from_secs_f64(*value).is_ok())
}

/// A time as people say it: `850 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`.
pub fn in_words(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::in_words;

    #[test]
    fn times_are_short() {
        for (milliseconds, expected) in
            [(850, "850 ms"), (12_400, "12 s"), (185_000, "3 min 5 s"), (7_800_000, "2 h 10 min")]
        {
            assert_eq!(in_words(Duration::from_millis(milliseconds)), expected);
        }
    }
}
