//! The computer's time zone, which changes on a journey.

use jiff::tz::TimeZone;
#[cfg(unix)]
use {std::env, std::io, tokenwell_desktop::formats::zone_file};

/// The time zone, on a system that reports no change of it.
pub(crate) fn unwatched() -> Option<TimeZone> {
    cfg!(not(unix)).then(TimeZone::system)
}

/// Calls `changed` with the time zone whenever it may have changed. Returns if it is not in a file.
#[cfg(unix)]
pub(crate) async fn watch(mut changed: impl FnMut(TimeZone)) -> io::Result<()> {
    let Some(file) = zone_file(env::var("TZ").ok().as_deref()) else { return Ok(()) };
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return Ok(()) };
    // The folder, because the file is replaced.
    let mut watched = changes::Changes::of(folder)?;
    loop {
        if watched.next().await?.iter().any(|file| file == name) {
            jiff::tz::reset_system_time_zone_cache();
            changed(TimeZone::system());
        }
    }
}

/// Elsewhere [`unwatched`] asks for it.
#[cfg(not(unix))]
pub(crate) async fn watch(_changed: impl FnMut(TimeZone)) -> Result<(), std::convert::Infallible> {
    std::future::pending().await
}

/// The files of a folder that are created, replaced or written.
#[cfg(target_os = "linux")]
mod changes {
    use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
    use std::{
        ffi::OsString,
        io,
        os::fd::{AsFd as _, AsRawFd, RawFd},
        path::Path,
    };
    use tokio::io::unix::AsyncFd;

    /// Not by `notify`, which wakes also for files that are only opened, as every program does with files of `/etc`.
    pub(super) struct Changes(AsyncFd<Watch>);

    struct Watch(Inotify);

    impl AsRawFd for Watch {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_fd().as_raw_fd()
        }
    }

    impl Changes {
        pub(super) fn of(folder: &Path) -> io::Result<Self> {
            let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
            let flags = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_CLOSE_WRITE;
            inotify.add_watch(folder, flags)?;
            #[expect(unsafe_code, reason = "the library marks registering as unsafe")]
            // SAFETY: the watch owns its file descriptor, which stays open and the same as long as the watch lives.
            Ok(Self(unsafe { AsyncFd::register(Watch(inotify)) }?))
        }

        /// The names of the files that change next.
        pub(super) async fn next(&mut self) -> io::Result<Vec<OsString>> {
            loop {
                let mut readable = self.0.readable().await?;
                if let Ok(events) = readable.try_io(|watch| Ok(watch.get_ref().0.read_events()?)) {
                    return Ok(events?.into_iter().filter_map(|event| event.name).collect());
                }
            }
        }
    }
}

/// The files of a folder that are created, replaced or written.
#[cfg(all(unix, not(target_os = "linux")))]
mod changes {
    use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
    use std::{ffi::OsString, io, path::Path};
    use tokio::sync::mpsc::{self, UnboundedReceiver};

    pub(super) struct Changes {
        _watcher: RecommendedWatcher,
        changed: UnboundedReceiver<Vec<OsString>>,
    }

    impl Changes {
        pub(super) fn of(folder: &Path) -> io::Result<Self> {
            let (sender, changed) = mpsc::unbounded_channel();
            let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let Ok(event) = event else { return };
                if matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_)) {
                    let names = event.paths.iter().filter_map(|path| path.file_name());
                    // Nobody listens once the app ends.
                    drop(sender.send(names.map(Into::into).collect()));
                }
            })
            .map_err(io::Error::other)?;
            watcher.watch(folder, RecursiveMode::NonRecursive).map_err(io::Error::other)?;
            Ok(Self { _watcher: watcher, changed })
        }

        /// The names of the files that change next.
        pub(super) async fn next(&mut self) -> io::Result<Vec<OsString>> {
            self.changed.recv().await.ok_or_else(|| io::Error::other("the watcher has ended"))
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::changes::Changes;
    use std::{fs, os::unix::fs::symlink};

    #[tokio::test]
    async fn a_replaced_link_is_a_change_and_a_file_that_is_only_opened_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("ld.so.cache"), "libraries").unwrap();
        let mut changes = Changes::of(folder.path()).unwrap();

        fs::read(path("ld.so.cache")).unwrap();
        symlink("/usr/share/zoneinfo/Asia/Tokyo", path("localtime.new")).unwrap();
        fs::rename(path("localtime.new"), path("localtime")).unwrap();
        assert_eq!(changes.next().await.unwrap(), ["localtime.new", "localtime"]);
    }
}
