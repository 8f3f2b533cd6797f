//! Where each buffer of a kernel is in a call.

use sdec_abi::{ALIGNMENT, Signature, Slot};
use sdec_base::IdVec;
use sdec_kernel::{Buffer, BufferId, Kernel, Scalar, Space};

/// Where each buffer of a kernel is in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What the kernel's callers see.
    pub signature: Signature,
    /// One per buffer.
    pub places: IdVec<BufferId, Place>,
}

/// Where a buffer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The input of this number.
    Input(usize),
    /// The output of this number.
    Output(usize),
    /// This many bytes into the scratch memory, aligned to [`ALIGNMENT`].
    Scratch(u64),
}

impl Layout {
    /// The layout of a kernel: inputs and outputs in the kernel's order, scratch buffers one after
    /// the other.
    ///
    /// # Panics
    ///
    /// If a buffer holds truth values, which the verifier refuses.
    pub fn of(kernel: &Kernel) -> Self {
        let mut signature = Signature {
            name: kernel.name.clone(),
            lanes: !kernel.is_uniform(),
            held: u64::from(kernel.held()),
            ..Signature::default()
        };
        let mut places = IdVec::new();
        for buffer in kernel.buffers.values() {
            places.push(match buffer.space {
                Space::Input => {
                    signature.inputs.push(slot(buffer));
                    Place::Input(signature.inputs.len() - 1)
                }
                Space::Output => {
                    signature.outputs.push(slot(buffer));
                    Place::Output(signature.outputs.len() - 1)
                }
                Space::Lent => unreachable!("only routines are lent memory"),
                Space::Scratch => {
                    let offset = signature.scratch_bytes;
                    let end = offset.saturating_add(scratch_bytes(buffer, kernel.lanes));
                    signature.scratch_bytes =
                        end.checked_next_multiple_of(ALIGNMENT as u64).unwrap_or(u64::MAX);
                    Place::Scratch(offset)
                }
            });
        }
        Self { signature, places }
    }
}

fn slot(buffer: &Buffer) -> Slot {
    Slot {
        name: buffer.name.clone(),
        scalar: match buffer.ty.scalar {
            Scalar::F64 => sdec_abi::Scalar::F64,
            Scalar::F32 => sdec_abi::Scalar::F32,
            Scalar::I64 => sdec_abi::Scalar::I64,
            Scalar::Word => sdec_abi::Scalar::Word,
            Scalar::Bool => unreachable!("no buffer has truth values"),
        },
        lanes: buffer.ty.lanes,
        len: buffer.len,
    }
}

fn scratch_bytes(buffer: &Buffer, lanes: u32) -> u64 {
    let copies = if buffer.ty.lanes { u64::from(lanes) } else { 1 };
    buffer.len.saturating_mul(buffer.ty.scalar.bytes() * copies)
}

#[cfg(test)]
mod tests {
    use sdec_kernel::{Builder, Type};

    use super::*;

    #[test]
    fn scratch_buffers_start_at_cache_lines_and_keep_the_lanes_at_hand() {
        let mut b = Builder::new("k");
        b.buffer("x", Space::Input, Type::uniform(Scalar::F64), 3);
        b.buffer("carry", Space::Scratch, Type::lanes(Scalar::F32), 3);
        b.buffer("y", Space::Output, Type::lanes(Scalar::Word), 2);
        b.buffer("table", Space::Scratch, Type::uniform(Scalar::I64), 9);
        b.buffer("z", Space::Output, Type::uniform(Scalar::I64), 1);
        let layout = Layout::of(&b.finish(8));
        let places: Vec<Place> = layout.places.values().copied().collect();
        assert_eq!(
            places,
            [
                Place::Input(0),
                Place::Scratch(0),
                Place::Output(0),
                Place::Scratch(128),
                Place::Output(1)
            ]
        );
        assert_eq!(layout.signature.scratch_bytes, 256);
        assert!(layout.signature.lanes);
        assert_eq!(layout.signature.held, 8);
        assert_eq!(layout.signature.outputs[0].scalars(3), 3 * 2 * 16);
        assert_eq!(layout.signature.outputs[1].scalars(3), 1);
    }

    #[test]
    fn sizes_beyond_64_bits_stay_unaffordable() {
        let mut b = Builder::new("k");
        b.buffer("tape", Space::Scratch, Type::lanes(Scalar::F64), u64::MAX / 2);
        assert_eq!(Layout::of(&b.finish(16)).signature.scratch_bytes, u64::MAX);
    }
}
