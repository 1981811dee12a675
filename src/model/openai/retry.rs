//! When a request that has not been answered yet is sent again, and after how long.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// What to do about a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Wait this long, then send again.
    Wait(Duration),
    /// Report the failure.
    GiveUp,
}

/// Decides about a response with `status`. `attempt` counts from 0; `random` in 0..1 spreads the waits.
pub(super) fn after_status(
    status: u16,
    headers: &HeaderMap,
    body: &str,
    attempt: u32,
    longest_wait: Duration,
    random: f64,
) -> Next {
    let told = headers.get("x-should-retry").and_then(|value| value.to_str().ok());
    let retryable = matches!(status, 408 | 409 | 429 | 500..=599) && !matches!(status, 501 | 505);
    // An empty purse does not fill within a minute.
    let broke = status == 429 && ["insufficient_quota", "billing"].iter().any(|word| body.contains(word));
    if told == Some("false") || broke || !(retryable || told == Some("true")) {
        return Next::GiveUp;
    }
    match retry_after(headers) {
        Some(wait) if wait > longest_wait => Next::GiveUp,
        Some(wait) => Next::Wait(wait + Duration::from_millis((250.0 * random) as u64)),
        None => Next::Wait(backoff(attempt, random)),
    }
}

/// The wait before attempt `attempt` + 1 where the server names none: doubling from 0.5 s to 8 s, less up to a quarter.
pub(super) fn backoff(attempt: u32, random: f64) -> Duration {
    let whole = 0.5 * 2.0_f64.powi(attempt.min(4) as i32);
    Duration::from_secs_f64(whole * (1.0 - 0.25 * random.clamp(0.0, 1.0)))
}

/// How long the server asks to wait. A date counts from the server's own clock, so that ours need not agree with it.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(milliseconds) = text("retry-after-ms").and_then(|text| text.parse::<u64>().ok()) {
        return Some(Duration::from_millis(milliseconds));
    }
    let asked = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = asked.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let then = jiff::fmt::rfc2822::parse(asked).ok()?.timestamp();
    let now = jiff::fmt::rfc2822::parse(text(DATE.as_str())?).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(then.as_second() - now.as_second()).unwrap_or(0)))
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

    #[test]
    fn retry_after_in_all_its_spellings() {
        let now = ("date", "Tue, 24 Nov 2026 10:00:00 GMT");
        for (pairs, expected) in [
            (vec![("retry-after", "7")], Some(7)),
            (vec![("retry-after", " 0 ")], Some(0)),
            (vec![("retry-after", "Tue, 24 Nov 2026 10:00:09 GMT"), now], Some(9)),
            (vec![("retry-after", "Tue, 24 Nov 2026 09:00:00 GMT"), now], Some(0)),
            (vec![("retry-after", "Tue, 24 Nov 2026 10:00:09 GMT")], None),
            (vec![("retry-after", "-1")], None),
            (vec![("retry-after", "1e9")], None),
            (vec![("retry-after", "²")], None),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after-ms", "3000"), ("retry-after", "9")], Some(3)),
            (vec![], None),
        ] {
            assert_eq!(retry_after(&headers(&pairs)), expected.map(Duration::from_secs), "{pairs:?}");
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let decide = |status, pairs: &[(&'static str, &str)], body| {
            after_status(status, &headers(pairs), body, 0, Duration::from_mins(1), 0.0)
        };
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert_eq!(decide(status, &[], ""), Next::Wait(Duration::from_millis(500)), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 413, 422, 501] {
            assert_eq!(decide(status, &[], ""), Next::GiveUp, "{status}");
        }
        assert_eq!(decide(429, &[("retry-after", "7")], ""), Next::Wait(Duration::from_secs(7)));
        assert_eq!(decide(429, &[("retry-after", "1000000000")], ""), Next::GiveUp);
        assert_eq!(decide(429, &[], "{\"code\":\"insufficient_quota\"}"), Next::GiveUp);
        assert_eq!(decide(500, &[("x-should-retry", "false")], ""), Next::GiveUp);
    }

    #[test]
    fn the_backoff_doubles_to_eight_seconds() {
        let waits: Vec<f64> = (0..7).map(|attempt| backoff(attempt, 0.0).as_secs_f64()).collect();
        assert_eq!(waits, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]);
        assert!(backoff(0, 1.0) < backoff(0, 0.0));
    }
}
