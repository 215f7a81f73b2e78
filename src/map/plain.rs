//! Mermaid and Graphviz: the boxes and arrows as text that other tools lay out.

use std::fmt::Write as _;

use super::chart::{Chart, Edge, Look};
use super::text::{dot as dot_text, mermaid as mermaid_text};

/// A flowchart; several journeys are groups in one, joined by their transfers.
pub(super) fn mermaid(charts: &[Chart]) -> String {
    let mut out = String::from("flowchart TD\n");
    let label = |lines: &[String]| {
        lines.iter().map(|line| mermaid_text(line)).collect::<Vec<_>>().join("<br/>")
    };
    for (number, chart) in charts.iter().enumerate() {
        let _ = writeln!(out, "  subgraph j{number}[\"{}\"]", mermaid_text(&chart.name));
        for (at, node) in chart.nodes.iter().enumerate() {
            let mut lines = node.lines.clone();
            lines.extend(node.note.clone());
            let (open, close) = match node.look {
                Look::Start => ("([\"", "\"])"),
                Look::Wait => ("[\"", "\"]"),
                Look::Send => ("[[\"", "\"]]"),
                Look::Choice => ("{\"", "\"}"),
                Look::End => ("((\"", "\"))"),
                Look::Transfer => (">\"", "\"]"),
            };
            let _ = writeln!(out, "    j{number}s{at}{open}{}{close}", label(&lines));
        }
        for Edge { from, to, label: words } in &chart.edges {
            let way =
                if words.is_empty() { String::new() } else { format!("|\"{}\"|", label(words)) };
            let _ = writeln!(out, "    j{number}s{from} -->{way} j{number}s{to}");
        }
        out.push_str("  end\n");
    }
    for (number, at, other) in joints(charts) {
        let _ = writeln!(out, "  j{number}s{at} -.-> j{other}s0");
    }
    out
}

/// Transfers between journeys that are both drawn: (journey, box, other journey).
fn joints(charts: &[Chart]) -> Vec<(usize, usize, usize)> {
    let place = |name: &str| charts.binary_search_by(|chart| chart.name.as_str().cmp(name)).ok();
    let mut found = Vec::new();
    for (number, chart) in charts.iter().enumerate() {
        for (at, name) in &chart.leaves {
            found.extend(place(name).map(|other| (number, *at, other)));
        }
    }
    found
}

/// A directed graph; each journey is a cluster.
pub(super) fn dot(charts: &[Chart]) -> String {
    let mut out = String::from(
        "digraph journeys {\n  rankdir=TB;\n  node [fontname=\"Noto Sans\", shape=box];\n  edge [fontname=\"Noto Sans\"];\n",
    );
    let label =
        |lines: &[String]| lines.iter().map(|line| dot_text(line)).collect::<Vec<_>>().join("\\n");
    for (number, chart) in charts.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{number} {{");
        let _ = writeln!(out, "    label=\"{}\";", dot_text(&chart.name));
        for (at, node) in chart.nodes.iter().enumerate() {
            let mut lines = node.lines.clone();
            lines.extend(node.note.clone());
            let shape = match node.look {
                Look::Start => "oval",
                Look::Wait => "box",
                Look::Send => "box3d",
                Look::Choice => "diamond",
                Look::End => "doublecircle",
                Look::Transfer => "cds",
            };
            let _ =
                writeln!(out, "    j{number}s{at} [shape={shape}, label=\"{}\"];", label(&lines));
        }
        for Edge { from, to, label: words } in &chart.edges {
            let way = if words.is_empty() {
                String::new()
            } else {
                format!(" [label=\"{}\"]", label(words))
            };
            let _ = writeln!(out, "    j{number}s{from} -> j{number}s{to}{way};");
        }
        out.push_str("  }\n");
    }
    for (number, at, other) in joints(charts) {
        let _ = writeln!(out, "  j{number}s{at} -> j{other}s0 [style=dashed];");
    }
    out.push_str("}\n");
    out
}
