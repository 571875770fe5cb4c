//! The layouts of `--at`: those of v0.3 (reference/crowdsec-v0.3.md, "Command line"), warden's own, and
//! what lies between them. Only shapes; whether there is such a day is not asked here.

/// The numbers that a text names, as they stand there.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    /// `None`: this year, or with a `day` missing too, any.
    pub year: Option<u32>,
    /// Month and day of the month, from 1.
    pub day: Option<(u32, u32)>,
    /// Hour, minute, second, microsecond.
    pub time: (u32, u32, u32, u32),
    /// Sign, hours, minutes, seconds east of Greenwich. `None`: local time.
    pub offset: Option<(i32, u32, u32, u32)>,
}

/// Reads a text in any of the layouts.
pub(super) fn read(text: &str) -> Option<Parts> {
    [iso, slashes, access_log, ansi_c, syslog, clock].iter().find_map(|layout| whole(text, *layout))
}

/// Reads `15:04`, `15:04:05` or `15:04:05.999999`.
pub(super) fn read_clock(text: &str) -> Option<Parts> {
    whole(text, clock)
}

fn whole(text: &str, layout: impl Fn(&mut Scan<'_>) -> Option<Parts>) -> Option<Parts> {
    let mut scan = Scan { rest: text };
    layout(&mut scan).filter(|_| scan.rest.is_empty())
}

/// `2006-01-02`, `2006/01/02 15:04`, `2006-01-02T15:04:05.999Z`, `2006-01-02 15:04:05.999 -0700 MST`.
fn iso(scan: &mut Scan<'_>) -> Option<Parts> {
    let year = scan.digits(4, 4)?;
    let separator = if scan.rest.starts_with('/') { '/' } else { '-' };
    scan.mark(separator)?;
    let month = scan.digits(2, 2)?;
    scan.mark(separator)?;
    let mut parts = Parts { year: Some(year), day: Some((month, scan.digits(2, 2)?)), ..Parts::default() };
    if scan.rest.is_empty() {
        return Some(parts);
    }
    scan.mark('T').or_else(|| scan.mark('t')).or_else(|| scan.spaces())?;
    parts.time = time(scan)?;
    if !scan.rest.is_empty() {
        parts.offset = Some(zone(scan)?);
    }
    Some(parts)
}

/// `01/02/2006 15:04:05`, the month first.
fn slashes(scan: &mut Scan<'_>) -> Option<Parts> {
    let month = scan.digits(2, 2)?;
    scan.mark('/')?;
    let day = scan.digits(2, 2)?;
    scan.mark('/')?;
    let year = scan.digits(4, 4)?;
    scan.spaces()?;
    Some(Parts { year: Some(year), day: Some((month, day)), time: time(scan)?, offset: None })
}

/// `02/Jan/2006:15:04:05 -0700`.
fn access_log(scan: &mut Scan<'_>) -> Option<Parts> {
    let day = scan.digits(2, 2)?;
    scan.mark('/')?;
    let month = scan.month()?;
    scan.mark('/')?;
    let year = scan.digits(4, 4)?;
    scan.mark(':')?;
    let time = time(scan)?;
    Some(Parts { year: Some(year), day: Some((month, day)), time, offset: Some(zone(scan)?) })
}

/// `Mon Jan 2 15:04:05 2006`, `Mon Jan 02 15:04:05.000000 2006`. Like Go, it does not check the weekday.
fn ansi_c(scan: &mut Scan<'_>) -> Option<Parts> {
    scan.name(&["sun", "mon", "tue", "wed", "thu", "fri", "sat"])?;
    scan.spaces()?;
    let parts = syslog(scan)?;
    scan.spaces()?;
    Some(Parts { year: Some(scan.digits(4, 4)?), ..parts })
}

/// `Jan  2 15:04:05`.
fn syslog(scan: &mut Scan<'_>) -> Option<Parts> {
    let month = scan.month()?;
    scan.spaces()?;
    let day = scan.digits(1, 2)?;
    scan.spaces()?;
    Some(Parts { day: Some((month, day)), time: time(scan)?, ..Parts::default() })
}

fn clock(scan: &mut Scan<'_>) -> Option<Parts> {
    Some(Parts { time: time(scan)?, ..Parts::default() })
}

fn time(scan: &mut Scan<'_>) -> Option<(u32, u32, u32, u32)> {
    let hour = scan.digits(1, 2)?;
    scan.mark(':')?;
    let minute = scan.digits(2, 2)?;
    if scan.mark(':').is_none() {
        return Some((hour, minute, 0, 0));
    }
    let second = scan.digits(2, 2)?;
    let micros = if scan.mark('.').is_some() { scan.micros()? } else { 0 };
    Some((hour, minute, second, micros))
}

/// `Z`, `UTC`, `+01`, `+0100`, `+01:00`, each with or without a space before it. The offset rules: the
/// name that may follow (`CET`, or `+03` where Go knows none) is not looked at.
fn zone(scan: &mut Scan<'_>) -> Option<(i32, u32, u32, u32)> {
    scan.spaces();
    if scan.name(&["utc", "gmt"]).or_else(|| scan.name(&["z"])).is_some() {
        return Some((1, 0, 0, 0));
    }
    let sign = if scan.mark('-').is_some() { -1 } else { scan.mark('+').map(|()| 1)? };
    let hours = scan.digits(2, 2)?;
    let minutes = scan.more_of_offset()?;
    let seconds = scan.more_of_offset()?;
    if scan.spaces().is_some() {
        scan.zone_name()?;
    }
    Some((sign, hours, minutes, seconds))
}

/// What is left to read. Each step takes what it names, or takes nothing and is `None`.
struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    fn run(&mut self, is_in: impl Fn(char) -> bool, most: usize) -> &'a str {
        let end = self.rest.char_indices().take(most).take_while(|(_, char)| is_in(*char));
        let len = end.map(|(_, char)| char.len_utf8()).sum();
        let (run, rest) = self.rest.split_at(len);
        self.rest = rest;
        run
    }

    fn mark(&mut self, mark: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(mark)?;
        Some(())
    }

    fn spaces(&mut self) -> Option<()> {
        let run = self.run(|char| char == ' ', usize::MAX);
        if run.is_empty() { None } else { Some(()) }
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let before = self.rest;
        let run = self.run(|char| char.is_ascii_digit(), most);
        if run.len() < least {
            self.rest = before;
            return None;
        }
        run.parse().ok()
    }

    /// The digits behind a point; what they say below a microsecond is cut off.
    fn micros(&mut self) -> Option<u32> {
        let run = self.run(|char| char.is_ascii_digit(), usize::MAX);
        let digits = run.bytes().map(|byte| u32::from(byte - b'0')).chain(std::iter::repeat(0));
        if run.is_empty() { None } else { Some(digits.take(6).fold(0, |sum, digit| sum * 10 + digit)) }
    }

    /// Two more digits, with a colon or without; zero if there are none.
    fn more_of_offset(&mut self) -> Option<u32> {
        if self.mark(':').is_some() || self.rest.starts_with(|char: char| char.is_ascii_digit()) {
            return self.digits(2, 2);
        }
        Some(0)
    }

    /// The place in `names`, which are in lower case, of the name that comes next in any case.
    fn name(&mut self, names: &[&str]) -> Option<u32> {
        let starts =
            |name: &&str| self.rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let place = names.iter().position(starts)?;
        self.rest = &self.rest[names[place].len()..];
        u32::try_from(place).ok()
    }

    fn month(&mut self) -> Option<u32> {
        let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        self.name(&names).map(|place| place + 1)
    }

    fn zone_name(&mut self) -> Option<()> {
        let letters = self.run(|char| char.is_ascii_alphabetic(), 6);
        if !letters.is_empty() {
            return Some(());
        }
        self.mark('+').or_else(|| self.mark('-'))?;
        self.digits(2, 4).map(|_| ())
    }
}
