//! One SVG picture: boxes, arrows and words, with its own colours and nothing from elsewhere.

use std::fmt::Write as _;

use super::chart::{Chart, Look, Node};
use super::layout::{Arrow, Placed, Route, Size, place};
use super::text::{WIDEST, width, wrapped_all, xml};

/// Sizes of the words, in pixels.
const FONT: i32 = 13;
const LINE: i32 = 18;
const SMALL: i32 = 11;
const SMALL_LINE: i32 = 15;
/// Within a box.
const PAD: i32 = 12;
/// How wide the label of an arrow becomes before it is broken.
const LABEL: u32 = 1_500;

const STYLE: &str = "text{font-family:'Noto Sans','Noto Sans Thai',Sarabun,Helvetica,Arial,sans-serif;fill:#1c2430}\
.w{font-size:13px;text-anchor:middle}.l{font-size:11px;text-anchor:middle;fill:#3d4a5c}\
.n{font-size:11px;text-anchor:middle;fill:#0b5a8a;font-weight:600}.h{font-size:16px;font-weight:600}.f{font-size:12px;fill:#3d4a5c}\
.b{stroke-width:1.4}.start{fill:#e3f0fb;stroke:#3b7db0}.wait{fill:#fdf6dd;stroke:#b5952f}.send{fill:#e5f5e6;stroke:#3f8f4a}\
.choice{fill:#f1ebfa;stroke:#7a5ab0}.end{fill:#eceff3;stroke:#6b7785}.transfer{fill:#fdeae2;stroke:#b8643a}\
.a{fill:none;stroke:#55606e;stroke-width:1.3}.back{stroke-dasharray:5 4}.p{fill:#fff;fill-opacity:.88}";

/// All charts, one below the other.
pub(super) fn picture(charts: &[Chart]) -> String {
    let drawn: Vec<(String, Size)> =
        charts.iter().enumerate().map(|(n, chart)| body(chart, n)).collect();
    let wide = drawn.iter().map(|(_, size)| size.0).max().unwrap_or(0).max(200);
    let tall = drawn.iter().map(|(_, size)| size.1).sum::<i32>().max(40);
    let names = charts.iter().map(|chart| chart.name.as_str()).collect::<Vec<_>>().join(", ");
    let mut out = open((wide, tall), &names);
    let mut y = 0;
    for (text, size) in drawn {
        let _ = writeln!(out, "<g transform=\"translate(0 {y})\">\n{text}</g>");
        y += size.1;
    }
    out.push_str("</svg>\n");
    out
}

/// One chart by itself; `number` keeps the names within a page apart.
pub(super) fn alone(chart: &Chart, number: usize) -> String {
    let (text, size) = body(chart, number);
    let mut out = open(size, &chart.name);
    out.push_str(&text);
    out.push_str("</svg>\n");
    out
}

fn open((wide, tall): Size, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{tall}\" viewBox=\"0 0 {wide} {tall}\" \
         role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         <rect width=\"{wide}\" height=\"{tall}\" fill=\"#fff\"/>\n",
        xml(title)
    )
}

/// Pixels of a width in hundredths of a font's size.
fn pixels(hundredths: u32, font: i32) -> i32 {
    i32::try_from(hundredths).unwrap_or(i32::MAX / 100).saturating_mul(font) / 100 + 1
}

fn widest(lines: &[String], font: i32) -> i32 {
    lines.iter().map(|line| pixels(width(line), font)).max().unwrap_or(0)
}

fn count(lines: &[String]) -> i32 {
    i32::try_from(lines.len()).unwrap_or(i32::MAX / 100)
}

/// Words of a box, and its size.
fn sized(node: &Node) -> (Vec<String>, Size) {
    let lines = wrapped_all(&node.lines, WIDEST);
    let note = node.note.as_ref().map_or(0, |note| pixels(width(note), SMALL));
    // A rhombus and an oval have less room at their ends.
    let more = match node.look {
        Look::Choice | Look::Start | Look::End => 22,
        Look::Wait | Look::Send | Look::Transfer => 0,
    };
    let wide = widest(&lines, FONT).max(note) + 2 * PAD + more;
    let tall = count(&lines) * LINE + i32::from(node.note.is_some()) * SMALL_LINE + PAD;
    (lines, (wide.max(70), tall.max(32)))
}

