//! The sandbox and the token service, connected to each other.

use crate::server::{SERVICE_KEY, STRIPE_KEY, WEBHOOK_SECRET, server_command};
use crate::{Http, Program, binary, eventually};
use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The options of the services.
#[derive(Debug, Clone, Default)]
pub struct ServicesOptions {
    /// The service's port; 0 picks a free one.
    pub service_port: u16,
    /// The sandbox's port; 0 picks a free one.
    pub sandbox_port: u16,
    /// Whether the time of the token rules changes only with [`Services::set_clock`].
    pub test_clock: bool,
    /// The address of the service's database; by default a SQLite file in the folder.
    pub database: Option<String>,
    /// More flags of the service.
    pub flags: Vec<String>,
}

/// A sandbox and a service that call each other, with their data in one folder.
#[derive(Debug)]
pub struct Services {
    folder: PathBuf,
    database: String,
    flags: Vec<String>,
    service_port: u16,
    sandbox_url: String,
    sandbox: Program,
    service: Option<Program>,
}

/// A user of the sandbox.
#[derive(Debug, Clone)]
pub struct User {
    /// `sub` at the sandbox's issuer.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// The service with this user's access token.
    pub api: Http,
}

impl Services {
    /// Starts both. Their data and logs are in `folder`.
    pub async fn start(folder: &Path, options: &ServicesOptions) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let service_port = match options.service_port {
            0 => free_port()?,
            port => port,
        };
        let mut sandbox = Command::new(binary("tokenwell-sandbox")?);
        sandbox
            .args(["--listen", &format!("127.0.0.1:{}", options.sandbox_port)])
            .args(["--webhook-url", &format!("http://127.0.0.1:{service_port}/webhooks/stripe")])
            .args(["--webhook-secret", WEBHOOK_SECRET])
            .args(["--service-key", SERVICE_KEY])
            .arg("--data")
            .arg(folder.join("sandbox"));
        let (sandbox, sandbox_url) = Program::start_server(sandbox, &folder.join("sandbox.log")).await?;
        let file = || format!("sqlite:{}", folder.join("service.sqlite").display());
        let database = options.database.clone().unwrap_or_else(file);
        let (folder, flags) = (folder.to_owned(), options.flags.clone());
        let mut services =
            Self { folder, database, flags, service_port, sandbox_url, sandbox, service: None };
        services.start_service(options.test_clock).await?;
        Ok(services)
    }

    /// Starts the service.
    pub async fn start_service(&mut self, test_clock: bool) -> Result<()> {
        let mut command = server_command(binary("tokenwell-server")?, &self.sandbox_url, &self.database);
        command.args(["--listen", &format!("127.0.0.1:{}", self.service_port)]).args(&self.flags);
        if test_clock {
            command.arg("--test-clock");
        }
        let (service, _) = Program::start_server(command, &self.folder.join("service.log")).await?;
        self.service = Some(service);
        Ok(())
    }

    /// Restarts the service with these flags beside its own.
    pub async fn restart_service_with(&mut self, flags: &[&str]) -> Result<()> {
        self.stop_service().await?;
        self.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        self.start_service(false).await
    }

    /// Stops the service but not the sandbox, which users see as an outage.
    pub async fn stop_service(&mut self) -> Result<()> {
        if let Some(service) = self.service.take() {
            service.stop().await?;
        }
        Ok(())
    }

    /// Stops both.
    pub async fn stop(mut self) -> Result<()> {
        self.stop_service().await?;
        self.sandbox.stop().await?;
        Ok(())
    }

    /// The service's process, while it runs.
    pub fn service_id(&self) -> Option<u32> {
        self.service.as_ref().and_then(Program::id)
    }

    /// The resident memory of the service, in bytes. Linux only.
    ///
    /// # Errors
    /// If the service does not run, or the system does not report it.
    pub fn resident_bytes(&self) -> Result<f64> {
        let process = self.service_id().context("the service does not run")?;
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))
            .context("this system does not report the memory of a process")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024.0)
    }

    /// The service's address.
    pub fn service_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.service_port)
    }

    /// The sandbox's address.
    pub fn sandbox_url(&self) -> &str {
        &self.sandbox_url
    }

    /// The service, without a token.
    pub fn service(&self) -> Result<Http> {
        Http::new(&self.service_url())
    }

    /// The service, with the platform's service key.
    pub fn platform(&self) -> Result<Http> {
        Ok(self.service()?.with_token(SERVICE_KEY))
    }

    /// The sandbox.
    pub fn sandbox(&self) -> Result<Http> {
        Http::new(&self.sandbox_url)
    }

    /// Creates a user on `plan`. A paid plan is bought through the service's checkout.
    pub async fn user(&self, name: &str, email: &str, plan: &str) -> Result<User> {
        let body = json!({"name": name, "email": email, "plan": plan});
        let user = self.sandbox()?.post("/sandbox/users", &body).await?;
        let api = self.service()?.with_token(string(&user, "access_token")?);
        let user = User { id: string(&user, "id")?.to_owned(), email: email.to_owned(), api };
        if plan != "free" {
            eventually(&format!("{email} is on {plan}"), async || {
                Ok((user.api.get("/v1/account").await?["plan"]["id"] == plan).then_some(()))
            })
            .await?;
        }
        Ok(user)
    }

    /// Buys a pack over the API and pays it by card. Returns the purchase once it is paid.
    pub async fn buy(&self, user: &User, pack: &str, quantity: u32) -> Result<Value> {
        let key = format!("{}-{pack}-{quantity}-{}", user.id, Timestamp::now());
        let body = json!({"pack_id": pack, "quantity": quantity});
        let purchase = user.api.post_once("/v1/purchases", &body, &key).await?;
        let session = session_of(string(&purchase, "checkout_url")?);
        let card = json!({"method": "card", "card": "4242424242424242"});
        self.sandbox()?.post(&format!("/sandbox/checkout/{session}/pay"), &card).await?;
        let path = format!("/v1/purchases/{}", string(&purchase, "id")?);
        eventually("the purchase is paid", async || {
            let purchase = user.api.get(&path).await?;
            Ok((purchase["status"] == "paid").then_some(purchase))
        })
        .await
    }

    /// Waits until a checkout is paid at Stripe.
    pub async fn is_paid_at_stripe(&self, checkout_url: &str) -> Result<()> {
        let stripe = self.sandbox()?.with_token(STRIPE_KEY);
        let path = format!("/v1/checkout/sessions/{}", session_of(checkout_url));
        eventually("the checkout is paid at Stripe", async || {
            Ok((stripe.get(&path).await?["payment_status"] == "paid").then_some(()))
        })
        .await
    }

    /// A call of Stripe's API with a form.
    pub async fn at_stripe(&self, path: &str, form: &[(&str, &str)]) -> Result<Value> {
        let request =
            reqwest::Client::builder().no_proxy().build()?.post(format!("{}{path}", self.sandbox_url));
        let response = request.bearer_auth(STRIPE_KEY).form(form).send().await?.error_for_status()?;
        Ok(response.json().await?)
    }

    /// Every subscription of a user at Stripe, also ended ones, newest first.
    pub async fn subscriptions_of(&self, email: &str) -> Result<Vec<Value>> {
        let stripe = self.sandbox()?.with_token(STRIPE_KEY);
        let customers = stripe.get(&format!("/v1/customers?email={email}")).await?;
        let customer = string(&customers["data"][0], "id")?;
        let found = stripe.get(&format!("/v1/subscriptions?customer={customer}&status=all")).await?;
        Ok(found["data"].as_array().cloned().unwrap_or_default())
    }

    /// A subscription at Stripe, also one whose customer was deleted.
    pub async fn subscription(&self, id: &str) -> Result<Value> {
        self.sandbox()?.with_token(STRIPE_KEY).get(&format!("/v1/subscriptions/{id}")).await
    }

    /// Deletes the customer of a user at Stripe, as the merchant can in the dashboard. Stripe ends the subscriptions.
    pub async fn delete_customer(&self, email: &str) -> Result<()> {
        let stripe = self.sandbox()?.with_token(STRIPE_KEY);
        let customers = stripe.get(&format!("/v1/customers?email={email}")).await?;
        let path = format!("/v1/customers/{}", string(&customers["data"][0], "id")?);
        let (status, body) = stripe.send(Method::DELETE, &path, None, None).await?;
        ensure!(status.is_success(), "the customer is not deleted: {status} {body}");
        Ok(())
    }

    /// The number of requests to a route that the service has answered since its start.
    pub async fn answered(&self, method: &str, route: &str) -> Result<u64> {
        let (_, metrics) = self.service()?.send(Method::GET, "/metrics", None, None).await?;
        let prefix = format!("tokenwell_requests_total{{method=\"{method}\",route=\"{route}\",");
        let lines = metrics.as_str().context("metrics are text")?.lines();
        let counts =
            lines.filter(|line| line.starts_with(&prefix)).filter_map(|line| line.rsplit(' ').next());
        Ok(counts.map(str::parse::<u64>).sum::<Result<_, _>>()?)
    }

    /// Spends tokens of a user, as the platform does.
    pub async fn spend(&self, user: &User, amount: u64, reason: &str) -> Result<Value> {
        let account = user.api.get("/v1/account").await?;
        let path = format!("/v1/accounts/{}/spends", string(&account, "id")?);
        let key = format!("{reason}-{}", Timestamp::now());
        self.platform()?.post_once(&path, &json!({"amount": amount, "reason": reason}), &key).await
    }

    /// Moves both clocks: first Stripe's, so that due periods are billed, then the service's.
    pub async fn set_clock(&self, now: Timestamp) -> Result<()> {
        self.sandbox()?.put("/sandbox/clock", &json!({"now": now})).await?;
        self.sandbox()?.post("/sandbox/webhooks/flush", &json!({})).await?;
        self.platform()?.put("/v1/test-clock", &json!({"now": now})).await?;
        Ok(())
    }
}

/// The id of the session, which is the end of the page's URL.
fn session_of(checkout_url: &str) -> &str {
    checkout_url.rsplit('/').next().unwrap_or_default()
}

fn string<'v>(value: &'v Value, key: &str) -> Result<&'v str> {
    value[key].as_str().with_context(|| format!("`{key}` is missing in {value}"))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
