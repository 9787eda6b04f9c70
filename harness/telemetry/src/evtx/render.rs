//! Renders the records of chunks, one text after the other.

use std::rc::Rc;

use super::{
    EvtxError,
    chunk::Records,
    cursor::Cursor,
    template::{self, Instance, Known, Op, Part, Program},
    text::{self, Within},
    value::{Value, kind},
};
use crate::Wanted;

/// How deeply binary XML may be nested within values.
const DEEPEST: usize = 16;

/// How many arrays may repeat one element, each for every item of the others.
const MOST_ARRAYS: usize = 4;

/// How many steps a chunk's records may take together. Real ones take less
/// than a hundredth: a chunk that needs more was made to.
const MOST_STEPS: usize = 1 << 22;

/// How many bytes of templates a chunk may have compiled. They stand in the
/// chunk, so more than its size means that they overlap.
const MOST_COMPILED: usize = 1 << 20;

/// Where the text of a record is, or why there is none.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// Where the record stands in its chunk.
    pub(crate) at: usize,
    pub(crate) id: Option<u64>,
    pub(crate) text: Result<(usize, usize), EvtxError>,
}

/// Renders chunks into one text.
#[derive(Debug)]
pub(crate) struct Renderer<'w> {
    wanted: &'w Wanted,
    /// What was asked about channels and ids.
    answers: Vec<Answer>,
    /// The text of all records, each on a line of its own.
    pub(crate) out: Vec<u8>,
    /// How long a record's text may be, and that of all.
    limit: usize,
    limit_of_all: usize,
}

#[derive(Debug)]
struct Answer {
    channel: Vec<u8>,
    event_id: u32,
    wanted: bool,
}

impl<'w> Renderer<'w> {
    pub(crate) fn new(wanted: &'w Wanted, out: Vec<u8>, limit: usize) -> Self {
        Self {
            wanted,
            answers: Vec::new(),
            out,
            limit,
            limit_of_all: limit.saturating_mul(4),
        }
    }

    /// Renders the records of a chunk that are wanted.
    pub(crate) fn chunk(&mut self, chunk: &[u8], mut each: impl FnMut(Rendered)) {
        let records = match Records::of(chunk) {
            Ok(records) => records,
            Err(error) => {
                return each(Rendered {
                    at: 0,
                    id: None,
                    text: Err(error),
                });
            }
        };
        let mut state = Chunk {
            renderer: self,
            bytes: chunk,
            programs: Vec::new(),
            compiled: 0,
            slots: Vec::new(),
            items: Vec::new(),
            steps: 0,
            start: 0,
        };
        for record in records {
            let record = match record {
                Ok(record) => record,
                Err((at, error)) => {
                    each(Rendered {
                        at,
                        id: None,
                        text: Err(error),
                    });
                    continue;
                }
            };
            let start = state.renderer.out.len();
            state.start = start;
            state.slots.clear();
            state.items.clear();
            let text = match state.record(record.xml) {
                Ok(true) => {
                    let out = &mut state.renderer.out;
                    let end = out.len();
                    out.push(b'\n');
                    Ok((start, end))
                }
                Ok(false) => continue,
                Err(error) => {
                    state.renderer.out.truncate(start);
                    Err(error)
                }
            };
            each(Rendered {
                at: record.at,
                id: Some(record.id),
                text,
            });
        }
    }

    /// Whether records of this channel (in UTF-16) and id are wanted.
    fn wants(&mut self, channel: &[u8], event_id: u32) -> bool {
        let known = self
            .answers
            .iter()
            .find(|answer| answer.event_id == event_id && answer.channel == channel);
        if let Some(answer) = known {
            return answer.wanted;
        }
        let mut name = Vec::new();
        text::push(&mut name, text::before_nul(channel), Within::Markup);
        let wanted = self.wanted.wants(&String::from_utf8_lossy(&name), event_id);
        // As many as logs have; one made to have more is asked each time.
        if self.answers.len() < 256 {
            self.answers.push(Answer {
                channel: channel.to_vec(),
                event_id,
                wanted,
            });
        }
        wanted
    }
}

/// What is known of the chunk that is being rendered.
struct Chunk<'c, 'r, 'w> {
    renderer: &'r mut Renderer<'w>,
    bytes: &'c [u8],
    /// Its templates by the place of their definition, with marks for arrays
    /// or without.
    programs: Vec<(usize, bool, Rc<Program>)>,
    compiled: usize,
    /// The values of the instance that is being rendered, after those of the
    /// instances in which it stands.
    slots: Vec<Slot>,
    /// The items that stand for arrays, while an element is repeated.
    items: Vec<(usize, Value<'c>)>,
    steps: usize,
    /// Where the record's text begins.
    start: usize,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    kind: u8,
    start: usize,
    end: usize,
}

