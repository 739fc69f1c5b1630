//! Start at login.

#[cfg(target_os = "linux")]
pub(crate) use linux::{is_on, set, set_up};
#[cfg(not(target_os = "linux"))]
pub(crate) use others::{is_on, set, set_up};

/// An entry in the desktop's autostart folder. The plugin that the other systems use ignores `XDG_CONFIG_HOME` and does not
/// quote the program's path.
#[cfg(target_os = "linux")]
mod linux {
    use anyhow::Context as _;
    use std::{env, fs, io, path::PathBuf};
    use tauri::{AppHandle, Builder, Wry};

    /// Linux needs no set-up.
    pub(crate) fn set_up(app: Builder<Wry>) -> Builder<Wry> {
        app
    }

    pub(crate) fn is_on(_app: &AppHandle) -> anyhow::Result<bool> {
        match fs::read_to_string(entry()?) {
            // Desktops switch an entry off by hiding it.
            Ok(entry) => Ok(!entry.lines().any(|line| line.trim() == "Hidden=true")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn set(_app: &AppHandle, on: bool) -> anyhow::Result<()> {
        let entry = entry()?;
        if on {
            // An AppImage runs from a temporary folder.
            let program = env::var_os("APPIMAGE").map_or_else(env::current_exe, |file| Ok(file.into()))?;
            fs::create_dir_all(entry.parent().context("the autostart entry has no folder")?)?;
            fs::write(entry, text(program.to_str().context("the program's path is not valid Unicode")?))?;
        } else {
            match fs::remove_file(entry) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn entry() -> anyhow::Result<PathBuf> {
        let folder = dirs::config_dir().context("there is no configuration folder")?;
        Ok(folder.join("autostart/tokenwell.desktop"))
    }

    fn text(program: &str) -> String {
        let mut quoted = String::new();
        for c in program.chars() {
            match c {
                '%' => quoted.push_str("%%"),
                // Escaped for the quotes, and once more for the file.
                '"' | '`' | '$' => quoted.extend(["\\\\", c.encode_utf8(&mut [0; 4])]),
                '\\' => quoted.push_str("\\\\\\\\"),
                _ => quoted.push(c),
            }
        }
        format!("[Desktop Entry]\nType=Application\nName=Tokenwell\nExec=\"{quoted}\"\nTerminal=false\n")
    }

    #[cfg(test)]
    mod tests {
        use super::text;

        #[test]
        fn a_path_with_spaces_and_special_characters_is_one_quoted_word() {
            let exec = |program| text(program).lines().nth(3).unwrap().to_owned();
            assert_eq!(exec("/usr/bin/tokenwell"), r#"Exec="/usr/bin/tokenwell""#);
            assert_eq!(exec("/home/ada/my $apps/100%/t"), r#"Exec="/home/ada/my \\$apps/100%%/t""#);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod others {
    use tauri::{AppHandle, Builder, Wry};
    use tauri_plugin_autostart::ManagerExt as _;

    pub(crate) fn set_up(app: Builder<Wry>) -> Builder<Wry> {
        app.plugin(tauri_plugin_autostart::Builder::new().build())
    }

    pub(crate) fn is_on(app: &AppHandle) -> anyhow::Result<bool> {
        Ok(app.autolaunch().is_enabled()?)
    }

    pub(crate) fn set(app: &AppHandle, on: bool) -> anyhow::Result<()> {
        let autostart = app.autolaunch();
        Ok(if on { autostart.enable() } else { autostart.disable() }?)
    }
}
