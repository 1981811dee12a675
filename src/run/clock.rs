//! The clock, for the rooms that may not look at one themselves: they take a number or a closure from here.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC: the time of a trial.
pub fn now_milliseconds() -> i64 {
    // A clock before 1970 is broken; zero sorts such trials first and loses nothing.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// A time in milliseconds since 1970 as people here read it: month, day, hour, minute.
pub fn local_time(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).map_or_else(
        |_| "unknown".to_owned(),
        |time| time.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%m-%d %H:%M").to_string(),
    )
}

/// As [`local_time`], of today without the day: for titles, which are short.
pub fn recent_time(milliseconds: i64) -> String {
    let local = local_time(milliseconds);
    let day = today().strftime("%m-%d ").to_string();
    local.strip_prefix(&day).map_or_else(|| local.clone(), str::to_owned)
}

/// A time in milliseconds since 1970 as a report dates itself: `2026-11-27 11:04`, in the time zone here.
pub(super) fn local_minute(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).map_or_else(
        |_| "at an unknown time".to_owned(),
        |time| time.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

/// The day of a time in milliseconds since 1970, UTC: `2026-11-27`.
pub fn day_of(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map_or_else(|_| "unknown".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}

/// When a day that [`day_of`] gave began, in milliseconds since 1970.
pub(super) fn start_of_day(day: &str) -> Option<i64> {
    let day: jiff::civil::Date = day.parse().ok()?;
    Some(jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?.as_millisecond())
}

/// The day it is, here.
pub fn today() -> jiff::civil::Date {
    jiff::Timestamp::from_millisecond(now_milliseconds())
        .unwrap_or_default()
        .to_zoned_datetime(jiff::tz::TimeZone::system())
        .date()
}

/// A closure that says how much time has passed since this call.
pub fn stopwatch() -> impl Fn() -> Duration + Clone + Send + Sync + 'static {
    let start = Instant::now();
    move || start.elapsed()
}
