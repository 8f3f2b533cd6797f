//! What kernels look like.
