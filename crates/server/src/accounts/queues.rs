//! A queue for each account that is being changed.

use super::error::{AccountError, DecisionError};
use super::request_identity::RequestIdentity;
use super::unit_of_work::UnitOfWork;
use crate::base::batch_queue::BatchQueue;
use crate::store::StoredResponse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Decides a call on the account. The response is stored with the change.
pub type Decide = dyn Fn(&mut UnitOfWork<'_>) -> Result<StoredResponse, DecisionError> + Send + Sync;

/// A call that waits to be decided. It is executed once, however often it is sent.
pub struct QueuedCall {
    /// The identity under which the response is stored.
    pub request: RequestIdentity,
    /// The decision.
    pub decide: Box<Decide>,
}

/// The calls of one account. The holder of its lock may change the account.
pub type AccountQueue = BatchQueue<QueuedCall, Result<StoredResponse, AccountError>>;

/// The queues of the accounts that are being changed.
#[derive(Default)]
pub struct AccountQueues(Mutex<HashMap<String, Weak<AccountQueue>>>);

impl AccountQueues {
    /// The queue of an account.
    pub fn of(&self, account: &str) -> Arc<AccountQueue> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(account).and_then(Weak::upgrade) {
            return queue;
        }
        queues.retain(|_, queue| queue.strong_count() > 0);
        let queue = AccountQueue::new(1);
        queues.insert(account.to_owned(), Arc::downgrade(&queue));
        queue
    }
}
