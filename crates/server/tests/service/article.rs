//! The help article (`docs/article.txt`), sentence by sentence: each sentence about the service's behaviour is the name of a
//! test. Sentences about the app are tested in `ui/src/test/article.test.ts` and `tests/stories/article.rs`.
//! `docs/article.toml` lists which sentence is tested where.

use crate::support::{User, World, card, eventually, pay, session, text};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

const ESSENTIAL: u64 = 8_500;
const ESSENTIAL_CAP: u64 = 25_500;

/// The available tokens: rollover, fast, top-up.
async fn buckets(user: &User<'_>) -> [u64; 3] {
    let balance = user.balance().await;
    ["rollover", "fast", "top_up"].map(|bucket| balance[bucket]["available"].as_u64().unwrap())
}

/// Spends tokens. Returns the bucket and amount of each slice.
async fn spend(user: &User<'_>, amount: u64) -> Vec<(String, u64)> {
    let spent = try_spend(user, amount).await.ok();
    let slices = spent["slices"].as_array().unwrap();
    slices.iter().map(|slice| (text(&slice["bucket"]), slice["amount"].as_u64().unwrap())).collect()
}

async fn try_spend(user: &User<'_>, amount: u64) -> crate::support::Response {
    let spends = format!("/v1/accounts/{}/spends", user.account_id().await);
    let key = format!("{:?}", std::time::Instant::now());
    user.world.platform_post(&spends, &key, json!({ "amount": amount, "reason": "An image" })).await
}

fn slices<const N: usize>(slices: [(&str, u64); N]) -> Vec<(String, u64)> {
    slices.map(|(bucket, amount)| (bucket.to_owned(), amount)).into()
}

/// Moves both clocks to the end of the period, and waits until the renewal or the end of the plan is applied.
async fn period_ends(user: &User<'_>) {
    let balance = user.balance().await;
    // A cancelled subscription has no reset. It ends with the paid period.
    let at = match balance["fast"]["resets_at"].as_str() {
        Some(at) => at.to_owned(),
        None => end_of_period(user.world).await,
    };
    user.world.sandbox_set("/sandbox/clock", json!({ "now": at })).await;
    user.world.set_clock(&at).await;
    eventually("the end of the period", async || user.balance().await["version"] != balance["version"]).await;
}

async fn end_of_period(world: &World) -> String {
    let end = subscription(world).await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
    jiff::Timestamp::from_second(end).unwrap().to_string()
}

async fn subscription(world: &World) -> Value {
    world.stripe("/v1/subscriptions?status=all").await["data"][0].clone()
}

/// Cancels the subscription at the end of its period.
async fn cancel(user: &User<'_>) {
    let id = text(&subscription(user.world).await["id"]);
    let change = json!({ "cancel_at_period_end": true });
    user.world.sandbox(&format!("/sandbox/subscriptions/{id}"), change).await;
    let cancelled =
        async || user.get("/v1/account").await.ok()["subscription"]["cancel_at_period_end"] == true;
    eventually("the cancellation", cancelled).await;
}

async fn subscribe(user: &User<'_>, plan: &str) {
    let page = user.post("/v1/subscription/checkout", json!({ "plan_id": plan })).await.ok();
    user.world.sandbox(&pay(&page), card()).await;
    eventually("the plan", async || user.balance().await["can_buy"] == true).await;
}

/// A user whose plan has ended, with 5,000 locked top-up tokens and no fast tokens.
async fn lapsed(world: &World) -> User<'_> {
    let ada = world.user("ada@example.com", "essential").await;
    ada.buy("small", 1).await;
    cancel(&ada).await;
    period_ends(&ada).await;
    spend(&ada, 150).await;
    ada
}

#[tokio::test]
async fn top_up_tokens_allow_paid_users_to_continue_generating_content_after_they_ve_used_up_their_monthly_plan_tokens_and_rollover_tokens()
 {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    ada.buy("small", 1).await;
    period_ends(&ada).await;
    assert_eq!(buckets(&ada).await, [ESSENTIAL, ESSENTIAL, 5000]);
    spend(&ada, ESSENTIAL * 2).await;
    assert_eq!(buckets(&ada).await, [0, 0, 5000]);
    assert_eq!(spend(&ada, 700).await, slices([("top_up", 700)]));
}

