//! Ctrl-C: the first asks the run to stop between chunks of paths, the second stops the process.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Starts to listen. A run that is asked to stop ends without writing its files.
pub(crate) fn listen() {
    let handler = || {
        if ASKED.swap(true, Ordering::SeqCst) {
            sdec_output::atomic::remove_pending();
            std::process::exit(130);
        }
    };
    // Where no handler can be set, Ctrl-C ends the process as it does any other.
    let _ = ctrlc::set_handler(handler);
}

/// Whether the user asked to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// Begins anew: what was asked of the run before does not concern the next one.
pub(crate) fn forget() {
    ASKED.store(false, Ordering::SeqCst);
}
