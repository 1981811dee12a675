//! Asking many questions without a terminal screen: how often progress is told, and Ctrl+C.

use super::Fault;

/// Lines of progress from the first question to the last.
const LINES: usize = 10;

/// Whether it is time to say that `done` of `of` are done.
pub(super) fn is_due(done: usize, of: usize) -> bool {
    done.is_multiple_of(of.div_ceil(LINES).max(1)) || done == of
}

/// What `work` gives; `None` if Ctrl+C comes first.
pub(super) fn until_interrupted<T>(work: impl Future<Output = T>) -> Result<Option<T>, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async {
        tokio::select! {
            biased;
            _ = super::stop::asked() => None,
            ended = work => Some(ended),
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_at_even_steps_and_at_the_end() {
        let told = |of| (1..=of).filter(|done| is_due(*done, of)).count();
        assert_eq!([0, 1, 20, 21, 200, 1_000].map(told), [0, 1, 10, 7, 10, 10]);
        assert!(is_due(37, 37));
    }

    #[test]
    fn work_that_ends_by_itself_gives_its_result() {
        assert_eq!(until_interrupted(async { 7 }).unwrap(), Some(7));
    }
}
