//! Values as data: from the arrays that hold them to what people and JSON see.

use sdec_hir::{self as hir, IndexSet, Ty, TyArg};

use crate::inputs::HostArray;
use crate::result::Value;

/// The value of a type without generic names from its arrays.
pub(crate) fn value(program: &hir::Program, ty: &Ty, arrays: &[HostArray]) -> Value {
    let mut rest = arrays.iter();
    entry(program, ty, &mut Vec::new(), &mut rest)
}

/// The value at `place`, the indices of the tables around it with their extents, outermost first.
fn entry(
    program: &hir::Program,
    ty: &Ty,
    place: &mut Vec<(usize, usize)>,
    arrays: &mut std::slice::Iter<'_, HostArray>,
) -> Value {
    let offset = |place: &[(usize, usize)]| place.iter().fold(0, |at, (i, n)| at * n + i);
    match ty {
        Ty::Table(set, of) => {
            let extents = extents(program, set);
            let n = extents.iter().product();
            let begin = arrays.clone();
            let mut entries = Vec::new();
            let mut end = begin.clone();
            for k in 0..n {
                let mut at = begin.clone();
                place.push((k, n));
                entries.push(entry(program, of, place, &mut at));
                place.pop();
                end = at;
            }
            if n == 0 {
                skip(of, &mut end);
            }
            *arrays = end;
            nest(entries, &extents)
        }
        Ty::Tuple(parts) => {
            Value::Tuple(parts.iter().map(|ty| entry(program, ty, place, arrays)).collect())
        }
        Ty::Record(fields) => Value::Record(
            fields
                .iter()
                .map(|(name, ty)| (name.clone(), entry(program, ty, place, arrays)))
                .collect(),
        ),
        Ty::Ix(set) => {
            let digits: Vec<usize> = extents(program, set)
                .iter()
                .map(|_| count(arrays.next(), offset(place)) as usize)
                .collect();
            index(program, set, &digits)
        }
        Ty::Adt(adt, args) => {
            let tag = count(arrays.next(), offset(place)) as usize;
            let constructors = &program.adts[*adt].constructors;
            let mut chosen = Vec::new();
            for (k, constructor) in constructors.iter().enumerate() {
                for ty in &constructor.args {
                    let ty = substitute(program, *adt, args, ty);
                    let arg = entry(program, &ty, place, arrays);
                    if k == tag {
                        chosen.push(arg);
                    }
                }
            }
            Value::Constructor(constructors[tag].name.clone(), chosen)
        }
        Ty::Series(of) => series(program, Some(("x", of)), place, arrays),
        Ty::Events(_) => series(program, ty.mark().map(|mark| ("mark", mark)), place, arrays),
        Ty::Bool => Value::Bool(count(arrays.next(), offset(place)) != 0),
        Ty::Nat | Ty::Int => Value::Int(count(arrays.next(), offset(place))),
        Ty::Float
        | Ty::Text
        | Ty::Function(..)
        | Ty::Dist(_)
        | Ty::Var(_)
        | Ty::Meta(_)
        | Ty::Error => match arrays.next() {
            Some(HostArray::Float(x)) => Value::Float(x[offset(place)]),
            Some(HostArray::Int(x)) => Value::Int(x[offset(place)]),
            None => Value::List(Vec::new()),
        },
    }
}

/// The observations of a series, as records of time and value, or the events, which may be times alone.
fn series(
    program: &hir::Program,
    of: Option<(&str, &Ty)>,
    place: &mut Vec<(usize, usize)>,
    arrays: &mut std::slice::Iter<'_, HostArray>,
) -> Value {
    let at = place.iter().fold(0, |at, (i, n)| at * n + i);
    let around: usize = place.iter().map(|&(_, n)| n).product();
    let seen = count(arrays.next(), at) as usize;
    let times = match arrays.next() {
        Some(HostArray::Float(times)) => times.as_slice(),
        Some(HostArray::Int(_)) | None => &[],
    };
    let rows = times.len().checked_div(around).unwrap_or(0);
    let mut entries = Vec::new();
    let begin = arrays.clone();
    for k in 0..rows {
        let time = Value::Float(times[at * rows + k]);
        let Some((name, of)) = of else {
            entries.push(time);
            continue;
        };
        *arrays = begin.clone();
        place.push((k, rows));
        let value = entry(program, of, place, arrays);
        place.pop();
        entries.push(Value::Record(vec![("t".to_owned(), time), (name.to_owned(), value)]));
    }
    entries.truncate(seen);
    Value::List(entries)
}

fn count(array: Option<&HostArray>, at: usize) -> i64 {
    match array {
        Some(HostArray::Int(x)) => x[at],
        Some(HostArray::Float(x)) => x[at] as i64,
        None => 0,
    }
}

/// Passes over the arrays of a type, for tables without entries.
fn skip(ty: &Ty, arrays: &mut std::slice::Iter<'_, HostArray>) {
    if let Ty::Table(_, of) = ty {
        skip(of, arrays);
    } else if let Ty::Tuple(parts) = ty {
        parts.iter().for_each(|part| skip(part, arrays));
    } else if let Ty::Record(fields) = ty {
        fields.iter().for_each(|(_, ty)| skip(ty, arrays));
    } else {
        arrays.next();
    }
}

/// Rows of a product set, nested.
fn nest(entries: Vec<Value>, extents: &[usize]) -> Value {
    match extents {
        [_, inner @ ..] if !inner.is_empty() => {
            let size: usize = inner.iter().product::<usize>().max(1);
            let rows = entries.chunks(size).map(|row| nest(row.to_vec(), inner));
            Value::List(rows.collect())
        }
        _ => Value::List(entries),
    }
}

fn extents(program: &hir::Program, set: &IndexSet) -> Vec<usize> {
    match set {
        IndexSet::Size(size) => {
            vec![size.as_number().and_then(|n| usize::try_from(n).ok()).unwrap_or(0)]
        }
        IndexSet::Named(index) => vec![program.indices[*index].elements.len()],
        IndexSet::Product(sets) => sets.iter().flat_map(|set| extents(program, set)).collect(),
    }
}

fn index(program: &hir::Program, set: &IndexSet, digits: &[usize]) -> Value {
    match (set, digits) {
        (IndexSet::Named(index), [k]) => {
            Value::Constructor(program.indices[*index].elements[*k].clone(), Vec::new())
        }
        (IndexSet::Product(sets), digits) => {
            let mut rest = digits;
            let mut parts = Vec::new();
            for set in sets {
                let (own, after) = rest.split_at(extents(program, set).len());
                parts.push(index(program, set, own));
                rest = after;
            }
            Value::Tuple(parts)
        }
        (_, digits) => Value::Int(digits.first().map_or(0, |&k| k as i64)),
    }
}

/// The type of a constructor's argument with the type's parameters filled in.
fn substitute(program: &hir::Program, adt: hir::AdtId, args: &[TyArg], ty: &Ty) -> Ty {
    let declaration = &program.adts[adt];
    let mut types = declaration.types.iter();
    for arg in args {
        if let TyArg::Ty(given) = arg
            && let Some(&var) = types.next()
            && *ty == Ty::Var(var)
        {
            return given.clone();
        }
    }
    ty.clone()
}
