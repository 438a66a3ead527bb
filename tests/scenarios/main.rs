//! What can go wrong, one file a scenario; the file's name says what.

#![allow(clippy::disallowed_methods, reason = "outside the house there are only real clocks")]
#![allow(clippy::indexing_slicing, reason = "all of this is tests")]

mod failback;
mod house;
mod provision;
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
    Nothing the_configuration_is_wrong,
    Browser a_person_cannot_play_the_demo,
    Browser a_person_cannot_read_a_page,
    Browser a_person_loses_what_they_typed,
    Browser a_person_cannot_go_on,
    Lab a_person_cannot_go_on_in_the_lab,
    Lab a_reader_goes_away,
    Lab the_world_stands_without_relais,
    Lab real_mail_comes_back_changed,
    Lab a_client_breaks_the_protocol,
    Lab a_client_sends_a_byte_a_second,
    Lab a_submitter_breaks_the_protocol,
    Lab large_messages_dribble_in,
    Lab a_mail_program_breaks_the_protocol,
    Lab a_mail_program_loses_something,
    Lab an_answer_cannot_be_delivered,
    Lab an_acknowledged_message_is_lost,
    Lab the_axe_falls,
    Lab the_disk_is_full,
    Lab the_disk_is_damaged,
    Lab the_disk_cannot_sync,
    Lab the_disk_turns_read_only,
    Lab a_backup_is_restored,
    Lab a_key_is_rotated,
    Lab the_bucket_fails,
    Lab the_clock_goes_back,
    Lab the_primary_talks_rubbish,
    Lab a_stranger_answers_for_the_primary,
    Lab mail_leaves_its_region,
    Lab a_mailbox_moves_to_another_region,
    Lab a_node_dies,
    Lab a_row_was_forged,
    Lab the_log_is_altered,
    Lab the_wrong_key_is_brought,
    Lab the_key_is_shared_by_admins,
    Lab a_stolen_disk_is_read,
    Lab a_stolen_database_is_read,
    Lab a_sealed_thing_is_unknown,
    Lab the_power_fails_after_a_250,
    Lab the_primary_is_lost_and_comes_back,
    Lab the_primary_comes_back_empty,
    Lab the_primary_comes_back_renumbered,
    Lab relais_is_killed_during_the_switch,
    Lab relais_is_killed_during_the_failback,
}

fn main() -> ExitCode {
    runner::main(SCENARIOS)
}
