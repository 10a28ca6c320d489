//! Small plots.

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 140.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 40.0;
/// Colours that people with common colour blindness tell apart.
const COLOURS: [&str; 7] = [
    "#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#555555",
];

/// A line or a cloud of points.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) is_line: bool,
}

/// Draws shares (0–1 on the upright axis) over positions `0..`, which have names.
pub(crate) fn plot(
    title: &str,
    ticks: &[String],
    top: f64,
    mark: f64,
    series: &[Series],
) -> String {
    let x_at = |x: f64| LEFT + (x + 0.5) / ticks.len().max(1) as f64 * (WIDTH - LEFT - RIGHT);
    let y_at = |y: f64| HEIGHT - BOTTOM - (y / top).min(1.0) * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"11\" role=\"img\">\n\
         <title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"16\" font-size=\"13\">{title}</text>\n"
    );
    let mut line = |text: String| {
        svg.push_str(&text);
        svg.push('\n');
    };
    for step in 0..=4 {
        let share = top * f64::from(step) / 4.0;
        let y = y_at(share);
        line(format!(
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{:.0} %</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0,
            100.0 * share
        ));
    }
    if mark > 0.0 {
        let y = y_at(mark);
        line(format!(
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#b00\" \
             stroke-dasharray=\"5 3\"/>",
            WIDTH - RIGHT
        ));
    }
    for (i, tick) in ticks.iter().enumerate() {
        line(format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
            x_at(i as f64),
            HEIGHT - BOTTOM + 16.0
        ));
    }
    for (i, one) in series.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        if one.is_line {
            let path: Vec<String> = one
                .points
                .iter()
                .map(|&(x, y)| format!("{:.1},{:.1}", x_at(x), y_at(y)))
                .collect();
            line(format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path.join(" ")
            ));
        }
        for &(x, y) in &one.points {
            line(format!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\" fill-opacity=\"0.7\"/>",
                x_at(x),
                y_at(y)
            ));
        }
        line(legend(i, colour, &one.name));
    }
    svg.push_str("</svg>\n");
    svg
}

/// One entry of the legend at the right.
fn legend(i: usize, colour: &str, name: &str) -> String {
    let y = TOP + 16.0 * (i as f64 + 1.0);
    format!(
        "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\"/>\
         <text x=\"{:.1}\" y=\"{y:.1}\">{name}</text>",
        WIDTH - RIGHT + 14.0,
        y - 4.0,
        WIDTH - RIGHT + 24.0
    )
}
