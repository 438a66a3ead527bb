//! `kill -9` at random moments while letters pour in, over and over, also while it starts: what got its 250 is there, once.
//!
//! `RELAIS_AXE_RUNS` says how often (100), `RELAIS_AXE_SEED` repeats the moments of a run as far as a machine can.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use tests::clients::flood::Flood;
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::{moment, until_true};

use super::an_acknowledged_message_is_lost::{all_are_there_once, still_works};
use super::the_disk_is_damaged::finding;

const TO: &str = "accueil@corp.test";
const RUNS: u64 = 100;
const SESSIONS: usize = 6;
/// The axe falls after at most this many letters, and this much later.
const LETTERS_MAX: u64 = 20;
const LATER_MAX_MS: u64 = 120;
/// One start of so many is cut down before it is over.
const STARTS: u64 = 6;

pub fn play(dir: &Path) -> Result<()> {
    let (runs, mut dice) = (asked("RELAIS_AXE_RUNS")?.unwrap_or(RUNS), Dice::new()?);
    println!("         {runs} strokes, RELAIS_AXE_SEED={}", dice.seed);
    let mut stage = Stage::reception(dir, |parts| parts)?;
    let net = Arc::clone(&stage.world.net);
    let flood = Flood::persevere(&net, Host::Standby, SESSIONS, TO, "axe");
    for _ in 0..runs {
        let wanted = flood.acknowledged() + usize::try_from(dice.up_to(LETTERS_MAX))?;
        until_true("letters to be taken again", || Ok(flood.acknowledged() >= wanted))?;
        moment(Duration::from_millis(dice.up_to(LATER_MAX_MS)));
        stage.relais.kill_hard()?;
        if dice.up_to(STARTS) == 0 {
            stage.relais.spawn()?;
            moment(Duration::from_millis(dice.up_to(LATER_MAX_MS) * 5));
            stage.relais.kill_hard()?;
        }
        stage.relais.start()?;
    }
    let acknowledged = flood.finish();
    stage.relais.wait_for_phase("active")?;
    let seen = stage.reader("accueil")?.look(&net)?;
    all_are_there_once(&seen, &acknowledged)?;
    let there = seen.get("INBOX").context("no inbox")?.messages.len();
    // Stored, and the 250 did not get through (RFC 1047): a sender would send these again.
    let unheard = there.saturating_sub(acknowledged.len());
    println!("         {} acknowledged letters are there, once; {unheard} more were stored and their 250 not heard", acknowledged.len());
    for name in ["damage", "integrity"] {
        ensure!(finding(&stage, name)?.is_none(), "{name}: {:?}", finding(&stage, name)?);
    }
    stage.relais.order(&["audit", "verify"])?;
    ensure!(!stage.relais.said().contains("panicked"), "it panicked: {}", stage.relais.said());
    still_works(&stage)
}

fn asked(name: &str) -> Result<Option<u64>> {
    let Ok(text) = std::env::var(name) else { return Ok(None) };
    text.parse().map(Some).with_context(|| format!("{name} is a number, not {text:?}"))
}

/// Random numbers that a seed repeats (splitmix64).
struct Dice {
    seed: u64,
    state: u64,
}

impl Dice {
    fn new() -> Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos();
        let seed = asked("RELAIS_AXE_SEED")?.unwrap_or(u64::from(now));
        Ok(Self { seed, state: seed })
    }

    /// A number below `limit`.
    fn up_to(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
