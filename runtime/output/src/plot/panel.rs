//! Drawing one panel: a chart of plotters with its axes and marks.

use plotters::chart::ChartContext;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    Cartesian2d, ChartBuilder, Circle, LineSeries, Polygon, Rectangle, SVGBackend, ShapeStyle, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::{Axis, LABEL_SIZE};
use super::content::{Content, Fitted, Histogram, Marks, Paths, TIME};
use super::geometry::{Point, pieces, thin};
use super::style::{self, Area, Drawn, pixels};
use super::summary::MIN_PATHS_FOR_BAND;

/// Height of the axes' names.
const NAME_SIZE: f64 = 11.5;

/// Length of a tick. Plotters puts a number at twice this distance from its axis.
const TICK: f64 = 4.0;

/// Room between numbers and the axis's name.
const GAP: f64 = 5.0;

/// Room between panels, and least room for half a number.
const GAP_BETWEEN_PANELS: f64 = 18.0;

/// Columns to a point of width within which a crowded line is thinned.
const COLUMNS: f64 = 1.5;

/// Radius of a datum, and of one among more than so many.
const POINT: f64 = 2.0;
const SMALL_POINT: f64 = 1.2;
const CROWD: usize = 120;

/// A panel's chart.
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Room around a chart for labels.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Margins {
    pub(crate) left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Margins {
    /// Room enough for either.
    pub(crate) fn union(self, other: Margins) -> Margins {
        Margins {
            left: self.left.max(other.left),
            right: self.right.max(other.right),
            top: self.top.max(other.top),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

impl Content {
    /// Room that labels take.
    pub(crate) fn margins(&self) -> Margins {
        let number = style::text(LABEL_SIZE, style::FAINT_TEXT);
        let widest = |axis: &Axis| {
            axis.labels().map(|label| style::width(&label, &number)).fold(0.0, f64::max)
        };
        // Axes at whole points are sharp in pixels.
        Margins {
            left: (1.2 * NAME_SIZE + GAP + widest(&self.y) + 2.0 * TICK).ceil(),
            right: (widest(&self.x) / 2.0).max(GAP_BETWEEN_PANELS).ceil(),
            top: (LABEL_SIZE / 2.0).ceil(),
            bottom: (2.0 * TICK + LABEL_SIZE + GAP + 1.2 * NAME_SIZE).ceil(),
        }
    }

    /// Draws all of it. The lowest panel of a column carries the name of time.
    pub(crate) fn draw(&self, area: &Area, margins: Margins, lowest: bool) -> Drawn {
        let mut chart = ChartBuilder::on(area)
            .margin_top(pixels(margins.top))
            .margin_right(pixels(margins.right))
            .x_label_area_size(pixels(margins.bottom))
            .y_label_area_size(pixels(margins.left))
            .build_cartesian_2d(self.x.ends(), self.y.ends())?;
        self.draw_axes(&mut chart, lowest)?;
        match &self.marks {
            Marks::Paths(paths) => self.draw_paths(paths, &mut chart),
            Marks::Histogram(histogram) => self.draw_histogram(histogram, &mut chart),
            Marks::Fitted(fitted) => self.draw_fitted(fitted, &mut chart),
            Marks::Nothing => {
                let middle = (self.x.range.middle(), self.y.range.middle());
                let centre = Pos::new(HPos::Center, VPos::Center);
                let style = style::text(NAME_SIZE, style::FAINT_TEXT).pos(centre);
                chart.draw_series([Text::new("no finite values", middle, style)])?;
                Ok(())
            }
        }
    }

    fn draw_axes(&self, chart: &mut Chart, lowest: bool) -> Drawn {
        let has_name = lowest || self.x.name != TIME;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(style::line(style::GRID, 0.8))
            .max_light_lines(0)
            .x_labels(self.x.limit)
            .y_labels(self.y.limit)
            .axis_style(style::line(style::AXIS, 1.0))
            .set_all_tick_mark_size(pixels(TICK))
            .label_style(style::text(LABEL_SIZE, style::FAINT_TEXT))
            .x_label_formatter(&|&tick| self.x.label(tick))
            .y_label_formatter(&|&tick| self.y.label(tick))
            .axis_desc_style(style::text(NAME_SIZE, style::TEXT))
            .x_desc(if has_name { &*self.x.name } else { "" })
            .y_desc(&*self.y.name)
            .draw()
    }

    fn draw_paths(&self, paths: &Paths, chart: &mut Chart) -> Drawn {
        if paths.count >= MIN_PATHS_FOR_BAND {
            let moments = paths.moments.iter().map(|m| (m.time, m.low, m.high));
            self.draw_band(&moments.collect::<Vec<_>>(), chart)?;
        }
        for path in &paths.drawn {
            self.draw_line(path, style::path(paths.count), chart)?;
        }
        if paths.count > 1 {
            let mean: Vec<Point> = paths.moments.iter().map(|m| (m.time, m.mean)).collect();
            self.draw_line(&mean, style::mean(), chart)?;
        }
        Ok(())
    }

    fn draw_fitted(&self, fitted: &Fitted, chart: &mut Chart) -> Drawn {
        self.draw_band(&fitted.band, chart)?;
        let [main, other] = &fitted.lines;
        self.draw_line(main, style::mean(), chart)?;
        self.draw_line(other, style::path(1), chart)?;
        let places = fitted.points.iter().map(|&(x, y)| (self.x.place(x), self.y.place(y)));
        let seen = places.filter(|&(x, y)| self.x.range.holds(x) && self.y.range.holds(y));
        let size = pixels(if fitted.points.len() > CROWD { SMALL_POINT } else { POINT });
        chart.draw_series(seen.map(|place| Circle::new(place, size, style::point())))?;
        Ok(())
    }

    fn draw_line(&self, points: &[Point], style: ShapeStyle, chart: &mut Chart) -> Drawn {
        let places: Vec<Point> =
            points.iter().map(|&(x, y)| (self.x.place(x), self.y.place(y))).collect();
        let (width, _) = chart.plotting_area().dim_in_pixel();
        let columns = COLUMNS * f64::from(width) / f64::from(style::PIXELS);
        let thinned = thin(&places, (self.x.range.high - self.x.range.low) / columns);
        for piece in pieces(&thinned, self.y.range) {
            chart.draw_series(LineSeries::new(piece, style))?;
        }
        Ok(())
    }

    /// The band between quantiles, one outline for each run of times that have them.
    fn band(&self, times: &[(f64, f64, f64)]) -> Vec<Vec<Point>> {
        let place = |time: f64, value: f64| {
            let height = self.y.place(value).clamp(self.y.range.low, self.y.range.high);
            (self.x.place(time), height)
        };
        let runs = times.split(|(_, low, high)| low.is_nan() || high.is_nan());
        runs.filter(|run| run.len() > 1)
            .map(|run| {
                let upper = run.iter().map(|&(time, _, high)| place(time, high));
                let lower = run.iter().rev().map(|&(time, low, _)| place(time, low));
                upper.chain(lower).collect()
            })
            .collect()
    }

    fn draw_band(&self, times: &[(f64, f64, f64)], chart: &mut Chart) -> Drawn {
        let band = |outline| Polygon::new(outline, style::filled(style::BAND));
        chart.draw_series(self.band(times).into_iter().map(band))?;
        Ok(())
    }

    fn draw_histogram(&self, histogram: &Histogram, chart: &mut Chart) -> Drawn {
        let Histogram { edges, counts, mean } = histogram;
        let width = (edges.high - edges.low) / counts.len() as f64;
        let edge = |k: usize| self.x.place(edges.low + width * k as f64);
        let bars = counts.iter().enumerate().filter(|&(_, &count)| count > 0).map(|(k, &count)| {
            let corners = [(edge(k), 0.0), (edge(k + 1), self.y.place(count as f64))];
            let mut bar = Rectangle::new(corners, style::filled(style::BARS));
            // A hair's breadth between bars tells them apart.
            bar.set_margin(0, 0, 0, pixels(0.6).unsigned_abs());
            bar
        });
        chart.draw_series(bars)?;
        let x = self.x.place(*mean);
        if self.x.range.holds(x) {
            let line = [(x, self.y.range.low), (x, self.y.range.high)];
            chart.draw_series(LineSeries::new(line, style::mean()))?;
        }
        Ok(())
    }
}
