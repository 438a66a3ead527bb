//! What a region promises, checked from outside of it: one test file a promise.

mod behaviour;
mod faults;
mod leaks;
mod returning;
mod figures;
mod house;
