//! The server's end of the control socket.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};

use super::{Answer, Desks, Line, Progress, Refusal, Request};

/// A request is one line of at most so many octets.
const REQUEST_MAX_BYTES: u64 = 64 * 1024;

/// Makes the socket, for its owner alone. One left behind by a crash is replaced: the data folder is locked.
///
/// # Errors
/// When the data folder cannot be written.
pub fn bind(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    // The data folder is 0700 already: nobody gets in between the two calls.
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers commands until `shutdown`.
pub async fn serve(listener: UnixListener, desks: Desks, mut shutdown: watch::Receiver<bool>) {
    while !*shutdown.borrow_and_update() {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((socket, _)) = accepted {
                    tokio::spawn(converse(socket, desks.clone()));
                }
            }
            changed = shutdown.changed() => if changed.is_err() { break },
        }
    }
}

async fn converse(socket: UnixStream, desks: Desks) {
    let (read, write) = socket.into_split();
    // A share may be in it.
    let mut line = zeroize::Zeroizing::new(String::new());
    let asked = BufReader::new(read.take(REQUEST_MAX_BYTES)).read_line(&mut line).await;
    if matches!(asked, Ok(0) | Err(_)) {
        return;
    }
    let (progress, said) = mpsc::unbounded_channel();
    let answering = async {
        let request: Request = serde_json::from_str(&line).map_err(|cause| {
            Refusal::new(
                format!("this request is not understood: {cause}"),
                "use the `relais` of the running server's release",
            )
        })?;
        desks.answer(request, Progress(progress)).await
    };
    if let Err(error) = report(answering, said, write).await {
        tracing::debug!(%error, "a command went away before its answer");
    }
}

/// Sends what is said while the answer is made, then the answer.
async fn report(
    answering: impl Future<Output = Result<Answer, Refusal>>,
    mut said: mpsc::UnboundedReceiver<String>,
    mut write: OwnedWriteHalf,
) -> io::Result<()> {
    tokio::pin!(answering);
    let answer = loop {
        tokio::select! {
            biased;
            Some(says) = said.recv() => send(&mut write, &Line::Progress { says }).await?,
            answer = &mut answering => break answer,
        }
    };
    while let Ok(says) = said.try_recv() {
        send(&mut write, &Line::Progress { says }).await?;
    }
    let last = match answer {
        Ok(answer) => Line::Done(answer),
        Err(Refusal { error, hint }) => Line::Failed { error, hint },
    };
    send(&mut write, &last).await?;
    write.shutdown().await
}

async fn send(write: &mut OwnedWriteHalf, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    write.write_all(&text).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    async fn lines_of(answer: Result<Answer, Refusal>) -> Vec<Line> {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (progress, said) = mpsc::unbounded_channel();
        let answering = async move {
            let progress = Progress(progress);
            progress.say("Looking.");
            progress.say("Found.");
            answer
        };
        report(answering, said, ours.into_split().1).await.unwrap();
        let mut text = String::new();
        BufReader::new(theirs).read_to_string(&mut text).await.unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[tokio::test]
    async fn progress_comes_before_the_answer_and_the_answer_is_last() {
        let answer = Answer { text: "ready".to_owned(), json: serde_json::json!({ "ready": true }), exit: 1 };
        let lines = lines_of(Ok(answer.clone())).await;
        let says = |says: &str| Line::Progress { says: says.to_owned() };
        assert_eq!(lines, [says("Looking."), says("Found."), Line::Done(answer)]);
    }

    #[tokio::test]
    async fn a_refusal_says_what_to_do() {
        let lines = lines_of(Err(Refusal::new("no run is under way", "begin with `relais failover start`"))).await;
        assert!(matches!(lines.last(), Some(Line::Failed { hint, .. }) if hint.contains("failover start")));
    }

    #[tokio::test]
    async fn the_socket_is_its_owners_alone_and_replaces_one_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("control.sock");
        drop(bind(&path).unwrap());
        let _listener = bind(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
}
