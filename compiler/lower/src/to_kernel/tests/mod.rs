//! Functions from text, evaluated before and after: for several paths, at every number of lanes.

mod cases;
mod harness;
mod random;
mod tapes;
mod text;
mod trips;
