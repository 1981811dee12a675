//! How long a training takes, as people say it.

/// Seconds in words: `45 s`, `3 min`, `2 h 1 min`.
pub fn duration(seconds: f64) -> String {
    match seconds.round().max(0.0) as u64 {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7199 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_minutes_and_hours() {
        for (seconds, words) in [(-1.0, "0 s"), (0.4, "0 s"), (119.0, "119 s"), (150.0, "3 min"), (7300.0, "2 h 1 min")]
        {
            assert_eq!(duration(seconds), words);
        }
    }
}
