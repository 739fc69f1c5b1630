//! The tray as its user sees it: the icon, what pointing at it shows, and its menu. The names of windows are Wine's.
#![expect(unsafe_code, reason = "the system's calls")]

use anyhow::{Context as _, Result};
use std::{fs, ptr::null};
use tokenwell_stage::eventually;
use tokio::process::Command;
use windows_sys::{
    Win32::{
        Foundation::{HWND, RECT},
        UI::{
            Input::KeyboardAndMouse::{
                INPUT, INPUT_0, INPUT_KEYBOARD, INPUT_MOUSE, KEYBDINPUT, KEYEVENTF_KEYUP, MOUSE_EVENT_FLAGS,
                MOUSEEVENTF_MOVE, MOUSEEVENTF_RIGHTDOWN, MOUSEEVENTF_RIGHTUP, MOUSEINPUT, SendInput,
                VIRTUAL_KEY, VK_RETURN, VK_UP,
            },
            WindowsAndMessaging::{
                FindWindowExW, GetWindowRect, IsWindowVisible, SendMessageW, SetCursorPos, WM_GETTEXT,
            },
        },
    },
    core::PCWSTR,
    w,
};

/// A line of the menu of an account that is signed in, or of nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The last line of every menu.
    Quit,
    /// The third from below of an account that is signed in.
    Refresh,
}

impl Line {
    /// How often the arrow up is pressed until the line is lit. It begins at the end, and skips rules.
    fn steps(self) -> usize {
        match self {
            Self::Quit => 1,
            Self::Refresh => 3,
        }
    }
}

/// Waits until the icon is shown, or until it is not.
pub async fn icon_is_shown(shown: bool) -> Result<()> {
    let what = format!("an icon is in the tray: {shown}");
    eventually(&what, async || Ok((icon().is_some() == shown).then_some(()))).await
}

/// Points at the icon and reads what is shown then.
pub async fn tooltip() -> Result<String> {
    point_at(800, 600);
    eventually("no tooltip is shown", async || Ok(shown_tooltip().is_none().then_some(()))).await?;
    let mut looks = 0;
    eventually("the tooltip is shown", async || {
        // An icon that was just put into its place may miss the pointer.
        if looks % 50 == 0 {
            point_at(800, 600);
            point_at_icon()?;
        }
        looks += 1;
        Ok(shown_tooltip())
    })
    .await
}

/// Waits until the tooltip starts with `text`, and returns it.
pub async fn tooltip_starts(text: &str) -> Result<String> {
    let mut last = String::new();
    let result = eventually(&format!("the tooltip starts with “{text}”"), async || {
        last = tooltip().await?;
        Ok(last.starts_with(text).then(|| last.clone()))
    })
    .await;
    result.with_context(|| format!("the last tooltip was: {last}"))
}

/// Opens the menu with the right button.
pub async fn open_menu() -> Result<()> {
    point_at_icon()?;
    mouse(MOUSEEVENTF_RIGHTDOWN);
    mouse(MOUSEEVENTF_RIGHTUP);
    menu_is_shown(true).await
}

/// Opens the menu with the right button, and chooses a line with the keyboard.
pub async fn choose(line: Line) -> Result<()> {
    open_menu().await?;
    choose_in_open_menu(line).await
}

/// Chooses a line with the keyboard.
pub async fn choose_in_open_menu(line: Line) -> Result<()> {
    for _ in 0..line.steps() {
        press(VK_UP);
    }
    press(VK_RETURN);
    menu_is_shown(false).await
}

/// Takes a picture of the screen, if a folder for pictures is given. The tests run on Windows or under Wine, where only the
/// system around it can take one.
pub async fn photograph(name: &str) -> Result<()> {
    let Ok(folder) = std::env::var("TOKENWELL_SCREENSHOTS") else { return Ok(()) };
    let file = format!("{folder}/{name}.png");
    let mut import = Command::new("start");
    import.args(["/unix", "/usr/bin/import", "-window", "root", &file]);
    let _ = fs::remove_file(&file);
    import.status().await?;
    // That only starts it.
    let has_content = || fs::metadata(&file).is_ok_and(|file| file.len() > 0);
    eventually("the picture is taken", async || Ok(has_content().then_some(()))).await
}

async fn menu_is_shown(shown: bool) -> Result<()> {
    let what = format!("a menu is open: {shown}");
    let menu = || visible(null_window(), w!("#32768"));
    eventually(&what, async || Ok((menu().is_some() == shown).then_some(()))).await
}

fn icon() -> Option<HWND> {
    let tray = visible(null_window(), w!("__winex11_standalone_tray"))?;
    visible(tray, w!("__winex11_tray_icon"))
}

fn shown_tooltip() -> Option<String> {
    let tooltip = visible(null_window(), w!("tooltips_class32"))?;
    let mut text = [0_u16; 256];
    // SAFETY: the text is at most as long as the buffer.
    let length = unsafe { SendMessageW(tooltip, WM_GETTEXT, text.len(), text.as_mut_ptr() as isize) };
    let text = String::from_utf16_lossy(text.get(..usize::try_from(length).ok()?)?);
    Some(text).filter(|text| !text.is_empty())
}

fn null_window() -> HWND {
    std::ptr::null_mut()
}

/// A window of this class that is on the screen.
fn visible(parent: HWND, class: PCWSTR) -> Option<HWND> {
    let mut window = null_window();
    loop {
        // SAFETY: handles of windows that have gone are refused.
        unsafe {
            window = FindWindowExW(parent, window, class, null());
            if window.is_null() {
                return None;
            }
            if IsWindowVisible(window) != 0 {
                return Some(window);
            }
        }
    }
}

fn point_at_icon() -> Result<()> {
    let icon = icon().context("no icon is in the tray")?;
    let mut place = RECT::default();
    // SAFETY: the place is written to only if the window is there.
    unsafe { GetWindowRect(icon, &raw mut place) };
    point_at(i32::midpoint(place.left, place.right), i32::midpoint(place.top, place.bottom));
    Ok(())
}

fn point_at(x: i32, y: i32) {
    // SAFETY: no pointers.
    unsafe { SetCursorPos(x, y) };
    // Windows below the pointer notice only what looks like a movement.
    mouse(MOUSEEVENTF_MOVE);
}

fn mouse(flags: MOUSE_EVENT_FLAGS) {
    let mi = MOUSEINPUT { dwFlags: flags, ..Default::default() };
    send(&[INPUT { r#type: INPUT_MOUSE, Anonymous: INPUT_0 { mi } }]);
}

fn press(key: VIRTUAL_KEY) {
    let input = |flags| {
        let ki = KEYBDINPUT { wVk: key, dwFlags: flags, ..Default::default() };
        INPUT { r#type: INPUT_KEYBOARD, Anonymous: INPUT_0 { ki } }
    };
    send(&[input(0), input(KEYEVENTF_KEYUP)]);
}

fn send(inputs: &[INPUT]) {
    let count = u32::try_from(inputs.len()).unwrap_or_default();
    let size = i32::try_from(size_of::<INPUT>()).unwrap_or_default();
    // SAFETY: count and size are those of the inputs.
    unsafe { SendInput(count, inputs.as_ptr(), size) };
}
