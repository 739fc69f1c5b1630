//! The API as a page, for programmers.

use crate::support::World;
use anyhow::Result;
use fantoccini::Locator;
use tokenwell_stage::eventually;

#[tokio::test]
async fn the_api_reference_is_shown_without_a_violation_of_its_policy() -> Result<()> {
    let world = World::new().await?;
    let browser = world.browser().await?;
    browser.go(&format!("{}/docs", world.services.service_url())).await?;
    browser.sees("/v1/accounts/{id}/holds").await?;
    browser.click("#operations-platform-hold .opblock-summary-control").await?;
    browser.sees("Idempotency-Key").await?;
    let page = browser.client.find(Locator::Css("body")).await?.text().await?;
    assert!(!page.contains("Authorize") && !page.contains("Try it out"), "it asks for a key: {page}");
    assert_eq!(browser.complaints().await?, [""; 0]);

    let script = "const script = document.createElement('script'); script.textContent = '1'; document.body.append(script)";
    browser.client.execute(script, Vec::new()).await?;
    eventually("the browser complains of a script that the policy forbids", async || {
        let complaints = browser.complaints().await?;
        Ok(complaints.iter().any(|line| line.contains("Content Security Policy")).then_some(()))
    })
    .await?;
    browser.close().await
}
