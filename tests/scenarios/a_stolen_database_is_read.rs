//! In standby, with rows in PostgreSQL and large bodies in a bucket, everything is stolen: the server's files with its log, a dump of all
//! tables, every object of the bucket, the service's own log. Nothing of what people wrote or how they named their folders is in it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::clients::flood::noise;
use tests::clients::imap::{Laid, Reader};
use tests::clients::{PYTHON, script};
use tests::lab::history;
use tests::lab::net::{Host, Net};
use tests::lab::postgres::Postgres;
use tests::lab::run::succeed;
use tests::lab::s3::Bucket;
use tests::stage::Stage;
use tests::wait::until_true;

use super::a_stolen_disk_is_read::{leaks, words};

/// In the body of a letter that is too large for the database.
const LARGE_WORD: &str = "cucurbitacee";

pub fn play(dir: &Path) -> Result<()> {
    let mut servers = None;
    let mut stage = Stage::standby_over(dir, |world, parts| {
        servers = Some((Postgres::start(&world.net, dir, Host::Database)?, Bucket::start(&world.net, dir)?));
        parts.with_engines(&[Host::Database])
    })?;
    let (mut database, _bucket) = servers.context("no servers")?;
    a_large_letter_is_copied(&stage)?;
    // Stolen from running machines: nothing had a chance to tidy up.
    stage.relais.kill_hard()?;
    let stolen = dir.join("stolen");
    std::fs::create_dir_all(&stolen)?;
    let dump = dir.join("dump.sql");
    std::fs::write(&dump, database.dump(&stage.world.net, "relais")?)?;
    succeed(Command::new(PYTHON).arg(script("unhex.py")).arg(&dump).arg(stolen.join("tables")))?;
    database.kill_hard()?;
    let objects = objects(&stage.world.net, &stolen)?;
    ensure!(objects > 0, "the bucket is empty");
    for (what, to) in [(dir.join("postgres"), "postgres"), (stage.relais.dir().to_path_buf(), "relais")] {
        succeed(Command::new("cp").arg("-a").arg(what).arg(stolen.join(to)))?;
    }
    // The keys are not where the data is.
    std::fs::remove_dir_all(stolen.join("relais/secrets"))?;
    let mut words = words(&stage);
    words.push(LARGE_WORD.to_owned());
    let found = leaks(&stolen, &words)?;
    ensure!(found.is_empty(), "read in what was stolen:\n{found}");
    // A search that finds nothing proves nothing: addresses of the house are in clear, in the tables and in PostgreSQL's files.
    let clear = leaks(&stolen, &["accueil@corp.test".to_owned()])?;
    for place in ["stolen/tables", "stolen/postgres"] {
        ensure!(clear.contains(place), "the search does not read {place}: {clear}");
    }
    println!(
        "         nothing of {} words in PostgreSQL's files, its tables, {objects} objects and the log",
        words.len()
    );
    Ok(())
}

fn a_large_letter_is_copied(stage: &Stage) -> Result<()> {
    let body = format!("Une {LARGE_WORD} et du texte, ligne après ligne.\r\n").repeat(2_000);
    let received_at = std::time::SystemTime::now() - history::DAY;
    let letter = history::message("ami@partner.test", "accueil@corp.test", "grand", "grand", received_at);
    let raw = [letter.raw, body.into_bytes(), noise(1, 500_000), b"\r\n".to_vec()].concat();
    let laid = Laid { folder: "INBOX", flags: "", received_at, raw: &raw };
    Reader::at_primary("accueil").append(&stage.world.net, &laid)?;
    stage.wait_until_followed()?;
    until_true("the large body in the bucket", || Ok(!keys(&stage.world.net)?.is_empty()))
}

/// What lies in the bucket, by name.
fn keys(net: &Net) -> Result<Vec<String>> {
    let listed = get(net, "?list-type=2&max-keys=1000")?;
    Ok(listed.split("<Key>").skip(1).filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned())).collect())
}

fn objects(net: &Net, to: &Path) -> Result<usize> {
    let keys = keys(net)?;
    for (number, key) in keys.iter().enumerate() {
        let file = to.join(format!("object-{number}"));
        let mut command = curl(net, &format!("/{key}"));
        succeed(command.arg("-o").arg(&file))?;
        ensure!(std::fs::metadata(&file)?.len() > 0, "{key} is empty");
    }
    Ok(keys.len())
}

fn get(net: &Net, what: &str) -> Result<String> {
    succeed(&mut curl(net, what))
}

fn curl(net: &Net, what: &str) -> Command {
    let mut command = net.command(Host::Admin, "curl");
    command.args(["--aws-sigv4", "aws:amz:eu-west-3:s3", "--user", "relais:relais-secret"]);
    command.args(["-sSf", &format!("http://{}:{}/relais{what}", Host::Bucket.address(), tests::lab::s3::PORT)]);
    command
}
