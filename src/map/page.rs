//! One HTML page with a picture per journey; it needs nothing else, and runs no script.

use std::fmt::Write as _;

use super::chart::Chart;
use super::svg;
use super::text::xml;

const STYLE: &str = "body{font:15px/1.5 'Noto Sans','Noto Sans Thai',Sarabun,Helvetica,Arial,sans-serif;margin:2rem;color:#1c2430;background:#fff}\
figure{margin:1.5rem 0;overflow-x:auto;border:1px solid #d5dae1;border-radius:6px}nav a{margin-right:1rem}\
.key span{display:inline-block;padding:.1rem .6rem;margin-right:.5rem;border:1px solid #8894a3;border-radius:4px;font-size:13px}";

pub(super) fn page(charts: &[Chart], workspace: &str) -> String {
    let title = format!("Journeys of {workspace}");
    let title = xml(&title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n"
    );
    if charts.is_empty() {
        out.push_str("<p>There is no journey.</p>\n");
    }
    if charts.len() > 1 {
        out.push_str("<nav>");
        for (number, chart) in charts.iter().enumerate() {
            let _ = write!(out, "<a href=\"#j{number}\">{}</a>", xml(&chart.name));
        }
        out.push_str("</nav>\n");
    }
    out.push_str(
        "<p class=\"key\"><span style=\"background:#e3f0fb\">enters</span><span style=\"background:#fdf6dd\">waits</span>\
         <span style=\"background:#e5f5e6\">is sent</span><span style=\"background:#f1ebfa\">goes one of several ways</span>\
         <span style=\"background:#fdeae2\">is transferred</span><span style=\"background:#eceff3\">ends</span></p>\n",
    );
    for (number, chart) in charts.iter().enumerate() {
        let _ = writeln!(out, "<figure id=\"j{number}\">\n{}</figure>", svg::alone(chart, number));
    }
    out.push_str("</body>\n</html>\n");
    out
}
