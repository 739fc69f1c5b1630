//! Start at login, as each system keeps it.

#[cfg(target_os = "linux")]
pub(crate) use linux::{is_on, plugin, set};
#[cfg(not(target_os = "linux"))]
pub(crate) use others::{is_on, plugin, set};

/// An entry in the desktop's own folder for what starts at login. The plugin of the other systems looks for that folder
/// in one fixed place and does not quote the program's path.
#[cfg(target_os = "linux")]
mod linux {
    use anyhow::Context as _;
    use std::{env, fs, io, path::PathBuf};
    use tauri::{AppHandle, Wry, plugin};

    /// Nothing to set up.
    pub(crate) fn plugin() -> plugin::TauriPlugin<Wry> {
        plugin::Builder::new("autostart").build()
    }

    pub(crate) fn is_on(_app: &AppHandle) -> anyhow::Result<bool> {
        match fs::read_to_string(entry()?) {
            // This is how desktops switch an entry off.
            Ok(entry) => Ok(!entry.lines().any(|line| line.trim() == "Hidden=true")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn set(_app: &AppHandle, on: bool) -> anyhow::Result<()> {
        let entry = entry()?;
        if on {
            // An AppImage runs from a folder that is gone afterwards.
            let program = env::var_os("APPIMAGE").map_or_else(env::current_exe, |file| Ok(file.into()))?;
            fs::create_dir_all(entry.parent().context("an entry is in a folder")?)?;
            fs::write(entry, text(program.to_str().context("the program's path is no text")?))?;
        } else {
            match fs::remove_file(entry) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn entry() -> anyhow::Result<PathBuf> {
        let folder = dirs::config_dir().context("there is no folder for settings")?;
        Ok(folder.join("autostart/tokenwell.desktop"))
    }

    fn text(program: &str) -> String {
        let mut quoted = String::new();
        for c in program.chars() {
            match c {
                '%' => quoted.push_str("%%"),
                // Once for the quotes, once for the file's own escapes.
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
        fn a_path_with_blanks_and_signs_is_one_word_to_the_desktop() {
            let exec = |program| text(program).lines().nth(3).unwrap().to_owned();
            assert_eq!(exec("/usr/bin/tokenwell"), r#"Exec="/usr/bin/tokenwell""#);
            assert_eq!(exec("/home/ada/my $apps/100%/t"), r#"Exec="/home/ada/my \\$apps/100%%/t""#);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod others {
    use tauri::{AppHandle, Wry, plugin::TauriPlugin};
    use tauri_plugin_autostart::ManagerExt as _;

    pub(crate) fn plugin() -> TauriPlugin<Wry> {
        tauri_plugin_autostart::Builder::new().build()
    }

    pub(crate) fn is_on(app: &AppHandle) -> anyhow::Result<bool> {
        Ok(app.autolaunch().is_enabled()?)
    }

    pub(crate) fn set(app: &AppHandle, on: bool) -> anyhow::Result<()> {
        let autostart = app.autolaunch();
        Ok(if on { autostart.enable() } else { autostart.disable() }?)
    }
}
