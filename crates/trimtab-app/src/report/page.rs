//! The frame of a report: head, sentence, sections, data for machines, footer.

use super::svg::{escape, put};
use super::tokens::colour;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A page that grows section by section.
pub(super) struct Page {
    title: String,
    body: String,
}

impl Page {
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            body: String::new(),
        }
    }

    /// The finding, first.
    pub(super) fn sentence(&mut self, over: &str, sentence: &str) {
        self.push(format_args!(
            "<header><p class=\"over\">{}</p><h1>{}</h1></header>",
            escape(over),
            escape(sentence)
        ));
    }

    /// Short facts in a row.
    pub(super) fn facts(&mut self, facts: &[(String, String)]) {
        if facts.is_empty() {
            return;
        }
        self.body.push_str("<dl>");
        for (name, value) in facts {
            self.push(format_args!(
                "<div><dt>{}</dt><dd>{}</dd></div>",
                escape(name),
                escape(value)
            ));
        }
        self.body.push_str("</dl>");
    }

    /// A section: heading, one sentence, what is shown (already HTML).
    pub(super) fn section(&mut self, heading: &str, sentence: &str, html: &str) {
        self.push(format_args!("<section><h2>{}</h2>", escape(heading)));
        if !sentence.is_empty() {
            self.push(format_args!("<p>{}</p>", escape(sentence)));
        }
        self.body.push_str(html);
        self.body.push_str("</section>");
    }

    /// The page; `data` is what it shows, for machines. `tells_rows`: whether single rows are in it.
    pub(super) fn finish(self, generated_at: Timestamp, data: &Value, tells_rows: bool) -> String {
        let promise = if tells_rows {
            "Single rows of the data set are in this file."
        } else {
            "Aggregates only: no rows are in this file."
        };
        // Nothing in the data may end the element early.
        let data = data.to_string().replace('<', "\\u003c");
        let digest = Sha256::digest(data.as_bytes());
        let mut hash = String::with_capacity(64);
        for byte in digest {
            put(&mut hash, format_args!("{byte:02x}"));
        }
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"generator\" content=\"Trimtab {version}\">\
             <title>{title}</title><style>{style}</style></head>\
             <body bgcolor=\"{canvas}\" text=\"{text}\"><main>{body}</main>\
             <footer><p>Made by Trimtab {version} on {at}. {promise}</p>\
             <p>SHA-256 of the data block: <code>{hash}</code></p></footer>\
             <script type=\"application/json\" id=\"report-data\">{data}</script></body></html>\n",
            version = env!("CARGO_PKG_VERSION"),
            title = escape(&self.title),
            style = style(),
            canvas = colour("canvas"),
            text = colour("text"),
            body = self.body,
            at = generated_at.strftime("%a %-d %b %Y, %H:%M UTC"),
        )
    }

    fn push(&mut self, part: std::fmt::Arguments<'_>) {
        put(&mut self.body, part);
    }
}

/// A table; cells are HTML. `numeric` columns are right-aligned.
pub(super) fn table(header: &[&str], numeric: &[usize], rows: &[Vec<String>]) -> String {
    let class = |idx: usize| {
        if numeric.contains(&idx) {
            " class=\"n\" align=\"right\""
        } else {
            " align=\"left\""
        }
    };
    let mut html = String::from("<div class=\"scroll\"><table cellpadding=\"6\"><thead><tr>");
    for (idx, name) in header.iter().enumerate() {
        put(
            &mut html,
            format_args!("<th scope=\"col\"{}>{}</th>", class(idx), escape(name)),
        );
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for (idx, cell) in row.iter().enumerate() {
            put(&mut html, format_args!("<td{}>{cell}</td>", class(idx)));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    html
}

/// A word with the colour of its severity; the word carries the meaning.
pub(super) fn severity(word: &str) -> String {
    let (mark, name) = match word {
        "critical" => ("◆", "critical-text"),
        "high" => ("▲", "warning-text"),
        "medium" | "low" => ("△", "warning-text"),
        "drift" | "breach" | "failed" => ("▲", "critical-text"),
        "ok" => ("●", "ok-text"),
        _ => ("○", "none"),
    };
    format!(
        "<font color=\"{}\">{mark}</font> {}",
        colour(name),
        escape(&word.replace('_', " "))
    )
}

fn style() -> String {
    format!(
        "body{{margin:0;font:13px/20px Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}}\
         main,footer{{max-width:1160px;margin:0 auto;padding:0 24px}}\
         header{{padding:32px 0 12px}}h1{{font-size:26px;line-height:34px;font-weight:600;letter-spacing:-.022em;margin:0}}\
         .over{{margin:0 0 4px;color:{text2}}}h2{{font-size:14px;margin:0 0 4px}}\
         section{{background:{surface};border:1px solid {line};border-radius:10px;padding:16px 20px;margin:16px 0;break-inside:avoid}}\
         section>p{{margin:0 0 12px;color:{text2}}}\
         dl{{display:flex;flex-wrap:wrap;gap:12px 32px;margin:8px 0 24px}}dt{{color:{text3};font-size:12px}}dd{{margin:0;font-size:18px;line-height:26px}}\
         .scroll{{overflow-x:auto}}svg{{max-width:100%;height:auto;display:block}}td svg{{max-width:none}}\
         .pair{{display:grid;grid-template-columns:repeat(auto-fill,minmax(456px,1fr));gap:8px 32px}}.pair h3{{margin:8px 0 2px;font-size:13px}}.pair p{{margin:0 0 8px;color:{text2}}}table{{border-collapse:collapse;width:100%}}th{{font-size:12px;font-weight:500;color:{text3}}}\
         td{{border-top:1px solid {line};vertical-align:middle;overflow-wrap:anywhere}}.n{{text-align:right;white-space:nowrap}}\
         details{{margin-top:12px}}summary{{cursor:pointer;color:{text2}}}\
         footer{{padding-bottom:32px;color:{text3};font-size:12px}}code{{overflow-wrap:anywhere}}\
         @media print{{body{{background:#fff}}section{{border:0;padding:0}}}}",
        surface = colour("surface"),
        line = colour("line"),
        text2 = colour("text-2"),
        text3 = colour("text-3"),
    )
}
