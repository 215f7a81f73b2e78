//! Characters: one linear pass over the file as it came, before anything else looks at it.
//!
//! In: the bytes of a file. Out: a [`Clean`] text for the next passes, and what is wrong with the
//! characters: broken UTF-8, control and bidi characters, look-alikes, texts that are not closed, numbers
//! with a comma. Each is reported once for its line and corrected for the grammar's eyes only, so that it
//! does not hide what is wrong with the lines around it.
//!
//! Decided here: a byte order mark at the very start is skipped without a word, elsewhere it is an
//! invisible character. No-break spaces and curly quotes are right inside texts, and so are joiners (emoji,
//! Indic scripts) and the zero-width space (Thai); bidi controls are refused everywhere.

use std::borrow::Cow;
use std::ops::Range;

use super::ast::Span;
use super::clean::{Clean, Correction};
use super::letters::{
    BadWord, check_word, is_bidi_control, is_control, is_curly_quote, is_invisible, is_word_char,
    joins_in_text, looks_like,
};
use super::problems::Problems;
use super::source::{Limits, Source};
use crate::diagnostic::{Code, Diagnostic, Edit, Fix};
use crate::mutant::mutant;

/// More replacements than these are not offered as edits of one fix.
const EDITS: usize = 200;

/// After this many corrections a file is taken for noise: what stands behind them is not mended for the next
/// passes, and nothing more is said of it.
const CORRECTIONS: usize = 10_000;

/// What the pass found.
pub(super) struct Scanned<'a> {
    pub(super) clean: Clean<'a>,
    pub(super) problems: Problems,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Code,
    Comment,
    /// Inside a text; whether its opening quote only looks like one.
    Text {
        curly: bool,
    },
}

struct Scan<'a> {
    file: &'a str,
    text: &'a str,
    bytes: &'a [u8],
    broken_utf8: bool,
    corrections: Vec<Correction>,
    /// From here on nothing was corrected any more.
    noise: Option<usize>,
    muted: Vec<Range<usize>>,
    problems: Problems,
    at: usize,
    mode: Mode,
    /// Start of the line, and of the text that is open.
    line: usize,
    quote: usize,
    /// Braces opened on this line before the text, less those closed.
    braces: usize,
    /// Inside square brackets, so that a comma separates.
    square: usize,
    /// Of the line: characters to replace, by what is wrong with them.
    controls: Vec<Range<usize>>,
    hidden: Vec<Range<usize>>,
    twins: Vec<(Range<usize>, &'static str)>,
    lone_cr: Vec<usize>,
    lone_crs: usize,
}

/// Reads the characters of a file.
pub(super) fn scan<'a>(source: &'a Source, limits: &Limits) -> Scanned<'a> {
    let mut scan = Scan {
        file: source.name(),
        text: source.text(),
        bytes: source.text().as_bytes(),
        broken_utf8: source.bad_utf8_at().is_some(),
        corrections: Vec::new(),
        noise: None,
        muted: Vec::new(),
        problems: Problems::new(limits.problems),
        at: 0,
        mode: Mode::Code,
        line: 0,
        quote: 0,
        braces: 0,
        square: 0,
        controls: Vec::new(),
        hidden: Vec::new(),
        twins: Vec::new(),
        lone_cr: Vec::new(),
        lone_crs: 0,
    };
    if let Some(at) = source.bad_utf8_at() {
        scan.bad_utf8(at);
    }
    if scan.text.starts_with('\u{FEFF}') {
        scan.correct(0..3, "");
        scan.at = 3;
    }
    scan.run();
    scan.corrections.sort_by_key(|correction| (correction.at.start, correction.at.end));
    let mut end = 0;
    scan.corrections.retain(|correction| {
        let apart = correction.at.start >= end;
        end = end.max(correction.at.end);
        apart
    });
    if let Some(from) = scan.noise {
        // With the line that it begins on.
        let before = scan.text.get(..from).unwrap_or("");
        let line = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        scan.muted.push(line..scan.text.len());
    }
    let mut clean = Clean::new(scan.file, scan.text, &scan.corrections);
    let muted = scan.muted.iter().map(|range| clean.cleaned(range.start)..clean.cleaned(range.end));
    let muted = muted.collect();
    clean.mute(muted);
    Scanned { clean, problems: scan.problems }
}