fn body(chart: &Chart, number: usize) -> (String, Size) {
    let words: Vec<(Vec<String>, Size)> = chart.nodes.iter().map(sized).collect();
    let sizes: Vec<Size> = words.iter().map(|(_, size)| *size).collect();
    let labels: Vec<Vec<String>> =
        chart.edges.iter().map(|edge| wrapped_all(&edge.label, LABEL)).collect();
    let arrows: Vec<Arrow> = chart
        .edges
        .iter()
        .zip(&labels)
        .map(|(edge, lines)| Arrow {
            from: edge.from,
            to: edge.to,
            label: if edge.label.is_empty() {
                (0, 0)
            } else {
                (widest(lines, SMALL) + 8, count(lines) * SMALL_LINE + 2)
            },
        })
        .collect();
    let placed: Placed = place(&sizes, &arrows);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<defs><marker id=\"tip{number}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#55606e\"/></marker></defs>"
    );
    let head = head(chart, &mut out);
    let _ = writeln!(out, "<g transform=\"translate(0 {})\">", head.1);
    for route in &placed.routes {
        let back = if route.back { " back" } else { "" };
        let _ = writeln!(
            out,
            "<path class=\"a{back}\" marker-end=\"url(#tip{number})\" d=\"{}\"/>",
            way(route)
        );
    }
    for ((route, lines), arrow) in placed.routes.iter().zip(&labels).zip(&arrows) {
        if arrow.label.0 == 0 {
            continue;
        }
        let (x, y) = route.label;
        let (wide, tall) = arrow.label;
        let _ = writeln!(
            out,
            "<rect class=\"p\" x=\"{}\" y=\"{}\" width=\"{wide}\" height=\"{tall}\"/>",
            x - wide / 2,
            y - tall / 2
        );
        text(&mut out, "l", lines, (x, y - tall / 2 + 1), SMALL_LINE);
    }
    for ((node, (lines, size)), at) in chart.nodes.iter().zip(&words).zip(&placed.boxes) {
        frame(&mut out, node, *at, *size);
        let top = at.1 + PAD / 2;
        text(&mut out, "w", lines, (at.0, top), LINE);
        if let Some(note) = &node.note {
            let below = (at.0, top + count(lines) * LINE);
            text(&mut out, "n", std::slice::from_ref(note), below, SMALL_LINE);
        }
    }
    out.push_str("</g>\n");
    (out, (placed.size.0.max(head.0), placed.size.1 + head.1))
}

/// The name and what holds for the whole journey.
fn head(chart: &Chart, out: &mut String) -> Size {
    let mut y = 26;
    let mut wide = pixels(width(&chart.name), 16) + 40;
    let _ = writeln!(out, "<text class=\"h\" x=\"16\" y=\"{y}\">{}</text>", xml(&chart.name));
    for (word, says) in &chart.facts {
        let line = format!("{word}: {says}");
        for part in super::text::wrapped(&line, 6_000) {
            y += 17;
            wide = wide.max(pixels(width(&part), 12) + 32);
            let _ = writeln!(out, "<text class=\"f\" x=\"16\" y=\"{y}\">{}</text>", xml(&part));
        }
    }
    (wide, y + 10)
}

fn text(out: &mut String, class: &str, lines: &[String], (x, top): (i32, i32), line: i32) {
    let mut y = top + line - 5;
    for words in lines {
        let _ = writeln!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", xml(words));
        y += line;
    }
}

fn frame(out: &mut String, node: &Node, (x, y): (i32, i32), (wide, tall): Size) {
    let left = x - wide / 2;
    let class = match node.look {
        Look::Start => "start",
        Look::Wait => "wait",
        Look::Send => "send",
        Look::Choice => "choice",
        Look::End => "end",
        Look::Transfer => "transfer",
    };
    let round = match node.look {
        Look::Start | Look::End => tall / 2,
        Look::Wait => 3,
        Look::Send => 8,
        Look::Choice | Look::Transfer => 0,
    };
    let (right, bottom, middle) = (left + wide, y + tall, y + tall / 2);
    let _ = match node.look {
        Look::Choice => writeln!(
            out,
            "<path class=\"b {class}\" d=\"M{} {y}H{}L{right} {middle}L{} {bottom}H{}L{left} {middle}z\"/>",
            left + 11,
            right - 11,
            right - 11,
            left + 11
        ),
        Look::Transfer => writeln!(
            out,
            "<path class=\"b {class}\" d=\"M{left} {y}H{}L{right} {middle}L{} {bottom}H{left}z\"/>",
            right - 10,
            right - 10
        ),
        _ => writeln!(
            out,
            "<rect class=\"b {class}\" x=\"{left}\" y=\"{y}\" width=\"{wide}\" height=\"{tall}\" rx=\"{round}\"/>"
        ),
    };
}

/// Straight along the sides, bent between the rows.
fn way(route: &Route) -> String {
    let mut out = String::new();
    let mut before: Option<(i32, i32)> = None;
    for (x, y) in &route.points {
        let _ = match before {
            None => write!(out, "M{x} {y}"),
            Some((from, above)) if from != *x && !route.back => {
                let bend = above.midpoint(*y);
                write!(out, "C{from} {bend} {x} {bend} {x} {y}")
            }
            Some(_) => write!(out, "L{x} {y}"),
        };
        before = Some((*x, *y));
    }
    out
}
