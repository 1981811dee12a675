//! What several test programs share.

#![allow(unreachable_pub, reason = "test programs have no outside")]

pub mod bench;
pub mod fake_server;
pub mod heard;
#[cfg(unix)]
pub mod pty;
