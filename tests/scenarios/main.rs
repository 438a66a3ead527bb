//! What can go wrong, one file a scenario; the file's name says what.

#![allow(clippy::disallowed_methods, reason = "outside the house there are only real clocks")]
#![allow(clippy::indexing_slicing, reason = "all of this is tests")]

mod failback;
mod house;
mod runner;

use std::process::ExitCode;

use runner::{Needs, Scenario};

macro_rules! scenarios {
    ($($needs:ident $name:ident,)*) => {
        $(mod $name;)*
        const SCENARIOS: &[Scenario] =
            &[$(Scenario { name: stringify!($name), needs: Needs::$needs, play: $name::play },)*];
    };
}

scenarios! {
    Nothing a_room_imports_upwards,
    Nothing a_file_outgrows_the_house,
    Nothing an_unsynced_write_survives_the_power_cut,
    Lab the_world_stands_without_relais,
    Lab the_primary_is_lost_and_comes_back,
}

fn main() -> ExitCode {
    runner::main(SCENARIOS)
}