impl Scan<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\n' => self.line_ends(),
                b'\r' if self.bytes.get(self.at + 1) == Some(&b'\n') => self.at += 1,
                b'\r' => {
                    self.lone_crs += 1;
                    if self.lone_cr.len() < EDITS {
                        self.lone_cr.push(self.at);
                    }
                    self.correct(self.at..self.at + 1, "\n");
                    if matches!(self.mode, Mode::Text { .. }) {
                        self.not_closed(self.at);
                    }
                    self.mode = Mode::Code;
                    self.at += 1;
                }
                0..=0x1F | 0x7F if byte != b'\t' => {
                    self.take_out(self.at..self.at + 1);
                    self.at += 1;
                }
                0x80.. => self.beyond_ascii(),
                _ => self.ascii(byte),
            }
        }
        self.line_ends();
        self.report_lone_cr();
    }

    fn ascii(&mut self, byte: u8) {
        match (self.mode, byte) {
            (Mode::Comment, _) => self.plain(|_| true),
            (Mode::Text { .. }, b'\\') => self.escape(),
            (Mode::Text { curly }, b'"') => {
                if curly {
                    self.correct(self.at..self.at, "");
                }
                self.mode = Mode::Code;
                self.at += 1;
            }
            (Mode::Text { .. }, _) => self.plain(|byte| !matches!(byte, b'"' | b'\\')),
            (Mode::Code, b' ') => self.plain(|byte| byte == b' '),
            (Mode::Code, b'"') => {
                self.quote = self.at;
                self.mode = Mode::Text { curly: false };
                self.at += 1;
            }
            (Mode::Code, b'#') => {
                self.mode = Mode::Comment;
                self.at += 1;
            }
            (Mode::Code, b'a'..=b'z' | b'A'..=b'Z' | b'_') => self.word(),
            (Mode::Code, b',') if self.is_digit_comma_digit() => self.digit_comma_digit(),
            (Mode::Code, _) => {
                match byte {
                    b'{' => {
                        self.braces += 1;
                        self.square = 0;
                    }
                    b'}' => {
                        self.braces = self.braces.saturating_sub(1);
                        self.square = 0;
                    }
                    b'[' => self.square += 1,
                    b']' => self.square = self.square.saturating_sub(1),
                    _ => {}
                }
                self.at += 1;
            }
        }
    }

    /// Past a sign of ASCII that means nothing here, and those behind it that are `like` it.
    fn plain(&mut self, like: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.at + 1..).unwrap_or(&[]);
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && like(byte);
        let end = rest.iter().position(|byte| !plain(*byte));
        self.at += 1 + end.unwrap_or(rest.len());
    }

    fn beyond_ascii(&mut self) {
        let Some(c) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
            self.at += 1;
            return;
        };
        let here = self.at..self.at + c.len_utf8();
        let in_text = matches!(self.mode, Mode::Text { .. });
        if is_bidi_control(c) && !mutant!("bidi_is_let_in")
            || (is_invisible(c) && self.mode != Mode::Comment && !(in_text && joins_in_text(c)))
        {
            self.hide(here.clone());
        } else if is_control(c) {
            self.take_out(here.clone());
        } else if self.broken_utf8 && c == '\u{FFFD}' {
            match self.muted.last_mut() {
                Some(last) if last.start == self.line => last.end = here.end,
                _ if self.noise.is_some() => {}
                _ => self.muted.push(self.line..here.end),
            }
            self.correct(here.clone(), "");
        } else if let Mode::Text { curly: true } = self.mode
            && is_curly_quote(c)
        {
            self.twin(here.clone(), "\"");
            self.mode = Mode::Code;
        } else if self.mode == Mode::Code {
            if let Some(twin) = looks_like(c) {
                self.twin(here.clone(), twin);
                match twin {
                    "\"" => {
                        self.quote = self.at;
                        self.mode = Mode::Text { curly: true };
                    }
                    "#" => self.mode = Mode::Comment,
                    "{" => self.braces += 1,
                    "}" => self.braces = self.braces.saturating_sub(1),
                    _ => {}
                }
            } else if is_word_char(c) {
                return self.word();
            }
        }
        self.at = here.end;
    }

    /// A name or keyword from here on.
    fn word(&mut self) {
        let start = self.at;
        let mut plain = true;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            if byte.is_ascii() {
                if !(byte.is_ascii_alphanumeric() || byte == b'_') {
                    break;
                }
                self.at += 1;
                continue;
            }
            let Some(c) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
                break;
            };
            if is_invisible(c) || is_bidi_control(c) {
                self.hide(self.at..self.at + c.len_utf8());
            } else if !is_word_char(c) || looks_like(c).is_some() {
                break;
            }
            plain = false;
            self.at += c.len_utf8();
        }
        if plain {
            return;
        }
        let raw = self.text.get(start..self.at).unwrap_or("");
        let word: String =
            raw.chars().filter(|c| !is_invisible(*c) && !is_bidi_control(*c)).collect();
        let Some(bad) = check_word(&word) else { return };
        let span = Span::new(start, self.at);
        let shown: String = word.chars().take(60).collect();
        let found = match bad {
            BadWord::LooksLatin(c, twin, latin) => {
                let found = Diagnostic::new(
                    Code("E0110"),
                    self.file,
                    span,
                    format!("the `{c}` in `{shown}` only looks like the letter `{twin}`"),
                    format!(
                        "it is U+{:04X} of another alphabet, so this is a different name",
                        u32::from(c)
                    ),
                )
                .fix(latin.clone(), span, latin.clone());
                self.correct_owned(start..self.at, latin);
                found
            }
            BadWord::Mixed => {
                self.muted.push(start..self.at);
                Diagnostic::new(
                    Code("E0110"),
                    self.file,
                    span,
                    format!("`{shown}` mixes alphabets"),
                    "letters of several alphabets look alike, so that two different names could not be told apart",
                )
                .advice("letters of one alphabet, or Latin letters with one other alphabet that is neither Cyrillic nor Greek")
            }
        };
        self.problems.push(found);
    }

    fn is_digit_comma_digit(&self) -> bool {
        let digit = |at: Option<usize>| {
            at.and_then(|at| self.bytes.get(at)).is_some_and(|byte| byte.is_ascii_digit())
        };
        digit(self.at.checked_sub(1))
            && digit(Some(self.at + 1))
            && !mutant!("digit_comma_is_let_in")
    }

    fn digit_comma_digit(&mut self) {
        let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b',' | b'.');
        let before = self.bytes.get(self.line..self.at).unwrap_or(&[]);
        let start = self.at - before.iter().rev().take_while(|byte| part(byte)).count();
        let after = self.bytes.get(self.at..).unwrap_or(&[]);
        let mut end = self.at + after.iter().take_while(|byte| part(byte)).count();
        while matches!(self.bytes.get(end - 1), Some(b',' | b'.')) {
            end -= 1;
        }
        let raw = self.text.get(start..end).unwrap_or("");
        let span = Span::new(start, end);
        self.at = end;
        if self.square > 0 {
            let spaced = raw.replace(',', ", ");
            self.correct_owned(start..end, spaced.clone());
            if self.problems.is_full() {
                self.problems.more += 1;
                return;
            }
            let found = Diagnostic::new(
                Code("E0111"),
                self.file,
                span,
                "a comma between two digits can be read in two ways",
                "it could separate two values, or be part of one number",
            )
            .choice(spaced.clone(), span, spaced);
            self.problems.push(found);
            return;
        }
        let plain = raw.replace(',', "");
        let (readings, why) = comma_readings(raw);
        self.correct_owned(start..end, readings.first().cloned().unwrap_or(plain));
        if self.problems.is_full() {
            self.problems.more += 1;
            return;
        }
        let currency = self.currency_before(start);
        let mut found = Diagnostic::new(
            Code("E0111"),
            self.file,
            span,
            "write numbers without separators",
            why,
        );
        let certain = readings.len() == 1;
        for reading in readings {
            let paste = format!("{currency}{reading}");
            found = if certain {
                found.fix(paste, span, reading)
            } else {
                found.choice(paste, span, reading)
            };
        }
        self.problems.push(found);
    }

    /// `EUR ` where it stands before the number.
    fn currency_before(&self, start: usize) -> &str {
        let from = start.saturating_sub(4);
        match self.text.get(from..start) {
            Some(code)
                if code.ends_with(' ')
                    && code.len() == 4
                    && code.bytes().take(3).all(|b| b.is_ascii_uppercase()) =>
            {
                code
            }
            _ => "",
        }
    }

    fn escape(&mut self) {
        let next = self.text.get(self.at + 1..).and_then(|rest| rest.chars().next());
        match next {
            Some('"' | '\\' | '{') => self.at += 2,
            None | Some('\n' | '\r') => self.at += 1,
            Some(c) => {
                if !self.problems.is_full() && !is_control(c) {
                    let span = Span::new(self.at, self.at + 1 + c.len_utf8());
                    let found = Diagnostic::new(
                        Code("E0114"),
                        self.file,
                        span,
                        format!("`\\{c}` means nothing in a text"),
                        "a `\\` only stands before `\"`, `\\` and `{`",
                    )
                    .choice(format!("\\\\{c}"), Span::new(self.at, self.at), "\\")
                    .choice(
                        format!("{c}"),
                        Span::new(self.at, self.at + 1),
                        "",
                    );
                    self.problems.push(found);
                }
                // The character itself is looked at like any other.
                self.at += 1;
            }
        }
    }

    fn line_ends(&mut self) {
        let end = self.at;
        if let Mode::Text { curly } = self.mode {
            if curly {
                self.correct(self.closing_place(end)..self.closing_place(end), "\"");
            } else if self.goes_on(end) {
                self.report_line(end);
                return;
            } else {
                self.not_closed(end);
            }
        }
        self.report_line(end);
        self.at = end + 1;
        self.line = self.at;
        self.mode = Mode::Code;
        self.braces = 0;
    }

    /// Where the missing quote of a text belongs: before what closes the blocks opened on its line.
    fn closing_place(&self, end: usize) -> usize {
        let inside = self.quote + self.quote_len();
        let line = self.text.get(inside..end).unwrap_or("").trim_end();
        let mut rest = line;
        for _ in 0..self.braces {
            match rest.strip_suffix('}') {
                Some(shorter) => rest = shorter.trim_end(),
                None => break,
            }
        }
        let rest = rest.strip_suffix(',').unwrap_or(rest);
        inside + rest.len()
    }

    /// Bytes of the quote that opened the text: a curly one has three.
    fn quote_len(&self) -> usize {
        let quote = self.text.get(self.quote..).and_then(|rest| rest.chars().next());
        quote.map_or(1, char::len_utf8)
    }

    fn not_closed(&mut self, end: usize) {
        let place = self.closing_place(end);
        self.correct(place..place, "\"");
        let before = self.text.get(self.line..self.quote).unwrap_or("");
        if let Some(first) = before.find('"') {
            // Which of several texts lacks its quote cannot be told.
            let found = Diagnostic::new(
                Code("E0112"),
                self.file,
                Span::new(self.line + first, end),
                "one of the texts on this line is not closed",
                "every text stands between two `\"` signs, and here is one sign too few",
            )
            .advice("subject: \"Hello\", body: \"...\"");
            self.problems.push(found);
            self.muted.push(self.line..end);
            return;
        }
        let at = Span::new(place, place);
        let raw = self.text.get(self.quote..place).unwrap_or("");
        let shown: String = raw.chars().take(100).collect();
        let found = Diagnostic::new(
            Code("E0112"),
            self.file,
            Span::new(self.quote, self.quote + self.quote_len()),
            "this text is not closed",
            "a text ends on its line, with a `\"`",
        )
        .choice(format!("{shown}\""), at, "\"");
        self.problems.push(found);
    }

    /// Whether the open text goes on over the next lines; then it is reported and stepped over.
    fn goes_on(&mut self, end: usize) -> bool {
        let mut from = end + 1;
        for _ in 0..8 {
            let rest = self.text.get(from..).unwrap_or("");
            let line = rest.split('\n').next().unwrap_or("");
            let quotes = line.bytes().filter(|byte| *byte == b'"').count();
            if quotes == 0 {
                if line.contains(['{', '}', '#']) || line.len() == rest.len() || line.len() > 4000 {
                    return false;
                }
                from += line.len() + 1;
                continue;
            }
            let first = line.find('"').unwrap_or(0);
            // Before the quote there is a piece of text, not the start of a line that has texts of its own.
            if quotes % 2 == 0
                || line.get(..first).is_some_and(|head| head.trim_end().ends_with([':', '{', ',']))
            {
                return false;
            }
            let close = from + first;
            let joined = self.text.get(self.quote..=close).unwrap_or("");
            let joined = joined.split_whitespace().collect::<Vec<_>>().join(" ");
            let span = Span::new(self.quote, close + 1);
            let found = Diagnostic::new(
                Code("E0113"),
                self.file,
                Span::new(self.quote, end),
                "this text goes on over the end of its line",
                "a text ends on its line, with a `\"`",
            )
            .choice(joined.chars().take(200).collect::<String>(), span, joined);
            self.problems.push(found);
            let open = self.quote + self.quote_len();
            let place = self.text.get(..end).unwrap_or("").trim_end().len().max(open);
            self.correct(place..place, "\"");
            self.correct(end + 1..close + 1, "");
            self.muted.push(self.line..close + 1);
            self.at = close + 1;
            self.line = from;
            self.mode = Mode::Code;
            return true;
        }
        false
    }

    fn report_line(&mut self, end: usize) {
        if !self.controls.is_empty() {
            let places = std::mem::take(&mut self.controls);
            let first = places.first().cloned().unwrap_or_default();
            let c = self.text.get(first.clone()).and_then(|s| s.chars().next()).unwrap_or('\0');
            let headline = format!("a control character (U+{:04X}) stands here", u32::from(c));
            let why = "it cannot be seen, and other tools read the file differently because of it";
            let places: Vec<_> = places.into_iter().map(|place| (place, "")).collect();
            self.offered(Code("E0103"), headline, why.to_owned(), &places, end);
        }
        if !self.hidden.is_empty() {
            let places = std::mem::take(&mut self.hidden);
            let first = places.first().cloned().unwrap_or_default();
            let c = self.text.get(first.clone()).and_then(|s| s.chars().next()).unwrap_or('\0');
            let headline = format!("an invisible character (U+{:04X}) stands here", u32::from(c));
            let why = if is_bidi_control(c) {
                "it turns the reading direction, so that the line says something else than it shows"
            } else {
                "two names that look the same would be different"
            };
            self.remove_all(Code("E0108"), headline, why, places, end);
        }
        if !self.twins.is_empty() {
            let places = std::mem::take(&mut self.twins);
            self.twins_found(&places, end);
        }
    }

    fn remove_all(
        &mut self,
        code: Code,
        headline: String,
        why: &str,
        places: Vec<Range<usize>>,
        end: usize,
    ) {
        let replacements: Vec<(Range<usize>, &'static str)> =
            places.into_iter().map(|place| (place, "")).collect();
        self.replaced(code, headline, why.to_owned(), &replacements, end);
    }

    fn twins_found(&mut self, places: &[(Range<usize>, &'static str)], end: usize) {
        let Some((first, twin)) = places.first() else { return };
        let seen = self.text.get(first.clone()).unwrap_or("");
        let headline = match *twin {
            " " => "this character only looks like a space".to_owned(),
            twin if seen == "‘" || seen == "’" => format!("texts stand between {twin} signs"),
            twin => format!("this character only looks like `{twin}`"),
        };
        let c = seen.chars().next().unwrap_or(' ');
        let why = format!("it is `{}` (U+{:04X}), perhaps pasted from a document", c, u32::from(c));
        self.replaced(Code("E0109"), headline, why, places, end);
    }

    /// Reports replacements on one line once, with the whole line as it should be.
    fn replaced(
        &mut self,
        code: Code,
        headline: String,
        why: String,
        places: &[(Range<usize>, &'static str)],
        end: usize,
    ) {
        for (place, by) in places {
            self.correct(place.clone(), by);
        }
        self.offered(code, headline, why, places, end);
    }

    /// Reports replacements that the next passes see already.
    fn offered(
        &mut self,
        code: Code,
        headline: String,
        why: String,
        places: &[(Range<usize>, &'static str)],
        end: usize,
    ) {
        if self.problems.is_full() {
            self.problems.more += 1;
            return;
        }
        let (Some((first, _)), Some((last, _))) = (places.first(), places.last()) else { return };
        // A text that goes on over its line end has moved on to another line.
        let before = self.text.get(..first.start).unwrap_or("");
        let line = match first.start >= self.line {
            true => self.line,
            false => before.rfind('\n').map_or(0, |at| at + 1),
        };
        let end = end.max(last.end);
        let mut found =
            Diagnostic::new(code, self.file, Span::new(first.start, first.end), headline, why);
        if places.len() <= EDITS && end - line <= 4000 {
            let mut paste = String::new();
            let mut done = line;
            for (place, by) in places {
                paste.push_str(self.text.get(done..place.start).unwrap_or(""));
                paste.push_str(by);
                done = place.end;
            }
            paste.push_str(self.text.get(done..end).unwrap_or(""));
            let edits = places
                .iter()
                .map(|(place, by)| Edit {
                    file: self.file.to_owned(),
                    span: Span::new(place.start, place.end),
                    text: (*by).to_owned(),
                })
                .collect();
            found.fixes.push(Fix { paste: paste.trim().to_owned(), edits, certain: true });
        }
        self.problems.push(found);
    }

    fn bad_utf8(&mut self, at: usize) {
        let found = Diagnostic::new(
            Code("E0102"),
            self.file,
            Span::new(at, at + '\u{FFFD}'.len_utf8()),
            "these bytes are no UTF-8",
            "the file was saved in another encoding, so letters from here on cannot be told",
        )
        .advice("save the file as UTF-8");
        self.problems.push(found);
    }

    fn report_lone_cr(&mut self) {
        let Some(first) = self.lone_cr.first().copied() else { return };
        let mut found = Diagnostic::new(
            Code("E0103"),
            self.file,
            Span::new(first, first + 1),
            "this line end is only half of one",
            "other tools would read the next line as part of this one",
        );
        if self.lone_crs <= EDITS {
            let edits = self.lone_cr.iter().map(|at| Edit {
                file: self.file.to_owned(),
                span: Span::new(*at, at + 1),
                text: "\n".to_owned(),
            });
            found.fixes.push(Fix {
                paste: "save the file with line ends of Unix or Windows".to_owned(),
                edits: edits.collect(),
                certain: true,
            });
        } else {
            found = found.advice("save the file with line ends of Unix or Windows");
        }
        self.problems.push(found);
    }

    /// A control character: kept for the report of its line only as far as a fix would name it, and a
    /// run of the same one is one correction, so that a file of nothing else costs no memory.
    fn take_out(&mut self, at: Range<usize>) {
        if self.controls.len() <= EDITS {
            self.controls.push(at.clone());
        }
        let seen = self.text.get(at.clone());
        match self.corrections.last_mut() {
            Some(Correction { at: last, by })
                if by.is_empty()
                    && last.end == at.start
                    && seen.is_some()
                    && self.text.get(last.end.saturating_sub(at.len())..last.end) == seen =>
            {
                last.end = at.end;
            }
            _ => self.correct(at, ""),
        }
    }

    fn hide(&mut self, at: Range<usize>) {
        if self.hidden.len() < CORRECTIONS {
            self.hidden.push(at);
        } else {
            self.is_noise(at.start);
        }
    }

    fn twin(&mut self, at: Range<usize>, of: &'static str) {
        if self.twins.len() < CORRECTIONS {
            self.twins.push((at, of));
        } else {
            self.is_noise(at.start);
        }
    }

    fn correct(&mut self, at: Range<usize>, by: &'static str) {
        self.mend(Correction { at, by: Cow::Borrowed(by) });
    }

    fn correct_owned(&mut self, at: Range<usize>, by: String) {
        self.mend(Correction { at, by: Cow::Owned(by) });
    }

    fn mend(&mut self, correction: Correction) {
        if self.corrections.len() < CORRECTIONS || mutant!("corrections_without_end") {
            self.corrections.push(correction);
        } else {
            self.is_noise(correction.at.start);
        }
    }

    fn is_noise(&mut self, at: usize) {
        self.noise = Some(self.noise.map_or(at, |from| from.min(at)));
    }
}

/// What a number with a comma can mean, the likeliest first, and why it is refused.
fn comma_readings(raw: &str) -> (Vec<String>, &'static str) {
    let commas = raw.matches(',').count();
    let points = raw.matches('.').count();
    let plain = raw.replace(',', "");
    let last_group = raw.rsplit([',', '.']).next().map_or(0, str::len);
    if commas > 1 && points <= 1 {
        return (vec![plain], "numbers are written without signs between the thousands");
    }
    if points > 0 {
        if raw.rfind(',') > raw.rfind('.') {
            let swapped = raw.replace('.', "").replace(',', ".");
            return (
                vec![swapped],
                "the cents stand behind a point, and nothing between the thousands",
            );
        }
        return (vec![plain], "numbers are written without signs between the thousands");
    }
    let decimal = raw.replace(',', ".");
    if last_group == 3 && !raw.starts_with("0,") {
        let short = decimal.trim_end_matches('0').trim_end_matches('.').to_owned();
        return (vec![plain, short], "the comma could be thousands or cents");
    }
    (vec![decimal], "decimals stand behind a point")
}
