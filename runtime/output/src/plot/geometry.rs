//! Lines inside a frame: cut at its edges, broken at gaps, and thinned where points crowd.

use super::scene::Point;

/// Breaks a line where a point is not finite and cuts off what lies above `top` or below `bottom`.
///
/// Pieces of a single point are dropped.
pub(crate) fn pieces(points: &[Point], top: f64, bottom: f64) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let Some((a, b)) = clip(pair[0], pair[1], top, bottom) else {
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

/// The part of a segment between two heights.
fn clip(a: Point, b: Point, top: f64, bottom: f64) -> Option<(Point, Point)> {
    let finite = [a.0, a.1, b.0, b.1].iter().all(|x| x.is_finite());
    let outside = (a.1 < top && b.1 < top) || (a.1 > bottom && b.1 > bottom);
    if !finite || outside {
        return None;
    }
    let cut = |p: Point| {
        let y = p.1.clamp(top, bottom);
        if y == p.1 { p } else { (a.0 + (b.0 - a.0) * ((y - a.1) / (b.1 - a.1)), y) }
    };
    Some((cut(a), cut(b)))
}

/// Thins a line that has many points on each unit of width: of the points in a column one unit wide,
/// the first, the lowest, the highest and the last are kept, which draws the same.
pub(crate) fn thin(points: Vec<Point>, width: f64) -> Vec<Point> {
    if (points.len() as f64) <= 4.0 * width {
        return points;
    }
    let mut thinned = Vec::new();
    let mut start = 0;
    while start < points.len() {
        let column = points[start].0.floor();
        let end =
            (start..points.len()).find(|&k| points[k].0.floor() != column).unwrap_or(points.len());
        let finite = || (start..end).filter(|&k| points[k].1.is_finite());
        let lowest = finite().min_by(|&a, &b| points[a].1.total_cmp(&points[b].1));
        let highest = finite().max_by(|&a, &b| points[a].1.total_cmp(&points[b].1));
        let mut kept = vec![start, end - 1];
        kept.extend(lowest);
        kept.extend(highest);
        kept.sort_unstable();
        kept.dedup();
        thinned.extend(kept.into_iter().map(|k| points[k]));
        start = end;
    }
    thinned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_the_edges() {
        let line = [(0.0, 5.0), (1.0, 15.0), (2.0, 5.0), (3.0, 5.0)];
        assert_eq!(
            pieces(&line, 0.0, 10.0),
            [vec![(0.0, 5.0), (0.5, 10.0)], vec![(1.5, 10.0), (2.0, 5.0), (3.0, 5.0)]]
        );
        assert_eq!(pieces(&[(0.0, -5.0), (1.0, 15.0)], 0.0, 10.0), [[(0.25, 0.0), (0.75, 10.0)]]);
        assert!(pieces(&[(0.0, -5.0), (1.0, -1.0)], 0.0, 10.0).is_empty());
    }

    #[test]
    fn lines_break_at_gaps() {
        let nan = f64::NAN;
        let line =
            [(0.0, 1.0), (1.0, 2.0), (2.0, nan), (3.0, 3.0), (4.0, nan), (5.0, 1.0), (6.0, 1.0)];
        assert_eq!(
            pieces(&line, 0.0, 10.0),
            [vec![(0.0, 1.0), (1.0, 2.0)], vec![(5.0, 1.0), (6.0, 1.0)]]
        );
    }

    #[test]
    fn crowded_lines_keep_their_extremes() {
        let line: Vec<Point> =
            (0..10_000).map(|k| (f64::from(k) / 1000.0, f64::from(k * 7919 % 1000))).collect();
        let thinned = thin(line.clone(), 10.0);
        assert!(thinned.len() <= 40);
        assert_eq!(thinned.first(), line.first());
        assert_eq!(thinned.last(), line.last());
        assert!(thinned.iter().any(|p| p.1 == 0.0) && thinned.iter().any(|p| p.1 == 999.0));
        let few = line[..30].to_vec();
        assert_eq!(thin(few.clone(), 10.0), few);
    }
}
