//! A stand-in for the system's login manager (logind) that announces sleep.

use anyhow::Result;
use tokenwell_stage::Desktop;
use zbus::object_server::SignalEmitter;

const PATH: &str = "/org/freedesktop/login1";

/// The login manager on a desktop's system bus.
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
    /// Takes the login manager's name on the bus.
    pub async fn of(desktop: &Desktop) -> Result<Self> {
        let bus = zbus::connection::Builder::address(desktop.system_bus_address())?
            .serve_at(PATH, Manager)?
            .name("org.freedesktop.login1")?
            .build()
            .await?;
        Ok(Self { bus })
    }

    /// Announces that the computer is about to sleep.
    pub async fn falls_asleep(&self) -> Result<()> {
        self.announce(true).await
    }

    /// Announces that the computer is awake again.
    pub async fn wakes(&self) -> Result<()> {
        self.announce(false).await
    }

    async fn announce(&self, start: bool) -> Result<()> {
        Ok(Manager::prepare_for_sleep(&SignalEmitter::new(&self.bus, PATH)?, start).await?)
    }
}
