//! The failover: one order, and the MX names Relais.

use anyhow::{Result, ensure};
use deploy::staff::DOMAIN;

use super::super::outside::{Watcher, mx_hosts};
use super::Play;

const RELAIS_HOST: &str = "relais.mairie.test";

impl Play<'_> {
    pub(super) async fn switch(&mut self) -> Result<()> {
        let watcher = Watcher::until_named(self.house.stage.resolver()?, DOMAIN, RELAIS_HOST);
        let clean_point = self.memory.clean_point.clone();
        let answer = self.house.take_over(&clean_point).await?;
        ensure!(answer.exit == 0, "{}", answer.text);
        let says = answer.json.get("says").and_then(|says| says.as_str()).unwrap_or_default().to_owned();
        self.seen(format!("failover with clean point {clean_point}: {says}"));

        let watched = watcher.ended().await?;
        let hosts = mx_hosts(&self.house.stage.resolver()?, DOMAIN).await?;
        ensure!(hosts == [RELAIS_HOST], "the MX names {hosts:?}");
        let asked = watched.asked;
        self.seen(format!("the MX names {RELAIS_HOST} alone and was never empty, asked {asked} times meanwhile (DNS)"));
        Ok(())
    }
}
