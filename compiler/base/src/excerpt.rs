//! Long lines, cut around what is said about them: a table that was pasted is one line of a
//! hundred thousand characters.

/// The longest line that is drawn whole, in bytes.
const LONGEST: usize = 320;
/// How much is kept on both sides of a place, in bytes.
const AROUND: usize = 60;
/// What stands for the rest.
const GAP: &str = " … ";

/// A text whose long lines are cut.
pub(crate) struct Excerpt {
    /// The text, with as many lines.
    pub(crate) text: String,
    /// The ranges of the whole text that were left out, in order.
    gaps: Vec<(usize, usize)>,
}

impl Excerpt {
    /// Cuts the lines of these places that are too long; `None` where none is.
    pub(crate) fn new(whole: &str, places: &[usize]) -> Option<Self> {
        let mut places: Vec<usize> =
            places.iter().copied().filter(|&place| whole.is_char_boundary(place)).collect();
        places.sort_unstable();
        let mut gaps: Vec<(usize, usize)> = Vec::new();
        let mut rest = places.as_slice();
        while let Some(&first) = rest.first() {
            let start = whole[..first].rfind('\n').map_or(0, |newline| newline + 1);
            let end = whole[first..].find('\n').map_or(whole.len(), |newline| first + newline);
            let here = rest.partition_point(|&place| place <= end);
            let (line, later) = rest.split_at(here);
            rest = later;
            if end - start > LONGEST {
                gaps.extend(gaps_of(whole, (start, end), line));
            }
        }
        if gaps.is_empty() {
            return None;
        }
        let mut text = String::new();
        let mut from = 0;
        for &(start, end) in &gaps {
            text += &whole[from..start];
            text += GAP;
            from = end;
        }
        text += &whole[from..];
        Some(Self { text, gaps })
    }

    /// Where a place of the whole text is.
    pub(crate) fn place(&self, byte: usize) -> usize {
        let mut at = byte;
        for &(start, end) in &self.gaps {
            if byte >= end {
                at = at + GAP.len() - (end - start);
            } else if byte > start {
                return at - (byte - start);
            }
        }
        at
    }
}

/// What is left out of the line `start..end`, which has these places, in order.
fn gaps_of(whole: &str, (start, end): (usize, usize), places: &[usize]) -> Vec<(usize, usize)> {
    let mut gaps = Vec::new();
    let mut from = start;
    let kept = places.iter().map(|&place| {
        let low = floor_boundary(whole, place.saturating_sub(AROUND).max(start));
        let high = floor_boundary(whole, (place + AROUND).min(end));
        (low, high)
    });
    for (low, high) in kept {
        if low > from + GAP.len() {
            gaps.push((from, low));
        }
        from = from.max(high);
    }
    if end > from + GAP.len() {
        gaps.push((from, end));
    }
    gaps
}

/// The last boundary of a character at or before a byte.
fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A line, cut where it does not differ from what it was.
pub(crate) fn cut_line(line: &str, before: Option<&str>) -> String {
    let before = before.unwrap_or_default();
    let same = |(a, b): &((usize, char), char)| a.1 == *b;
    let head = line.char_indices().zip(before.chars()).take_while(same).last();
    let head = head.map_or(0, |((at, c), _)| at + c.len_utf8());
    let tail = line[head..].char_indices().rev().zip(before.chars().rev());
    let tail = tail.take_while(same).last().map_or(line.len(), |((at, _), _)| head + at);
    Excerpt::new(line, &[head, tail]).map_or_else(|| line.to_owned(), |excerpt| excerpt.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_its_places() {
        let row = "0.125, ".repeat(15_000);
        let whole = format!("let a = 1\nlet b = [{row}x, {row}0]\nlet c = 2\n");
        let at = whole.find('x').unwrap();
        let cut = Excerpt::new(&whole, &[at, at + 1]).unwrap();
        assert_eq!(cut.text.lines().count(), 3);
        assert!(cut.text.len() < 200, "{}", cut.text);
        let place = cut.place(at);
        assert_eq!(&cut.text[place..=place], "x");
        assert_eq!(&cut.text[cut.place(0)..9], "let a = 1");
        let last = whole.find("let c").unwrap();
        assert_eq!(&cut.text[cut.place(last)..], "let c = 2\n");
    }

    #[test]
    fn a_long_range_keeps_both_of_its_ends() {
        let whole = format!("f({})", "θ + ".repeat(1000));
        let cut = Excerpt::new(&whole, &[0, whole.len()]).unwrap();
        assert!(cut.text.starts_with("f(θ") && cut.text.ends_with("θ + )"), "{}", cut.text);
        assert_eq!(cut.text.matches('…').count(), 1);
        assert_eq!(cut.place(whole.len()), cut.text.len());
    }

    #[test]
    fn lines_of_usual_length_stay_whole() {
        assert!(Excerpt::new("let x = y\n", &[8, 9]).is_none());
        assert_eq!(cut_line("a b", Some("a c")), "a b");
    }

    #[test]
    fn a_changed_line_is_cut_where_it_is_the_same() {
        let row = "1, ".repeat(500);
        let cut = cut_line(&format!("[{row}x{row}]"), Some(&format!("[{row}y{row}]")));
        assert!(cut.contains(", x1,") && cut.len() < 200, "{cut}");
    }
}
