//! The webhook endpoint as Stripe knows it: its address, and the events that it is sent. Its secret is a setting and is not
//! recorded.

use super::table::{Kind, Records};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The id of the endpoint.
pub const ENDPOINT_ID: &str = "we_tokenwell_sandbox";

/// The webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRecord {
    /// Where events are posted.
    pub url: String,
    /// The types of event that it is sent; `*` for every type.
    pub enabled_events: Vec<String>,
    /// Whether it is sent events at all.
    pub status: EndpointStatus,
    /// When it was created, in Unix time.
    pub created: i64,
}

/// Whether an endpoint is sent events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointStatus {
    /// It is.
    Enabled,
    /// It is not.
    Disabled,
}

impl EndpointRecord {
    const KIND: Kind = "endpoint";

    /// The endpoint, if there is one.
    pub fn of(records: &Records) -> Option<Self> {
        records.read(Self::KIND, ENDPOINT_ID)
    }

    /// Stores the endpoint.
    pub fn set(&self, records: &mut Records) {
        records.write(Self::KIND, ENDPOINT_ID, self);
    }

    /// Whether it is sent events of this type.
    pub fn is_sent(&self, event_type: &str) -> bool {
        self.status == EndpointStatus::Enabled
            && self.enabled_events.iter().any(|enabled| enabled == "*" || enabled == event_type)
    }
}

/// Sets the address of the endpoint, which is sent every event at first; without an address there is no endpoint.
pub fn set_url(records: &mut Records, url: Option<&str>) {
    let Some(url) = url else { return records.remove(EndpointRecord::KIND, ENDPOINT_ID) };
    let endpoint = EndpointRecord::of(records).unwrap_or_else(|| EndpointRecord {
        url: String::new(),
        enabled_events: vec!["*".to_owned()],
        status: EndpointStatus::Enabled,
        created: Timestamp::now().as_second(),
    });
    EndpointRecord { url: url.to_owned(), ..endpoint }.set(records);
}
