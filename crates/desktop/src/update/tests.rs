use super::*;

#[test]
fn the_traces_tell_how_the_app_came_onto_the_computer() {
    use Installation as I;
    const DPKG: &str = "/var/lib/dpkg/info/tokenwell.list";
    const USR: &str = "/usr/bin/tokenwell";
    const MAC: &str = "/Applications/Tokenwell.app/Contents/MacOS/tokenwell";
    const WINDOWS: &str = r"C:\Users\Ada\AppData\Local\Programs\Tokenwell\tokenwell.exe";
    const UNINSTALLER: &str = r"C:\Users\Ada\AppData\Local\Programs\Tokenwell\uninstall.exe";
    type Row = (&'static str, &'static str, &'static str, &'static [&'static str], Installation);
    let rows: [Row; 18] = [
        ("linux", USR, "", &[DPKG], I::Deb),
        ("linux", USR, "", &[DPKG, "/var/lib/rpm"], I::Deb),
        ("linux", USR, "DPKG_ADMINDIR", &["set/info/tokenwell.list"], I::Deb),
        ("linux", "/home/ada/tokenwell", "", &[DPKG], I::Unknown),
        ("linux", USR, "", &["/usr/lib/sysimage/rpm"], I::Dnf),
        ("linux", USR, "", &["/var/lib/rpm"], I::Dnf),
        ("linux", USR, "", &["/usr/lib/sysimage/rpm", "/usr/bin/zypper"], I::Zypper),
        ("linux", "/home/ada/tokenwell", "", &["/var/lib/rpm"], I::Unknown),
        ("linux", USR, "", &[], I::Unknown),
        ("linux", "/app/bin/tokenwell", "FLATPAK_ID", &["/.flatpak-info"], I::Flatpak),
        ("linux", "/app/bin/tokenwell", "FLATPAK_ID", &[], I::Unknown),
        ("linux", "/tmp/.mount_1/usr/bin/tokenwell", "APPIMAGE", &[], I::AppImage),
        ("macos", MAC, "", &[], I::MacBundle),
        ("macos", MAC, "", &["/opt/homebrew/Caskroom/tokenwell"], I::Homebrew),
        ("macos", "/tmp/tokenwell", "", &["/opt/homebrew/Caskroom/tokenwell"], I::Unknown),
        ("windows", WINDOWS, "", &[UNINSTALLER], I::WindowsInstaller),
        ("windows", WINDOWS, "", &[], I::Unknown),
        ("freebsd", USR, "", &[], I::Unknown),
    ];
    for (system, program, set, files, found) in rows {
        let traced = Installation::found(
            system,
            program,
            |name| (name == set).then(|| "set".to_owned()),
            |path| files.contains(&path),
            // The list of the package names the program that the package brings.
            |file, line| files.contains(&file) && line == USR,
        );
        assert_eq!(traced, found, "{system}, {program}, {set}, {files:?}");
    }
}
