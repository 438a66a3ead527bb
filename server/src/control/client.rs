//! The command's end of the control socket.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::{Answer, Line, Request};
use crate::config::Config;
use crate::terminal::{remark, say};

/// Which server is asked, and how its answer is shown.
#[derive(Clone, Debug, clap::Args)]
pub struct Asking {
    /// The configuration of the server to talk to.
    #[arg(short, long, default_value_os_t = crate::config::usual_file(), value_name = "FILE")]
    pub config: PathBuf,
    /// The folder of a running demo, instead of -c.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub dir: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

impl Asking {
    /// The configuration file that is meant.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.dir.as_ref().map_or_else(|| self.config.clone(), |dir| dir.join("relais.toml"))
    }
}

/// Asks the running server and shows its answer; the exit status is the answer's.
///
/// # Errors
/// When no server runs, or it refuses.
pub async fn ask(asking: &Asking, request: Request) -> Result<ExitCode> {
    let config = Config::load(&asking.file())?;
    let answer = converse(&config.control_socket(), &request, |says| show_progress(asking.json, says)).await;
    if !asking.json && io::stderr().is_terminal() {
        remark("\r\x1b[K");
    }
    show(asking, answer?)
}

/// Shows an answer the way it was asked for.
///
/// # Errors
/// When nothing can be written.
pub fn show(asking: &Asking, answer: Answer) -> Result<ExitCode> {
    match asking.json {
        true => say(answer.json)?,
        false if answer.text.is_empty() => {}
        false => say(answer.text.trim_end())?,
    }
    Ok(ExitCode::from(answer.exit))
}

/// One line that is overwritten on a terminal, plain lines elsewhere, nothing beside JSON.
fn show_progress(json: bool, says: &str) {
    match (json, io::stderr().is_terminal()) {
        (true, _) => {}
        (false, true) => remark(format_args!("\r\x1b[K{says}")),
        (false, false) => remark(format_args!("{says}\n")),
    }
}

/// Sends a request and waits for its answer.
pub async fn converse(socket: &Path, request: &Request, mut progress: impl FnMut(&str)) -> Result<Answer> {
    let nobody = || format!("no relais answers at {}; start it with `relais serve -c FILE`", socket.display());
    let stream = UnixStream::connect(socket).await.with_context(nobody)?;
    let (read, mut write) = stream.into_split();
    let mut asked = zeroize::Zeroizing::new(serde_json::to_vec(request)?);
    asked.push(b'\n');
    write.write_all(&asked).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            Line::Progress { says } => progress(&says),
            Line::Done(answer) => return Ok(answer),
            Line::Failed { error, hint } if hint.is_empty() => bail!("{error}"),
            Line::Failed { error, hint } => bail!("{error}\n  {hint}"),
        }
    }
    bail!("relais went away before it answered; a switch under way goes on after its restart: see `relais status`")
}