#[tokio::test]
async fn these_one_time_purchases_offer_additional_tokens_in_fixed_amounts_helping_users_avoid_disruptions_in_their_creative_flow_whether_they_need_a_small_boost_or_want_to_stock_up_in_advance()
 {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let packs = ada.get("/v1/packs").await.ok()["packs"].clone();
    let fixed: Vec<_> = packs.as_array().unwrap().iter().map(|pack| (&pack["id"], &pack["tokens"])).collect();
    assert_eq!(
        fixed,
        [
            (&json!("small"), &json!(5000)),
            (&json!("medium"), &json!(15_000)),
            (&json!("large"), &json!(40_000))
        ]
    );
    // A small boost is one payment, without a subscription.
    let small = ada.open("small", 1).await;
    let at_stripe = world.stripe(&format!("/v1/checkout/sessions/{}", session(&small))).await;
    assert_eq!((&at_stripe["mode"], &at_stripe["subscription"]), (&json!("payment"), &Value::Null));
    world.sandbox(&pay(&small), card()).await;
    ada.until(&small, "paid").await;
    assert_eq!(buckets(&ada).await, [0, ESSENTIAL, 5000]);
    // Stocked up in advance.
    ada.buy("large", 20).await;
    assert_eq!(buckets(&ada).await, [0, ESSENTIAL, 805_000]);
}

#[tokio::test]
async fn unlike_subscription_tokens_top_up_tokens_do_not_expire_are_not_limited_by_rollover_caps_and_can_be_purchased_as_many_times_as_needed()
 {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    for _ in 0..2 {
        ada.buy("large", 1).await;
    }
    for _ in 0..4 {
        period_ends(&ada).await;
    }
    // Rollover is limited by its cap. Top-up tokens are above that cap and complete.
    assert_eq!(buckets(&ada).await, [ESSENTIAL_CAP, ESSENTIAL, 80_000]);
    ada.buy("large", 1).await;
    assert_eq!(buckets(&ada).await[2], 120_000);
}

#[tokio::test]
async fn top_up_tokens_can_only_be_purchased_and_used_with_an_active_subscription() {
    let world = World::with_test_clock().await;
    let ada = lapsed(&world).await;
    assert_eq!(buckets(&ada).await, [0, 0, 5000]);
    ada.request_purchase("small", 1, "k").await.refused(403, "subscription_required", "");
    try_spend(&ada, 1).await.refused(402, "insufficient_tokens", "5000 are locked");
    subscribe(&ada, "essential").await;
    assert_eq!(spend(&ada, ESSENTIAL + 1).await, slices([("fast", ESSENTIAL), ("top_up", 1)]));
    ada.buy("small", 1).await;
}

#[tokio::test]
async fn you_can_keep_track_of_how_many_tokens_you_have_in_a_few_places_including() {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    let mut events = ada.listen(None).await;
    ada.buy("small", 1).await;
    let (pushed, _) = events.until("balance", |balance| balance["total"] == ESSENTIAL + 5000).await;
    let balance = ada.balance().await;
    let platform = world.platform(&format!("/v1/accounts/{}/balance", ada.account_id().await)).await.ok();
    assert_eq!((&pushed, &platform), (&balance, &balance), "the same balance everywhere");
}

#[tokio::test]
async fn hover_over_the_token_count_anywhere_on_the_platform_for_a_breakdown_of_your_remaining_tokens_including()
 {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    ada.buy("small", 1).await;
    period_ends(&ada).await;
    spend(&ada, 500).await;
    let balance = ada.balance().await;
    assert_eq!(buckets(&ada).await, [ESSENTIAL - 500, ESSENTIAL, 5000]);
    let total = ESSENTIAL * 2 - 500 + 5000;
    assert_eq!((&balance["total"], &balance["spendable"]), (&json!(total), &json!(total)));
}

