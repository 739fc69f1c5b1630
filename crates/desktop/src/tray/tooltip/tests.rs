use super::*;
use crate::testing::{at, balance, berlin, fast_first, texts};
use proptest::prelude::*;

fn tooltip(balance: &Balance, stale: bool, account: Option<&str>, texts: &Texts) -> Tooltip {
    let shown = TrayBalance { balance, pending: Tokens(0), received_at: at("2026-11-22T12:00:00Z"), stale };
    Tooltip::new(shown, stale, stale, account, texts, at("2026-11-22T12:12:00Z"))
}

#[test]
fn the_breakdown_has_the_total_then_each_bucket_then_the_reset() {
    let lines = |balance: &Balance| tooltip(balance, false, None, &texts()).short.replace('\n', " / ");
    let of_three = balance(1, [1_200, 22_920, 10_000, 0]);
    assert_eq!(
        lines(&of_three),
        "34,120 tokens / Rollover Bank 1,200 / Fast 22,920 / Top-up 10,000 / Resets 5 Dec, 09:14 CET"
    );
    assert_eq!(
        lines(&fast_first(of_three)),
        "34,120 tokens / Fast 22,920 / Rollover Bank 1,200 / Top-up 10,000 / Resets 5 Dec, 09:14 CET",
        "in the spend order of the catalogue"
    );
}

#[test]
fn the_short_form_gives_up_words_and_digits_before_it_gives_up_a_line() {
    let balance = balance(1, [1_200, 22_920, 10_000, 5_000]);
    let name = "Maximiliana Featherstonehaugh";
    let tip = tooltip(&balance, true, Some(name), &texts());
    assert_eq!(
        tip.whole.replace('\n', " / "),
        "Maximiliana Featherstonehaugh / 34,120 tokens, running low / Offline · last updated 12 minutes ago / \
         Rollover Bank 1,200 / Fast 22,920 / Top-up 15,000, 5,000 locked / Resets 5 Dec, 09:14 CET"
    );
    assert_eq!(
        tip.short.replace('\n', " / "),
        "Maximiliana… / 34,120 tokens / Offline / \
         Rollover Bank 1,200 / Fast 22,920 / Top-up 15,000, 5,000 locked / Resets 5 Dec, 09:14 CET"
    );
}

#[test]
fn a_name_is_written_as_it_is_and_escaped_only_in_markup() {
    let balance = balance(1, [0, 150, 0, 0]);
    let tip = tooltip(&balance, false, Some("Ada & <b>Noor</b>\n&amp; Lara"), &texts());
    assert!(tip.whole.starts_with("Ada & <b>Noor</b> &amp; Lara\n150 tokens\n"), "{}", tip.whole);
    assert!(
        tip.markup().starts_with("Ada &amp; &lt;b&gt;Noor&lt;/b&gt; &amp;amp; Lara\n150 tokens\n"),
        "{}",
        tip.markup()
    );
}

#[test]
fn a_name_is_cut_between_characters() {
    for (name, max, shown) in [
        ("Ada", 3, "Ada"),
        ("Ada Moreau", 5, "Ada…"),
        ("🦊🦊🦊", 6, "🦊🦊🦊"),
        ("🦊🦊🦊", 5, "🦊🦊…"),
        ("🦊🦊🦊", 4, "🦊…"),
        ("Ada", 0, ""),
        (" \n\t ", 9, ""),
    ] {
        assert_eq!(cut(name, max), shown, "{name} in {max}");
    }
}

/// Amounts of every length.
fn amount() -> impl Strategy<Value = u64> {
    (0..64u32, any::<u64>()).prop_map(|(shift, bits)| (bits >> shift) / 4)
}

proptest! {
    #[test]
    fn on_windows_the_total_and_every_bucket_fit_whatever_the_name_and_the_figures(
        amounts in [amount(), amount(), amount(), amount()],
        stale: bool,
        swapped: bool,
        german: bool,
        name in proptest::option::of("\\PC{0,80}"),
    ) {
        let saturated = amounts.map(|amount| amount.min(u64::MAX / 4));
        let known = balance(1, saturated);
        let known = if swapped { fast_first(known) } else { known };
        let texts = Texts::new(if german { "de-DE" } else { "en-US" }, berlin());
        let tip = tooltip(&known, stale, name.as_deref(), &texts);
        prop_assert!(tip.short.encode_utf16().count() <= WINDOWS_MAX, "{}", tip.short);
        if tip.whole.encode_utf16().count() <= WINDOWS_MAX {
            prop_assert_eq!(&tip.short, &tip.whole);
        }
        // Each figure is there, whole or rounded, in its own line and in spend order.
        let figures = [
            (known.spendable, ""),
            (known.rollover.available, "Rollover"),
            (known.fast.available, "Fast"),
            (known.top_up.available, "Top-up"),
        ];
        let mut places = vec![];
        for (tokens, bucket) in figures {
            let written = [texts.tokens(tokens), texts.rounded(tokens)];
            let place = tip.short.lines().position(|line| {
                line.starts_with(bucket) && written.iter().any(|number| line.contains(number.as_str()))
            });
            prop_assert!(place.is_some(), "{bucket} {tokens:?}\n{}", tip.short);
            places.extend(place);
        }
        if swapped {
            places.swap(1, 2);
        }
        prop_assert!(places.is_sorted(), "{:?} {}", places, tip.short);
    }
}
