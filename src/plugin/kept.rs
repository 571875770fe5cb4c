//! Copies of what a call borrows, for a call that may outlive the host's patience: the texts are owned, the rest is as it
//! was.

use std::mem::transmute;

use warden_plugin::{Ban, Config, Event, Query, Row, Signal, Source};

/// A value together with the texts that it borrows.
pub struct Kept<T> {
    value: T,
    _texts: Texts,
}

/// The owned texts. They are never touched, so what borrows from them stays valid when they move.
#[derive(Default)]
struct Texts(Vec<Box<str>>);

impl Texts {
    /// Copies a text. The answer is valid for as long as `self`.
    fn keep(&mut self, text: &str) -> &'static str {
        let text: Box<str> = text.into();
        // SAFETY: the text lies on the heap and is freed with `self` only; `Kept` holds both and lends the value for no
        // longer than itself.
        let kept = unsafe { transmute::<&str, &'static str>(&text) };
        self.0.push(text);
        kept
    }

    fn keep_all(&mut self, texts: &[&str]) -> Vec<&'static str> {
        texts.iter().map(|text| self.keep(text)).collect()
    }

    fn source(&mut self, source: &Source<'_>) -> Source<'static> {
        Source {
            ip: source.ip,
            range: source.range,
            as_number: self.keep(source.as_number),
            as_name: self.keep(source.as_name),
            country: self.keep(source.country),
            latitude: source.latitude,
            longitude: source.longitude,
            flags: self.keep_all(&source.flags),
        }
    }

    fn ban(&mut self, ban: &Ban<'_>) -> Ban<'static> {
        Ban {
            source: self.keep(ban.source),
            action: self.keep(ban.action),
            extra: self.keep(ban.extra),
            target: self.keep(ban.target),
            reason: self.keep(ban.reason),
            scenario: self.keep(ban.scenario),
            country: self.keep(ban.country),
            as_name: self.keep(ban.as_name),
            actor: self.keep(ban.actor),
            as_number: ban.as_number,
            until_us: ban.until_us,
            range: ban.range,
        }
    }

    fn event(&mut self, event: &Event<'_>) -> Event<'static> {
        Event {
            time_us: event.time_us,
            serialized: self.keep(event.serialized),
            source: event.source.as_ref().map(|source| self.source(source)),
        }
    }
}

impl<T> Kept<T> {
    fn new(make: impl FnOnce(&mut Texts) -> T) -> Self {
        let mut texts = Texts::default();
        Self { value: make(&mut texts), _texts: texts }
    }
}

impl Kept<Signal<'static>> {
    /// Copies a signal.
    pub fn signal(signal: &Signal<'_>) -> Self {
        Self::new(|texts| Signal {
            map_key: texts.keep(signal.map_key),
            scenario: texts.keep(signal.scenario),
            bucket_id: texts.keep(signal.bucket_id),
            alert_message: texts.keep(signal.alert_message),
            source_ip: texts.keep(signal.source_ip),
            source_range: texts.keep(signal.source_range),
            as_number: texts.keep(signal.as_number),
            as_name: texts.keep(signal.as_name),
            country: texts.keep(signal.country),
            dest_ip: texts.keep(signal.dest_ip),
            latitude: signal.latitude,
            longitude: signal.longitude,
            events_count: signal.events_count,
            created_us: signal.created_us,
            start_us: signal.start_us,
            stop_us: signal.stop_us,
            leak_speed_ns: signal.leak_speed_ns,
            capacity: signal.capacity,
            whitelisted: signal.whitelisted,
            simulation: signal.simulation,
            reprocess: signal.reprocess,
            bans_only: signal.bans_only,
            source: signal.source.as_ref().map(|source| texts.source(source)),
            labels: signal.labels.iter().map(|(k, v)| (texts.keep(k), texts.keep(v))).collect(),
            sources: signal.sources.iter().map(|source| texts.source(source)).collect(),
            bans: signal.bans.iter().map(|ban| texts.ban(ban)).collect(),
            events: signal.events.iter().map(|event| texts.event(event)).collect(),
        })
    }

    /// The signal.
    pub fn get(&self) -> &Signal<'_> {
        &self.value
    }
}

impl Kept<Query<'static>> {
    /// Copies a query.
    pub fn query(query: &Query<'_>) -> Self {
        Self::new(|texts| {
            let mut keep = |text: Option<&str>| text.map(|text| texts.keep(text));
            Query {
                at_us: query.at_us,
                ip: query.ip,
                range: query.range,
                reason: keep(query.reason),
                country: keep(query.country),
                as_text: keep(query.as_text),
                source: keep(query.source),
                action: keep(query.action),
                not_source: keep(query.not_source),
                target: query.target,
                limit: query.limit,
            }
        })
    }

    /// The query.
    pub fn get(&self) -> &Query<'_> {
        &self.value
    }
}

/// A copy of a configuration.
pub struct KeptConfig(Vec<(String, String)>);

impl KeptConfig {
    /// Copies a configuration.
    pub fn new(config: &Config<'_>) -> Self {
        Self(config.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    /// The configuration.
    pub fn get(&self) -> Config<'_> {
        Config::new(self.0.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect())
    }
}

/// A copy of a row: its texts one after the other, and where each ends.
pub struct KeptRow {
    plain: Row<'static>,
    text: String,
    ends: [usize; ROW_TEXTS],
}

const ROW_TEXTS: usize = 11;

impl KeptRow {
    /// Copies a row.
    pub fn new(row: &Row<'_>) -> Self {
        let Row {
            id,
            source,
            target,
            reason,
            scenario,
            action,
            country,
            as_text,
            as_name,
            actor,
            ended_by,
            as_number,
            orphan,
            simulation,
            end_kind,
            ban_count,
            events_count,
            start_us,
            until_us,
            ended_us,
            range,
        } = *row;
        let texts: [&str; ROW_TEXTS] =
            [id, source, target, reason, scenario, action, country, as_text, as_name, actor, ended_by];
        let mut text = String::with_capacity(texts.iter().map(|t| t.len()).sum());
        let ends = texts.map(|t| {
            text.push_str(t);
            text.len()
        });
        let plain = Row {
            as_number,
            orphan,
            simulation,
            end_kind,
            ban_count,
            events_count,
            start_us,
            until_us,
            ended_us,
            range,
            ..Row::default()
        };
        Self { plain, text, ends }
    }

    /// The row.
    pub fn get(&self) -> Row<'_> {
        let mut start = 0;
        let [id, source, target, reason, scenario, action, country, as_text, as_name, actor, ended_by] =
            self.ends.map(|end| &self.text[std::mem::replace(&mut start, end)..end]);
        Row {
            id,
            source,
            target,
            reason,
            scenario,
            action,
            country,
            as_text,
            as_name,
            actor,
            ended_by,
            ..self.plain
        }
    }
}

#[cfg(test)]
mod tests;
