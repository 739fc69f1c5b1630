//! The way out of this process: to Stripe and to the issuer.

use reqwest::{Client, IntoUrl, Method, RequestBuilder, Response};

/// An HTTP client; in simulations, one whose other end is in this process.
#[derive(Clone)]
pub struct Outside {
    client: Client,
    #[cfg(test)]
    world: Option<crate::simulation::Connection>,
}

impl Outside {
    /// Goes out with this client.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            #[cfg(test)]
            world: None,
        }
    }

    /// Whatever is asked of the outside is asked of `world`, without a network in between.
    #[cfg(test)]
    pub fn simulated(client: Client, world: crate::simulation::Connection) -> Self {
        Self { client, world: Some(world) }
    }

    /// A request that [`Outside::send`] sends.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends it.
    pub async fn send(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        #[cfg(test)]
        if let Some(world) = &self.world {
            return world.answer(request.build()?).await;
        }
        request.send().await
    }
}

/// A random number, for pauses that do not all end at once; in simulations the seed's.
pub fn chance() -> u32 {
    #[cfg(test)]
    if let Some(chance) = crate::simulation::chance() {
        return chance;
    }
    getrandom::u32().unwrap_or_default()
}
