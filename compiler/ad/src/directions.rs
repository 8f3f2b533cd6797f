//! Derivatives along every entry of some parameters, in blocks of directions.

use sdec_ssa::{Binary, Builder, Compare, Func, Type, Value, inline};

use crate::{NotDifferentiable, batch, jvp};

/// Directions that are carried along together.
const BLOCK: u64 = 32;

/// Adds `func` at `args`. Returns its results, and the derivative of result number `result` along each
/// entry of the parameters in `wrt`, all of one scalar type: `[entries of all, …]`.
///
/// # Errors
///
/// If a parameter in `wrt` is no float.
///
/// # Panics
///
/// If the result is no float.
pub fn along_entries(
    b: &mut Builder,
    func: &Func,
    args: &[Value],
    wrt: &[usize],
    result: usize,
) -> Result<(Vec<Value>, Value), NotDifferentiable> {
    let types: Vec<Type> = wrt.iter().map(|&param| b.ty(args[param]).clone()).collect();
    let entries: u64 = types.iter().map(Type::entries).sum();
    let results = &func.body.results;
    let ty = func.types[results[result]].clone();
    if entries == 0 {
        let none = Type { shape: [&[0], ty.shape.as_slice()].concat(), ..ty };
        return Ok((inline(b, func, args), b.filled(&none, 0.0)));
    }
    let size = entries.min(BLOCK);
    let many = batch::run(&jvp::run(func, wrt)?, args.len(), results.len(), size);
    let floats = results[..result].iter().filter(|&&value| func.types[value].is_float());
    let place = results.len() + floats.count();
    let block = |b: &mut Builder, first: Value| {
        let units = units(b, &types, first, size);
        let all = inline(b, &many, &[args, units.as_slice()].concat());
        let tangents = all[place];
        let rank = b.ty(tangents).shape.len();
        let columns = b.transpose(tangents, [rank - 1].into_iter().chain(0..rank - 1).collect());
        (all[..results.len()].to_vec(), columns)
    };
    if size == entries {
        let first = b.int(0);
        return Ok(block(b, first));
    }
    let blocks = entries.div_ceil(size);
    let all = b.map(blocks, |b, k| {
        let length = b.int(i64::try_from(size).expect("blocks are short"));
        let first = b.binary(Binary::Mul, k, length);
        vec![block(b, first).1]
    })[0];
    let all = b.reshape(all, &[&[blocks * size], ty.shape.as_slice()].concat());
    Ok((inline(b, func, args), b.slice(all, 0, entries)))
}

/// For each type `[…, size]`: the unit vectors from number `first` on of the space of all entries.
fn units(b: &mut Builder, types: &[Type], first: Value, size: u64) -> Vec<Value> {
    let directions = numbers(b, size);
    let first = b.broadcast(first, &[size]);
    let directions = b.binary(Binary::Add, directions, first);
    let mut before = 0;
    let mut units = Vec::new();
    for ty in types {
        let entries = ty.entries();
        let table = Type::array(ty.scalar, &[entries, size]);
        let places = numbers(b, entries);
        let offset = b.int(i64::try_from(before).expect("extents fit i64"));
        let offset = b.broadcast(offset, &[entries]);
        let places = b.binary(Binary::Add, places, offset);
        let places = b.broadcast(places, &[size]);
        let places = b.transpose(places, vec![1, 0]);
        let wanted = b.broadcast(directions, &[entries]);
        let same = b.compare(Compare::Eq, places, wanted);
        let (one, zero) = (b.filled(&table, 1.0), b.filled(&table, 0.0));
        let unit = b.select(same, one, zero);
        units.push(b.reshape(unit, &[ty.shape.as_slice(), &[size]].concat()));
        before += entries;
    }
    units
}

/// `0, 1, …`
fn numbers(b: &mut Builder, n: u64) -> Value {
    b.map(n, |_, k| vec![k])[0]
}
