//! Numbers of several paths side by side, as kernels read them: `[group][entry][16]`.

use sdec_abi::{GROUP, Scalar, Slot, groups};

use crate::inputs::Owned;

/// The entries of each path, by path. All have the same length.
pub(crate) enum ByPath {
    Float(Vec<Vec<f64>>),
    Int(Vec<Vec<i64>>),
}

impl ByPath {
    /// The input of a kernel for these paths; lanes past the last one repeat it.
    pub(crate) fn packed(&self, slot: &Slot, paths: &[usize]) -> Owned {
        match (self, slot.scalar) {
            (Self::Float(rows), Scalar::F64) => Owned::F64(pack(rows, slot, paths, |x| x)),
            (Self::Float(rows), Scalar::F32) => Owned::F32(pack(rows, slot, paths, |x| x as f32)),
            (Self::Int(rows), Scalar::I64) => Owned::I64(pack(rows, slot, paths, |x| x)),
            // Counts and classes are read as numbers.
            (Self::Float(rows), Scalar::I64) => Owned::I64(pack(rows, slot, paths, |x| x as i64)),
            (Self::Float(_), Scalar::Word)
            | (Self::Int(_), Scalar::F64 | Scalar::F32 | Scalar::Word) => {
                unreachable!("{}: rows of another type", slot.name)
            }
        }
    }
}

fn pack<T: Copy, U: Copy + Default>(
    rows: &[Vec<T>],
    slot: &Slot,
    paths: &[usize],
    convert: impl Fn(T) -> U,
) -> Vec<U> {
    let lanes = usize::try_from(GROUP).expect("groups are small");
    let length = usize::try_from(slot.len).expect("rows fit memory");
    let all = usize::try_from(groups(paths.len() as u64)).expect("rows fit memory");
    let mut packed = vec![U::default(); all * length * lanes];
    for place in 0..all * lanes {
        let row = &rows[paths[place.min(paths.len() - 1)]];
        let first = place / lanes * length * lanes + place % lanes;
        for (entry, &x) in row.iter().enumerate() {
            packed[first + entry * lanes] = convert(x);
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_hold_the_chosen_rows_and_then_the_last_one() {
        let rows = ByPath::Float((0..20).map(|k| vec![f64::from(k), f64::from(-k)]).collect());
        let slot = Slot { name: "y".into(), scalar: Scalar::F64, lanes: true, len: 2 };
        let chosen: Vec<usize> = (1..19).collect();
        let Owned::F64(packed) = rows.packed(&slot, &chosen) else { panic!("floats") };
        assert_eq!(packed.len(), 2 * 2 * 16);
        assert_eq!((packed[0], packed[15], packed[16], packed[31]), (1.0, 16.0, -1.0, -16.0));
        assert_eq!((packed[32], packed[33], packed[47], packed[49]), (17.0, 18.0, 18.0, -18.0));
    }
}
