//! When a request that has not been answered yet is sent again, and after how long.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::frame::Failure;

/// How a failed attempt may be repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Again {
    /// The wait the server asked for; the usual one where it named none.
    pub(super) wait: Option<Duration>,
    /// Everyone with this key waits, not only this call.
    pub(super) for_all: bool,
}

/// Whether a response with this status may be followed by a better one.
pub(super) fn after_status(status: u16, headers: &HeaderMap, failure: &Failure) -> Option<Again> {
    let told = headers.get("x-should-retry").and_then(|value| value.to_str().ok());
    let retryable = matches!(status, 408 | 409 | 429 | 500..=599) && !matches!(status, 501 | 505);
    // An empty purse does not fill within a minute.
    if told == Some("false") || failure.spent || !(retryable || told == Some("true")) {
        return None;
    }
    let wait = retry_after(headers).or(failure.wait);
    Some(Again { wait, for_all: status == 429 || wait.is_some_and(|wait| !wait.is_zero()) })
}

/// The wait before the attempt after `attempt` (from 0) where the server names none: doubling from 0.5 s to 8 s, less up
/// to a quarter.
pub(super) fn backoff(attempt: u32, random: f64) -> Duration {
    let whole = 0.5 * 2.0_f64.powi(attempt.min(4) as i32);
    Duration::from_secs_f64(whole * (1.0 - 0.25 * random.clamp(0.0, 1.0)))
}

/// A wait that a server named, and a little more, so that those who were told the same do not come back together.
pub(super) fn spread(wait: Duration, random: f64) -> Duration {
    wait + Duration::from_millis((250.0 * random.clamp(0.0, 1.0)) as u64)
}

/// How long the server asks to wait, whole seconds rounded up. A date counts from the server's own clock, so that ours
/// need not agree with it.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(milliseconds) = text("retry-after-ms").and_then(|text| text.parse::<u64>().ok()) {
        return Some(Duration::from_millis(milliseconds));
    }
    let asked = text(RETRY_AFTER.as_str())?;
    if let Some(seconds) = whole_seconds(asked) {
        return Some(seconds);
    }
    let then = jiff::fmt::rfc2822::parse(asked).ok()?.timestamp();
    let now = jiff::fmt::rfc2822::parse(text(DATE.as_str())?).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(then.as_second() - now.as_second()).unwrap_or(0)))
}

/// Seconds written in digits, with a fraction or without, rounded up. Nothing else is a number of seconds.
pub(in crate::model) fn whole_seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let more = u64::from(fraction.bytes().any(|digit| digit != b'0'));
    Some(Duration::from_secs(whole.parse::<u64>().ok()?.saturating_add(more)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_static(name),
                    reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                )
            })
            .collect()
    }

    /// Case 22.
    #[test]
    fn retry_after_in_all_its_spellings() {
        let now = ("date", "Tue, 24 Nov 2026 10:00:00 GMT");
        for (pairs, expected) in [
            (vec![("retry-after", "7")], Some(7)),
            (vec![("retry-after", " 0 ")], Some(0)),
            (vec![("retry-after", "1.2")], Some(2)),
            (vec![("retry-after", "3.0")], Some(3)),
            (vec![("retry-after", "Tue, 24 Nov 2026 10:00:09 GMT"), now], Some(9)),
            (vec![("retry-after", "Tue, 24 Nov 2026 09:00:00 GMT"), now], Some(0)),
            (vec![("retry-after", "Tue, 24 Nov 2026 10:00:09 GMT")], None),
            (vec![("retry-after", "-1")], None),
            (vec![("retry-after", "1e9")], None),
            (vec![("retry-after", "²")], None),
            (vec![("retry-after", ".5")], None),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "99999999999999999999")], None),
            (vec![("retry-after-ms", "3000"), ("retry-after", "9")], Some(3)),
            (vec![], None),
        ] {
            assert_eq!(retry_after(&headers(&pairs)), expected.map(Duration::from_secs), "{pairs:?}");
        }
    }

    /// Cases 21 to 27.
    #[test]
    fn only_what_may_pass_is_tried_again() {
        let plain = Failure::new("error", "");
        let decide = |status, pairs: &[(&'static str, &str)]| after_status(status, &headers(pairs), &plain);
        for status in [408, 409, 500, 502, 503, 504, 529] {
            assert_eq!(decide(status, &[]), Some(Again { wait: None, for_all: false }), "{status}");
        }
        for status in [301, 400, 401, 402, 403, 404, 413, 422, 501] {
            assert_eq!(decide(status, &[]), None, "{status}");
        }
        let seven = Some(Duration::from_secs(7));
        assert_eq!(decide(429, &[]), Some(Again { wait: None, for_all: true }));
        assert_eq!(decide(429, &[("retry-after", "7")]), Some(Again { wait: seven, for_all: true }));
        assert_eq!(decide(503, &[("retry-after", "7")]), Some(Again { wait: seven, for_all: true }));
        assert_eq!(decide(500, &[("x-should-retry", "false")]), None);
        assert_eq!(decide(400, &[("x-should-retry", "true")]), Some(Again::default()));
        let spent = Failure { spent: true, ..plain.clone() };
        assert_eq!(after_status(429, &headers(&[]), &spent), None);
        let told = Failure { wait: seven, ..plain };
        assert_eq!(after_status(429, &headers(&[]), &told), Some(Again { wait: seven, for_all: true }));
    }

    #[test]
    fn the_backoff_doubles_to_eight_seconds() {
        let waits: Vec<f64> = (0..7).map(|attempt| backoff(attempt, 0.0).as_secs_f64()).collect();
        assert_eq!(waits, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]);
        assert!(backoff(0, 1.0) < backoff(0, 0.0));
        assert!(spread(Duration::from_secs(7), 1.0) > spread(Duration::from_secs(7), 0.0));
    }
}
