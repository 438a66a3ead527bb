//! Whoever reads a command's output stops before its end, as `head` does: the command ends with the status it would
//! have had, and says nothing about it.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Result, ensure};
use tests::stage::Stage;

pub fn play(dir: &Path) -> Result<()> {
    let stage = Stage::waiting(dir)?;
    for words in [&["people", "list"][..], &["queue", "list", "--json"], &["status"], &["audit", "export"]] {
        let whole = stage.relais.command(words)?;
        ensure!(whole.code == 0 && !whole.out.is_empty(), "{words:?}: {}", whole.all());
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let mut command = stage.relais.bare(words)?;
        command.arg("-c").arg(stage.relais.config()).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        let ended = command.spawn()?.wait_with_output()?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success() && said.is_empty(), "{words:?} ended with {}: {said}", ended.status);
    }
    // Where nothing can be written although somebody wants it, that is no quiet end.
    let mut command = stage.relais.bare(&["people", "list"])?;
    let full = std::fs::File::options().write(true).open("/dev/full")?;
    let ended = command.arg("-c").arg(stage.relais.config()).stdout(full).stderr(Stdio::piped()).output()?;
    ensure!(!ended.status.success() && !ended.stderr.is_empty(), "a full disk passes for success");
    Ok(())
}
