//! Other programs: how they are started, and how a failure is told.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};

/// Runs `work` under a heading and tells how long it took. Everything goes to standard error, so that the order is
/// kept with what cargo prints.
pub fn step<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    eprintln!("── {name}");
    let started = Instant::now();
    let result = work().with_context(|| format!("{name} failed"))?;
    eprintln!("   {name}: {:.1} s", started.elapsed().as_secs_f64());
    Ok(result)
}

/// Runs a program to its end with our own input and output. Anything but exit code 0 is an error.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("failed to start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs a program and returns its standard output; its standard error is shown only when it fails.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("failed to start `{}`", shown(command)))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        bail!("`{}` ended with {}", shown(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed no UTF-8", shown(command)))
}

/// Becomes the program: signals, exit code and last line are then its own. Returns only when it cannot be started.
#[cfg(unix)]
pub fn become_program(command: &mut Command) -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(error).with_context(|| format!("failed to start `{}`", shown(command)))
}

/// Runs the program to its end and leaves with its exit code.
#[cfg(not(unix))]
pub fn become_program(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("failed to start `{}`", shown(command)))?;
    std::process::exit(status.code().unwrap_or(1))
}

/// Whether a program of this name is on the search path.
pub fn is_on_path(name: &str) -> bool {
    find_on_path(name).is_some()
}

/// The first program of this name on the search path.
pub fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let file = Path::new(name).with_extension(std::env::consts::EXE_EXTENSION);
    std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|candidate| candidate.is_file())
}

/// The command as a person would type it: the program's name and its arguments, without its folder.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_person_would_type_it() {
        let mut command = Command::new("/usr/bin/apt-get");
        command.args(["install", "-y", "xvfb"]);
        assert_eq!(shown(&command), "apt-get install -y xvfb");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_fails_or_is_missing_is_an_error_that_names_it() {
        let failed = run(Command::new("sh").args(["-c", "exit 3"])).expect_err("it exits with 3");
        assert!(failed.to_string().contains("exit status: 3"), "{failed}");
        let missing = output(&mut Command::new("no-such-program-of-lares")).expect_err("it does not exist");
        assert!(missing.to_string().contains("no-such-program-of-lares"), "{missing}");
        assert!(is_on_path("sh") && !is_on_path("no-such-program-of-lares"));
    }
}
