//! `tokenwell-manual FOLDER`: writes the man pages and the shell completions of the packaged programs, from the definitions of
//! their command lines. It is a program of its own so that the packaged ones do not contain the generators.

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _, Parser};
use clap_complete::Shell;
use std::path::{Path, PathBuf};

#[derive(Parser)]
struct Args {
    /// Where the folders `man`, `bash`, `fish` and `zsh` are written
    folder: PathBuf,
}

fn main() -> Result<()> {
    let folder = Args::parse().folder;
    programs().into_iter().try_for_each(|program| write(program, &folder))
}

/// The command lines of the packaged programs.
fn programs() -> [Command; 3] {
    [tokenwell_app::Args::command(), tokenwell_glance::Args::command(), tokenwell_server::command_line()]
}

fn write(program: Command, folder: &Path) -> Result<()> {
    let subfolder = |name: &str| -> Result<PathBuf> {
        let path = folder.join(name);
        std::fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(path)
    };
    let name = program.get_name().to_owned();
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let folder = subfolder(&shell.to_string())?;
        clap_complete::generate_to(shell, &mut program.clone(), &name, folder)
            .with_context(|| format!("the completions of {name} for {shell}"))?;
    }
    // A page for each of its tasks, too.
    clap_mangen::generate_to(program, subfolder("man")?).with_context(|| format!("the man page of {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_os = "linux")]
    use std::process::Command as Process;

    fn written() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        programs().into_iter().try_for_each(|program| write(program, folder.path())).unwrap();
        folder
    }

    /// The long flags of a program that its help shows.
    fn flags(program: &Command) -> Vec<String> {
        let visible = program.get_arguments().filter(|argument| !argument.is_hide_set());
        visible.filter_map(|argument| argument.get_long().map(str::to_owned)).collect()
    }

    #[test]
    fn every_flag_of_every_program_is_in_its_man_page_and_in_its_completions() {
        let folder = written();
        for program in programs() {
            let name = program.get_name();
            let flags = flags(&program);
            assert!(flags.len() >= 3, "{name} has flags: {flags:?}");
            for file in [
                format!("man/{name}.1"),
                format!("bash/{name}.bash"),
                format!("fish/{name}.fish"),
                format!("zsh/_{name}"),
            ] {
                let text = std::fs::read_to_string(folder.path().join(&file)).unwrap().replace('\\', "");
                let missing: Vec<_> = flags.iter().filter(|flag| !text.contains(flag.as_str())).collect();
                assert!(missing.is_empty(), "{file} lacks {missing:?}");
            }
        }
    }

    #[test]
    fn every_task_of_the_service_has_a_man_page() {
        let folder = written();
        let service = tokenwell_server::command_line();
        assert!(service.get_subcommands().count() > 4);
        for task in service.get_subcommands() {
            let page = folder.path().join(format!("man/tokenwell-server-{}.1", task.get_name()));
            assert!(page.exists(), "{}", page.display());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn bash_reads_the_completions() {
        let folder = written();
        for program in programs() {
            let file = folder.path().join(format!("bash/{}.bash", program.get_name()));
            let read = Process::new("bash").arg("-n").arg(&file).output().unwrap();
            assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        }
    }
}
