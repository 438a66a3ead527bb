//! `relais keys split`: shares go out encrypted, one file an admin, and the private half is never printed.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use age::armor::{ArmoredWriter, Format};
use age::x25519::Recipient;
use anyhow::{Context as _, Result, bail};
use store::seal::UnlockKey;

use super::share::{Ceremony, Share};
use crate::secrets::write_new;

/// An admin who gets a share: `NAME=age1...`.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Names the file: letters, digits, dots and hyphens.
    pub name: String,
    recipient: Recipient,
}

impl std::str::FromStr for Holder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, recipient) = text.split_once('=').ok_or("give each admin as NAME=age1...")?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if name.is_empty() || name.starts_with('.') || name.len() > 64 || !name.chars().all(plain) {
            return Err("an admin's name has letters, digits, dots and hyphens: it names a file".to_owned());
        }
        let recipient = recipient.trim().parse().map_err(|cause| {
            format!("{name}: no age recipient ({cause}); take the line `age-keygen` printed as public key")
        })?;
        Ok(Self { name: name.to_owned(), recipient })
    }
}

/// Splits the key among the admins and writes `OUT/NAME.share.age` for each.
///
/// # Errors
/// When two have one name or one recipient, a file exists already, or the numbers cannot be.
pub fn split(
    region: &str,
    key: &UnlockKey,
    needed: usize,
    among: &[Holder],
    out: &Path,
) -> Result<(Ceremony, Vec<PathBuf>)> {
    for (at, one) in among.iter().enumerate() {
        let same = |other: &&Holder| other.name == one.name || other.recipient.to_string() == one.recipient.to_string();
        if let Some(other) = among.iter().skip(at + 1).find(same) {
            bail!(
                "{} and {} are one admin: each share needs a person and a recipient of its own",
                one.name,
                other.name
            );
        }
    }
    let shares = Ceremony::hold(region, key, needed, among.len())?;
    let ceremony = shares.first().context("no share was made")?.ceremony.clone();
    let files: Vec<PathBuf> = among.iter().map(|holder| out.join(format!("{}.share.age", holder.name))).collect();
    if let Some(there) = files.iter().find(|file| file.exists()) {
        bail!("{} exists already and is never overwritten: choose another folder", there.display());
    }
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for ((holder, share), file) in among.iter().zip(&shares).zip(&files) {
        write_new(file, &encrypted(share, &holder.recipient)?)?;
    }
    Ok((ceremony, files))
}

/// The share as an armoured age file.
fn encrypted(share: &Share, recipient: &Recipient) -> Result<String> {
    let recipients = std::iter::once(recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients)?;
    let armoured = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
    let mut writer = encryptor.wrap_output(armoured)?;
    writer.write_all(share.to_text().as_bytes())?;
    writer.write_all(b"\n")?;
    Ok(String::from_utf8(writer.finish()?.finish()?)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use std::io::Read as _;

    use super::*;
    use crate::keys::share::combine;

    fn read(file: &Path, identity: &age::x25519::Identity) -> Option<Share> {
        let armoured = age::armor::ArmoredReader::new(std::fs::File::open(file).unwrap());
        let decryptor = age::Decryptor::new(armoured).unwrap();
        let mut text = String::new();
        let identity = std::iter::once(identity as &dyn age::Identity);
        decryptor.decrypt(identity).ok()?.read_to_string(&mut text).unwrap();
        Some(Share::parse(&text).unwrap())
    }

    #[test]
    fn each_admin_gets_a_share_that_nobody_else_can_read() {
        let identities = [(); 3].map(|()| age::x25519::Identity::generate());
        let holder = |at: usize| format!("admin-{at}={}", identities[at].to_public()).parse::<Holder>().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let key = UnlockKey::generate();
        let among = [holder(0), holder(1), holder(2)];
        let (ceremony, files) = split("main", &key, 2, &among, folder.path()).unwrap();
        assert_eq!(ceremony.numbers(), "2 of 3");
        assert!(read(&files[0], &identities[1]).is_none());
        let (first, third) = (read(&files[0], &identities[0]).unwrap(), read(&files[2], &identities[2]).unwrap());
        assert!(combine(&[&first, &third], &key.public()).is_ok());
        assert!(split("main", &key, 2, &among, folder.path()).is_err(), "files are never overwritten");
    }

    #[test]
    fn one_person_is_not_two() {
        let one = age::x25519::Identity::generate().to_public();
        let twice = [format!("a={one}").parse().unwrap(), format!("b={one}").parse().unwrap()];
        let folder = tempfile::tempdir().unwrap();
        assert!(split("main", &UnlockKey::generate(), 2, &twice, folder.path()).is_err());
        assert!(format!("../a={one}").parse::<Holder>().is_err() && "a=age1x".parse::<Holder>().is_err());
    }
}
