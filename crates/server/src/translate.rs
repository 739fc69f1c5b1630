//! From the ledger's words to those of the wire and the store, and back.

use crate::problem::{Answer, Failure, Kind};
use crate::store::{AccountRecord, EntryRecord, PurchaseRecord, PurchaseStatus};
use tokenwell_ledger::{self as ledger, Catalogue, Lot, LotId, PlanId, Refusal};
use tokenwell_wire as wire;
use wire::{Interval, Minor, Purchase};

/// An amount of tokens.
pub fn tokens(tokens: ledger::Tokens) -> wire::Tokens {
    wire::Tokens(tokens.0)
}

pub fn minor(amount: ledger::Minor) -> Minor {
    Minor(amount.0)
}

/// An amount of money, for the ledger.
pub fn money(amount: ledger::Minor, currency: &str) -> Answer<ledger::Money> {
    let currency = ledger::Currency::try_from(currency.to_owned()).map_err(Failure::internal)?;
    Ok(ledger::Money { amount, currency })
}

pub fn bucket(bucket: ledger::Bucket) -> wire::Bucket {
    match bucket {
        ledger::Bucket::Rollover => wire::Bucket::Rollover,
        ledger::Bucket::Fast => wire::Bucket::Fast,
        ledger::Bucket::TopUp => wire::Bucket::TopUp,
    }
}

/// What would help.
pub fn remedy(remedy: ledger::Remedy) -> wire::Remedy {
    match remedy {
        ledger::Remedy::Upgrade => wire::Remedy::Upgrade,
        ledger::Remedy::Resubscribe => wire::Remedy::Resubscribe,
        ledger::Remedy::AddTokens => wire::Remedy::AddTokens,
    }
}

/// What a spend or hold took from where.
pub fn slices(slices: &[ledger::Slice]) -> Vec<wire::Slice> {
    slices
        .iter()
        .map(|slice| wire::Slice {
            bucket: bucket(slice.bucket),
            lot: slice.lot.as_ref().map(ToString::to_string),
            amount: tokens(slice.amount),
        })
        .collect()
}

/// Entries as they are stored.
pub fn entry_records(entries: &[ledger::Entry]) -> Answer<Vec<EntryRecord>> {
    Ok(entries.iter().map(EntryRecord::of).collect::<Result<_, _>>()?)
}

/// A stored entry as the ledger has it.
pub fn entry(record: &EntryRecord) -> Answer<ledger::Entry> {
    Ok(record.ledger_entry()?)
}

/// A balance.
pub fn balance(balance: &ledger::Balance) -> wire::Balance {
    let ledger::Balance { fast, rollover, top_up, .. } = balance;
    wire::Balance {
        version: balance.version,
        as_of: balance.as_of,
        fast: wire::Fast {
            available: tokens(fast.available),
            held: tokens(fast.held),
            allowance: tokens(fast.allowance),
            resets_at: fast.resets_at,
        },
        rollover: wire::Rollover {
            available: tokens(rollover.available),
            held: tokens(rollover.held),
            cap: tokens(rollover.cap),
        },
        top_up: wire::TopUp {
            available: tokens(top_up.available),
            held: tokens(top_up.held),
            locked: tokens(top_up.locked),
            locked_reason: top_up.locked_reason.map(|reason| match reason {
                ledger::LockedReason::NotEntitled => wire::LockedReason::NotEntitled,
                ledger::LockedReason::Dispute => wire::LockedReason::Dispute,
            }),
        },
        spendable: tokens(balance.spendable),
        total: tokens(balance.total),
        next_spent_from: balance.next_spent_from.map(bucket),
        spend_order: balance.spend_order.map(bucket).to_vec(),
        can_buy: balance.can_buy,
    }
}

