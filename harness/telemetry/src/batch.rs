//! A piece of an input, and the events in it.

use std::{ops::Range, sync::Arc};

use crate::{
    Wanted, evtx, journal, json,
    pool::Pool,
    problem::{Place, Problem, ProblemKind, Source},
    utf16, xml,
};

/// A piece of one input that ends where one of its events ends. It can go to
/// another thread, and is decoded there.
#[derive(Debug)]
pub struct Batch {
    pub(crate) source: Arc<Source>,
    pub(crate) buffer: Vec<u8>,
    pub(crate) offset: u64,
    pub(crate) kind: Kind,
    pub(crate) limit: usize,
    pub(crate) pool: Pool,
}

/// What a batch holds.
#[derive(Debug)]
pub(crate) enum Kind {
    Xml {
        /// It begins inside of something that was already reported.
        lost: bool,
        /// It was UTF-16: offsets count its bytes.
        utf16: bool,
    },
    /// Chunks of an EVTX file.
    Evtx {
        /// How many bytes stand before them.
        header: usize,
    },
    /// Objects of JSON, already found.
    Json {
        objects: Vec<(usize, usize)>,
        problems: Vec<(usize, ProblemKind)>,
        utf16: bool,
    },
    /// Entries of a journal's export, of which the messages were found.
    Journal {
        messages: Vec<(usize, usize)>,
        problems: Vec<(usize, ProblemKind)>,
        /// It begins inside of something that was already reported.
        lost: bool,
        utf16: bool,
    },
}

impl Batch {
    /// What it is a piece of.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        self.buffer.len()
    }

    /// Whether it begins inside of something that was already reported as lost:
    /// where it has no event, what was lost goes on, and is not reported again.
    pub fn continues_loss(&self) -> bool {
        matches!(
            self.kind,
            Kind::Xml { lost: true, .. } | Kind::Journal { lost: true, .. }
        )
    }

    /// Finds its events, and renders those of a format that is no XML.
    pub fn events(mut self, wanted: &Wanted) -> Events {
        let kind = std::mem::replace(&mut self.kind, Kind::Evtx { header: 0 });
        match kind {
            Kind::Xml { lost, utf16 } => self.xml(lost, utf16),
            Kind::Evtx { header } => self.evtx(header, wanted),
            Kind::Json {
                objects,
                problems,
                utf16,
            } => self.json(&objects, problems, utf16, wanted),
            Kind::Journal {
                messages,
                problems,
                utf16,
                ..
            } => {
                let mut index = xml::Index {
                    events: Vec::new(),
                    problems,
                };
                for (start, end) in messages {
                    match journal::event_in(&self.buffer[start..end]) {
                        Ok(Some((from, to))) => index.events.push((start + from, start + to)),
                        Ok(None) => {}
                        Err(kind) => index.problems.push((start, kind)),
                    }
                }
                index.problems.sort_by_key(|(at, _)| *at);
                self.indexed(index, utf16)
            }
        }
    }

    fn xml(self, lost: bool, was_utf16: bool) -> Events {
        let index = xml::index(&self.buffer, lost, self.limit);
        self.indexed(index, was_utf16)
    }

    /// Events that stand in the text as they are.
    fn indexed(self, index: xml::Index, was_utf16: bool) -> Events {
        let mut offsets = Offsets {
            base: self.offset,
            counted: 0,
            utf16: was_utf16,
        };
        let mut events = Events::new(self.source, self.pool);
        let mut problems = index.problems.into_iter().peekable();
        // Events and problems in order, so that offsets are counted once.
        events.records.reserve(index.events.len());
        for (start, end) in index.events {
            while let Some((at, kind)) = problems.next_if(|(at, _)| *at < start) {
                let offset = offsets.at(&self.buffer, at);
                events.problem(offset, None, kind);
            }
            events.records.push(Record {
                text: start..end,
                has_text: true,
                offset: offsets.at(&self.buffer, start),
                number: None,
                fields: 0..0,
            });
        }
        for (at, kind) in problems {
            let offset = offsets.at(&self.buffer, at);
            events.problem(offset, None, kind);
        }
        events.set_text(self.buffer);
        events
    }
}

impl Batch {
    fn evtx(self, header: usize, wanted: &Wanted) -> Events {
        let out = self.pool.take(2 * self.buffer.len());
        let mut events = Events::new(self.source, self.pool);
        let mut renderer = evtx::Renderer::new(wanted, out, self.limit);
        let mut base = self.offset + header as u64;
        for chunk in self.buffer[header..].chunks(evtx::CHUNK) {
            // Windows keeps room for chunks that it has not written yet.
            if chunk.first() != Some(&0) || chunk.iter().any(|&byte| byte != 0) {
                renderer.chunk(chunk, |rendered| {
                    let offset = base + rendered.at as u64;
                    match rendered.text {
                        Ok((start, end)) => events.records.push(Record {
                            text: start..end,
                            has_text: true,
                            offset,
                            number: rendered.id,
                            fields: 0..0,
                        }),
                        Err(error) => {
                            events.problem(offset, rendered.id, ProblemKind::Evtx(error));
                        }
                    }
                });
            }
            base += chunk.len() as u64;
        }
        events.set_text(renderer.out);
        events.pool.put(self.buffer);
        events
    }
}