#[tokio::test]
async fn fast_tokens_b_the_number_of_monthly_tokens_included_in_your_plan() {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "premium").await;
    let plan = ada.get("/v1/account").await.ok()["plan"].clone();
    assert_eq!((&plan["allowance"], &plan["allowance_period"]), (&json!(25_000), &json!("month")));
    spend(&ada, 10_000).await;
    let fast = ada.balance().await["fast"].clone();
    assert_eq!((&fast["allowance"], &fast["available"]), (&json!(25_000), &json!(15_000)));
    period_ends(&ada).await;
    assert_eq!(ada.balance().await["fast"]["available"], 25_000);
}

#[tokio::test]
async fn rollover_bank_c_learn_more() {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    assert_eq!(ada.balance().await["rollover"], json!({ "available": 0, "held": 0, "cap": ESSENTIAL_CAP }));
    for banked in [8_500, 17_000, 25_500, 25_500] {
        period_ends(&ada).await;
        assert_eq!(buckets(&ada).await, [banked, ESSENTIAL, 0]);
    }
    let forfeited = ada.get("/v1/activity?kind=forfeit&bucket=fast").await.ok()["items"].clone();
    assert_eq!(forfeited[0]["amount"], -8_500, "the tokens above the cap are forfeited with their own entry");
}

#[tokio::test]
async fn top_up_tokens_d_click_add_tokens_to_purchase_top_up_tokens_at_any_time() {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    // With tokens left, with none left, and with a cancelled plan.
    ada.buy("small", 1).await;
    spend(&ada, ESSENTIAL + 5000).await;
    assert_eq!(buckets(&ada).await, [0, 0, 0]);
    ada.buy("small", 1).await;
    cancel(&ada).await;
    ada.buy("small", 1).await;
    assert_eq!(buckets(&ada).await, [0, 0, 10_000]);
}

#[tokio::test]
async fn note_that_top_up_tokens_are_the_last_to_be_used_and_will_only_be_used_once_all_fast_tokens_and_rollover_bank_tokens_have_been_depleted()
 {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    ada.buy("small", 1).await;
    period_ends(&ada).await;
    spend(&ada, ESSENTIAL * 2 - 10).await;
    assert_eq!(ada.balance().await["next_spent_from"], "fast");
    assert_eq!(spend(&ada, 9).await, slices([("fast", 9)]));
    assert_eq!(spend(&ada, 2).await, slices([("fast", 1), ("top_up", 1)]));
    assert_eq!(ada.balance().await["next_spent_from"], "top_up");
}

#[tokio::test]
async fn after_clicking_add_tokens_a_pop_up_will_appear_allowing_your_to_quickly_add_the_desired_amount_of_tokens_and_purchase_them_by_clicking_buy_now()
 {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let medium = ada.get("/v1/packs").await.ok()["packs"][1].clone();
    let desired = ada.open(medium["id"].as_str().unwrap(), 3).await;
    assert_eq!((&desired["tokens"], &desired["amount"]), (&json!(45_000), &json!(7_200)));
    world.sandbox(&pay(&desired), card()).await;
    ada.until(&desired, "paid").await;
    assert_eq!(buckets(&ada).await[2], 45_000);
}

#[tokio::test]
async fn no_top_up_tokens_never_expire_and_are_not_affected_by_monthly_resets_or_rollover_limits() {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    ada.buy("large", 1).await;
    period_ends(&ada).await;
    assert_eq!(buckets(&ada).await, [ESSENTIAL, ESSENTIAL, 40_000]);
    // Ten years later, after every renewal, the top-up tokens have not changed.
    let later = "2036-06-01T00:00:00Z";
    world.sandbox_set("/sandbox/clock", json!({ "now": later })).await;
    world.set_clock(later).await;
    eventually("rollover to reach its cap", async || buckets(&ada).await[0] == ESSENTIAL_CAP).await;
    assert_eq!(buckets(&ada).await[2], 40_000);
    let entries = ada.get("/v1/activity?bucket=top_up").await.ok()["items"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 1, "only the grant: {entries}");
}

