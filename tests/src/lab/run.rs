//! Running a program to its end, and saying all of what it said when it fails.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// What a program left behind.
pub struct Said {
    /// Exit status; 255 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Both outputs, as a person would have seen them.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// Runs `command`, whatever its exit status.
pub fn run(command: &mut Command) -> Result<Said> {
    let name = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {name}"))?;
    Ok(Said {
        code: output.status.code().unwrap_or(255),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Runs `command` and returns its standard output; anything but success is an error.
pub fn succeed(command: &mut Command) -> Result<String> {
    let name = format!("{command:?}");
    let said = run(command)?;
    if said.code != 0 {
        bail!("{name} ended with {}: {}", said.code, said.all().trim());
    }
    Ok(said.out)
}

/// Runs `command` with `input` on its standard input; anything but success is an error.
pub fn feed(command: &mut Command, input: &[u8]) -> Result<String> {
    let name = format!("{command:?}");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context(name.clone())?;
    let mut pipe = child.stdin.take().context("no pipe")?;
    let input = input.to_vec();
    // A program that answers while it reads would otherwise block on a full pipe.
    let writer = std::thread::spawn(move || pipe.write_all(&input));
    let output = child.wait_with_output()?;
    let _broken_pipe_is_told_by_the_status = writer.join();
    if !output.status.success() {
        let all = [output.stdout, output.stderr].concat();
        bail!("{name} ended with {}: {}", output.status, String::from_utf8_lossy(&all).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
