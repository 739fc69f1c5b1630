//! The shortcut on X11: the keys are grabbed from the root window. The connection's end releases them.

use super::Names;
use anyhow::Context as _;
use std::{
    io,
    os::{fd::AsFd as _, unix},
};
use tokio::{io::Interest, net::UnixStream};
use x11rb::{
    connection::Connection as _,
    protocol::{
        Event,
        xproto::{ConnectionExt as _, GrabMode, Keycode, ModMask},
    },
    rust_connection::RustConnection,
};

/// The letter k.
const KEYSYM: u32 = 0x6b;

/// Listens until the connection breaks or the future is dropped.
pub(super) async fn listen(
    names: Names,
    set: impl Fn(String) + Send,
    pressed: impl Fn() + Send + Sync + 'static,
) -> anyhow::Result<()> {
    let (display, screen) = RustConnection::connect(None)?;
    grab(&display, screen)?;
    set(names.keys);
    // Never read from: it only says when the display has sent something.
    let socket = unix::net::UnixStream::from(display.stream().as_fd().try_clone_to_owned()?);
    let socket = UnixStream::from_std(socket)?;
    let mut released = None;
    loop {
        while let Some(event) = display.poll_for_event()? {
            match event {
                // A key that is held down is released and pressed again at the same time.
                Event::KeyPress(event) if released == Some(event.time) => {}
                Event::KeyPress(_) => pressed(),
                Event::KeyRelease(event) => released = Some(event.time),
                _ => {}
            }
        }
        socket.readable().await?;
        // Everything was read, so what comes next is to be waited for.
        drop(socket.try_io(Interest::READABLE, || Err::<(), _>(io::ErrorKind::WouldBlock.into())));
    }
}

fn grab(display: &RustConnection, screen: usize) -> anyhow::Result<()> {
    let root = display.setup().roots.get(screen).context("the display has no such screen")?.root;
    let key = keycode(display)?.context("the keyboard has no letter k")?;
    let keys = ModMask::CONTROL | ModMask::M1;
    // Num Lock and Caps Lock count as modifiers, but change nothing here.
    for locks in [ModMask::default(), ModMask::M2, ModMask::LOCK, ModMask::M2 | ModMask::LOCK] {
        // Fails if another program has the keys.
        display.grab_key(false, root, keys | locks, key, GrabMode::ASYNC, GrabMode::ASYNC)?.check()?;
    }
    Ok(())
}

/// Which key of the keyboard has the letter.
fn keycode(display: &RustConnection) -> anyhow::Result<Option<Keycode>> {
    let (min, max) = (display.setup().min_keycode, display.setup().max_keycode);
    let mapping = display.get_keyboard_mapping(min, max - min + 1)?.reply()?;
    let per_key = usize::from(mapping.keysyms_per_keycode).max(1);
    let has_letter = |keysyms: &[u32]| keysyms.contains(&KEYSYM);
    Ok((min..=max)
        .zip(mapping.keysyms.chunks(per_key))
        .find_map(|(key, keysyms)| has_letter(keysyms).then_some(key)))
}
