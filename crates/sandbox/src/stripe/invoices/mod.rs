//! Invoices of subscriptions, their lines and their payments.

pub mod calls;
pub mod customer_balance;
pub mod discounts;
pub mod invoice;
pub mod invoice_items;
pub mod invoice_payments;
pub mod lines;
pub mod totals;