/// An instance whose values are read.
struct Ready {
    program: Rc<Program>,
    /// Its values in the slots.
    first: usize,
    count: usize,
}

impl<'c> Chunk<'c, '_, '_> {
    /// Renders a record; says whether it is wanted.
    fn record(&mut self, (start, end): (usize, usize)) -> Result<bool, EvtxError> {
        let mut cursor = Cursor::new(self.bytes, start);
        if self.bytes[start] == 0x0F {
            cursor.bytes(4)?;
        }
        let ready = match cursor.u8()? {
            0x0C => self.ready(&mut cursor)?,
            // Windows writes records so when it exports them.
            0x01 | 0x41 => {
                cursor.at -= 1;
                self.element(&mut cursor, end)?
            }
            token => return Err(EvtxError::Token(token)),
        };
        if !self.renderer.wanted.is_all()
            && let Some((channel, event_id)) = self.identity(&ready)
            && !self.renderer.wants(channel, event_id)
        {
            return Ok(false);
        }
        self.run(&ready, 0..ready.program.ops.len(), 0)?;
        Ok(true)
    }

    /// Compiles an element that is no template's.
    fn element(&mut self, cursor: &mut Cursor<'c>, end: usize) -> Result<Ready, EvtxError> {
        let from = cursor.at;
        let program = template::compile(cursor, end, Part::Element, false)?;
        // Elements stand one after the other: together they are no longer than
        // the chunk, unless values that hold them are rendered many times.
        self.steps += (cursor.at - from) / 4;
        Ok(Ready {
            program: Rc::new(program),
            first: self.slots.len(),
            count: 0,
        })
    }

