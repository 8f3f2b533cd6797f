//! Text in aligned columns.

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells, each as wide as the widest of its column; lines end in no space.
pub(crate) fn aligned(rows: &[Vec<String>], aligns: &[Align], indent: usize, gap: usize) -> String {
    let mut widths = vec![0; aligns.len()];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(width_of(cell));
        }
    }
    let mut out = String::new();
    for row in rows {
        let mut line = " ".repeat(indent);
        for (column, cell) in row.iter().enumerate() {
            if column > 0 {
                line.push_str(&" ".repeat(gap));
            }
            let fill = " ".repeat(widths[column] - width_of(cell));
            match aligns[column] {
                Align::Left => line.extend([cell.as_str(), &fill]),
                Align::Right => line.extend([fill.as_str(), cell]),
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Columns that a text takes on a terminal; combining marks take none.
fn width_of(text: &str) -> usize {
    text.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let rows = [row(["v̄", "1.25"]), row(["σ_long", "-10.00"])];
        let text = aligned(&rows, &[Align::Left, Align::Right], 2, 3);
        assert_eq!(text, "  v̄          1.25\n  σ_long   -10.00\n");
    }
}
