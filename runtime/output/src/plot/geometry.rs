//! Lines inside a panel: cut at its edges, broken at gaps, and thinned where points crowd.

use super::spread::Spread;

/// A point of a line: across, up.
pub(crate) type Point = (f64, f64);

/// Breaks a line where a point is not finite and cuts off what lies outside a range of heights.
///
/// Pieces of a single point are dropped.
pub(crate) fn pieces(points: &[Point], heights: Spread) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let Some((a, b)) = clip(pair[0], pair[1], heights) else {
            open = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if open && piece.last() == Some(&a) => piece.push(b),
            _ => pieces.push(vec![a, b]),
        }
        open = b == pair[1];
    }
    pieces
}

/// The part of a segment in a range of heights.
fn clip(a: Point, b: Point, Spread { low, high }: Spread) -> Option<(Point, Point)> {
    let finite = [a.0, a.1, b.0, b.1].iter().all(|x| x.is_finite());
    let outside = (a.1 < low && b.1 < low) || (a.1 > high && b.1 > high);
    if !finite || outside {
        return None;
    }
    let cut = |p: Point| {
        let y = p.1.clamp(low, high);
        if y == p.1 { p } else { (a.0 + (b.0 - a.0) * ((y - a.1) / (b.1 - a.1)), y) }
    };
    Some((cut(a), cut(b)))
}

/// Thins a line that has many points in each of the columns of some width: of a column's points the
/// first, the lowest, the highest and the last are kept, which draws the same.
pub(crate) fn thin(points: &[Point], width: f64) -> Vec<Point> {
    let column = |point: &Point| (point.0 / width).floor() as i64;
    let mut thinned = Vec::new();
    for run in points.chunk_by(|a, b| column(a) == column(b)) {
        let finite = || (0..run.len()).filter(|&k| run[k].1.is_finite());
        let lowest = finite().min_by(|&a, &b| run[a].1.total_cmp(&run[b].1));
        let highest = finite().max_by(|&a, &b| run[a].1.total_cmp(&run[b].1));
        let mut kept = vec![0, run.len() - 1];
        kept.extend(lowest);
        kept.extend(highest);
        kept.sort_unstable();
        kept.dedup();
        thinned.extend(kept.into_iter().map(|k| run[k]));
    }
    thinned
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEIGHTS: Spread = Spread { low: 0.0, high: 10.0 };

    #[test]
    fn lines_are_cut_at_the_edges() {
        let line = [(0.0, 5.0), (1.0, 15.0), (2.0, 5.0), (3.0, 5.0)];
        assert_eq!(
            pieces(&line, HEIGHTS),
            [vec![(0.0, 5.0), (0.5, 10.0)], vec![(1.5, 10.0), (2.0, 5.0), (3.0, 5.0)]]
        );
        assert_eq!(pieces(&[(0.0, -5.0), (1.0, 15.0)], HEIGHTS), [[(0.25, 0.0), (0.75, 10.0)]]);
        assert!(pieces(&[(0.0, -5.0), (1.0, -1.0)], HEIGHTS).is_empty());
    }

    #[test]
    fn lines_break_at_gaps() {
        let nan = f64::NAN;
        let line =
            [(0.0, 1.0), (1.0, 2.0), (2.0, nan), (3.0, 3.0), (4.0, nan), (5.0, 1.0), (6.0, 1.0)];
        assert_eq!(
            pieces(&line, HEIGHTS),
            [vec![(0.0, 1.0), (1.0, 2.0)], vec![(5.0, 1.0), (6.0, 1.0)]]
        );
    }

    #[test]
    fn crowded_lines_keep_their_extremes() {
        let line: Vec<Point> =
            (0..10_000).map(|k| (f64::from(k) / 1000.0, f64::from(k * 7919 % 1000))).collect();
        let thinned = thin(&line, 1.0);
        assert!(thinned.len() <= 40);
        assert_eq!(thinned.first(), line.first());
        assert_eq!(thinned.last(), line.last());
        assert!(thinned.iter().any(|p| p.1 == 0.0) && thinned.iter().any(|p| p.1 == 999.0));
        assert_eq!(thin(&line[..30], 0.0019), &line[..30]);
        assert_eq!(thin(&[(f64::NAN, 0.0); 9], 1.0).len(), 2);
    }
}
