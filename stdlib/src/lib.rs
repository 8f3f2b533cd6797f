//! Empty until its first slice lands.
