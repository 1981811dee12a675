//! What several test programs share.

#![allow(unreachable_pub, reason = "test programs have no outside")]

pub mod bench;
#[cfg(unix)]
pub mod browser;
pub mod fake_server;
pub mod heard;
pub mod lineage_server;
pub mod many;
#[cfg(unix)]
pub mod pty;
#[cfg(unix)]
pub mod stored;
