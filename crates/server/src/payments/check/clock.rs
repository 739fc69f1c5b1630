//! This machine's clock, compared with Stripe's.

use crate::base::finding::{Checked, Finding};
use crate::payments::stripe::StripeClient;
use jiff::SignedDuration;

/// More than a slow response takes, and far less than the 300 s after which signatures are refused.
const MOST: SignedDuration = SignedDuration::from_secs(30);

/// Compares the clock with the last response of Stripe.
pub fn compared(stripe: &StripeClient) -> Finding {
    finding(stripe.clock_ahead()).about("stripe")
}

fn finding(ahead: Option<SignedDuration>) -> Finding {
    match ahead {
        None => Finding::unknown(
            Checked::Clock,
            "Stripe's responses have no date",
            "Check again later, and look at what is between this machine and Stripe",
        ),
        Some(ahead) => Finding::of_clock(
            "Stripe's",
            ahead,
            MOST,
            ": renewals come at a wrong time, and events are refused from 300 s on",
            "Set the clock by NTP",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::FindingState;

    #[test]
    fn a_clock_may_be_half_a_minute_off_in_either_direction() {
        let at = |seconds| finding(Some(SignedDuration::from_secs(seconds)));
        assert_eq!([0, 30, -30].map(|seconds| at(seconds).state), [FindingState::Fine; 3]);
        assert!(at(31).what.contains("31 s behind Stripe's"), "{}", at(31));
        assert!(at(-600).what.contains("600 s ahead of Stripe's"), "{}", at(-600));
        assert_eq!(finding(None).state, FindingState::Unknown);
    }
}
