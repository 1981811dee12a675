//! Which times were measured. The database keeps a time for every trial; one that nobody measured, such as that of an answer that came
//! back in a batch or of a question that was never sent, stands there as 0 without a first token. It is no time of 0 ms, and counts in
//! no mean.

/// Milliseconds to the end, where somebody measured them.
pub const fn measured(total_ms: u64, first_token_ms: Option<u64>) -> Option<u64> {
    match (total_ms, first_token_ms) {
        (0, None) => None,
        (ms, _) => Some(ms),
    }
}

/// The same in SQL, of a row of trials or of cells.
pub(super) const MEASURED: &str = "CASE WHEN total_ms > 0 OR first_token_ms IS NOT NULL THEN total_ms END";

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn the_database_and_the_program_agree_on_what_was_measured() {
        let connection = Connection::open_in_memory().unwrap();
        for (total, first, found) in [(0, None, None), (0, Some(0), Some(0)), (7, None, Some(7)), (7, Some(2), Some(7))]
        {
            assert_eq!(measured(total, first), found);
            let sql = format!("SELECT {MEASURED} FROM (SELECT ?1 AS total_ms, ?2 AS first_token_ms)");
            let by_sql: Option<i64> = connection
                .query_row(&sql, (total.cast_signed(), first.map(u64::cast_signed)), |row| row.get(0))
                .unwrap();
            assert_eq!(by_sql.map(i64::cast_unsigned), found);
        }
    }
}
