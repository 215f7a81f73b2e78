//! Tables for people: light lines, numbers to the right.

use comfy_table::{Cell, CellAlignment, Table};

/// A table with a heading; columns whose heading starts with `>` are numbers.
pub(crate) struct Sheet {
    table: Table,
    right: Vec<bool>,
}

impl Sheet {
    pub(crate) fn new(heading: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        let right: Vec<bool> = heading.iter().map(|word| word.starts_with('>')).collect();
        let mut sheet = Self { table, right };
        let words: Vec<String> =
            heading.iter().map(|word| word.trim_start_matches('>').to_owned()).collect();
        let cells = sheet.cells(words);
        sheet.table.set_header(cells);
        sheet
    }

    pub(crate) fn row(&mut self, words: impl IntoIterator<Item = String>) {
        let cells = self.cells(words);
        self.table.add_row(cells);
    }

    fn cells(&self, words: impl IntoIterator<Item = String>) -> Vec<Cell> {
        let align = |right: bool| if right { CellAlignment::Right } else { CellAlignment::Left };
        let cell = |(word, right): (String, &bool)| Cell::new(word).set_alignment(align(*right));
        words.into_iter().zip(&self.right).map(cell).collect()
    }

    /// With a line under the heading and no blanks at the ends of lines.
    pub(crate) fn show(&self) -> String {
        let lines: Vec<String> =
            self.table.lines().map(|line| line.trim_end().to_owned()).collect();
        let mut out = String::new();
        for (at, line) in lines.iter().enumerate() {
            if at == 0 {
                out.push_str(&format!("\u{1b}[1m{line}\u{1b}[0m\n"));
            } else {
                out.push_str(line);
                out.push('\n');
            }
        }
        out
    }
}
