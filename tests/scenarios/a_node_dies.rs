//! Two nodes on one PostgreSQL with a synchronous replica and one S3 service, both under load. One is killed: the other, which
//! has no unlock key of its own, shows all mail and takes more. Then PostgreSQL is killed and its replica promoted. Whatever
//! got its 250 is there once, at either node.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use tests::clients::flood::Flood;
use tests::clients::imap::Reader;
use tests::lab::config::Parts;
use tests::lab::net::{Host, Net};
use tests::lab::postgres::Postgres;
use tests::lab::s3::Bucket;
use tests::lab::{Relais, World};
use tests::stage::{import, invite, people_csv};
use tests::wait::until_true;

use crate::an_acknowledged_message_is_lost::all_are_there_once;

const TO: &str = "accueil@corp.test";
/// Letters that show that a node takes mail.
const SOME: usize = 40;

pub fn play(dir: &Path) -> Result<()> {
    let world = World::up(dir)?;
    let net = Arc::clone(&world.net);
    let mut database = Postgres::start(&net, dir, Host::Database)?;
    let replica = database.replica(&net, dir, Host::Replica)?;
    let _bucket = Bucket::start(&net, dir)?;
    let (mut one, mut two) = nodes(&world, dir)?;
    let password = invite(&one, TO)?;
    let at_one = Reader::at_standby(TO, &password);
    let at_two = at_one.clone().on(Host::Second);
    let floods =
        [(Host::Standby, "one"), (Host::Second, "two")].map(|(host, name)| Flood::persevere(&net, host, 3, TO, name));
    takes_more(&floods[0])?;
    takes_more(&floods[1])?;

    one.kill_hard()?;
    takes_more(&floods[1])?;
    let shown = at_two.look(&net)?.get("INBOX").map_or(0, |inbox| inbox.messages.len());
    ensure!(shown >= 3 * SOME, "without its peer the second node shows {shown} messages");
    one.start()?;
    takes_more(&floods[0])?;

    database.kill_hard()?;
    let killed = Instant::now();
    replica.promote(&net)?;
    takes_more(&floods[0])?;
    takes_more(&floods[1])?;
    println!("         {} letters at each node {:.1} s after PostgreSQL died", SOME, killed.elapsed().as_secs_f32());

    let acknowledged: Vec<String> = floods.into_iter().flat_map(Flood::finish).collect();
    for reader in [&at_one, &at_two] {
        all_are_there_once(&reader.look(&net)?, &acknowledged)?;
    }
    println!("         {} acknowledged letters are there, once, at either node", acknowledged.len());
    uids_rise(&at_one, &net)?;
    two.order(&["audit", "verify"])?;
    for node in [&mut one, &mut two] {
        ensure!(!node.said().contains("panicked"), "it panicked: {}", node.said());
    }
    Ok(())
}

/// Both have taken over, for people who came by a CSV file at the first.
fn nodes(world: &World, dir: &Path) -> Result<(Relais, Relais)> {
    let parts = Parts::alone(world, dir)?.with_engines(&[Host::Database, Host::Replica])?;
    let mut one = Relais::install(&world.net, dir, &parts.toml_of_node(Host::Standby, Host::Second))?;
    let mut two = Relais::install_second(&world.net, dir, &parts.toml_of_node(Host::Second, Host::Standby))?;
    one.start()?;
    two.start()?;
    import(&one, &people_csv(3))?;
    two.order(&["failover", "start", "--clean-point", "everything", "--reason", "exercise"])?;
    one.wait_for_phase("active")?;
    two.wait_for_phase("active")?;
    Ok((one, two))
}

fn takes_more(flood: &Flood) -> Result<()> {
    let before = flood.acknowledged();
    until_true("more letters to be taken", || Ok(flood.acknowledged() >= before + SOME))
}

/// Both numbered the messages of one folder; no number came twice.
fn uids_rise(reader: &Reader, net: &Net) -> Result<()> {
    let seen = reader.look(net)?;
    let uids: Vec<u64> = seen.get("INBOX").into_iter().flat_map(|inbox| &inbox.messages).map(|one| one.uid).collect();
    ensure!(uids.is_sorted_by(|one, next| one < next), "UIDs came twice");
    Ok(())
}
