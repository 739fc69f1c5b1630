//! What lines cost: Stripe's arithmetic of discounts and taxes.

use serde_json::Value;

/// What is applied to the lines of a session or invoice.
#[derive(Debug, Default, Clone, Copy)]
pub struct Pricing<'a> {
    /// The coupon, if there is a discount.
    pub coupon: Option<&'a Value>,
    /// The rate of tax in hundredths of a percent, if tax is collected.
    pub tax_rate: Option<i64>,
}

/// A line before discount and tax.
#[derive(Debug, Clone, Copy)]
pub struct LineAmount {
    /// Minor units.
    pub subtotal: i64,
    /// Whether coupons apply to it.
    pub discountable: bool,
    /// What was taken off it before, in minor units.
    pub discount: i64,
    /// Whether tax is in the price.
    pub tax_included: bool,
}

/// What a line costs, in minor units.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Amounts {
    /// Before discount and tax.
    pub subtotal: i64,
    /// What the coupon takes off.
    pub discount: i64,
    /// The tax, in the price or on top of it.
    pub tax: i64,
    /// What is to be paid.
    pub total: i64,
}

impl Amounts {
    /// What is taxed: the discounted amount without tax.
    pub fn taxable(self) -> i64 {
        self.total - self.tax
    }
}

impl std::iter::Sum for Amounts {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), |sum, amounts| Self {
            subtotal: sum.subtotal + amounts.subtotal,
            discount: sum.discount + amounts.discount,
            tax: sum.tax + amounts.tax,
            total: sum.total + amounts.total,
        })
    }
}

/// Whether tax is in a price. A price that does not say has it on top.
pub fn is_inclusive(price: &Value) -> bool {
    price["tax_behavior"] == "inclusive"
}

/// What each line costs.
pub fn of_lines(lines: &[LineAmount], pricing: Pricing<'_>) -> Vec<Amounts> {
    let discounts = discounts(lines, pricing.coupon);
    let amounts = |(line, discount): (&LineAmount, i64)| {
        let discount = line.discount + discount;
        let discounted = line.subtotal - discount;
        let rate = pricing.tax_rate.unwrap_or_default();
        if line.tax_included {
            let tax = discounted - share(discounted, 10_000, 10_000 + rate);
            return Amounts { subtotal: line.subtotal, discount, tax, total: discounted };
        }
        let tax = share(discounted, rate, 10_000);
        Amounts { subtotal: line.subtotal, discount, tax, total: discounted + tax }
    };
    lines.iter().zip(discounts).map(amounts).collect()
}

/// What a coupon takes off each line.
fn discounts(lines: &[LineAmount], coupon: Option<&Value>) -> Vec<i64> {
    let open = |line: &LineAmount| if line.discountable { line.subtotal.max(0) } else { 0 };
    let Some(coupon) = coupon else { return vec![0; lines.len()] };
    if let Some(percent) = percent_off(coupon) {
        return lines.iter().map(|line| share(open(line), percent, 10_000)).collect();
    }
    let whole: i64 = lines.iter().map(open).sum();
    let mut left = coupon["amount_off"].as_i64().unwrap_or_default().min(whole);
    let mut rest = whole;
    let mut parts = Vec::new();
    for line in lines {
        let part = share(left, open(line), rest.max(1));
        rest -= open(line);
        left -= part;
        parts.push(part);
    }
    parts
}

/// The percentage of a coupon, in hundredths of a percent. Stripe allows two decimals.
fn percent_off(coupon: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a percentage is at most 100")]
    coupon["percent_off"].as_f64().map(|percent| (percent * 100.0).round() as i64)
}

/// `amount × part / whole`, rounded half away from zero.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    let (product, whole) = (i128::from(amount) * i128::from(part), i128::from(whole));
    let rounded = (2 * product.abs() + whole) / (2 * whole);
    i64::try_from(rounded * product.signum()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(subtotal: i64, tax_included: bool) -> LineAmount {
        LineAmount { subtotal, discountable: true, discount: 0, tax_included }
    }

    fn amounts(subtotal: i64, discount: i64, tax: i64, total: i64) -> Amounts {
        Amounts { subtotal, discount, tax, total }
    }

    #[test]
    fn tax_is_added_to_an_exclusive_price_and_contained_in_an_inclusive_one() {
        let pricing = Pricing { tax_rate: Some(1900), ..Pricing::default() };
        let lines = [line(900, false), line(900, true), line(1, false)];
        assert_eq!(
            of_lines(&lines, pricing),
            [amounts(900, 0, 171, 1071), amounts(900, 0, 144, 900), amounts(1, 0, 0, 1)]
        );
        assert_eq!(of_lines(&lines[..1], Pricing::default()), [amounts(900, 0, 0, 900)]);
    }

    #[test]
    fn tax_is_calculated_on_the_discounted_amount() {
        let quarter = json!({ "percent_off": 25.0, "amount_off": null });
        let pricing = Pricing { coupon: Some(&quarter), tax_rate: Some(1900) };
        assert_eq!(of_lines(&[line(900, false)], pricing), [amounts(900, 225, 128, 803)]);
        assert_eq!(of_lines(&[line(900, true)], pricing), [amounts(900, 225, 108, 675)]);
    }

    #[test]
    fn a_fixed_amount_is_shared_among_the_lines_and_takes_off_no_more_than_they_cost() {
        let ten = json!({ "percent_off": null, "amount_off": 1000 });
        let pricing = Pricing { coupon: Some(&ten), tax_rate: None };
        let credit = LineAmount { discountable: false, ..line(-500, false) };
        assert_eq!(
            of_lines(&[line(2000, false), credit, line(1000, false)], pricing),
            [amounts(2000, 667, 0, 1333), amounts(-500, 0, 0, -500), amounts(1000, 333, 0, 667)]
        );
        assert_eq!(of_lines(&[line(900, false)], pricing), [amounts(900, 900, 0, 0)]);
    }
}
