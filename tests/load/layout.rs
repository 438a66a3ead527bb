//! A mailbox of 5,000 messages, from the trigger to the SELECT that shows them: laying out, and everything before it.

use std::time::Instant;

use anyhow::Result;
use tests::lab::World;
use tests::lab::net::Host;
use tests::lab::run::succeed;
use tests::load::{Figure, median};
use tests::stage::invite;
use tests::wait::until;

use crate::backfill::{MESSAGES, copy, fill};
use crate::engine::Engine;
use crate::{RUNS, place};

pub fn measure(engine: Engine) -> Result<Vec<Figure>> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let world_dir = place()?;
        let world = World::up(world_dir.path())?;
        fill(&world)?;
        let (relais, _database) = copy(engine, &world, world_dir.path())?;
        let password = invite(&relais, "accueil@corp.test")?;
        let begun = Instant::now();
        relais.order(&["failover", "start", "--detach", "--clean-point", "everything"])?;
        let url = format!("imaps://{}/", Host::Standby.address());
        until("the whole mailbox", || {
            let mut command = world.net.command(Host::Staff, "curl");
            command.args(["-sk", &url, "-u", &format!("accueil@corp.test:{password}"), "-X", "EXAMINE INBOX"]);
            Ok(succeed(&mut command)?.contains(&format!("{MESSAGES} EXISTS")).then_some(()))
        })?;
        runs.push(begun.elapsed().as_secs_f64());
    }
    Ok(vec![Figure {
        name: engine.named("layout", "layout_postgres"),
        ours: median(runs),
        peer: None,
        goal: "1",
        unit: "s",
        runs: RUNS,
    }])
}