#[tokio::test]
async fn no_you_must_be_on_a_paid_plan_to_purchase_and_use_top_up_tokens() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    assert_eq!(bob.balance().await["can_buy"], false);
    let refused = bob.request_purchase("small", 1, "k").await.refused(403, "subscription_required", "plan");
    assert_eq!(refused["remedy"], "upgrade");
    assert_eq!(bob.get("/v1/purchases").await.ok()["items"], json!([]));
    subscribe(&bob, "essential").await;
    bob.buy("small", 1).await;
}

#[tokio::test]
async fn your_top_up_tokens_will_remain_visible_in_your_account_but_you_won_t_be_able_to_use_them_unless_you_resubscribe()
 {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    ada.buy("small", 1).await;
    cancel(&ada).await;
    // After a cancellation everything stays usable until the paid period ends.
    assert_eq!(spend(&ada, ESSENTIAL + 100).await, slices([("fast", ESSENTIAL), ("top_up", 100)]));
    period_ends(&ada).await;
    let top_up = ada.balance().await["top_up"].clone();
    let locked = json!({ "available": 4900, "held": 0, "locked": 4900, "locked_reason": "not_entitled" });
    assert_eq!(top_up, locked);
    let refused = try_spend(&ada, 1000).await.refused(402, "insufficient_tokens", "4900 are locked");
    assert_eq!(refused["remedy"], "resubscribe");
    subscribe(&ada, "essential").await;
    assert_eq!(ada.balance().await["top_up"]["locked"], 0);
    assert_eq!(spend(&ada, ESSENTIAL + 4900).await, slices([("fast", ESSENTIAL), ("top_up", 4900)]));
}

#[tokio::test]
async fn all_your_tokens_including_top_up_tokens_will_be_permanently_lost() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    ada.buy("small", 1).await;
    let delete = ada.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    assert_eq!(crate::support::send(delete).await.status, 204);
    ada.get("/v1/balance").await.refused(410, "account_deleted", "for good");
    let again = world.user("ada@example.com", "free").await;
    // The free tokens of this day were given to the account that is gone.
    assert_eq!(buckets(&again).await, [0, 0, 0]);
}

#[tokio::test]
async fn yes_you_can_purchase_as_many_packs_as_you_like_whenever_you_need_them() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    // Several packs in one purchase, the same purchase again, and two open checkouts.
    ada.buy("small", 3).await;
    ada.buy("small", 3).await;
    let (one, two) = (ada.open("medium", 1).await, ada.open("large", 20).await);
    for open in [&two, &one] {
        world.sandbox(&pay(open), card()).await;
        ada.until(open, "paid").await;
    }
    assert_eq!(buckets(&ada).await[2], 15_000 + 15_000 + 15_000 + 800_000);
}

#[tokio::test]
async fn in_what_order_are_tokens_used_rollover_tokens_fast_tokens_top_up_tokens() {
    let world = World::with_test_clock().await;
    let ada = world.user("ada@example.com", "essential").await;
    let (first, second) = (ada.buy("small", 1).await, ada.buy("small", 1).await);
    period_ends(&ada).await;
    assert_eq!(
        spend(&ada, ESSENTIAL * 2 + 1).await,
        slices([("rollover", ESSENTIAL), ("fast", ESSENTIAL), ("top_up", 1)])
    );
    // Of the top-up tokens, those of the older purchase are spent first.
    let spent = try_spend(&ada, 5000).await.ok();
    let lots: Vec<_> = spent["slices"].as_array().unwrap().iter().map(|slice| &slice["lot"]).collect();
    assert_eq!(lots, [&first["id"], &second["id"]]);
}

#[tokio::test]
async fn through_our_secure_stripe_checkout_supports_apple_pay_google_pay_paypal_and_credit_debit_cards() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let hosts = crate::support::send(world.http.get(format!("{}/.well-known/tokenwell", world.origin))).await;
    let hosts = hosts.ok()["checkout_hosts"].clone();
    for (payment, bought) in [
        (json!({ "method": "apple_pay" }), 1),
        (json!({ "method": "google_pay" }), 2),
        (json!({ "method": "paypal" }), 3),
        (json!({ "method": "card", "card": "4242424242424242" }), 4),
        (json!({ "method": "card", "card": "4000056655665556" }), 5),
    ] {
        let purchase = ada.open("small", 1).await;
        let page: reqwest::Url = text(&purchase["checkout_url"]).parse().unwrap();
        assert_eq!(hosts[0], page.authority(), "the payment page is on the host that the service publishes");
        world.sandbox(&pay(&purchase), payment).await;
        ada.until(&purchase, "paid").await;
        assert_eq!(buckets(&ada).await[2], 5000 * bought);
    }
}

