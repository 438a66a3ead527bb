//! Answers `relais backup`.

use std::sync::Arc;

use serde_json::json;

use super::{Copied, Keeper};
use crate::control::{Answer, BackupRequest, Progress, Refusal};

/// Who acts when a command comes over the control socket.
const ACTOR: &str = "operator";

/// The desk.
#[derive(Clone)]
pub struct Desk(pub Arc<Keeper>);

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// A [`Refusal`] says what to do next.
    pub async fn answer(&self, order: BackupRequest, progress: Progress) -> Result<Answer, Refusal> {
        if self.0.places.is_empty() {
            let hint = "name a folder or a bucket in [backup], best on another machine, and start relais again";
            return Err(Refusal::new("there is no place for backups", hint));
        }
        match order {
            BackupRequest::Make => {
                progress.say("Copying the store.");
                let hint = "see that the place can be reached and written; what was copied already is not copied again";
                let copied = self.0.copy(ACTOR).await.map_err(|error| Refusal::new(format!("{error:#}"), hint))?;
                let text: Vec<String> = copied.iter().map(line).collect();
                Ok(Answer::new(text.join("\n"), json!({ "made": copied })))
            }
            BackupRequest::List => {
                let hint = "see that the place can be reached and read";
                let listed = self.0.list().await.map_err(|error| Refusal::new(format!("{error:#}"), hint))?;
                let mut text = Vec::new();
                for (place, names) in &listed {
                    let of: Vec<String> = place.part.regions.iter().map(|region| format!("region {region}")).collect();
                    text.push(format!(
                        "{}, of {}",
                        count(names.len()),
                        if of.is_empty() { "the directory".to_owned() } else { of.join(", ") }
                    ));
                    text.extend(names.iter().map(|name| format!("  {name}")));
                }
                let rows: Vec<_> = listed
                    .iter()
                    .map(|(place, names)| json!({ "regions": place.part.regions, "backups": names }))
                    .collect();
                Ok(Answer::new(text.join("\n"), json!({ "places": rows })))
            }
        }
    }
}

fn count(backups: usize) -> String {
    match backups {
        0 => "no backup".to_owned(),
        1 => "1 backup".to_owned(),
        many => format!("{many} backups"),
    }
}

fn line(copied: &Copied) -> String {
    let Copied { name, rows, pieces, written, written_bytes, removed_backups, .. } = copied;
    let mut text =
        format!("{name}: {rows} rows in {pieces} pieces, of which {written} are new ({written_bytes} bytes)");
    if *removed_backups > 0 {
        text += &format!("; {removed_backups} old ones were removed");
    }
    if let Some(lacks) = copied.lacks() {
        text += &format!("\n{lacks}");
    }
    text
}
