//! Converts types of the ledger and the store to the types of the HTTP contract.

use crate::accounts::CurrentAccount;
use crate::payments::PlanPrices;
use crate::store::{
    AccountRecord, ClaimKind, EntryRecord, PurchaseRecord, PurchaseStatus, RefundDueRecord, RefusedClaim,
};
use tokenwell_ledger::{self as ledger, Catalogue, Lot, LotId};
use tokenwell_wire as wire;
use wire::{Minor, Purchase};

/// An amount of tokens.
pub fn tokens(tokens: ledger::Tokens) -> wire::Tokens {
    wire::Tokens(tokens.0)
}

fn minor(amount: ledger::Minor) -> Minor {
    Minor(amount.0)
}

fn bucket(bucket: ledger::Bucket) -> wire::Bucket {
    match bucket {
        ledger::Bucket::Rollover => wire::Bucket::Rollover,
        ledger::Bucket::Fast => wire::Bucket::Fast,
        ledger::Bucket::TopUp => wire::Bucket::TopUp,
    }
}

/// The remedy of a refusal.
pub fn remedy(remedy: ledger::Remedy) -> wire::Remedy {
    match remedy {
        ledger::Remedy::Upgrade => wire::Remedy::Upgrade,
        ledger::Remedy::Resubscribe => wire::Remedy::Resubscribe,
        ledger::Remedy::AddTokens => wire::Remedy::AddTokens,
    }
}

/// The slices of a spend or hold.
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
        owed: tokens(balance.owed),
        next_spent_from: balance.next_spent_from.map(bucket),
        spend_order: balance.spend_order.map(bucket).to_vec(),
        used: Some(wire::Used { tokens: tokens(balance.used.tokens), since: balance.used.since }),
        can_buy: balance.can_buy,
    }
}

/// A purchase, with the amounts of its lot.
pub fn purchase(record: &PurchaseRecord, account: &ledger::Account) -> Purchase {
    let lot = account.lot(&LotId::from(record.id.as_str()));
    let charged = record.charged.as_ref();
    let of_lot = |amount: fn(&Lot) -> ledger::Tokens| tokens(lot.map(amount).unwrap_or_default());
    Purchase {
        id: record.id.clone(),
        status: purchase_status(record.status),
        pack_id: record.pack_id.clone(),
        quantity: record.quantity,
        tokens: tokens(record.tokens),
        amount: minor(record.amount),
        currency: record.currency.clone(),
        subtotal: charged.map(|charged| minor(charged.subtotal)),
        discount: charged.map(|charged| minor(charged.discount)),
        tax: charged.map(|charged| minor(charged.tax)),
        total: charged.map(|charged| minor(charged.total)),
        charged_currency: charged.map(|charged| charged.currency.clone()),
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
        PurchaseStatus::RefundDue => wire::PurchaseStatus::RefundDue,
        PurchaseStatus::Refunded => wire::PurchaseStatus::Refunded,
        PurchaseStatus::PartiallyRefunded => wire::PurchaseStatus::PartiallyRefunded,
        PurchaseStatus::Disputed => wire::PurchaseStatus::Disputed,
    }
}

/// An entry of the ledger.
pub fn entry(entry: EntryRecord) -> wire::Entry {
    wire::Entry {
        id: entry.id,
        at: entry.at,
        kind: entry.kind.name().to_owned(),
        bucket: bucket(entry.bucket),
        amount: entry.amount,
        balance_after: tokens(entry.balance_after),
        reason: entry.reason,
        reference: entry.reference,
        service_key: entry.service_key,
    }
}

/// A payment to be refunded.
pub fn refund_due(refund: RefundDueRecord) -> wire::RefundDue {
    let (resolved_at, note) = refund.resolved.unzip();
    wire::RefundDue {
        id: refund.id,
        why: refund.why,
        amount: minor(refund.amount),
        currency: refund.currency,
        account_id: refund.account,
        purchase_id: refund.purchase,
        checkout_session: refund.session,
        payment: refund.payment,
        created_at: refund.created_at,
        resolved_at,
        note,
    }
}

fn tax(tax: ledger::Tax) -> wire::Tax {
    match tax {
        ledger::Tax::None => wire::Tax::None,
        ledger::Tax::Stripe => wire::Tax::Stripe,
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
        tax: tax(catalogue.tax()),
    });
    wire::PackList { packs: packs.collect() }
}

