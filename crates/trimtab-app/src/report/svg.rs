//! SVG, written by hand: colours as attributes, four significant digits.

use std::fmt::{Arguments, Write};

/// A picture that grows.
pub(super) struct Svg {
    width: f64,
    height: f64,
    label: String,
    body: String,
}

/// Where a text is anchored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An empty picture; the label says its finding to those who don't see it.
    pub(super) fn new(width: f64, height: f64, label: impl Into<String>) -> Self {
        Self {
            width,
            height,
            label: label.into(),
            body: String::new(),
        }
    }

    pub(super) fn rect(
        &mut self,
        [x, y, width, height]: [f64; 4],
        fill: &str,
        title: Option<&str>,
    ) {
        let place = format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"",
            n(x),
            n(y),
            n(width.max(0.0)),
            n(height.max(0.0))
        );
        match title {
            Some(title) => {
                let title = escape(title);
                self.push(format_args!("{place}><title>{title}</title></rect>"));
            }
            None => self.push(format_args!("{place}/>")),
        }
    }

    pub(super) fn line(
        &mut self,
        [x1, y1, x2, y2]: [f64; 4],
        stroke: &str,
        width: f64,
        dash: Option<&str>,
    ) {
        let dash = dash.map_or(String::new(), |dash| {
            format!(" stroke-dasharray=\"{dash}\"")
        });
        self.push(format_args!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{stroke}\" stroke-width=\"{}\"{dash}/>",
            n(x1),
            n(y1),
            n(x2),
            n(y2),
            n(width)
        ));
    }

    pub(super) fn text(
        &mut self,
        [x, y]: [f64; 2],
        size: f64,
        fill: &str,
        anchor: Anchor,
        text: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let text = escape(text);
        self.push(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{fill}\"{anchor}>{text}</text>",
            n(x),
            n(y),
            n(size)
        ));
    }

    /// Defines a hatching that shapes may take as their fill.
    pub(super) fn hatching(&mut self, id: &str, ground: &str, stroke: &str) {
        self.push(format_args!(
            "<defs><pattern id=\"{id}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"5\" height=\"5\" fill=\"{ground}\"/><line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\" stroke=\"{stroke}\" stroke-width=\"2\"/></pattern></defs>"
        ));
    }

    /// An open line through points.
    pub(super) fn polyline(
        &mut self,
        points: &[[f64; 2]],
        stroke: &str,
        width: f64,
        dash: Option<&str>,
    ) {
        if points.len() < 2 {
            return;
        }
        let dash = dash.map_or(String::new(), |dash| {
            format!(" stroke-dasharray=\"{dash}\"")
        });
        let path = path_of(points);
        self.push(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}/>",
            n(width)
        ));
    }

    /// A filled outline.
    pub(super) fn area(&mut self, points: &[[f64; 2]], fill: &str) {
        if points.len() < 3 {
            return;
        }
        let path = path_of(points);
        self.push(format_args!("<path d=\"{path}Z\" fill=\"{fill}\"/>"));
    }

    pub(super) fn dot(&mut self, [x, y]: [f64; 2], radius: f64, fill: &str, title: Option<&str>) {
        let title = title.map_or(String::new(), |title| {
            format!("<title>{}</title>", escape(title))
        });
        self.push(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{fill}\">{title}</circle>",
            n(x),
            n(y),
            n(radius)
        ));
    }

    pub(super) fn finish(self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" aria-label=\"{label}\" font-family=\"Inter, system-ui, sans-serif\">{body}</svg>",
            w = n(self.width),
            h = n(self.height),
            label = escape(&self.label),
            body = self.body
        )
    }

    fn push(&mut self, part: Arguments<'_>) {
        put(&mut self.body, part);
    }
}

fn path_of(points: &[[f64; 2]]) -> String {
    let mut path = String::new();
    for (idx, [x, y]) in points.iter().enumerate() {
        let command = if idx == 0 { 'M' } else { 'L' };
        put(&mut path, format_args!("{command}{} {}", n(*x), n(*y)));
    }
    path
}

/// Appends; writing to a string cannot fail.
pub(super) fn put(text: &mut String, part: Arguments<'_>) {
    let written = text.write_fmt(part);
    debug_assert!(written.is_ok(), "a string takes everything");
}

/// A coordinate with four significant digits, at most two after the point.
fn n(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let digits = if value.abs() >= 1_000.0 {
        0
    } else if value.abs() >= 100.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// Text as it may stand in HTML, attributes included.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Control characters have no place in a page.
            c if c.is_control() && c != '\n' && c != '\t' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        for (value, text) in [
            (1.0, "1"),
            (12.3456, "12.35"),
            (1234.56, "1235"),
            (-0.001, "0"),
            (f64::NAN, "0"),
        ] {
            assert_eq!(n(value), text);
        }
    }

    #[test]
    fn names_cannot_break_out() {
        let mut svg = Svg::new(10.0, 10.0, "a \"b\"");
        svg.text(
            [0.0, 0.0],
            10.0,
            "#000000",
            Anchor::Start,
            "</text><script>alert(1)</script>",
        );
        let text = svg.finish();
        assert!(!text.contains("<script>"), "{text}");
        assert!(text.contains("aria-label=\"a &quot;b&quot;\""), "{text}");
    }
}
