//! Work on disjoint chunks of a slice by all cores.
//!
//! It uses the pool candle multiplies on: its threads stay awake between the many short sections of a forward pass, and a
//! second pool would compete with them for the same cores.

use std::sync::{Mutex, PoisonError};

use candle_core::utils::barrier_pool;

/// Calls `work` with the index and the content of every chunk of `chunk` values. Each chunk is given to exactly one thread.
pub(crate) fn for_each_chunk(values: &mut [f32], chunk: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    // Nobody ever waits for these locks: they only prove that no two threads get the same chunk.
    let chunks: Vec<Mutex<&mut [f32]>> = values.chunks_mut(chunk.max(1)).map(Mutex::new).collect();
    barrier_pool().execute_chunked(chunks.len(), |range| {
        for index in range {
            if let Some(chunk) = chunks.get(index) {
                let mut chunk = chunk.lock().unwrap_or_else(PoisonError::into_inner);
                work(index, &mut chunk);
            }
        }
    });
}