    /// The channel (in UTF-16) and event id, where they are known.
    fn identity<'i>(&self, ready: &'i Ready) -> Option<(&'i [u8], u32)>
    where
        'c: 'i,
    {
        let event_id = match ready.program.event_id.as_ref()? {
            Known::Slot(slot) => self.value(ready, *slot)?.number()?,
            Known::Literal(text) => {
                let mut digits = Vec::new();
                text::push(&mut digits, text, Within::Markup);
                str::from_utf8(&digits).ok()?.trim().parse().ok()?
            }
        };
        let channel = match ready.program.channel.as_ref()? {
            Known::Slot(slot) => {
                let value = self.value(ready, *slot)?;
                (value.kind == kind::STRING).then_some(value.bytes)?
            }
            Known::Literal(channel) => channel,
        };
        Some((channel, event_id))
    }

    /// Renders binary XML.
    fn stream(&mut self, start: usize, end: usize, depth: usize) -> Result<(), EvtxError> {
        if depth > DEEPEST {
            return Err(EvtxError::Nested);
        }
        let mut cursor = Cursor::new(self.bytes, start);
        while cursor.at < end {
            self.step()?;
            match cursor.u8()? {
                0x00 => break,
                0x0F => {
                    cursor.bytes(3)?;
                }
                0x0C => self.instance(&mut cursor, depth)?,
                0x01 | 0x41 => {
                    cursor.at -= 1;
                    let ready = self.element(&mut cursor, end)?;
                    self.run(&ready, 0..ready.program.ops.len(), depth)?;
                }
                token => return Err(EvtxError::Token(token)),
            }
        }
        Ok(())
    }

    /// Renders an instance of a template, after its token.
    fn instance(&mut self, cursor: &mut Cursor<'c>, depth: usize) -> Result<(), EvtxError> {
        let ready = self.ready(cursor)?;
        // The items of the outer instance are none of this one.
        let items = std::mem::take(&mut self.items);
        self.run(&ready, 0..ready.program.ops.len(), depth)?;
        self.items = items;
        self.slots.truncate(ready.first);
        Ok(())
    }

    /// Reads an instance's values, and finds its program.
    fn ready(&mut self, cursor: &mut Cursor<'c>) -> Result<Ready, EvtxError> {
        let Instance {
            definition,
            descriptors,
            values,
        } = template::instance(cursor)?;
        let first = self.slots.len();
        let mut start = values;
        let mut arrays = false;
        for &[low, high, kind, _] in descriptors {
            let end = start + usize::from(u16::from_le_bytes([low, high]));
            arrays |= kind & kind::ARRAY != 0;
            self.slots.push(Slot { kind, start, end });
            start = end;
        }
        if start > self.bytes.len() {
            return Err(EvtxError::OutOfBounds);
        }
        cursor.at = start;
        Ok(Ready {
            program: self.program(definition, arrays)?,
            first,
            count: descriptors.len(),
        })
    }

    fn program(
        &mut self,
        (start, end): (usize, usize),
        arrays: bool,
    ) -> Result<Rc<Program>, EvtxError> {
        let known = self
            .programs
            .iter()
            .find(|(at, with_arrays, _)| *at == start && *with_arrays == arrays);
        if let Some((_, _, program)) = known {
            return Ok(Rc::clone(program));
        }
        self.compiled(end - start)?;
        let mut cursor = Cursor::new(self.bytes, start);
        let program = template::compile(&mut cursor, end, Part::Template, arrays)?;
        let program = Rc::new(program);
        self.programs.push((start, arrays, Rc::clone(&program)));
        Ok(program)
    }

    fn compiled(&mut self, bytes: usize) -> Result<(), EvtxError> {
        self.compiled += bytes;
        if self.compiled > MOST_COMPILED {
            return Err(EvtxError::Expands);
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), EvtxError> {
        self.steps += 1;
        let out = self.renderer.out.len();
        if self.steps > MOST_STEPS
            || out - self.start > self.renderer.limit
            || out > self.renderer.limit_of_all
        {
            return Err(EvtxError::Expands);
        }
        Ok(())
    }

    /// A value of the instance. One that it does not have is none.
    fn value(&self, ready: &Ready, slot: u16) -> Option<Value<'c>> {
        let slot = usize::from(slot);
        if slot >= ready.count {
            return None;
        }
        let index = ready.first + slot;
        let item = self.items.iter().find(|(of, _)| *of == index);
        if let Some(&(_, value)) = item {
            return Some(value);
        }
        let Slot { kind, start, end } = *self.slots.get(index)?;
        Some(Value {
            kind,
            bytes: self.bytes.get(start..end)?,
        })
    }

    fn run(
        &mut self,
        ready: &Ready,
        steps: std::ops::Range<usize>,
        depth: usize,
    ) -> Result<(), EvtxError> {
        let program = &*ready.program;
        let mut at = steps.start;
        while at < steps.end {
            self.step()?;
            match &program.ops[at] {
                Op::Literal(range) => {
                    let literal = &program.text[range.clone()];
                    self.renderer.out.extend_from_slice(literal);
                }
                &Op::Value { slot, within } => match self.value(ready, slot) {
                    Some(value) if value.kind == kind::BINARY_XML => {
                        if within != Within::Element {
                            return Err(EvtxError::Value(kind::BINARY_XML));
                        }
                        let Slot { start, end, .. } = self.slots[ready.first + usize::from(slot)];
                        self.stream(start, end, depth + 1)?;
                    }
                    Some(value) => value.push(&mut self.renderer.out, within)?,
                    None => {}
                },
                Op::Attribute { slot, start } => {
                    if let Some(value) = self.value(ready, *slot)
                        && !value.is_empty()
                    {
                        let out = &mut self.renderer.out;
                        out.extend_from_slice(&program.text[start.clone()]);
                        value.push(out, Within::Attribute)?;
                        out.push(b'\'');
                    }
                }
                &Op::Guard { slot, skip } => {
                    if self.value(ready, slot).is_some_and(Value::is_null) {
                        at += skip;
                    }
                }
                Op::Element { slots, steps } => {
                    let slots = &program.slots[slots.clone()];
                    if self.repeat(ready, slots, at..at + 1 + steps, depth)? {
                        at += steps;
                    }
                }
                &Op::Stream { start, end } => self.stream(start, end, depth + 1)?,
                &Op::Instance { at } => {
                    let mut cursor = Cursor::new(self.bytes, at);
                    self.nested_instance(&mut cursor, depth + 1)?;
                }
            }
            at += 1;
        }
        Ok(())
    }

    fn nested_instance(&mut self, cursor: &mut Cursor<'c>, depth: usize) -> Result<(), EvtxError> {
        if depth > DEEPEST {
            return Err(EvtxError::Nested);
        }
        self.instance(cursor, depth)
    }

    /// Renders an element once for each item of the first array among its
    /// values; says whether it has one of more than one item.
    fn repeat(
        &mut self,
        ready: &Ready,
        slots: &[u16],
        steps: std::ops::Range<usize>,
        depth: usize,
    ) -> Result<bool, EvtxError> {
        let array = slots.iter().find_map(|&slot| {
            let items = self.value(ready, slot)?.items();
            (items.clone().take(2).count() == 2).then_some((slot, items))
        });
        let Some((slot, items)) = array else {
            return Ok(false);
        };
        if self.items.len() >= MOST_ARRAYS {
            return Err(EvtxError::Nested);
        }
        for item in items {
            self.items.push((ready.first + usize::from(slot), item?));
            // Its first step is this one again: for the next array.
            self.run(ready, steps.clone(), depth)?;
            self.items.pop();
        }
        Ok(true)
    }
}
