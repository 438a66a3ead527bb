//! Writing: messages, flags, moves, deletions.

use mail::{Flags, Timestamp};

use super::folders::{Listed, ranges};
use super::response::Code;
use super::{Client, quoted};
use crate::{Appended, Error};

impl Client {
    /// Appends a message with its flags and its received time. Where the server has UIDPLUS (RFC 4315), it says where
    /// the message went.
    ///
    /// # Errors
    /// Those of a command. After one that ends the session, the message may be there or not.
    pub async fn append(
        &mut self,
        folder: &Listed,
        raw: &[u8],
        flags: &Flags,
        received_at: Timestamp,
    ) -> Result<Option<Appended>, Error> {
        let names: Vec<&str> = flags.names().collect();
        let date = received_at.imap_date_time();
        let plus = if self.can("LITERAL+") { "+" } else { "" };
        let head = format!("APPEND {} ({}) \"{date}\" {{{}{plus}}}", quoted(&folder.wire)?, names.join(" "), raw.len());
        let tag = self.send(&head).await?;
        if plus.is_empty() {
            self.go_on(&tag).await?;
        }
        self.write(raw).await?;
        self.write(b"\r\n").await?;
        let answered = self.answer(&tag).await?;
        Ok(answered.codes.iter().rev().find_map(appended))
    }

    /// Sets all flags of messages of the entered folder.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn set_flags(&mut self, uids: &str, flags: &Flags) -> Result<(), Error> {
        let names: Vec<&str> = flags.names().collect();
        self.command(&format!("UID STORE {uids} FLAGS.SILENT ({})", names.join(" "))).await.map(drop)
    }

    /// Moves a message of the entered folder (RFC 6851); without MOVE it is copied, marked and expunged.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn move_to(&mut self, uid: u32, to: &Listed) -> Result<Option<Appended>, Error> {
        let target = quoted(&to.wire)?;
        if self.can("MOVE") {
            let answered = self.command(&format!("UID MOVE {uid} {target}")).await?;
            return Ok(answered.codes.iter().find_map(copied));
        }
        let answered = self.command(&format!("UID COPY {uid} {target}")).await?;
        self.remove(uid).await?;
        Ok(answered.codes.iter().find_map(copied))
    }

    /// Removes a message of the entered folder for good. Without UIDPLUS it is only marked as deleted: a bare
    /// EXPUNGE would take others' marked messages along.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn remove(&mut self, uid: u32) -> Result<(), Error> {
        self.command(&format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)")).await?;
        if self.can("UIDPLUS") {
            self.command(&format!("UID EXPUNGE {uid}")).await?;
        }
        Ok(())
    }
}

/// `APPENDUID uidvalidity uid` (RFC 4315 §3).
fn appended(code: &Code) -> Option<Appended> {
    let (uidvalidity, uid) = (code.name == "APPENDUID").then(|| code.argument.split_once(' '))??;
    Some(Appended { uidvalidity: uidvalidity.parse().ok()?, uid: *ranges(uid).first()?.start() })
}

/// `COPYUID uidvalidity from to`.
fn copied(code: &Code) -> Option<Appended> {
    let mut words = (code.name == "COPYUID").then(|| code.argument.split(' '))?;
    let (uidvalidity, to) = (words.next()?, words.nth(1)?);
    Some(Appended { uidvalidity: uidvalidity.parse().ok()?, uid: *ranges(to).first()?.start() })
}
