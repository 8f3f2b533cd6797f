//! A page of lines, areas and text, before it is SVG or pixels.

/// A place on the page: right of the left edge, below the upper edge, in points.
pub(crate) type Point = (f64, f64);

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scene {
    /// Width in points.
    pub(crate) width: f64,
    /// Height in points.
    pub(crate) height: f64,
    /// What is on it, from back to front.
    pub(crate) shapes: Vec<Shape>,
}

/// One mark.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A line, possibly in several pieces.
    Line {
        /// What it shows; the `class` in SVG.
        role: Role,
        /// Its pieces, of two points or more each.
        pieces: Vec<Vec<Point>>,
        /// Colour and opacity.
        ink: Ink,
        /// Thickness.
        width: f64,
    },
    /// Filled polygons.
    Area {
        /// What it shows; the `class` in SVG.
        role: Role,
        /// Their corners.
        outlines: Vec<Vec<Point>>,
        /// Colour and opacity.
        ink: Ink,
    },
    /// A line of text.
    Text {
        /// The text.
        text: String,
        /// Where its baseline is.
        at: Point,
        /// Which part of it is there.
        anchor: Anchor,
        /// Height of an em.
        size: f64,
        /// Colour and opacity.
        ink: Ink,
        /// Whether it reads from bottom to top.
        upwards: bool,
    },
}

/// What a mark shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Axes and their ticks.
    Axis,
    /// Lines across the panel at ticks.
    Grid,
    /// The band between quantiles.
    Band,
    /// One path.
    Path,
    /// The mean over paths.
    Mean,
    /// Bars of a histogram.
    Bars,
}

impl Role {
    /// Its name in SVG.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Role::Axis => "axis",
            Role::Grid => "grid",
            Role::Band => "band",
            Role::Path => "path",
            Role::Mean => "mean",
            Role::Bars => "bars",
        }
    }
}

/// Where a text hangs on its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// By its beginning.
    Start,
    /// By its middle.
    Middle,
    /// By its end.
    End,
}

/// A colour with an opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ink {
    /// Red, green, blue.
    pub(crate) rgb: [u8; 3],
    /// From 0, invisible, to 1.
    pub(crate) opacity: f64,
}

/// Blue of the colour-blind-safe palette. *Source:* Okabe and Ito (2008), “Color Universal Design”.
const BLUE: [u8; 3] = [0x00, 0x72, 0xb2];

/// Vermilion of the same palette.
const VERMILION: [u8; 3] = [0xd5, 0x5e, 0x00];

impl Ink {
    pub(crate) const TEXT: Ink = Ink { rgb: [0x1a, 0x1a, 0x1a], opacity: 1.0 };
    pub(crate) const FAINT_TEXT: Ink = Ink { rgb: [0x55, 0x55, 0x55], opacity: 1.0 };
    pub(crate) const AXIS: Ink = Ink { rgb: [0x44, 0x44, 0x44], opacity: 1.0 };
    pub(crate) const GRID: Ink = Ink { rgb: [0xe9, 0xe9, 0xe9], opacity: 1.0 };
    pub(crate) const BAND: Ink = Ink { rgb: BLUE, opacity: 0.16 };
    pub(crate) const PATH: Ink = Ink { rgb: BLUE, opacity: 0.28 };
    pub(crate) const BARS: Ink = Ink { rgb: BLUE, opacity: 0.45 };
    pub(crate) const MEAN: Ink = Ink { rgb: VERMILION, opacity: 1.0 };
}
