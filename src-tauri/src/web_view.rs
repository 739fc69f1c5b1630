//! Workarounds for the web view.

use std::{env, path::Path};
use tokenwell_desktop::surroundings::web_view_workaround;

/// NVIDIA's driver says its version there.
const NVIDIA: [&str; 2] = ["/proc/driver/nvidia/version", "/sys/module/nvidia/version"];

/// Sets the variable that makes the web view draw, if it needs one. To be called before anything else runs.
pub(crate) fn work_around() -> Option<(&'static str, &'static str)> {
    let has_nvidia_driver = NVIDIA.iter().any(|file| Path::new(file).exists());
    let (name, value) = web_view_workaround(|name| env::var(name).ok(), has_nvidia_driver)?;
    #[expect(unsafe_code, reason = "the web view takes this from the environment only")]
    // SAFETY: no other thread runs yet that could read the environment.
    unsafe {
        env::set_var(name, value);
    }
    Some((name, value))
}
