//! The `sdec` command.
fn main() {}
