//! What no service can mean: amounts that JSON does not carry exactly. A response with one is none of a token service, and
//! what is already known stays.

use crate::{
    cached_state::CachedState,
    event::{AccountSnapshot, Event},
    failure::Failure,
    page_request::{ListPage, PageResponse},
};
use tokenwell_wire::{
    Balance, DayUsage, Entry, MAX_EXACT, Minor, Pack, Plan, Purchase, ServerEvent, SpendRefused, Tokens,
};

/// Something with amounts.
trait Amounts {
    /// Whether every amount is exact.
    fn is_exact(&self) -> bool;
}

/// The event with a failure instead of a response that no service can mean. `None` for a push of that kind: the stream is no
/// reason to doubt the service, and the next refresh shows what is right.
pub(crate) fn checked(event: Event) -> Option<Event> {
    Some(match event {
        Event::Refreshed(fresh) => Event::Refreshed(exact(fresh)),
        Event::Purchase { key, response } => Event::Purchase { key, response: exact(response) },
        Event::PageResponse(response) => Event::PageResponse(Box::new(match *response {
            PageResponse::Activity(fetch, page) => PageResponse::Activity(fetch, exact(page)),
            PageResponse::Purchases(fetch, page) => PageResponse::Purchases(fetch, exact(page)),
            PageResponse::DailyUsage(fetch, page) => PageResponse::DailyUsage(fetch, exact(page)),
            other => other,
        })),
        Event::Pushed(push) if !push.event.is_exact() => return None,
        other => other,
    })
}

/// The cache without balances, purchases and offers that no service can have sent. They are fetched again.
pub(crate) fn checked_cache(mut cached: CachedState) -> CachedState {
    for account in &mut cached.accounts {
        account.balance.take_if(|known| !known.balance.is_exact());
        account.purchase.take_if(|known| !(known.order.tokens, known.order.amount).is_exact());
    }
    cached.offers.retain(|_, offer| offer.packs.is_exact() && offer.plans.is_exact());
    cached
}

fn exact<T: Amounts>(response: Result<T, Failure>) -> Result<T, Failure> {
    response.and_then(|content| if content.is_exact() { Ok(content) } else { Err(Failure::NotAService) })
}

impl Amounts for Tokens {
    fn is_exact(&self) -> bool {
        self.0 <= MAX_EXACT
    }
}

impl Amounts for Minor {
    fn is_exact(&self) -> bool {
        self.0 <= MAX_EXACT
    }
}

impl<T: Amounts> Amounts for [T] {
    fn is_exact(&self) -> bool {
        self.iter().all(T::is_exact)
    }
}

impl<T: Amounts> Amounts for Vec<T> {
    fn is_exact(&self) -> bool {
        self.as_slice().is_exact()
    }
}

impl<T: Amounts> Amounts for Option<T> {
    fn is_exact(&self) -> bool {
        self.as_ref().is_none_or(T::is_exact)
    }
}

impl<T: Amounts> Amounts for Box<T> {
    fn is_exact(&self) -> bool {
        (**self).is_exact()
    }
}

impl<T: Amounts> Amounts for ListPage<T> {
    fn is_exact(&self) -> bool {
        self.items.is_exact()
    }
}

impl<A: Amounts, B: Amounts> Amounts for (A, B) {
    fn is_exact(&self) -> bool {
        self.0.is_exact() && self.1.is_exact()
    }
}

impl Amounts for Balance {
    fn is_exact(&self) -> bool {
        let Self { fast, rollover, top_up, .. } = self;
        let amounts = [
            Tokens(self.version),
            fast.available,
            fast.held,
            fast.allowance,
            rollover.available,
            rollover.held,
            rollover.cap,
            top_up.available,
            top_up.held,
            top_up.locked,
            self.spendable,
            self.total,
            self.owed,
        ];
        amounts.is_exact() && self.used.as_ref().map(|used| used.tokens).is_exact()
    }
}

impl Amounts for AccountSnapshot {
    fn is_exact(&self) -> bool {
        let plan = &self.account.plan;
        self.balance.is_exact()
            && [plan.allowance, plan.rollover_cap].is_exact()
            && self.packs.is_exact()
            && self.plans.is_exact()
    }
}

impl Amounts for Pack {
    fn is_exact(&self) -> bool {
        (self.tokens, self.amount).is_exact()
    }
}

impl Amounts for Plan {
    fn is_exact(&self) -> bool {
        [self.allowance, self.rollover_cap].is_exact()
            && self.prices.iter().all(|price| price.amount.is_exact())
    }
}

impl Amounts for Purchase {
    fn is_exact(&self) -> bool {
        let charged = [self.subtotal, self.discount, self.tax, self.total];
        let tokens = [self.tokens, self.granted_tokens, self.remaining_tokens, self.unrecovered_tokens];
        self.amount.is_exact() && charged.is_exact() && tokens.is_exact()
    }
}

impl Amounts for Entry {
    fn is_exact(&self) -> bool {
        Tokens(self.amount.unsigned_abs()).is_exact() && self.balance_after.is_exact()
    }
}

impl Amounts for DayUsage {
    fn is_exact(&self) -> bool {
        [self.rollover, self.fast, self.top_up].is_exact()
    }
}

impl Amounts for ServerEvent {
    fn is_exact(&self) -> bool {
        match self {
            Self::Balance(balance) => balance.is_exact(),
            Self::Purchase(purchase) => purchase.is_exact(),
            Self::SpendRefused(SpendRefused { needed, spendable, locked, .. }) => {
                [*needed, *spendable, *locked].is_exact()
            }
            Self::AccountDeleted => true,
        }
    }
}
