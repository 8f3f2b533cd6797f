//! What is measured, against whom, and what is to be reached.

/// Something to be computed.
pub(super) struct Work {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// The program in `bench`, and its block.
    pub(super) file: &'static str,
    pub(super) block: &'static str,
    /// Entries of the gradient that are compared, by parameter.
    pub(super) compared: &'static [&'static str],
    pub(super) threads: usize,
    /// Runs of ours, and of programs by hand, in a turn.
    pub(super) repeat: usize,
    /// The program by hand, and what it is compiled with.
    pub(super) by_hand: (&'static str, &'static [&'static str]),
    /// Scripts of peers, and what they are to do.
    pub(super) peers: &'static [(&'static str, &'static str)],
    /// The standard deviation of a path's value, where one path is all there is.
    pub(super) spread: Option<f64>,
    /// Vector operations of a path and step at least, fused multiply-adds and products counted as one,
    /// and bytes of a double or a single.
    pub(super) operations: f64,
    pub(super) bars: &'static [Bar],
}

/// What is to be reached.
pub(super) struct Bar {
    /// The backend of ours.
    pub(super) backend: &'static str,
    pub(super) against: Against,
}

/// What a time is compared with.
pub(super) enum Against {
    /// As fast as this contestant, times a factor, at least.
    Speed(&'static str, f64),
    /// At most so many times as long as this contestant, or so many milliseconds.
    Time(&'static str, f64, Option<f64>),
    /// At most so many milliseconds.
    Milliseconds(f64),
    /// At most so many microseconds a path and step.
    PathStep(f64),
}

use Against::{Milliseconds, PathStep, Speed, Time};

/// The names of contestants that are programs by hand.
pub(super) const BY_HAND: [(&str, u32); 2] = [("C++ 128 bits", 128), ("C++ 512 bits", 512)];

const fn bar(backend: &'static str, against: Against) -> Bar {
    Bar { backend, against }
}

const CRANELIFT: &str = "cranelift";
const LLVM: &str = "llvm";

const GRADIENT: &[&str] = &["-DGRADIENT"];

pub(super) const ALL: &[Work] = &[
    Work {
        name: "W1",
        title: "geometric Brownian motion, Euler, singles, 2²⁰ paths × 256 steps",
        file: "gbm.sde",
        block: "end",
        compared: &[],
        threads: 2,
        repeat: 1,
        by_hand: ("gbm.cpp", &[]),
        peers: &[("jax", "W1"), ("torchsde", "W1"), ("diffrax", "W1"), ("diffrax", "W1 unsafe")],
        spread: None,
        operations: 62.0,
        bars: &[
            bar(CRANELIFT, Speed("C++ 128 bits", 0.7)),
            bar(CRANELIFT, Speed("jax W1", 1.4)),
            bar(CRANELIFT, Speed("torchsde W1", 8.0)),
            bar(CRANELIFT, Speed("diffrax W1", 150.0)),
            bar(LLVM, Speed("C++ 512 bits", 0.7)),
            bar(LLVM, Speed("jax W1", 4.0)),
        ],
    },
    Work {
        name: "W1b",
        title: "stochastic Lorenz, diagonal noise, Euler, doubles, 20,000 paths × 1000 steps",
        file: "lorenz.sde",
        block: "end",
        compared: &[],
        threads: 2,
        repeat: 1,
        by_hand: ("lorenz.cpp", &[]),
        peers: &[("numba", "W1b"), ("torchsde", "W1b")],
        spread: None,
        operations: 165.0,
        bars: &[
            bar(CRANELIFT, Speed("numba W1b", 4.0)),
            bar(CRANELIFT, Speed("torchsde W1b", 10.0)),
            bar(LLVM, Speed("numba W1b", 8.0)),
        ],
    },
    Work {
        name: "W3f",
        title: "neural SDE 8-64-64-8, forward, Euler, singles, 512 paths × 100 steps",
        file: "neural_sde.sde",
        block: "forward",
        compared: &[],
        threads: 2,
        repeat: 11,
        by_hand: ("neural_sde.cpp", &[]),
        peers: &[("jax", "W3f"), ("torchsde", "W3f"), ("diffrax", "W3f")],
        spread: None,
        operations: 9900.0,
        bars: &[
            bar(CRANELIFT, Time("C++ 128 bits", 1.3, None)),
            bar(CRANELIFT, Speed("torchsde W3f", 60.0)),
            bar(CRANELIFT, Speed("diffrax W3f", 8.0)),
        ],
    },
    Work {
        name: "W3",
        title: "its value and gradient in all 5264 parameters",
        file: "neural_sde.sde",
        block: "loss",
        compared: &["s", "c", "a"],
        threads: 2,
        repeat: 7,
        by_hand: ("neural_sde.cpp", GRADIENT),
        peers: &[("jax", "W3"), ("torchsde", "W3"), ("torchsde", "W3 adjoint"), ("diffrax", "W3")],
        spread: None,
        operations: 22_000.0,
        bars: &[
            bar(CRANELIFT, Time("C++ 128 bits", 1.25, Some(25.0))),
            bar(CRANELIFT, Time("forward", 3.5, None)),
            bar(CRANELIFT, Speed("torchsde W3", 35.0)),
            bar(CRANELIFT, Speed("torchsde W3 adjoint", 35.0)),
            bar(CRANELIFT, Speed("diffrax W3", 13.0)),
            bar(CRANELIFT, Speed("jax W3", 1.8)),
            bar(LLVM, Time("C++ 512 bits", 1.35, None)),
            bar(LLVM, Speed("jax W3", 4.5)),
            bar(LLVM, Speed("diffrax W3", 35.0)),
            bar(LLVM, Speed("torchsde W3", 90.0)),
        ],
    },
    Work {
        name: "W5",
        title: "Lorenz by tsit5, steps chosen to 1e-6, singles, 4096 paths",
        file: "lorenz_ode.sde",
        block: "end",
        compared: &[],
        threads: 2,
        repeat: 21,
        by_hand: ("lorenz_ode.cpp", &[]),
        peers: &[("diffrax", "W5")],
        spread: None,
        operations: 215.0,
        bars: &[
            bar(CRANELIFT, Speed("diffrax W5", 15.0)),
            bar(CRANELIFT, Milliseconds(2.5)),
            bar(LLVM, Speed("diffrax W5", 45.0)),
            bar(LLVM, Milliseconds(0.8)),
        ],
    },
    Work {
        name: "W6",
        title: "one path of a scalar equation, Euler, singles, 1000 steps, noise made in the loop",
        file: "path.sde",
        block: "end",
        compared: &[],
        threads: 1,
        repeat: 101,
        by_hand: ("path.cpp", &[]),
        peers: &[("jax", "W6"), ("diffrax", "W6")],
        spread: Some(0.25),
        operations: 62.0,
        bars: &[bar(CRANELIFT, Milliseconds(0.03))],
    },
    Work {
        name: "W7",
        title: "a 64 × 64 matrix times a vector at each step, doubles, 16 paths × 1000 steps",
        file: "matvec.sde",
        block: "end",
        compared: &[],
        threads: 2,
        repeat: 7,
        by_hand: ("matvec.cpp", &[]),
        peers: &[],
        spread: None,
        operations: 4096.0,
        bars: &[bar(CRANELIFT, PathStep(0.5)), bar(LLVM, PathStep(0.15))],
    },
];