/// A purchase, with what became of its lot.
pub fn purchase(record: &PurchaseRecord, account: &ledger::Account) -> Purchase {
    let lot = account.lot(&LotId::from(record.id.as_str()));
    let of_lot = |figure: fn(&Lot) -> ledger::Tokens| tokens(lot.map(figure).unwrap_or_default());
    Purchase {
        id: record.id.clone(),
        status: purchase_status(record.status),
        pack_id: record.pack_id.clone(),
        quantity: record.quantity,
        tokens: tokens(record.tokens),
        amount: minor(record.amount),
        currency: record.currency.clone(),
        checkout_url: record.checkout_url.clone(),
        expires_at: record.expires_at,
        created_at: record.created_at,
        granted_tokens: of_lot(Lot::granted),
        remaining_tokens: of_lot(Lot::remaining),
        unrecovered_tokens: of_lot(Lot::unrecovered),
        receipt_url: record.receipt_url.clone(),
    }
}

fn purchase_status(status: PurchaseStatus) -> wire::PurchaseStatus {
    match status {
        PurchaseStatus::Open => wire::PurchaseStatus::Open,
        PurchaseStatus::Processing => wire::PurchaseStatus::Processing,
        PurchaseStatus::Paid => wire::PurchaseStatus::Paid,
        PurchaseStatus::Expired => wire::PurchaseStatus::Expired,
        PurchaseStatus::Failed => wire::PurchaseStatus::Failed,
        PurchaseStatus::Refunded => wire::PurchaseStatus::Refunded,
        PurchaseStatus::PartiallyRefunded => wire::PurchaseStatus::PartiallyRefunded,
        PurchaseStatus::Disputed => wire::PurchaseStatus::Disputed,
    }
}

/// The packs on sale.
pub fn packs(catalogue: &Catalogue) -> wire::PackList {
    let packs = catalogue.packs().iter().map(|pack| wire::Pack {
        id: pack.id.to_string(),
        name: pack.name.clone(),
        tokens: tokens(pack.tokens),
        amount: minor(pack.price.amount),
        currency: pack.price.currency.to_string(),
        tax_included: pack.tax_included,
    });
    wire::PackList { packs: packs.collect() }
}

/// The plans.
pub fn plans(catalogue: &Catalogue) -> wire::PlanList {
    let plans = catalogue.plans().iter().map(|plan| wire::Plan {
        id: plan.id.to_string(),
        name: plan.name.clone(),
        allowance: tokens(plan.allowance),
        allowance_period: allowance_period(plan.period),
        rollover_cap: tokens(plan.rollover_cap),
        prices: plan
            .prices
            .iter()
            .map(|price| wire::PlanPrice {
                interval: match price.interval {
                    ledger::Interval::Month => Interval::Month,
                    ledger::Interval::Year => Interval::Year,
                },
                amount: minor(price.price.amount),
                currency: price.price.currency.to_string(),
                tax_included: price.tax_included,
            })
            .collect(),
    });
    wire::PlanList { plans: plans.collect() }
}

fn allowance_period(period: ledger::AllowancePeriod) -> wire::AllowancePeriod {
    match period {
        ledger::AllowancePeriod::Month => wire::AllowancePeriod::Month,
        ledger::AllowancePeriod::Day => wire::AllowancePeriod::Day,
    }
}

/// Whether a plan can be subscribed to at this interval.
pub fn is_on_sale(catalogue: &Catalogue, plan: &PlanId, interval: Interval) -> bool {
    let interval = match interval {
        Interval::Month => ledger::Interval::Month,
        Interval::Year => ledger::Interval::Year,
    };
    catalogue.plan(plan).is_some_and(|plan| plan.price(interval).is_some())
}

/// An account as its owner sees it.
pub fn account(
    record: &AccountRecord,
    state: &ledger::Account,
    balance: &wire::Balance,
    catalogue: &Catalogue,
) -> wire::Account {
    // A plan that was taken out of the catalogue goes by its id.
    let name =
        catalogue.plan(state.plan()).map_or_else(|| state.plan().to_string(), |plan| plan.name.clone());
    let period = if state.is_entitled() { wire::AllowancePeriod::Month } else { wire::AllowancePeriod::Day };
    wire::Account {
        id: record.id.clone(),
        email: record.email.clone(),
        plan: wire::AccountPlan {
            id: state.plan().to_string(),
            name,
            allowance: balance.fast.allowance,
            allowance_period: period,
            rollover_cap: balance.rollover.cap,
        },
        subscription: subscription(state),
    }
}

