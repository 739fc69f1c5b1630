//! The user's part of a sign-in at the sandbox's issuer, without a browser.

use anyhow::{Result, ensure};
use reqwest::Url;

/// Submits the sign-in page at `address`, as a browser does when the user picks an account, and follows the redirect back to
/// the app, whose address is returned. The app may send the browser to the page once more, with another request.
pub async fn pick_account(address: &str, email: &str) -> Result<Url> {
    let mut page = address.parse::<Url>()?;
    let browser = reqwest::Client::builder().no_proxy().build()?;
    loop {
        let mut form: Vec<(String, String)> = page.query_pairs().into_owned().collect();
        form.push(("email".to_owned(), email.to_owned()));
        let mut action = page.clone();
        action.set_query(None);
        let response = browser.post(action).form(&form).send().await?;
        ensure!(response.status().is_success(), "the sign-in ended with {}", response.status());
        if response.url().path() != page.path() {
            return Ok(response.url().clone());
        }
        page = response.url().clone();
    }
}