#[tokio::test]
async fn top_up_tokens_are_locked_when_you_re_not_on_a_paid_plan() {
    let world = World::with_test_clock().await;
    let ada = lapsed(&world).await;
    assert_eq!(ada.get("/v1/account").await.ok()["plan"]["id"], "free");
    let balance = ada.balance().await;
    assert_eq!((&balance["spendable"], &balance["total"]), (&json!(0), &json!(5000)));
    assert_eq!(balance["top_up"]["locked_reason"], "not_entitled");
    assert_eq!(balance["next_spent_from"], Value::Null);
}

#[tokio::test]
async fn you_ll_see_the_upgrade_prompt_e_g_when_trying_to_generate_with_no_fast_tokens() {
    let world = World::with_test_clock().await;
    let ada = lapsed(&world).await;
    let mut events = ada.listen(None).await;
    let refused = try_spend(&ada, 20).await.refused(402, "insufficient_tokens", "5000 are locked");
    assert_eq!(refused["remedy"], "resubscribe");
    // The refusal is pushed to the app, which shows the prompt.
    let (prompt, _) = events.until("spend_refused", |_| true).await;
    let expected = json!({ "needed": 20, "spendable": 0, "locked": 5000, "remedy": "resubscribe" });
    assert_eq!(prompt, expected);
    // Without locked tokens the remedy is an upgrade.
    let bob = world.user("bob@example.com", "free").await;
    assert_eq!(try_spend(&bob, 151).await.refused(402, "insufficient_tokens", "")["remedy"], "upgrade");
}

#[tokio::test]
async fn once_you_resubscribe_your_top_up_tokens_will_be_available_again() {
    let world = World::with_test_clock().await;
    let ada = lapsed(&world).await;
    subscribe(&ada, "premium").await;
    let balance = ada.balance().await;
    assert_eq!((&balance["top_up"]["available"], &balance["top_up"]["locked"]), (&json!(5000), &json!(0)));
    assert_eq!(balance["spendable"], 30_000);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Article {
    sentence: Vec<Sentence>,
}

/// A sentence of the article, and where it is tested or why it states nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    text: String,
    #[serde(default)]
    proved_by: Vec<Prover>,
    states_nothing: Option<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Prover {
    Service,
    App,
}

impl Sentence {
    /// The name of the test of this sentence.
    fn name(&self) -> String {
        let text = self.text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').to_lowercase();
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join("_")
    }
}

fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text with every run of white space as one space.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn article_toml_lists_every_sentence_of_the_article_and_its_test_exists() {
    let article: Article = toml::from_str(&read("docs/article.toml")).unwrap();
    let listed: Vec<_> = article.sentence.iter().map(|sentence| plain(&sentence.text)).collect();
    assert_eq!(listed.join(" "), plain(&read("docs/article.txt")));
    let service = include_str!("article.rs");
    let (panel, stories) = (read("ui/src/test/article.test.ts"), read("tests/stories/article.rs"));
    for sentence in &article.sentence {
        let name = sentence.name();
        assert_eq!(
            sentence.proved_by.is_empty(),
            sentence.states_nothing.is_some(),
            "{name} needs `proved_by` or `states_nothing`, not both"
        );
        if sentence.proved_by.contains(&Prover::Service) {
            assert!(
                service.contains(&format!("async fn {name}()")),
                "no test of the service is named {name}"
            );
        }
        if sentence.proved_by.contains(&Prover::App) {
            let shown = panel.contains(&format!("it('{}'", sentence.text))
                || stories.contains(&format!("async fn {name}()"));
            assert!(shown, "no test of the app is named: {}", sentence.text);
        }
    }
}
