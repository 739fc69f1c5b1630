//! Permits: a limit of concurrent work.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A bounded number of permits, each taken until it is dropped.
#[derive(Debug, Clone)]
pub struct Permits {
    size: usize,
    free: Arc<Semaphore>,
}

impl Permits {
    /// Creates this number of permits, at least one.
    pub fn new(size: u32) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS);
        Self { size, free: Arc::new(Semaphore::new(size)) }
    }

    /// Takes a permit; `None` if all are taken.
    pub fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Takes a permit as soon as one is free.
    pub async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).acquire_owned().await.ok()
    }

    /// The number of taken permits.
    pub fn taken(&self) -> usize {
        self.size.saturating_sub(self.free.available_permits())
    }

    /// The number of permits.
    pub fn size(&self) -> usize {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_is_free_again_once_it_is_dropped() {
        let permits = Permits::new(2);
        let (one, two) = (permits.take(), permits.take());
        assert!(one.is_some() && two.is_some() && permits.take().is_none());
        drop(one);
        assert_eq!(permits.taken(), 1);
        assert!(permits.take().is_some());
    }
}