impl Batch {
    fn json(
        self,
        objects: &[(usize, usize)],
        problems: Vec<(usize, ProblemKind)>,
        was_utf16: bool,
        wanted: &Wanted,
    ) -> Events {
        let mut out = self.pool.take(self.buffer.len());
        let mut events = Events::new(self.source, self.pool);
        let mut offsets = Offsets {
            base: self.offset,
            counted: 0,
            utf16: was_utf16,
        };
        let mut problems = problems.into_iter().peekable();
        for &(start, end) in objects {
            while let Some((at, kind)) = problems.next_if(|(at, _)| *at < start) {
                let offset = offsets.at(&self.buffer, at);
                events.problem(offset, None, kind);
            }
            let offset = offsets.at(&self.buffer, start);
            let text = out.len();
            match json::decode(&self.buffer[start..end], wanted, &mut out) {
                Ok(json::Decoded::Nothing) => {}
                Ok(json::Decoded::Event { has_text, fields }) => {
                    let first = events.fields.len();
                    events.fields.extend(fields);
                    events.records.push(Record {
                        text: text..out.len(),
                        has_text,
                        offset,
                        number: None,
                        fields: first..events.fields.len(),
                    });
                    out.push(b'\n');
                }
                Err(kind) => {
                    out.truncate(text);
                    events.problem(offset, None, kind);
                }
            }
        }
        for (at, kind) in problems {
            let offset = offsets.at(&self.buffer, at);
            events.problem(offset, None, kind);
        }
        events.set_text(out);
        events.pool.put(self.buffer);
        events
    }
}

/// Offsets in the file of positions in a buffer, which must not go back.
struct Offsets {
    base: u64,
    counted: usize,
    utf16: bool,
}

impl Offsets {
    fn at(&mut self, buffer: &[u8], position: usize) -> u64 {
        if !self.utf16 {
            return self.base + position as u64;
        }
        self.base += utf16::length_of(&buffer[self.counted..position]);
        self.counted = position;
        self.base
    }
}

/// The events of a [`Batch`].
#[derive(Debug)]
pub struct Events {
    source: Arc<Source>,
    text: String,
    records: Vec<Record>,
    fields: Vec<Field>,
    problems: Vec<Problem>,
    pool: Pool,
}

#[derive(Debug)]
struct Record {
    /// Where its text is; an empty range where it has none.
    text: Range<usize>,
    has_text: bool,
    offset: u64,
    number: Option<u64>,
    fields: Range<usize>,
}

/// A field that the recording gave beside the event's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its values; more than one where the field is multivalued.
    pub values: Vec<String>,
}

/// One event.
#[derive(Debug, Clone, Copy)]
pub struct Event<'e> {
    /// The event as rendered XML, without line end. A recording of fields
    /// alone has none.
    pub raw: Option<&'e str>,
    /// The fields that the recording gave beside the text. Those of the XML
    /// are not among them.
    pub fields: &'e [Field],
    /// Bytes from the start of the file.
    pub offset: u64,
    /// The number that the format itself gives the record (EVTX has one).
    pub record: Option<u64>,
    source: &'e Arc<Source>,
}

impl Event<'_> {
    /// Where the event stands.
    pub fn place(&self) -> Place {
        Place {
            source: Arc::clone(self.source),
            offset: self.offset,
            record: self.record,
        }
    }
}

impl Events {
    fn new(source: Arc<Source>, pool: Pool) -> Self {
        Self {
            source,
            text: String::new(),
            records: Vec::new(),
            fields: Vec::new(),
            problems: Vec::new(),
            pool,
        }
    }

    /// What they are from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The event of this number, from 0.
    pub fn get(&self, index: usize) -> Option<Event<'_>> {
        self.records.get(index).map(|record| self.event(record))
    }

    /// The events in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Event<'_>> + DoubleEndedIterator {
        self.records.iter().map(|record| self.event(record))
    }

    /// The text in which all events' [`Event::raw`] stand, in order: for a
    /// search that looks for a word in all of them at once. What stands
    /// between them belongs to none; [`Self::at`] tells.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of the event to which this byte of [`Self::text`] belongs.
    pub fn at(&self, position: usize) -> Option<usize> {
        let after = self
            .records
            .partition_point(|record| record.text.start <= position);
        let index = after.checked_sub(1)?;
        self.records[index]
            .text
            .contains(&position)
            .then_some(index)
    }

    /// What could not be given as an event.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What could not be given as an event.
    pub fn into_problems(mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    fn event(&self, record: &Record) -> Event<'_> {
        Event {
            raw: record.has_text.then(|| &self.text[record.text.clone()]),
            fields: &self.fields[record.fields.clone()],
            offset: record.offset,
            record: record.number,
            source: &self.source,
        }
    }

    fn problem(&mut self, offset: u64, record: Option<u64>, kind: ProblemKind) {
        let place = Place {
            source: Arc::clone(&self.source),
            offset,
            record,
        };
        self.problems.push(Problem { place, kind });
    }

    /// Takes the buffer in which the records' ranges are. Where not all of it
    /// is UTF-8, the events that are not are lost.
    fn set_text(&mut self, buffer: Vec<u8>) {
        let buffer = match String::from_utf8(buffer) {
            Ok(text) => {
                self.text = text;
                return;
            }
            Err(error) => error.into_bytes(),
        };
        let mut text = String::with_capacity(buffer.len());
        let mut records = std::mem::take(&mut self.records);
        records.retain_mut(|record| {
            let Ok(good) = str::from_utf8(&buffer[record.text.clone()]) else {
                self.problem(record.offset, record.number, ProblemKind::NotUtf8);
                return false;
            };
            record.text = text.len()..text.len() + good.len();
            text.push_str(good);
            true
        });
        self.problems.sort_by_key(|problem| problem.place.offset);
        self.records = records;
        self.text = text;
        self.pool.put(buffer);
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.pool.put(std::mem::take(&mut self.text).into_bytes());
    }
}
