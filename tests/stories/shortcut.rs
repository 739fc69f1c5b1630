//! The shortcut that opens the panel from anywhere, on X11.

use crate::support::World;
use anyhow::{Context as _, Result};
use tokenwell_stage::Desktop;
use tokenwell_stage::demo::PREMIUM;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, Keycode, ModMask, Window};
use x11rb::rust_connection::RustConnection;

const KEYS: &str = "ctrl+alt+k";

/// The letter k.
const KEYSYM: u32 = 0x6b;

/// A program that has taken the keys for itself.
struct OtherProgram {
    display: RustConnection,
    root: Window,
    key: Keycode,
}

impl OtherProgram {
    fn takes_the_keys(desktop: &Desktop) -> Result<Self> {
        let display = desktop.environment().iter().find(|(name, _)| *name == "DISPLAY");
        let name = display.and_then(|(_, name)| name.to_str()).context("the desktop has a display")?;
        let (display, screen) = RustConnection::connect(Some(name))?;
        let setup = display.setup();
        let (root, keys) = (setup.roots[screen].root, setup.min_keycode..=setup.max_keycode);
        let mapping = display.get_keyboard_mapping(*keys.start(), keys.end() - keys.start() + 1)?.reply()?;
        let keysyms = mapping.keysyms.chunks(mapping.keysyms_per_keycode.into());
        let found = keys.zip(keysyms).find(|(_, keysyms)| keysyms.contains(&KEYSYM));
        let (key, _) = found.context("the keyboard has a k")?;
        let modifiers = ModMask::CONTROL | ModMask::M1;
        display.grab_key(false, root, modifiers, key, GrabMode::ASYNC, GrabMode::ASYNC)?.check()?;
        Ok(Self { display, root, key })
    }

    fn gives_the_keys_back(self) -> Result<()> {
        Ok(self.display.ungrab_key(self.key, self.root, ModMask::CONTROL | ModMask::M1)?.check()?)
    }
}

#[tokio::test]
async fn the_shortcut_opens_the_panel_from_anywhere() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    app.click("settings").await?;
    app.click("shortcut").await?;
    app.shows("shortcut-hint", "Ctrl+Alt+K").await?;
    world.close_panel().await?;

    world.desktop.press(KEYS).await?;
    world.desktop.wait_for_window("Tokenwell", true).await?;
    app.find("spendable").await?;
    app.stop().await
}

#[tokio::test]
async fn a_shortcut_that_another_program_has_is_said_and_can_be_set_once_it_is_free() -> Result<()> {
    let mut world = World::new().await?;
    let other = OtherProgram::takes_the_keys(&world.desktop)?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    app.click("settings").await?;
    app.click("shortcut").await?;
    app.shows("settings-problem", "another program uses its keys").await?;
    assert_eq!(app.find("shortcut").await?.attr("data-state").await?.as_deref(), Some("unchecked"));

    other.gives_the_keys_back()?;
    app.click("shortcut").await?;
    app.shows("shortcut-hint", "Ctrl+Alt+K").await?;
    assert!(!app.has("settings-problem").await?);
    app.stop().await
}
