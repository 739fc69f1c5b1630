//! The lines of a subscription's invoices: which of them bill a plan.

use super::context::Fulfilment;
use super::plan_prices::{PlanPrices, PlanTerm, PriceMeaning};
use crate::payments::error::PaymentError;
use crate::payments::stripe::{Invoice, InvoiceLine};
use crate::payments::unclear::Unclear;
use crate::store::RefundDueRecord;
use tokenwell_ledger::Minor;

/// A line that bills or credits a plan.
pub struct PlanLine<'a> {
    /// Its invoice.
    pub invoice: &'a Invoice,
    /// The line.
    pub line: &'a InvoiceLine,
    /// The plan.
    pub term: PlanTerm,
}

/// A line that should be one of a plan, and cannot be placed.
pub struct UnplacedLine<'a> {
    invoice: &'a Invoice,
    line: &'a InvoiceLine,
    why: String,
}

/// The lines of invoices. Lines of other products are left out.
pub struct SortedLines<'a> {
    /// The lines of plans, invoice by invoice.
    pub placed: Vec<PlanLine<'a>>,
    /// The lines that cannot be placed.
    pub unplaced: Vec<UnplacedLine<'a>>,
}

/// Sorts lines. `plan_items` are the items of the subscription that are plans. If there is none, every line may be a plan's.
pub async fn sort_lines<'a>(
    prices: &mut PlanPrices<'_>,
    plan_items: &[String],
    invoices: &'a [Invoice],
) -> Result<SortedLines<'a>, PaymentError> {
    let mut sorted = SortedLines { placed: Vec::new(), unplaced: Vec::new() };
    for invoice in invoices {
        for line in &invoice.lines.data {
            let meaning = match line.price() {
                Some(price) => prices.meaning_of(price).await?,
                None => PriceMeaning::Other,
            };
            let of_plan_item =
                line.subscription_item().is_some_and(|item| plan_items.iter().any(|id| id == item));
            let why = match meaning {
                PriceMeaning::Plan(term) => {
                    sorted.placed.push(PlanLine { invoice, line, term });
                    continue;
                }
                PriceMeaning::Other | PriceMeaning::Pack(_) if !of_plan_item && !plan_items.is_empty() => {
                    continue;
                }
                PriceMeaning::Pack(pack) => format!("its price is of the pack {pack}, which is no plan"),
                PriceMeaning::Other => match line.price() {
                    Some(price) => format!("the price {price} is of no plan"),
                    None => "it names no price".to_owned(),
                },
                PriceMeaning::Unclear(why) => why,
            };
            if line.amount != 0 {
                sorted.unplaced.push(UnplacedLine { invoice, line, why });
            }
        }
    }
    Ok(sorted)
}

impl Fulfilment<'_> {
    /// Lists lines that cannot be placed: what is to be decided, and the payment that granted nothing.
    pub(super) async fn list_unplaced(
        &self,
        subscription: &str,
        account: Option<&str>,
        lines: &[UnplacedLine<'_>],
    ) -> Result<(), PaymentError> {
        for UnplacedLine { invoice, line, why } in lines {
            let why = format!(
                "the line {} of the invoice {} ({} {} in minor units) cannot be placed: {why}. Give its price or product \
                 the metadata tokenwell_plan and retry, or refund it",
                line.id, invoice.id, line.amount, invoice.currency
            );
            let paid = Minor(u64::try_from(line.amount).unwrap_or_default()).min(invoice.amount_paid);
            if paid.0 > 0 {
                let refund = RefundDueRecord {
                    id: line.id.clone(),
                    account: account.map(str::to_owned),
                    purchase: None,
                    session: None,
                    payment: Some(invoice.id.clone()),
                    amount: paid,
                    currency: invoice.currency.clone(),
                    why: why.clone(),
                    created_at: self.accounts.now(),
                    resolved: None,
                };
                self.writer.list_refund_due(refund).await?;
            }
            let object = subscription.to_owned();
            self.list_unclear(Unclear { what: "paid_line", kind: "subscription", object, why }).await?;
        }
        Ok(())
    }

    /// Remembers the prices that were recognised for the first time. A line of such a price may have been listed for refund
    /// while it could not be placed.
    pub(super) async fn remember_prices(
        &self,
        prices: PlanPrices<'_>,
        placed: &[PlanLine<'_>],
    ) -> Result<(), PaymentError> {
        for record in prices.into_new() {
            for placed in placed.iter().filter(|placed| placed.line.price() == Some(&record.price)) {
                let (line, note) = (&placed.line.id, "the line was placed later");
                if self.store.refund_due(line).await?.is_some_and(|refund| refund.resolved.is_none()) {
                    self.writer.withdraw_refund_due(line, note, self.accounts.now()).await?;
                }
            }
            self.writer.remember_plan_price(record).await?;
        }
        Ok(())
    }
}