fn subscription(account: &ledger::Account) -> wire::AccountSubscription {
    let subscription = account.subscription();
    let known = subscription.as_ref();
    wire::AccountSubscription {
        status: known.map(|known| shown_status(known.status)),
        entitled: account.is_entitled(),
        renews_at: known.and_then(|known| known.renews_at),
        cancel_at_period_end: known.is_some_and(|known| known.cancel_at_period_end),
        paid_until: known.and_then(|known| known.paid_until),
        ended_at: known.and_then(|known| known.ended_at),
        plan_id: known.map(|known| known.plan.to_string()),
    }
}

fn shown_status(status: ledger::SubscriptionStatus) -> wire::SubscriptionStatus {
    use ledger::SubscriptionStatus as Known;
    use wire::SubscriptionStatus as Shown;
    match status {
        Known::Trialing => Shown::Trialing,
        Known::Active => Shown::Active,
        Known::PastDue => Shown::PastDue,
        Known::Unpaid => Shown::Unpaid,
        Known::Canceled => Shown::Canceled,
        Known::Incomplete => Shown::Incomplete,
        Known::IncompleteExpired => Shown::IncompleteExpired,
        Known::Paused => Shown::Paused,
        Known::Unknown => Shown::Unknown,
    }
}

/// Stripe's status of a subscription; one that is new to us entitles to nothing.
pub fn subscription_status(status: &str) -> ledger::SubscriptionStatus {
    let status = serde_json::Value::String(status.to_owned());
    serde_json::from_value(status).unwrap_or(ledger::SubscriptionStatus::Unknown)
}

/// A refusal of the rules as a problem.
pub fn refusal(refusal: &Refusal) -> Failure {
    let kind = match refusal {
        Refusal::AccountDeleted => return Failure::account_deleted(),
        Refusal::InvalidAmount { .. } => Kind::InvalidAmount,
        Refusal::InvalidHoldLife { .. } => Kind::InvalidTtl,
        Refusal::HoldEnded(_) => Kind::HoldEnded,
        Refusal::CommitExceedsHold { .. } => Kind::CommitExceedsHold,
        Refusal::InsufficientTokens { .. } => Kind::InsufficientTokens,
        Refusal::CorrectionBelowZero { .. } => Kind::CorrectionBelowZero,
        Refusal::BalanceTooLarge => Kind::BalanceTooLarge,
        Refusal::SubscriptionRequired { .. } => Kind::SubscriptionRequired,
        Refusal::DisputeOpen => Kind::DisputeOpen,
        Refusal::InvalidPeriod | Refusal::UnknownPlan(_) | Refusal::IdInUse(_) => Kind::FactRefused,
    };
    let failure = Failure::new(kind, sentence(refusal));
    match refusal {
        Refusal::InsufficientTokens { needed, spendable, locked, remedy: helps } => failure
            .with_figures(tokens(*needed), tokens(*spendable), tokens(*locked))
            .with_remedy(remedy(*helps)),
        Refusal::SubscriptionRequired { remedy: helps } => failure.with_remedy(remedy(*helps)),
        _ => failure,
    }
}

/// A refusal's words as a sentence, with what to do where it is not in them.
fn sentence(refusal: &Refusal) -> String {
    let words = refusal.to_string();
    let mut letters = words.chars();
    let capital = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let what_to_do = match refusal {
        Refusal::SubscriptionRequired { remedy: ledger::Remedy::Resubscribe } => {
            " Resubscribe to a plan first; it unlocks the tokens you have, too."
        }
        Refusal::SubscriptionRequired { .. } => " Choose a plan first.",
        Refusal::InsufficientTokens { remedy, .. } => match remedy {
            ledger::Remedy::Upgrade => " Choose a plan to get more.",
            ledger::Remedy::Resubscribe => " Resubscribe to a plan to unlock them.",
            ledger::Remedy::AddTokens => " Add tokens to go on.",
        },
        Refusal::DisputeOpen => " Packs are on sale again once it is closed.",
        _ => "",
    };
    format!("{capital}{}.{what_to_do}", letters.as_str())
}
