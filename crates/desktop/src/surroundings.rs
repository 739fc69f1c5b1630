//! What the app does about the environment that it was started in. The variables are arguments.

/// A change of an environment variable: its name, and its new value or `None` to remove it.
pub type Change = (String, Option<String>);

/// The variables that an `AppImage`'s launcher sets for the app alone.
const OF_APP_IMAGE: [&str; 4] = ["APPDIR", "APPIMAGE", "ARGV0", "OWD"];

/// How the environment of a program outside of the `AppImage` differs from the app's. Its own libraries must not
/// reach it: a browser that loads them does not start.
pub fn outside_of_app_image(variables: impl IntoIterator<Item = (String, String)>) -> Vec<Change> {
    let variables: Vec<_> = variables.into_iter().collect();
    let value = |name| variables.iter().find(|(set, _)| set == name).map(|(_, value)| value.as_str());
    let (Some(folder), Some(_)) =
        (value("APPDIR").map(|folder| folder.trim_end_matches('/')), value("APPIMAGE"))
    else {
        return vec![];
    };
    if folder.is_empty() {
        return vec![];
    }
    let is_inside =
        |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let change = |(name, value): &(String, String)| {
        if OF_APP_IMAGE.contains(&name.as_str()) {
            return Some((name.clone(), None));
        }
        // An empty part of a list of libraries would mean the current folder.
        let outside: Vec<&str> =
            value.split(':').filter(|part| !is_inside(part) && !part.is_empty()).collect();
        value
            .split(':')
            .any(is_inside)
            .then(|| (name.clone(), (!outside.is_empty()).then(|| outside.join(":"))))
    };
    variables.iter().filter_map(change).collect()
}

/// The variable with which `WebKit` draws without the GPU's buffers.
const WITHOUT_GPU_BUFFERS: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Whether the desktop's session is Wayland's.
pub fn is_wayland(variable: impl Fn(&str) -> Option<String>) -> bool {
    variable("WAYLAND_DISPLAY").is_some_and(|display| !display.is_empty())
        || variable("XDG_SESSION_TYPE").is_some_and(|session| session == "wayland")
}

/// The variable that makes the web view draw, if it would stay empty otherwise: on Wayland with NVIDIA's driver. A value that
/// the user has set stays, also one that switches the workaround off (`0`).
pub fn web_view_workaround(
    variable: impl Fn(&str) -> Option<String>,
    has_nvidia_driver: bool,
) -> Option<(&'static str, &'static str)> {
    // With this backend, GTK uses X11 although the session is Wayland's.
    let wayland = is_wayland(&variable) && variable("GDK_BACKEND").is_none_or(|backend| backend != "x11");
    (wayland && has_nvidia_driver && variable(WITHOUT_GPU_BUFFERS).is_none())
        .then_some((WITHOUT_GPU_BUFFERS, "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_program_outside_of_the_app_image_gets_none_of_its_paths() {
        let inside = [
            ("APPIMAGE", "/home/ada/Tokenwell.AppImage"),
            ("APPDIR", "/tmp/.mount_Tok1"),
            ("ARGV0", "./Tokenwell.AppImage"),
            ("OWD", "/home/ada"),
            ("LD_LIBRARY_PATH", "/tmp/.mount_Tok1/usr/lib:/tmp/.mount_Tok1/lib"),
            ("PATH", "/tmp/.mount_Tok1/usr/bin:/usr/local/bin:/usr/bin"),
            ("XDG_DATA_DIRS", "/tmp/.mount_Tok1/usr/share::/usr/share"),
            ("GIO_EXTRA_MODULES", "/tmp/.mount_Tok1"),
            ("HOME", "/home/ada"),
            ("OTHER", "/tmp/.mount_Tok12/usr:/tmp"),
        ];
        let change = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            outside_of_app_image(owned(&inside)),
            [
                change("APPIMAGE", None),
                change("APPDIR", None),
                change("ARGV0", None),
                change("OWD", None),
                change("LD_LIBRARY_PATH", None),
                change("PATH", Some("/usr/local/bin:/usr/bin")),
                change("XDG_DATA_DIRS", Some("/usr/share")),
                change("GIO_EXTRA_MODULES", None),
            ]
        );
    }

    #[test]
    fn an_installed_app_passes_its_environment_on_unchanged() {
        for variables in [
            &[("LD_LIBRARY_PATH", "/opt/lib"), ("PATH", "/usr/bin")][..],
            &[("APPDIR", "/tmp/x"), ("PATH", "/tmp/x/bin")],
            &[("APPDIR", "/"), ("APPIMAGE", "/a"), ("PATH", "/usr/bin")],
            &[("APPDIR", ""), ("APPIMAGE", "/a"), ("PATH", "/usr/bin")],
        ] {
            assert_eq!(outside_of_app_image(owned(variables)), [], "{variables:?}");
        }
    }

    #[test]
    fn the_web_view_draws_without_gpu_buffers_only_where_it_would_stay_empty() {
        let workaround = |variables: &[(&str, &str)], nvidia| {
            let variables = owned(variables);
            let variable =
                |name: &str| variables.iter().find(|(set, _)| set == name).map(|(_, value)| value.clone());
            web_view_workaround(variable, nvidia).is_some()
        };
        let wayland = ("WAYLAND_DISPLAY", "wayland-0");
        assert!(workaround(&[wayland], true));
        assert!(workaround(&[("XDG_SESSION_TYPE", "wayland")], true));
        assert!(!workaround(&[wayland], false), "another driver");
        assert!(!workaround(&[("DISPLAY", ":0"), ("XDG_SESSION_TYPE", "x11")], true), "X11");
        assert!(!workaround(&[wayland, ("GDK_BACKEND", "x11")], true), "X11 on Wayland");
        for own in ["0", "1", ""] {
            assert!(!workaround(&[wayland, (WITHOUT_GPU_BUFFERS, own)], true), "the user has set {own:?}");
        }
    }
}
