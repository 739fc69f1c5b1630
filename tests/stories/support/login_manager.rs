//! The system's login manager (logind), as far as it tells of sleep.

use anyhow::Result;
use tokenwell_stage::Desktop;
use zbus::object_server::SignalEmitter;

const PATH: &str = "/org/freedesktop/login1";

/// The manager on a desktop's system bus.
pub struct LoginManager {
    bus: zbus::Connection,
}

struct Manager;

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

impl LoginManager {
    /// Takes its place.
    pub async fn of(desktop: &Desktop) -> Result<Self> {
        let bus = zbus::connection::Builder::address(desktop.system_bus_address())?
            .serve_at(PATH, Manager)?
            .name("org.freedesktop.login1")?
            .build()
            .await?;
        Ok(Self { bus })
    }

    /// Tells that the computer is about to sleep.
    pub async fn falls_asleep(&self) -> Result<()> {
        self.tell(true).await
    }

    /// Tells that it is awake again.
    pub async fn wakes(&self) -> Result<()> {
        self.tell(false).await
    }

    async fn tell(&self, start: bool) -> Result<()> {
        Ok(Manager::prepare_for_sleep(&SignalEmitter::new(&self.bus, PATH)?, start).await?)
    }
}
