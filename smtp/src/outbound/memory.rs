//! How much of messages on their way out is in memory at one time.
//!
//! ```text
//!   wait for twice its size ─> read and open ─> give half back ─> hand over ─> give the rest back
//! ```
//!
//! Who waits holds nothing else of it. Large messages have a share of their own: servers that take them slowly
//! do not stop the small ones.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

const KIB: usize = 1024;
/// A message up to this counts as small.
const SMALL_BYTES: usize = 1024 * KIB;

/// What all sessions share. Clones share it, too.
#[derive(Clone, Debug)]
pub struct Memory(Arc<[Share; 2]>);

#[derive(Debug)]
struct Share {
    free_kib: Semaphore,
    all_kib: u32,
}

/// A message in memory.
pub(super) struct Held<'a> {
    pub(super) raw: Arc<Vec<u8>>,
    _place: Option<SemaphorePermit<'a>>,
}

impl Memory {
    /// So many octets: a quarter for small messages, the rest for large ones.
    #[must_use]
    pub fn of(max_bytes: usize) -> Self {
        let small = max_bytes / 4;
        Self(Arc::new([Share::of(small), Share::of(max_bytes - small)]))
    }

    /// Octets that are held now.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let held_kib = |share: &Share| share.all_kib as usize - share.free_kib.available_permits();
        self.0.iter().map(held_kib).sum::<usize>() * KIB
    }

    /// Reads a message of `size_bytes` once there is a place for it. One that is larger than everything gets all.
    pub(super) async fn read<E>(
        &self,
        size_bytes: u64,
        read: impl Future<Output = Result<Vec<u8>, E>>,
    ) -> Result<Held<'_>, E> {
        let size_bytes = usize::try_from(size_bytes).unwrap_or(usize::MAX);
        let [small, large] = &*self.0;
        let share = if size_bytes <= SMALL_BYTES { small } else { large };
        // What is stored is in memory beside what it opens to.
        let both_kib = share.at_most(size_bytes.div_ceil(KIB).saturating_mul(2));
        let mut place = share.free_kib.acquire_many(both_kib).await.ok();
        let raw = Arc::new(read.await?);
        drop(place.as_mut().and_then(|place| place.split(both_kib as usize / 2)));
        Ok(Held { raw, _place: place })
    }
}

impl Default for Memory {
    /// 256 MiB
    fn default() -> Self {
        Self::of(256 * KIB * KIB)
    }
}

impl Share {
    fn of(bytes: usize) -> Self {
        let all_kib = u32::try_from((bytes / KIB).clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self { free_kib: Semaphore::new(all_kib as usize), all_kib }
    }

    fn at_most(&self, kib: usize) -> u32 {
        u32::try_from(kib).unwrap_or(u32::MAX).min(self.all_kib)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use std::future::ready;

    use super::*;

    fn message() -> impl Future<Output = Result<Vec<u8>, ()>> {
        ready(Ok(Vec::new()))
    }

    #[tokio::test]
    async fn large_messages_wait_for_each_other_and_small_ones_do_not() {
        let (mib, memory) = (1024 * 1024, Memory::of(40 * 1024 * 1024));
        let first = memory.read(15 * mib, message()).await.ok().unwrap();
        assert_eq!(memory.held_bytes(), 15 * 1024 * 1024, "half is given back once it is read");
        let second = memory.read(8 * mib, message());
        tokio::pin!(second);
        assert!(futures_poll(second.as_mut()).is_none());
        let small = memory.read(mib, message()).await.ok().unwrap();
        drop(first);
        assert!(futures_poll(second.as_mut()).is_some());
        drop(small);
        let huge = memory.read(1000 * mib, message()).await.ok().unwrap();
        assert!(memory.held_bytes() > 0);
        drop(huge);
        assert_eq!(memory.held_bytes(), 0);
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        let mut waiting = std::task::Context::from_waker(std::task::Waker::noop());
        match future.poll(&mut waiting) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        }
    }
}
