//! Waking up from sleep.

/// Calls `woke` whenever the computer wakes up, until the system bus is closed.
#[cfg(target_os = "linux")]
pub(crate) async fn watch(mut woke: impl FnMut()) -> zbus::Result<()> {
    use futures_util::StreamExt;
    const LOGIN: &str = "org.freedesktop.login1";

    let bus = zbus::Connection::system().await?;
    let manager =
        zbus::Proxy::new(&bus, LOGIN, "/org/freedesktop/login1", "org.freedesktop.login1.Manager").await?;
    let mut sleeps = manager.receive_signal("PrepareForSleep").await?;
    while let Some(signal) = sleeps.next().await {
        if matches!(signal.body().deserialize(), Ok(false)) {
            woke();
        }
    }
    Ok(())
}

/// On other systems the event stream times out during the sleep, and the app reconnects.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn watch(_woke: impl FnMut()) -> Result<(), std::convert::Infallible> {
    std::future::pending().await
}
