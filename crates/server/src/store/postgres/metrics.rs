//! Metrics of the connection pool.

use deadpool_postgres::Pool;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt::{self, Debug, Formatter};

/// The connections of the pool and the calls that wait for one, read at each scrape.
pub struct PoolMetrics(pub Pool);

impl Debug for PoolMetrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("PoolMetrics")
    }
}

impl Collector for PoolMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = self.0.status();
        for (name, help, value) in [
            ("pool_connections", "Connections to the database", status.size),
            ("pool_connections_max", "How many there may be", status.max_size),
            ("pool_connections_idle", "Connections that nobody uses", status.available),
            ("pool_waiting", "Who waits for a connection", status.waiting),
        ] {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::metrics::on_the_page;
    use crate::store::postgres::address::Address;
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    #[tokio::test]
    async fn the_metrics_of_the_pool_are_on_the_operators_page() {
        let pool = Address::parse("postgres://localhost/tokenwell").unwrap().pool().unwrap();
        let mut registry = Registry::with_prefix("tokenwell");
        registry.register_collector(Box::new(PoolMetrics(pool)));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        on_the_page(&text, 4);
    }
}
