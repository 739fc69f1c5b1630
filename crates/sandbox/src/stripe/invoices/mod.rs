//! Invoices of subscriptions, their lines and their payments.

pub mod calls;
pub mod discounts;
pub mod invoice;
pub mod invoice_payments;
pub mod lines;
