//! Writes words of the random stream to standard output until it is closed, for batteries of tests:
//!
//!     cargo run --release -p sdec-noise --example words -- steps | dieharder -a -g 200
//!
//! `steps`: one path, block after block, as a long solve draws. `paths`: the first block of path after path.
//! `seeds`: the first block of seed after seed.

use std::io::{self, BufWriter, ErrorKind, Write};

use sdec_noise::{Key, philox4x32_10, stream_key};

fn main() -> io::Result<()> {
    let order = std::env::args().nth(1).unwrap_or_default();
    let key = stream_key(1, "Test.W", 0);
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for n in 0_u64.. {
        let (low, high) = (n as u32, (n >> 32) as u32);
        let (Key(key), counter) = match order.as_str() {
            "paths" => (key, [0, 0, low, high]),
            "seeds" => (stream_key(n, "Test.W", 0), [0; 4]),
            _ => (key, [low, high << 8, 0, 0]),
        };
        for word in philox4x32_10(counter, key) {
            match out.write_all(&word.to_le_bytes()) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                other => other?,
            }
        }
    }
    Ok(())
}
