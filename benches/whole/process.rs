//! What the system knows of a running process.

use std::collections::HashMap;
use std::fs;

/// CPU time of each thread so far, in milliseconds.
pub struct Cpu(HashMap<String, f64>);

impl Cpu {
    /// Of this process, now.
    pub fn of(pid: u32) -> Self {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let used = |task: fs::DirEntry| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
            Some((task.file_name().to_string_lossy().into_owned(), nanoseconds / 1e6))
        };
        Self(tasks.filter_map(used).collect())
    }

    /// What has been used since the process began, by the threads there are now.
    pub fn total(&self) -> f64 {
        self.0.values().sum()
    }

    /// What has been used since `earlier`, by the threads there are now: one that has ended took its count along.
    pub fn since(&self, earlier: &Self) -> f64 {
        self.0.iter().map(|(thread, used)| used - earlier.0.get(thread).copied().unwrap_or(0.0)).sum()
    }
}

/// Memory in use, in MB.
pub fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}
