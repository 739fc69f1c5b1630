//! What Stripe does and a stand-in is easily too convenient for, as stories through the service.

mod currencies;
mod disputes;
mod endings;
mod refund_due;
mod tax_and_discounts;
