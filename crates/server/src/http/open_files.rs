//! The number of connections that the system's limit of open files allows.

/// Open files that are not connections: those of the database, and connections to Stripe and the issuer.
#[cfg(unix)]
const OTHER_FILES: u64 = 512;

/// Raises the limit of open files to what `wanted` connections need. Returns the number of connections that it allows.
#[cfg(unix)]
pub fn room_for(wanted: u32) -> u32 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return wanted };
    let needed = (u64::from(wanted) + OTHER_FILES).min(hard).max(soft);
    let allowed = if setrlimit(Resource::RLIMIT_NOFILE, needed, hard).is_ok() { needed } else { soft };
    let room = allowed.saturating_sub(OTHER_FILES).max(allowed / 2);
    u32::try_from(room).unwrap_or(u32::MAX).min(wanted)
}

/// Other systems have no such limit.
#[cfg(not(unix))]
pub fn room_for(wanted: u32) -> u32 {
    wanted
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_connections_than_the_system_has_open_files_for() {
        let (_, hard) = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE).unwrap();
        assert_eq!(room_for(10), 10);
        assert!(u64::from(room_for(u32::MAX)) <= hard);
    }
}
