//! Calls that change one account, decided together: one after the other in the order they came, each whole or not at
//! all, written as one change, and answered once that is durable.

use crate::App;
use crate::draft::{Draft, Stop, attempts};
use crate::problem::{Answer, Failure};
use crate::request::{Identity, Reply};
use crate::store::{AccountRecord, IdempotencyRecord};
use crate::turns::{self, TooMany};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many accounts are remembered, once the older half of them is forgotten.
const REMEMBERED: usize = 4096;

/// Why a call did not come to an answer of its own.
pub enum Undone {
    /// The rules refused; the refusal is the answer.
    Refused(Failure),
    /// Something is wrong here.
    Failed(Failure),
}

impl From<Failure> for Undone {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Whose turn it is to change an account.
pub type Turns = turns::Turns<Call, Answer<Reply>>;
pub type Turn = turns::Turn<Call, Answer<Reply>>;

/// A call that is done once however often it is sent.
pub struct Call {
    identity: Identity,
    decide: Box<Decide>,
}

type Decide = dyn Fn(&mut Draft<'_>) -> Result<Reply, Undone> + Send + Sync;

/// Has a call decided on an account and its answer kept, in one change; or gives the answer that the same call got before.
pub async fn decide_once(
    app: &App,
    account: &str,
    identity: Identity,
    decide: impl Fn(&mut Draft<'_>) -> Result<Reply, Undone> + Send + Sync + 'static,
) -> Answer<Reply> {
    let call = Call { identity, decide: Box::new(decide) };
    let asked = app.turns.place(account).ask(call, |calls| decide_all(app, account, calls)).await;
    asked.unwrap_or_else(|TooMany| Err(Failure::overloaded()))
}

async fn decide_all(app: &App, account: &str, calls: Vec<Arc<Call>>) -> Vec<Answer<Reply>> {
    let mut remembered = app.remembered.take(account);
    let decided = attempts(|| {
        let (remembered, calls) = (remembered.take(), &calls);
        async move {
            let (record, kept) = if let Some(record) = remembered {
                (record, Vec::new())
            } else {
                let scopes = calls.iter().map(|call| call.identity.scope.clone()).collect();
                let read = app.store.account_and_idempotency_records(account, scopes).await?;
                read.ok_or_else(|| Failure::not_found("account"))?
            };
            let (draft, answers) = decide_on(app, record, kept, calls)?;
            app.remembered.put(draft.leave().await?);
            Ok::<_, Stop>(answers)
        }
    })
    .await;
    decided.unwrap_or_else(|failure| calls.iter().map(|_| Err(failure.clone())).collect())
}

/// Decides on an account as it is known. Who decides on one that is out of date, or does again what was done, finds out
/// when the change is written: it conflicts, and all is read and decided anew.
fn decide_on<'a>(
    app: &'a App,
    record: AccountRecord,
    kept: Vec<IdempotencyRecord>,
    calls: &[Arc<Call>],
) -> Answer<(Draft<'a>, Vec<Answer<Reply>>)> {
    let mut draft = Draft::on(app, record)?;
    let mut known: HashMap<_, _> = kept.into_iter().map(|kept| (kept.scope.clone(), kept)).collect();
    let mut answers = Vec::with_capacity(calls.len());
    for Call { identity, decide } in calls.iter().map(|call| &**call) {
        if let Some(kept) = known.get(&identity.scope)
            && let Some(answer) = identity.answer_of(kept).transpose()
        {
            answers.push(answer);
            continue;
        }
        draft.catch_up()?;
        let reply = match decide(&mut draft) {
            Ok(reply) => reply,
            Err(Undone::Refused(failure)) => {
                app.metrics.refused(failure.code());
                Reply::refusal(&failure)
            }
            Err(Undone::Failed(failure)) => return Err(failure),
        };
        let kept = identity.record(Some(&reply), None);
        draft.keep(kept.clone());
        known.insert(identity.scope.clone(), kept);
        answers.push(Ok(reply));
    }
    Ok((draft, answers))
}

/// Accounts as this process left them, so that they need not be read again for the next call. What is personal may have
/// changed since, what the rules decide on has not, or the change conflicts.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<String, AccountRecord>,
    old: HashMap<String, AccountRecord>,
}

impl Remembered {
    fn take(&self, account: &str) -> Option<AccountRecord> {
        let mut kept = self.lock();
        let young = kept.young.remove(account);
        let old = kept.old.remove(account);
        young.or(old)
    }

    fn put(&self, record: AccountRecord) {
        let mut kept = self.lock();
        if kept.young.len() >= REMEMBERED {
            kept.old = std::mem::take(&mut kept.young);
        }
        kept.young.insert(record.id.clone(), record);
    }

    /// The account was changed otherwise.
    pub fn forget(&self, account: &str) {
        drop(self.take(account));
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
