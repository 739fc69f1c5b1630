//! Noticing that nobody reads the output any more, without writing and without polling.

use std::{io, thread};

/// Calls `report` when the reader of the output has ended. If the system cannot tell, the next line that cannot be written
/// ends the program.
pub(crate) fn when_gone(report: impl FnOnce() + Send + 'static) {
    let waiting = thread::Builder::new().name("reader".into()).spawn(move || {
        if wait().is_ok() {
            report();
        }
    });
    drop(waiting);
}

/// Waits until the pipe or terminal behind the output is closed. A file never is.
#[cfg(unix)]
fn wait() -> io::Result<()> {
    use nix::{
        errno::Errno,
        poll::{PollFd, PollFlags, PollTimeout, poll},
    };
    use std::os::fd::AsFd as _;

    let output = io::stdout();
    // No flag is requested: the end is reported in any case.
    let mut waited_for = [PollFd::new(output.as_fd(), PollFlags::empty())];
    loop {
        match poll(&mut waited_for, PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
}

/// Waits until the program that started this one has ended. Windows does not report the end of a pipe to its writer.
#[cfg(windows)]
fn wait() -> io::Result<()> {
    use std::mem::{size_of, zeroed};
    use windows_sys::Win32::{
        Foundation::{CloseHandle, FALSE, INVALID_HANDLE_VALUE, WAIT_OBJECT_0},
        System::{
            Diagnostics::ToolHelp::{
                CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW,
                TH32CS_SNAPPROCESS,
            },
            Threading::{INFINITE, OpenProcess, PROCESS_SYNCHRONIZE, WaitForSingleObject},
        },
    };

    let own = std::process::id();
    #[expect(unsafe_code, reason = "the system's calls")]
    // SAFETY: the entry has the size that it says, every handle is checked, used while it is open, and closed once.
    unsafe {
        let processes = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
        if processes == INVALID_HANDLE_VALUE {
            return Err(io::Error::last_os_error());
        }
        let mut entry: PROCESSENTRY32W = zeroed();
        entry.dwSize = u32::try_from(size_of::<PROCESSENTRY32W>()).unwrap_or_default();
        let mut found = Process32FirstW(processes, &raw mut entry);
        while found != FALSE && entry.th32ProcessID != own {
            found = Process32NextW(processes, &raw mut entry);
        }
        CloseHandle(processes);
        if found == FALSE {
            return Err(io::ErrorKind::NotFound.into());
        }
        let parent = OpenProcess(PROCESS_SYNCHRONIZE, FALSE, entry.th32ParentProcessID);
        if parent.is_null() {
            return Err(io::Error::last_os_error());
        }
        let waited = WaitForSingleObject(parent, INFINITE);
        CloseHandle(parent);
        if waited == WAIT_OBJECT_0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

#[cfg(not(any(unix, windows)))]
fn wait() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