/// The plans, with what Stripe charges for them, or as long as that is not known, with the catalogue's prices.
pub fn plans(catalogue: &Catalogue, at_stripe: &PlanPrices) -> wire::PlanList {
    let plans = catalogue.plans().iter().map(|plan| wire::Plan {
        id: plan.id.to_string(),
        name: plan.name.clone(),
        allowance: tokens(plan.allowance),
        allowance_period: allowance_period(plan.period),
        rollover_cap: tokens(plan.rollover_cap),
        prices: plan
            .prices_on_sale()
            .map(|price| {
                let charged = at_stripe.charged(&plan.id, price).unwrap_or(&price.price);
                wire::PlanPrice {
                    interval: match price.interval {
                        ledger::Interval::Month => wire::Interval::Month,
                        ledger::Interval::Year => wire::Interval::Year,
                    },
                    amount: minor(charged.amount),
                    currency: charged.currency.to_string(),
                    tax_included: price.tax_included,
                    tax: tax(catalogue.tax()),
                }
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

/// The interval that a plan is billed at, for the ledger.
pub fn interval(interval: wire::Interval) -> ledger::Interval {
    match interval {
        wire::Interval::Month => ledger::Interval::Month,
        wire::Interval::Year => ledger::Interval::Year,
    }
}

/// An account as its owner sees it.
pub fn account(current: &CurrentAccount, catalogue: &Catalogue) -> wire::Account {
    let CurrentAccount { record, balance } = current;
    let state = &record.state;
    // A plan that is no longer in the catalogue is shown by its id.
    let name =
        catalogue.plan(state.plan()).map_or_else(|| state.plan().to_string(), |plan| plan.name.clone());
    let period = if state.is_entitled() { wire::AllowancePeriod::Month } else { wire::AllowancePeriod::Day };
    wire::Account {
        id: record.id.clone(),
        email: record.email.as_ref().map(|email| email.address.clone()),
        plan: wire::AccountPlan {
            id: state.plan().to_string(),
            name,
            allowance: tokens(state.plan_allowance(catalogue)),
            allowance_period: period,
            rollover_cap: tokens(balance.rollover.cap),
        },
        subscription: subscription(state),
    }
}

/// An account as the platform sees it.
pub fn found_account(current: &CurrentAccount, catalogue: &Catalogue) -> wire::FoundAccount {
    let record = &current.record;
    wire::FoundAccount {
        account: account(current, catalogue),
        email_verified: record.email.as_ref().is_some_and(|email| email.is_verified),
        external_id: record.external_id.clone(),
        name: record.name.clone(),
        customer: record.customer.as_ref().map(|customer| customer.id.clone()),
    }
}

/// A refused claim, with the accounts that it is about.
pub fn refused_claim(
    claim: RefusedClaim,
    account: Option<AccountRecord>,
    holder: Option<AccountRecord>,
) -> wire::RefusedClaim {
    let named = |account: AccountRecord| wire::ClaimedAccount {
        id: account.id,
        external_id: account.external_id,
        name: account.name,
        email: account.email.map(|email| email.address),
    };
    wire::RefusedClaim {
        external_id: claim.external_id,
        claimed: match claim.kind {
            ClaimKind::Subject => wire::Claimed::Subject,
            ClaimKind::Customer => wire::Claimed::Customer,
        },
        account: account.map(named),
        holder: holder.map(named),
        refused_at: claim.at,
    }
}

fn subscription(account: &ledger::Account) -> wire::AccountSubscription {
    let subscription = account.subscription();
    let known = subscription.as_ref();
    wire::AccountSubscription {
        status: known.map(|known| subscription_status(known.status)),
        entitled: account.is_entitled(),
        renews_at: known.and_then(|known| known.renews_at),
        cancel_at_period_end: known.is_some_and(|known| known.is_ending),
        ends_at: known.and_then(|known| known.ends_at),
        paid_until: known.and_then(|known| known.paid_until),
        ended_at: known.and_then(|known| known.ended_at),
        plan_id: known.map(|known| known.plan.to_string()),
        interval: known.map(|known| match known.interval {
            ledger::Interval::Month => wire::Interval::Month,
            ledger::Interval::Year => wire::Interval::Year,
        }),
    }
}

fn subscription_status(status: ledger::SubscriptionStatus) -> wire::SubscriptionStatus {
    use ledger::SubscriptionStatus as From;
    use wire::SubscriptionStatus as To;
    match status {
        From::Trialing => To::Trialing,
        From::Active => To::Active,
        From::PastDue => To::PastDue,
        From::Unpaid => To::Unpaid,
        From::Canceled => To::Canceled,
        From::Incomplete => To::Incomplete,
        From::IncompleteExpired => To::IncompleteExpired,
        From::Paused => To::Paused,
        From::Unknown => To::Unknown,
    }
}
