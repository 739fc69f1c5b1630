//! Who pays, with what, and where the money goes: customers, payment methods, payments, refunds, disputes.

pub mod balance;
pub mod charges;
pub mod customers;
pub mod disputes;
pub mod instrument;
pub mod payment_intents;
pub mod payment_methods;
pub mod refunds;
pub mod test_cards;
