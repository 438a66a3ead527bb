//! From the trigger to the new MX at every authoritative server, a transferring secondary included.

use std::time::{Duration, Instant};

use anyhow::Result;
use tests::clients::dns::mx;
use tests::lab::net::Host;
use tests::load::{Figure, median};
use tests::stage::Stage;
use tests::wait::within;

use crate::{RUNS, place};

pub fn measure() -> Result<Vec<Figure>> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let dir = place()?;
        let stage = Stage::waiting(dir.path())?;
        let net = &stage.world.net;
        let begun = Instant::now();
        stage.relais.order(&["failover", "start", "--detach", "--clean-point", "everything"])?;
        for server in [Host::Authority, Host::Secondary] {
            within(Duration::from_secs(60), "the new MX", || {
                Ok((mx(net, server)? == ["mx-standby.corp.test"]).then_some(()))
            })?;
        }
        runs.push(begun.elapsed().as_secs_f64());
    }
    Ok(vec![Figure { name: "switch", ours: median(runs), peer: None, goal: "3", unit: "s", runs: RUNS }])
}
