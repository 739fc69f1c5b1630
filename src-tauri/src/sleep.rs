//! Waking up from sleep.

#[cfg(target_os = "linux")]
pub(crate) use self::linux::watch;
#[cfg(target_os = "macos")]
pub(crate) use self::macos::watch;
#[cfg(windows)]
pub(crate) use self::windows::watch;

#[cfg(target_os = "linux")]
mod linux {
    /// Calls `woke` whenever the computer wakes up, until the system bus is closed.
    pub(crate) async fn watch(woke: impl Fn() + Send + Sync + 'static) -> zbus::Result<()> {
        use futures_util::StreamExt;
        const LOGIN: &str = "org.freedesktop.login1";

        let bus = zbus::Connection::system().await?;
        let manager =
            zbus::Proxy::new(&bus, LOGIN, "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
                .await?;
        let mut sleeps = manager.receive_signal("PrepareForSleep").await?;
        while let Some(signal) = sleeps.next().await {
            if matches!(signal.body().deserialize(), Ok(false)) {
                woke();
            }
        }
        Ok(())
    }
}

#[cfg(windows)]
mod windows {
    use std::{ffi::c_void, future, io, ptr};
    use windows_sys::Win32::{
        Foundation::ERROR_SUCCESS,
        System::Power::{DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS, PowerRegisterSuspendResumeNotification},
        UI::WindowsAndMessaging::{DEVICE_NOTIFY_CALLBACK, PBT_APMRESUMEAUTOMATIC},
    };

    type Woke = Box<dyn Fn() + Send + Sync>;

    /// Calls `woke` whenever the computer wakes up, for as long as the program runs.
    pub(crate) async fn watch(woke: impl Fn() + Send + Sync + 'static) -> io::Result<()> {
        register(Box::new(woke))?;
        future::pending().await
    }

    #[expect(unsafe_code, reason = "a function of the system")]
    fn register(woke: Woke) -> io::Result<()> {
        // Both live as long as the program, because the notification is never cancelled.
        let context: &'static Woke = Box::leak(Box::new(woke));
        let parameters: &'static DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS =
            Box::leak(Box::new(DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS {
                Callback: Some(on_power),
                Context: ptr::from_ref(context).cast_mut().cast(),
            }));
        let mut registration = ptr::null_mut();
        // SAFETY: the parameters and what they point at are valid for the rest of the program, and `on_power` reads the
        // context as what it is.
        let status = unsafe {
            PowerRegisterSuspendResumeNotification(
                DEVICE_NOTIFY_CALLBACK,
                ptr::from_ref(parameters).cast_mut().cast(),
                &raw mut registration,
            )
        };
        if status == ERROR_SUCCESS { Ok(()) } else { Err(io::Error::from_raw_os_error(status.cast_signed())) }
    }

    /// Called by the system, on a thread of its own.
    #[expect(unsafe_code, reason = "the system passes the context as a pointer")]
    unsafe extern "system" fn on_power(context: *const c_void, event: u32, _: *const c_void) -> u32 {
        if event == PBT_APMRESUMEAUTOMATIC {
            // SAFETY: the context is what `register` has leaked.
            let woke = unsafe { &*context.cast::<Woke>() };
            woke();
        }
        ERROR_SUCCESS
    }
}

#[cfg(target_os = "macos")]
mod macos {
    use block2::RcBlock;
    use objc2_app_kit::{NSWorkspace, NSWorkspaceDidWakeNotification};
    use objc2_foundation::NSNotification;
    use std::{convert::Infallible, future, ptr::NonNull};

    /// Calls `woke` whenever the computer wakes up, for as long as the program runs.
    pub(crate) async fn watch(woke: impl Fn() + Send + Sync + 'static) -> Result<(), Infallible> {
        observe(woke);
        future::pending().await
    }

    #[expect(unsafe_code, reason = "a function of the system")]
    fn observe(woke: impl Fn() + Send + Sync + 'static) {
        let block = RcBlock::new(move |_: NonNull<NSNotification>| woke());
        let center = NSWorkspace::sharedWorkspace().notificationCenter();
        // SAFETY: the name is the system's, no object and no queue are given, and the block can be called on any thread. The
        // center keeps block and observer.
        let _observer = unsafe {
            center.addObserverForName_object_queue_usingBlock(
                Some(NSWorkspaceDidWakeNotification),
                None,
                None,
                &block,
            )
        };
    }
}
