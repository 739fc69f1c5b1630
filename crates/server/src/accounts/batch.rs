//! Group commit: the next holder of an account's lock decides every queued call, in the order of their arrival, and
//! writes one change with all of their responses. Each call is decided completely or not at all, and returns once the change
//! is durable.

use super::attempts::{AttemptError, attempts};
use super::error::{AccountError, DecisionError};
use super::queues::QueuedCall;
use super::request_identity::RequestIdentity;
use super::state::Accounts;
use super::unit_of_work::UnitOfWork;
use crate::store::{AccountRecord, IdempotencyRecord, StoredResponse};
use std::collections::HashMap;
use std::sync::Arc;

type Decided = Result<StoredResponse, AccountError>;

impl Accounts {
    /// Decides a call on an account and stores its response, in one change. A repeated request gets the stored response and
    /// changes nothing.
    ///
    /// # Errors
    /// Why nothing was changed. A refusal by the rules is a response, not an error.
    pub async fn submit(
        &self,
        account: &str,
        request: RequestIdentity,
        decide: impl Fn(&mut UnitOfWork<'_>) -> Result<StoredResponse, DecisionError> + Send + Sync + 'static,
    ) -> Decided {
        let call = QueuedCall { request, decide: Box::new(decide) };
        let queue = self.queues.of(account);
        queue.submit(call, |calls| self.decide_batch(account, calls)).await?
    }

    async fn decide_batch(&self, account: &str, calls: Vec<Arc<QueuedCall>>) -> Vec<Decided> {
        let mut cached = self.cache.take(account);
        let decided = attempts(|| {
            let (cached, calls) = (cached.take(), &calls);
            async move {
                let (record, stored) = match cached {
                    Some(record) => (record, Vec::new()),
                    None => self.read_batch(account, calls).await?,
                };
                let mut unit = self.begin(record)?;
                let responses = self.decide_calls(&mut unit, stored, calls)?;
                self.cache.put(self.commit(unit).await?);
                Ok::<_, AttemptError>(responses)
            }
        })
        .await;
        decided.unwrap_or_else(|error: AccountError| {
            let error = Arc::new(error);
            calls.iter().map(|_| Err(AccountError::Batch(Arc::clone(&error)))).collect()
        })
    }

    async fn read_batch(
        &self,
        account: &str,
        calls: &[Arc<QueuedCall>],
    ) -> Result<(AccountRecord, Vec<IdempotencyRecord>), AccountError> {
        let scopes = calls.iter().map(|call| call.request.scope.clone()).collect();
        let read = self.store.account_and_idempotency_records(account, scopes).await?;
        read.ok_or(AccountError::NotFound)
    }

    /// Decides the calls that have no stored response. The account may be from the cache: if it is outdated, or a call was
    /// decided before, the commit conflicts, and everything is read and decided again.
    fn decide_calls(
        &self,
        unit: &mut UnitOfWork<'_>,
        stored: Vec<IdempotencyRecord>,
        calls: &[Arc<QueuedCall>],
    ) -> Result<Vec<Decided>, AccountError> {
        let mut known: HashMap<_, _> =
            stored.into_iter().map(|record| (record.scope.clone(), record)).collect();
        let mut responses = Vec::with_capacity(calls.len());
        for QueuedCall { request, decide } in calls.iter().map(|call| &**call) {
            if let Some(record) = known.get(&request.scope)
                && let Some(replayed) = request.response_in(record).transpose()
            {
                responses.push(replayed);
                continue;
            }
            unit.name_service_key(None);
            unit.catch_up()?;
            unit.name_service_key(request.service_key.as_deref());
            let response = match decide(unit) {
                Ok(response) => response,
                Err(DecisionError::Refused { kind, response }) => {
                    self.metrics.refused(kind);
                    response
                }
                Err(DecisionError::Failed(error)) => return Err(error),
            };
            let record = request.record(Some(&response), None);
            unit.put_idempotency_record(record.clone());
            known.insert(request.scope.clone(), record);
            responses.push(Ok(response));
        }
        Ok(responses)
    }
}
